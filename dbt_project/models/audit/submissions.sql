with ledger as (
    select * from {{ ref('stg_ledger__submissions') }}
),

counted as (
    select
        submission_id,
        count(*) as rows_read,
        count_if(outcome = 'accepted') as rows_accepted,
        count_if(outcome = 'rejected') as rows_rejected,
        count_if(outcome = 'skipped') as rows_skipped
    from {{ ref('rows_judged') }}
    group by submission_id
),

row_warnings as (
    select
        submission_id,
        warning_code as code,
        count(*)::varchar || ' baris' as detail
    from (
        select
            submission_id,
            unnest(warning_codes) as warning_code
        from {{ ref('rows_judged') }}
    )
    group by submission_id, warning_code
),

reading_warnings as (
    select
        submission_id,
        warning ->> 'code' as code,
        warning ->> 'detail' as detail
    from (
        select
            submission_id,
            unnest(from_json(warnings, '["json"]')) as warning
        from ledger
    )
),

totals as (
    select
        submission_id,
        sum(stated_total) as stated_total,
        sum(computed_total) as computed_total
    from {{ ref('int_stated_totals_checked') }}
    where is_grand_total
    group by submission_id
),

total_warnings as (
    select
        submission_id,
        'total_mismatch' as code,
        concat_ws(', ', nullif(sheet, ''), 'baris ' || row_number) || ': tertulis ' || {{ figure('stated_total') }}
        || ', terhitung ' || {{ figure('computed_total') }}
        || ', selisih ' || {{ figure('abs(stated_total - computed_total)') }} as detail
    from {{ ref('int_stated_totals_checked') }}
    where is_mismatch
),

all_warnings as (
    select
        submission_id,
        list(distinct code order by code) as codes,
        to_json(list({ 'code': code, 'detail': detail } order by code, detail))::varchar as details
    from (
        select * from row_warnings
        union all
        select * from reading_warnings
        union all
        select * from total_warnings
        union all
        select * from {{ ref('int_delivery_dates_checked') }}
    )
    group by submission_id
)

select
    ledger.submission_id,
    ledger.feed,
    ledger.opd_code,
    ledger.program_code,
    ledger.kind,
    ledger.registry,
    ledger.file_name,
    ledger.sha256,
    ledger.received_at,
    ledger.received_on,
    ledger.received_source,
    ledger.rows_read::bigint as rows_read,
    coalesce(counted.rows_accepted, 0)::bigint as rows_accepted,
    -- A file refused whole refuses its data rows; a repeated file changes nothing.
    case
        when counted.submission_id is not null then counted.rows_rejected
        when ledger.reading_status = 'rejected' then ledger.rows_data
        else 0
    end::bigint as rows_rejected,
    case
        when counted.submission_id is not null then counted.rows_skipped
        when ledger.reading_status = 'rejected' then ledger.rows_read - ledger.rows_data
        else ledger.rows_read
    end::bigint as rows_skipped,
    case
        when ledger.reading_status in ('rejected', 'duplicate') then ledger.reading_status
        when coalesce(counted.rows_rejected, 0) = 0 then 'accepted'
        when counted.rows_accepted = 0 then 'rejected'
        else 'partial'
    end as status,
    case
        when ledger.reading_status in ('rejected', 'duplicate') then ledger.reason
        when counted.rows_rejected > 0 and counted.rows_accepted = 0 then 'all_rows_rejected'
        else ledger.reason
    end as reason,
    ledger.reason_detail,
    coalesce(all_warnings.codes, []) as warnings,
    coalesce(all_warnings.details, '[]') as warning_details,
    totals.stated_total,
    totals.computed_total,
    ledger.receipt_number,
    ledger.sequence,
    ledger.previous_hash,
    ledger.chain_hash
from ledger
left join counted on ledger.submission_id = counted.submission_id
left join all_warnings on ledger.submission_id = all_warnings.submission_id
left join totals on ledger.submission_id = totals.submission_id
