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
        submissions.unit_price_idr,
        submissions.received_on,
        submissions.report_deadline_days,
        coalesce(distribution.amount, '') as amount_text,
        {{ cell_type('distribution', 'amount') }} as amount_cell,
        coalesce(sheets.is_in_packs, false) as is_in_packs,
        coalesce(sheets.has_levy_column, false) as has_levy_column,
        coalesce(distribution.delivered_on, '') as date_text,
        {{ cell_type('distribution', 'delivered_on') }} as date_cell,
        {{ counted_by_header(own_or_title('distribution', 'period'), 'sheets.period_noun') }} as period_text,
        case
            when trim(coalesce(distribution.period, '')) = '' then 't' else {{ cell_type('distribution', 'period') }}
        end as period_cell,
        nullif(regexp_extract(distribution.title_period, '(20\d\d)', 1), '') as title_year,
        {{ only_year('distribution.title_period', 'distribution.title_date') }} as date_year,
        year(submissions.received_on)::varchar as receipt_year,
        coalesce(distribution.status, '') as status_text,
        coalesce(distribution.nik, '') as nik_text,
        {{ cell_type('distribution', 'nik') }} as nik_cell,
        {{ own_or_title('distribution', 'village') }} as village_text,
        {{ own_or_title('distribution', 'district') }} as district_text
    from {{ source('raw', 'distribution') }} as distribution
    inner join submissions on distribution.submission_id = submissions.submission_id
    left join {{ ref('stg_ledger__sheets') }} as sheets
        on distribution.submission_id = sheets.submission_id and distribution.sheet_number = sheets.sheet_number
    where distribution.row_kind = 'data'
),

amounts as (
    {{ typed_amounts('(select distinct amount_text, amount_cell, unit, pack_size, is_in_packs from sent)', 'is_in_packs') }}
),

