{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- One row per data row of a distribution log: the text as sent, what it says, and what is wrong with it, looked at alone (for
-- what other rows say of it see stg_distribution__compared). Every distinct spelling is typed once and joined back, so that
-- the work follows the variety of the input and not its length.
with submissions as (
    select * from {{ ref('stg_ledger__submissions') }}
    where kind = 'distribution'
),

-- Read anew for each question: a column or two each time, where keeping the wide rows would fill the memory.
sent as not materialized (
    select
        distribution.*,
        submissions.program_code,
        submissions.unit,
        submissions.pack_size,
        submissions.max_amount,
        submissions.entitlement,
        submissions.unit_price_idr,
        submissions.received_on,
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
        coalesce(distribution.kk, '') as kk_text,
        {{ cell_type('distribution', 'kk') }} as kk_cell,
        {{ cell_type('distribution', 'name') }} as name_cell,
        {{ own_or_title('distribution', 'village') }} as village_text,
        {{ own_or_title('distribution', 'district') }} as district_text
    from {{ source('raw', 'distribution') }} as distribution
    inner join submissions on distribution.sequence = submissions.sequence
    left join {{ ref('stg_ledger__sheets') }} as sheets
        on distribution.sequence = sheets.sequence and distribution.sheet_number = sheets.sheet_number
    where distribution.row_kind = 'data' and {{ is_pending('distribution') }}
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

{{ typed_periods("(
    select distinct program_code, period_text, period_cell, title_year, receipt_year from sent
    union select distinct program_code, coalesce(title_period, ''), 't', title_year, receipt_year from sent
)") }},

statuses as (
    {{ typed_statuses('(select distinct status_text from sent)') }}
),

numbers as (
    {{ checked_numbers('(
        select distinct
            nik_text, nik_cell, nik_key is null as is_nik_keyless, kk_text, kk_cell, kk_key is null as is_kk_keyless
        from sent
    )') }}
),

read_numbers as (
    {{ numbers_compared('numbers') }}
),

weighed as (
    -- What registries and lists know decides; where they know nothing, the log's own rows may (doubtful).
    select
        read_numbers.*,
        coalesce(
            read_numbers.may_nik_be_kk and read_numbers.nik_number is distinct from read_numbers.kk_number, false
        ) as may_be_swapped,
        coalesce(
            (read_numbers.reads_nik_as_kk and read_numbers.reads_kk_as_nik)
            or (known.is_known_as_kk and not known.is_known_as_nik),
            false
        ) as speaks_for_swapped,
        may_be_swapped and speaks_for_swapped as is_swapped,
        may_be_swapped and not speaks_for_swapped and read_numbers.reads_kk_as_nik and not coalesce(known.is_known_as_nik, false)
            as is_own_kk_decisive,
        may_be_swapped and not speaks_for_swapped and read_numbers.reads_kk_as_nik as is_doubtful
    from read_numbers
    left join {{ ref('stg_identities__numbers') }} as known on read_numbers.nik_number = known.number
),

doubtful as (
    select
        sent.sequence,
        weighed.*
    from sent
    inner join weighed
        on
            weighed.is_doubtful
            and sent.nik_text = weighed.nik_text
            and sent.nik_cell = weighed.nik_cell
            and sent.kk_text = weighed.kk_text
            and sent.kk_cell = weighed.kk_cell
),

own_cards as (
    -- Numbers that stand as family cards in the very logs that hold a doubtful pair.
    select distinct
        sent.sequence,
        weighed.kk_number as number
    from sent
    inner join weighed
        on
            sent.nik_text = weighed.nik_text
            and sent.nik_cell = weighed.nik_cell
            and sent.kk_text = weighed.kk_text
            and sent.kk_cell = weighed.kk_cell
    where
        sent.sequence in (select doubtful.sequence from doubtful)
        and weighed.kk_number is not null
        and weighed.nik_number is distinct from weighed.kk_number
),

shared_by_a_family as (
    select
        sequence,
        nik_number
    from doubtful
    where nik_number <> kk_number
    group by sequence, nik_number
    having count(distinct kk_number) > 1
),

swapped_here as (
    select distinct
        doubtful.sequence,
        doubtful.nik_text,
        doubtful.nik_cell,
        doubtful.kk_text,
        doubtful.kk_cell
    from doubtful
    left join own_cards on doubtful.sequence = own_cards.sequence and doubtful.nik_number = own_cards.number
    left join shared_by_a_family
        on doubtful.sequence = shared_by_a_family.sequence and doubtful.nik_number = shared_by_a_family.nik_number
    where (doubtful.is_own_kk_decisive and own_cards.number is not null) or shared_by_a_family.nik_number is not null
),

remarkable as (
    -- Nearly every pair is two good numbers in their places: those are not joined back.
    select *
    from weighed
    where
        not is_nik_valid
        or is_nik_blank
        or is_nik_precision_lost
        or is_nik_other_region
        or is_nik_equal_kk
        or is_swapped
        or nik_digits <> nik_text
        or is_kk_precision_lost
        or (not is_kk_valid and kk_text <> '')
        or (is_kk_valid and is_kk_blank)
        or (is_kk_blank and kk_text <> '')
),

levies as (
    {{ texts_of_levies('(
        select distinct notes as said from sent where notes is not null
        union select distinct status_text from sent
        union select distinct amount_text from sent
    )') }}
),

places as (
    select * from {{ ref('stg_places__spellings') }}
),

other_names as (
    {{ other_village_names('sent') }}
),

replacement_texts as (
    select distinct remark
    from (
        select notes as remark from sent
        union all
        select status_text as remark from sent
    )
    where {{ says_replacement('remark') }}
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
        sent.* replace (
            case when not coalesce(pairs.is_swapped, false) and swapped_here.sequence is null then sent.nik_key end as nik_key,
            case when not coalesce(pairs.is_swapped, false) and swapped_here.sequence is null then sent.kk_key end as kk_key
        ),
        coalesce(pairs.is_swapped, false) or swapped_here.sequence is not null as is_nik_kk_swapped,
        coalesce(pairs.nik_digits, sent.nik_text) as nik_digits,
        pairs.nik_problem,
        coalesce(pairs.is_nik_valid, true) as is_nik_valid,
        coalesce(pairs.is_nik_blank, false) as is_nik_blank,
        coalesce(pairs.is_nik_precision_lost, false) as is_nik_precision_lost,
        coalesce(pairs.is_nik_other_region, false) as is_nik_other_region,
        coalesce(pairs.is_nik_equal_kk, false) as is_nik_equal_kk,
        coalesce(pairs.is_kk_valid, sent.kk_text <> '') as is_kk_valid,
        coalesce(pairs.is_kk_blank, sent.kk_text = '') as is_kk_blank,
        coalesce(pairs.is_kk_precision_lost, false) as is_kk_precision_lost,
        amounts.amount as typed_amount,
        amounts.is_amount_blank,
        dates.is_date_blank,
        dates.typed_date,
        dates.is_weekday_contradicted,
        dates.is_date_range,
        dates.first_date,
        dates.is_year_assumed,
        title_dates.typed_date as title_typed_date,
        -- A list may hold for a year; what a log says of a year says nothing of a month.
        case when not regexp_full_match(trim(sent.period_text), '20\d\d') then typed_periods.named end as named_periods,
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
        places.is_district_unknown,
        {{ is_village_contradicted() }} as is_village_contradicted,
        coalesce(contains(sent.row_marks, 'p'), false) as is_other_program,
        {{ is_period_conflicting('sent', 'typed_periods', 'title_periods') }} as is_period_conflicting,
        case
            when statuses.typed_status <> 'blank' then statuses.typed_status
            when tables.has_statuses then 'blank'
            else 'delivered'
        end as delivery_status,
        statuses.failure_reasons,
        statuses.is_status_mixed,
        -- Not the recipient: what differs from the name, in a column that often repeats it.
        case
            when lower(trim(sent.received_by)) <> lower(trim(coalesce(sent.name, '')))
                then nullif({{ squeezed('sent.received_by') }}, '')
        end as proxy_text,
        coalesce(proxy_text not in ('-', 'ybs', 'yang bersangkutan', 'sendiri', 'penerima'), false) or statuses.is_via_proxy
            as is_via_proxy,
        coalesce(sent.notes in (select replacement_texts.remark from replacement_texts), false)
        or sent.status_text in (select replacement_texts.remark from replacement_texts) as is_replacement
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
    left join remarkable as pairs
        on
            sent.nik_text = pairs.nik_text
            and sent.nik_cell = pairs.nik_cell
            and (sent.nik_key is null) = pairs.is_nik_keyless
            and sent.kk_text = pairs.kk_text
            and sent.kk_cell = pairs.kk_cell
            and (sent.kk_key is null) = pairs.is_kk_keyless
    left join swapped_here
        on
            sent.sequence = swapped_here.sequence
            and sent.nik_text = swapped_here.nik_text
            and sent.nik_cell = swapped_here.nik_cell
            and sent.kk_text = swapped_here.kk_text
            and sent.kk_cell = swapped_here.kk_cell
    left join places on sent.village_text = places.village_text and sent.district_text = places.district_text
    left join places as title_places
        on
            coalesce(sent.title_village, '') = title_places.village_text
            and coalesce(sent.title_district, '') = title_places.district_text
    left join other_names
        on
            sent.submission_id = other_names.submission_id
            and sent.sheet_number = other_names.sheet_number
            and sent.row_number = other_names.row_number
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
        {{ beneficiary_key() }} as beneficiary_key,
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
            ('amount_invalid', "delivery_status = 'delivered' and (coalesce(typed_amount, 0) <= 0 or amount_cell = 'm')"),
            ('amount_implausible', "delivery_status = 'delivered' and typed_amount > max_amount"),
            (
                'date_invalid',
                "delivery_status in ('delivered', 'void') and not is_date_blank"
                ~ " and (read_date is null or read_date < (named_periods[1] || '-01')::date - 366)",
            ),
            ('date_in_future', "delivery_status in ('delivered', 'void') and delivered_on_day > received_on"),
        ]) }} as own_reason_codes,
        {{ codes_where([
            ('levy_suspected', 'is_levy_told'),
        ] + identity_warnings() + place_warnings() + [
            ('nik_missing', 'is_nik_blank and kk_key is null'),
            ('name_marked_dead', "delivery_status = 'delivered' and " ~ is_marked_dead('name')),
            ('status_blank', "delivery_status = 'blank'"),
            ('status_contradicted', "delivery_status = 'not_yet' and typed_amount > 0 and read_date is not null"),
            ('status_mixed', 'is_status_mixed'),
            ('date_undated', "delivery_status = 'delivered' and is_date_blank and delivered_on_day is null"),
            ('date_from_title', "delivery_status = 'delivered' and is_date_blank and delivered_on_day is not null"),
            ('date_is_range', "delivery_status = 'delivered' and delivered_from is not null"),
            ('date_year_assumed', 'is_year_assumed and read_date is not null'),
            ('date_before_program', "delivery_status = 'delivered' and delivered_on_day < (program_periods[1] || '-01')::date"),
            ('weekday_mismatch', 'is_weekday_contradicted'),
            ('period_conflict', 'is_period_conflicting'),
            ('amount_merged', "delivery_status = 'delivered' and amount_cell = 'm'"),
            ('row_hidden', "contains(row_marks, 'h')"),
            ('row_struck', "contains(row_marks, 's')"),
            ('row_coloured', "contains(row_marks, 'c')"),
            ('amount_unit_suspected', 'suspected_unit is not null'),
        ]) }} as warning_codes
    from dated
)

select
    submission_id,
    sequence,
    sheet,
    sheet_number,
    row_number,
    {{ row_key() }} as row_key,
    returned_row_id,

    -- as sent
    nik as nik_text,
    kk as kk_text,
    name as name_text,
    village as village_sent,
    district as district_sent,
    period as period_sent,
    amount as amount_sent,
    delivered_on as delivered_on_sent,
    status as status_sent,
    bast_number,
    received_by,
    notes,

    -- as understood
    nik_key,
    kk_key,
    name_key,
    beneficiary_key,
    case when is_nik_precision_lost then left(nik_digits, 15) end as cut_nik_stem,
    is_nik_precision_lost,
    nik_problem,
    village_code,
    village_hint,
    village_text,
    named_periods as periods,
    typed_amount as amount,
    suspected_unit,
    delivered_on_day as delivered_on,
    delivered_from,
    read_date is null and delivered_on_day is not null as is_date_from_title,
    delivery_status,
    coalesce(failure_reasons, []) as failure_reasons,
    coalesce(list_contains(failure_reasons, 'deceased'), false) as is_reported_dead,
    is_replacement,
    is_via_proxy,
    proxy_text,
    bast_key,
    delivery_key,
    own_reason_codes as reason_codes,
    warning_codes
from judged
