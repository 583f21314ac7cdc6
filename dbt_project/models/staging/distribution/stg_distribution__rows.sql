-- One row per data row of a distribution log: the text as sent, what it says, and what is wrong with it. Every distinct
-- spelling is typed once and joined back, so that the work follows the variety of the input and not its length.
with submissions as (
    select * from {{ ref('stg_ledger__submissions') }}
    where kind = 'distribution'
),

sent as (
    select
        distribution.*,
        submissions.arrival,
        submissions.feed,
        submissions.opd_code,
        submissions.program_code,
        submissions.unit,
        submissions.pack_size,
        submissions.max_amount,
        submissions.entitlement,
        submissions.received_on,
        submissions.report_deadline_days,
        coalesce(distribution.amount, '') as amount_text,
        {{ cell_type('distribution', 'amount') }} as amount_cell,
        coalesce(distribution.delivered_on, '') as date_text,
        {{ cell_type('distribution', 'delivered_on') }} as date_cell,
        {{ own_or_title('distribution', 'period') }} as period_text,
        case
            when trim(coalesce(distribution.period, '')) = '' then 't' else {{ cell_type('distribution', 'period') }}
        end as period_cell,
        nullif(regexp_extract(distribution.title_period, '(20\d\d)', 1), '') as title_year,
        year(submissions.received_on)::varchar as receipt_year,
        coalesce(distribution.status, '') as status_text,
        coalesce(distribution.nik, '') as nik_text,
        {{ cell_type('distribution', 'nik') }} as nik_cell,
        {{ own_or_title('distribution', 'village') }} as village_text,
        {{ own_or_title('distribution', 'district') }} as district_text
    from {{ source('raw', 'distribution') }} as distribution
    inner join submissions on distribution.submission_id = submissions.submission_id
    where distribution.row_kind = 'data'
),

amounts as (
    {{ typed_amounts('(select distinct amount_text, amount_cell, unit, pack_size from sent)') }}
),