dates as (
    {{ typed_dates("(
        select distinct date_text, date_cell, date_year from sent
        union select distinct coalesce(title_date, ''), 't', date_year from sent
    )", 'date_year') }}
),

{{ typed_periods('(select distinct program_code, period_text, period_cell, title_year, receipt_year from sent)') }},

statuses as (
    {{ typed_statuses('(select distinct status_text from sent)') }}
),

levies as (
    {{ texts_of_levies('(
        select distinct notes as said from sent where notes is not null
        union select distinct status_text from sent
        union select distinct amount_text from sent
    )') }}
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

other_programs as (
    -- A column such as "Jenis Bantuan" may name another programme than the folder's; the folder decides.
    select
        sent.submission_id,
        sent.sheet_number,
        sent.row_number
    from sent
    inner join {{ source('reference', 'programs') }} as programs
        on
            sent.program_code <> programs.program_code
            and (
                contains(lower(sent.extra), ': "' || lower(programs.name) || '"')
                or contains(lower(sent.extra), ':"' || lower(programs.name) || '"')
            )
    where regexp_matches(sent.extra, '(?i)"[^"]*(program|bantuan|bansos)[^"]*"\s*:\s*"')
    group by all
),

typed as (
    select
        sent.*,
        amounts.amount as typed_amount,
        amounts.is_amount_blank,
        dates.is_date_blank,
        dates.typed_date,
        dates.is_weekday_contradicted,
        dates.is_date_range,
        dates.first_date,
        dates.is_year_assumed,
        title_dates.typed_date as title_typed_date,
        typed_periods.named as named_periods,
        typed_periods.program_periods,
        list_has_all(typed_periods.program_periods, coalesce(typed_periods.named, [])) as has_program_periods,
        places.village_code,
        places.village_hint,
        sent.notes in (select levies.said from levies)
        or sent.status_text in (select levies.said from levies)
        or sent.amount_text in (select levies.said from levies)
        or case when sent.has_levy_column then {{ holds_levy('sent.extra') }} else false end as is_levy_told,
        coalesce(places.is_other_regency, false) as is_other_regency,
        coalesce(places.is_ambiguous, false) as is_village_ambiguous,
        niks.is_nik_valid,
        niks.is_nik_blank,
        niks.is_nik_precision_lost,
        other_programs.row_number is not null as is_other_program,
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
            and sent.is_in_packs = amounts.is_in_packs
    left join dates
        on
            sent.date_text = dates.date_text
            and sent.date_cell = dates.date_cell
            and sent.date_year is not distinct from dates.assumed_year
    left join dates as title_dates
        on
            coalesce(sent.title_date, '') = title_dates.date_text
            and title_dates.date_cell = 't'
            and sent.date_year is not distinct from title_dates.assumed_year
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
    left join tables on sent.submission_id = tables.submission_id and sent.sheet_number = tables.sheet_number
    left join other_programs
        on
            sent.submission_id = other_programs.submission_id
            and sent.sheet_number = other_programs.sheet_number
            and sent.row_number = other_programs.row_number
),

dated as (
    select
        *,
        coalesce(
            nik_key, kk_key, case when village_code is not null then md5(name_key || '|' || village_code) end
        ) as beneficiary_key,
        -- The title's year is none where it would put the delivery before the month that it is for.
        case
            when not is_year_assumed or coalesce(typed_date >= (named_periods[1] || '-01')::date, true) then typed_date
        end as read_date,
        case
            when read_date is not null then read_date
            when is_date_blank and delivery_status in ('delivered', 'void') then title_typed_date
        end as delivered_on_day,
        case when read_date is not null and is_date_range then first_date end as delivered_from,
        nullif(regexp_replace(upper(coalesce(bast_number, '')), '[\s\-]+', '', 'g'), '') as bast_key,
        coalesce('B' || bast_key, 'D' || delivered_on_day, 'U') as delivery_key,
        case
            when delivery_status = 'delivered'
                then {{ suspected_unit(
                    'typed_amount', 'entitlement * len(named_periods)', 'unit', 'pack_size', 'unit_price_idr'
                ) }}
        end as suspected_unit
    from typed
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
            ('amount_invalid', "delivery_status = 'delivered' and coalesce(typed_amount, 0) <= 0"),
            ('amount_implausible', "delivery_status = 'delivered' and typed_amount > max_amount"),
            ('date_invalid', "delivery_status in ('delivered', 'void') and not is_date_blank and read_date is null"),
            ('date_in_future', "delivery_status in ('delivered', 'void') and delivered_on_day > received_on"),
        ]) }} as own_reason_codes,
        {{ codes_where([
            ('levy_suspected', 'is_levy_told'),
            ('nik_invalid', 'not is_nik_blank and not is_nik_valid'),
            ('nik_precision_lost', 'is_nik_precision_lost'),
            ('village_unknown', "village_text <> '' and village_code is null and not is_other_regency"),
            ('status_blank', "delivery_status = 'blank'"),
            ('village_ambiguous', 'is_village_ambiguous'),
            ('nik_equals_kk', 'is_nik_valid and trim(nik) = trim(kk)'),
            ('date_undated', "delivery_status = 'delivered' and is_date_blank and delivered_on_day is null"),
            ('date_from_title', "delivery_status = 'delivered' and is_date_blank and delivered_on_day is not null"),
            ('date_is_range', "delivery_status = 'delivered' and delivered_from is not null"),
            ('date_year_assumed', 'is_year_assumed and read_date is not null'),
            ('date_before_program', "delivery_status = 'delivered' and delivered_on_day < (program_periods[1] || '-01')::date"),
            ('weekday_mismatch', 'is_weekday_contradicted'),
            ('amount_unit_suspected', 'suspected_unit is not null'),
        ]) }} as warning_codes
    from dated
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
    'Mungkin yang dimaksud: ' || judged.suspected_unit || '.' as hint,
    judged.named_periods as periods,
    judged.typed_amount as amount,
    judged.delivered_on_day as delivered_on,
    judged.delivered_from,
    judged.read_date is null and judged.delivered_on_day is not null as is_date_from_title,
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
