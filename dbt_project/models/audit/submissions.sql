with ledger as (
    select * from {{ ref('stg_ledger__submissions') }}
),

counted as (
    select * from {{ ref('int_submission_rows_counted') }}
),

rows_warned as (
    select * from {{ ref('int_submission_warnings_counted') }}
),

row_warnings as (
    -- In a workbook of several sheets each remark says where its rows are, as far as they can be listed.
    select
        rows_warned.submission_id,
        rows_warned.code,
        sum(rows_warned.number_of_rows)::varchar || ' baris' || case
            when any_value(json_array_length(ledger.sheets)) > 1
                then
                    ' (' || array_to_string(
                        list(rows_warned.sheet || ': ' || rows_warned.number_of_rows order by rows_warned.sheet_number)[:5], ', '
                    ) || case when count(*) > 5 then ', …' else '' end || ')'
            else ''
        end as detail
    from rows_warned
    inner join ledger on rows_warned.submission_id = ledger.submission_id
    group by rows_warned.submission_id, rows_warned.code
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

revisions as (
    -- What a later log changes of an earlier one: a row that pays several months is one row.
    select
        revised.submission_id,
        revised.is_same_feed,
        earlier.receipt_number,
        earlier.feed as earlier_feed,
        count(distinct revised.earlier_row_id) filter (where revised.how = 'same') as same_count,
        count(distinct revised.earlier_row_id) filter (where revised.how = 'changed') as changed_count,
        count(distinct revised.earlier_row_id) filter (where revised.how = 'left_out') as left_out_count
    from {{ ref('int_deliveries_revised') }} as revised
    inner join ledger as earlier on revised.earlier_submission_id = earlier.submission_id
    group by all
),

revision_warnings as (
    select
        submission_id,
        'revision_received' as code,
        'dibandingkan dengan ' || receipt_number || ' ' || same_count || ' baris sama, ' || changed_count || ' baris berubah'
        || if(left_out_count > 0, ', ' || left_out_count || ' baris tidak muncul lagi', '') as detail
    from revisions
    where
        is_same_feed
        and same_count + changed_count > 0
        and submission_id not in (select returned.submission_id from {{ ref('int_rows_returned') }} as returned)
    union all
    select
        submission_id,
        'revision_drops_rows' as code,
        left_out_count || ' baris dari ' || receipt_number as detail
    from revisions
    where left_out_count > 0
    union all
    select
        submission_id,
        'reported_elsewhere' as code,
        (same_count + changed_count) || ' baris dari map ' || earlier_feed || ' (' || receipt_number || '), '
        || changed_count || ' di antaranya berbeda' as detail
    from revisions
    where not is_same_feed
),

list_warnings as (
    -- By village: one stray row of a neighbour's would else take that village's whole list away unnoticed.
    select
        dropped.submission_id,
        'list_drops_families' as code,
        sum(dropped.families)::bigint || ' keluarga ('
        || string_agg(
            coalesce(villages.village_name, 'desa tidak dikenal') || ' ' || dropped.families, ', '
            order by villages.village_name
        )
        || ')' as detail
    from (
        select
            dropped_by_submission_id as submission_id,
            village_code,
            count(distinct beneficiary_key) as families
        from {{ ref('int_entitlements_listed') }}
        where dropped_by_submission_id is not null
        group by dropped_by_submission_id, village_code
    ) as dropped
    left join {{ source('reference', 'villages') }} as villages on dropped.village_code = villages.village_code
    group by dropped.submission_id
),

return_warnings as (
    select
        submission_id,
        'returned_row_unknown' as code,
        count(*) || ' baris' as detail
    from {{ ref('int_rows_returned') }}
    where not is_known
    group by submission_id
),

void_rows as (
    select
        submission_id,
        row_id,
        delivery_id,
        group_hash,
        program_code,
        beneficiary_key,
        period,
        delivery_key
    from {{ ref('int_deliveries_matched') }}
    where delivery_status = 'void'
),

withdrawable as (
    select * from {{ ref('int_deliveries_matched') }}
    where delivery_status = 'delivered' and group_hash in (select void_rows.group_hash from void_rows)
),

voids as (
    -- A void row did something if there is a delivery under its key, or one that it replaced by a returned row's id or by amount.
    select
        void_rows.submission_id,
        void_rows.row_id,
        bool_or(delivered.delivery_id is not null or withdrawn.delivery_id is not null) as is_effective
    from void_rows
    left join withdrawable as delivered
        on
            void_rows.program_code = delivered.program_code
            and void_rows.beneficiary_key = delivered.beneficiary_key
            and void_rows.period = delivered.period
            and void_rows.delivery_key = delivered.delivery_key
    left join {{ ref('int_deliveries_superseded') }} as withdrawn on void_rows.delivery_id = withdrawn.superseded_by
    group by void_rows.submission_id, void_rows.row_id
),

void_warnings as (
    select
        submission_id,
        'void_without_delivery' as code,
        count(*) || ' baris' as detail
    from voids
    where not is_effective
    group by submission_id
),

nil_warnings as (
    -- An e-mail tells this too: how many tables, not their names, which may be somebody's.
    select
        submission_id,
        'nil_report_not_counted' as code,
        why_not_counted || case
            when any_value(sheets_in_all) > 1 then ' (' || count(*) || ' dari ' || any_value(sheets_in_all) || ' lembar)'
            else ''
        end as detail
    from (
        select
            submission_id,
            why_not_counted,
            count(*) over (partition by submission_id) as sheets_in_all
        from {{ ref('int_nil_reports_read') }}
    )
    where why_not_counted is not null
    group by submission_id, why_not_counted
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
        select
            submission_id,
            code,
            detail
        from {{ ref('int_delivery_dates_checked') }}
        union all
        select * from revision_warnings
        union all
        select * from list_warnings
        union all
        select * from return_warnings
        union all
        select * from void_warnings
        union all
        select * from nil_warnings
        union all
        select
            submission_id,
            code,
            detail
        from {{ ref('int_registry_files_compared') }}
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
    ledger.rows_read_at_receipt::bigint as rows_read_at_receipt,
    ledger.sequence,
    ledger.previous_hash,
    ledger.chain_hash
from ledger
left join counted on ledger.submission_id = counted.submission_id
left join all_warnings on ledger.submission_id = all_warnings.submission_id
left join totals on ledger.submission_id = totals.submission_id