dates as (
    {{ typed_dates("(
        select distinct date_text, date_cell from sent
        union select distinct coalesce(title_date, ''), 't' from sent
    )") }}
),

{{ typed_periods("(
    select distinct program_code, period_text, period_cell, title_year, receipt_year from sent
    union select distinct program_code, coalesce(title_period, ''), 't', title_year, receipt_year from sent
)") }},

statuses as (
    {{ typed_statuses('(select distinct status_text from sent)') }}
),

niks as (
    {{ checked_niks('(select distinct nik_text, nik_cell from sent)') }}
),

places as (
    select * from {{ ref('stg_places__spellings') }}
),

tables as (
    select
        submission_id,
        sheet_number,
        count_if(trim(status_text) <> '') > 0 as has_statuses
    from sent
    group by submission_id, sheet_number
),

typed as (
    select
        sent.*,
        amounts.amount as typed_amount,
        amounts.is_amount_blank,
        dates.is_date_blank,
        dates.typed_date,
        dates.is_weekday_contradicted,
        title_dates.typed_date as title_typed_date,
        typed_periods.named as named_periods,
        list_has_all(typed_periods.program_periods, coalesce(typed_periods.named, [])) as has_program_periods,
        places.village_code,
        places.village_hint,
        coalesce(places.is_other_regency, false) as is_other_regency,
        coalesce(places.is_ambiguous, false) as is_village_ambiguous,
        niks.is_nik_valid,
        niks.is_nik_blank,
        niks.is_nik_precision_lost,
        coalesce(contains(sent.row_marks, 'p'), false) as is_other_program,
        {{ is_village_conflicting('sent', 'places', 'title_places') }} as is_village_conflicting,
        {{ is_period_conflicting('sent', 'typed_periods', 'title_periods') }} as is_period_conflicting,
        case
            when statuses.typed_status <> 'blank' then statuses.typed_status
            when tables.has_statuses then 'blank'
            else 'delivered'
        end as delivery_status
    from sent
    left join amounts
        on
            sent.amount_text = amounts.amount_text
            and sent.amount_cell = amounts.amount_cell
            and sent.unit is not distinct from amounts.unit
            and sent.pack_size is not distinct from amounts.pack_size
    left join dates on sent.date_text = dates.date_text and sent.date_cell = dates.date_cell
    left join dates as title_dates on coalesce(sent.title_date, '') = title_dates.date_text and title_dates.date_cell = 't'
    left join typed_periods
        on
            sent.program_code is not distinct from typed_periods.program_code
            and sent.period_text = typed_periods.period_text
            and sent.period_cell = typed_periods.period_cell
            and sent.title_year is not distinct from typed_periods.title_year
            and sent.receipt_year = typed_periods.receipt_year
    left join statuses on sent.status_text = statuses.status_text
    left join niks on sent.nik_text = niks.nik_text and sent.nik_cell = niks.nik_cell
    left join places on sent.village_text = places.village_text and sent.district_text = places.district_text
    left join places as title_places
        on
            coalesce(sent.title_village, '') = title_places.village_text
            and coalesce(sent.title_district, '') = title_places.district_text
    left join typed_periods as title_periods
        on
            sent.program_code is not distinct from title_periods.program_code
            and coalesce(sent.title_period, '') = title_periods.period_text
            and title_periods.period_cell = 't'
            and sent.title_year is not distinct from title_periods.title_year
            and sent.receipt_year = title_periods.receipt_year
    left join tables on sent.submission_id = tables.submission_id and sent.sheet_number = tables.sheet_number
),

dated as (
    select
        *,
        coalesce(
            nik_key, kk_key, case when village_code is not null then md5(name_key || '|' || village_code) end
        ) as beneficiary_key,
        case
            when typed_date is not null then typed_date
            when is_date_blank and delivery_status in ('delivered', 'void') then title_typed_date
        end as delivered_on_day,
        nullif(regexp_replace(upper(coalesce(bast_number, '')), '[\s\-]+', '', 'g'), '') as bast_key,
        coalesce('B' || bast_key, 'D' || delivered_on_day, 'U') as delivery_key
    from typed
),

repeated_totals as (
    -- One amount on every row that is what all rows are entitled to together: the village's total, written on each of them.
    select
        submission_id,
        sheet_number,
        village_text
    from typed
    where delivery_status = 'delivered' and typed_amount > 0
    group by submission_id, sheet_number, village_text
    having
        count(*) >= 3
        and min(typed_amount) = max(typed_amount)
        and max(typed_amount) = any_value(entitlement) * sum(greatest(len(coalesce(named_periods, [])), 1))
),

compared as (
    select
        dated.*,
        repeated_totals.submission_id is not null and dated.delivery_status = 'delivered' as is_repeated_total
    from dated
    left join repeated_totals
        on
            dated.submission_id = repeated_totals.submission_id
            and dated.sheet_number = repeated_totals.sheet_number
            and dated.village_text = repeated_totals.village_text
),

judged as (
    select
        *,
        {{ codes_where([
            ('wrong_program', 'is_other_program'),
            ('wrong_region', 'is_other_regency'),
            ('identity_missing', 'beneficiary_key is null'),
            ('status_unknown', "delivery_status = 'unknown'"),
            ('period_unknown', 'named_periods is null or not has_program_periods'),
            ('amount_invalid', "delivery_status = 'delivered' and (coalesce(typed_amount, 0) <= 0 or amount_cell = 'm')"),
            ('amount_implausible', "delivery_status = 'delivered' and (typed_amount > max_amount or is_repeated_total)"),
            ('date_invalid', "delivery_status in ('delivered', 'void') and not is_date_blank and typed_date is null"),
            ('date_in_future', "delivery_status in ('delivered', 'void') and delivered_on_day > received_on"),
        ]) }} as own_reason_codes,
        {{ codes_where([
            ('nik_invalid', 'not is_nik_blank and not is_nik_valid'),
            ('nik_precision_lost', 'is_nik_precision_lost'),
            ('village_unknown', "village_text <> '' and village_code is null and not is_other_regency"),
            ('status_blank', "delivery_status = 'blank'"),
            ('village_ambiguous', 'is_village_ambiguous'),
            ('nik_equals_kk', 'is_nik_valid and trim(nik) = trim(kk)'),
            ('date_undated', "delivery_status = 'delivered' and is_date_blank and delivered_on_day is null"),
            ('date_from_title', "delivery_status = 'delivered' and is_date_blank and delivered_on_day is not null"),
            ('weekday_mismatch', 'is_weekday_contradicted'),
            ('village_conflict', 'is_village_conflicting'),
            ('period_conflict', 'is_period_conflicting'),
            ('amount_merged', "delivery_status = 'delivered' and amount_cell = 'm'"),
            ('amount_total_repeated', 'is_repeated_total'),
            ('row_hidden', "contains(row_marks, 'h')"),
            ('row_struck', "contains(row_marks, 's')"),
            ('row_coloured', "contains(row_marks, 'c')"),
        ]) }} as warning_codes
    from compared
),

repeated as (
    -- The same key twice in one submission: the first row counts, the rest are refused. A void row is no repetition.
    select distinct
        submission_id,
        sheet_number,
        row_number
    from (
        select
            submission_id,
            sheet_number,
            row_number,
            beneficiary_key,
            delivery_key,
            delivery_status = 'void' as is_void,
            unnest(named_periods) as one_period
        from judged
        where len(own_reason_codes) = 0
    )
    qualify
        row_number() over (
            partition by submission_id, beneficiary_key, delivery_key, is_void, one_period order by sheet_number, row_number
        ) > 1
)

select
    judged.submission_id,
    judged.sequence,
    judged.arrival,
    judged.sheet,
    judged.sheet_number,
    judged.row_number,
    judged.submission_id || ':' || judged.sheet_number || ':' || judged.row_number as row_id,
    judged.returned_row_id,
    judged.feed,
    judged.opd_code,
    judged.program_code,
    judged.unit,
    judged.received_on,
    judged.report_deadline_days,

    -- as sent
    judged.nik as nik_text,
    judged.kk as kk_text,
    judged.name as name_text,
    judged.village as village_sent,
    judged.district as district_sent,
    judged.period as period_sent,
    judged.amount as amount_sent,
    judged.delivered_on as delivered_on_sent,
    judged.status as status_sent,
    judged.bast_number,
    judged.received_by,
    judged.notes,

    -- as understood
    judged.nik_key,
    judged.kk_key,
    judged.name_key,
    judged.beneficiary_key,
    judged.village_code,
    judged.village_hint,
    judged.named_periods as periods,
    judged.typed_amount as amount,
    judged.delivered_on_day as delivered_on,
    judged.typed_date is null and judged.delivered_on_day is not null as is_date_from_title,
    judged.delivery_status,
    judged.delivery_key,
    case
        when repeated.row_number is null then judged.own_reason_codes
        else list_append(judged.own_reason_codes, 'duplicate_row')
    end as reason_codes,
    judged.warning_codes,
    len(judged.own_reason_codes) = 0 and repeated.row_number is null as is_accepted
from judged
left join repeated
    on
        judged.submission_id = repeated.submission_id
        and judged.sheet_number = repeated.sheet_number
        and judged.row_number = repeated.row_number
