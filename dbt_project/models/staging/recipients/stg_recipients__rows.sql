{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per data row of a recipient list: the text as sent, what it says, and what is wrong with it.
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
with recursive submissions as (
    select * from {{ ref('stg_ledger__submissions') }}
    where kind = 'recipients'
),

sent as (
    select
        recipients.*,
        submissions.arrival,
        submissions.feed,
        submissions.opd_code,
        submissions.program_code,
        submissions.unit,
        submissions.pack_size,
        submissions.max_amount,
        submissions.received_on,
        coalesce(recipients.entitled_amount, '') as amount_text,
        {{ cell_type('recipients', 'entitled_amount') }} as amount_cell,
        coalesce(sheets.is_in_packs, false) as is_in_packs,
        {{ counted_by_header(own_or_title('recipients', 'period'), 'sheets.period_noun') }} as period_text,
        case
            when trim(coalesce(recipients.period, '')) = '' then 't' else {{ cell_type('recipients', 'period') }}
        end as period_cell,
        nullif(regexp_extract(recipients.title_period, '(20\d\d)', 1), '') as title_year,
        year(submissions.received_on)::varchar as receipt_year,
        coalesce(recipients.valid_from, '') as valid_from_text,
        {{ cell_type('recipients', 'valid_from') }} as valid_from_cell,
        coalesce(recipients.valid_to, '') as valid_to_text,
        {{ cell_type('recipients', 'valid_to') }} as valid_to_cell,
        coalesce(recipients.nik, '') as nik_text,
        {{ cell_type('recipients', 'nik') }} as nik_cell,
        coalesce(recipients.kk, '') as kk_text,
        {{ cell_type('recipients', 'kk') }} as kk_cell,
        {{ cell_type('recipients', 'name') }} as name_cell,
        {{ own_or_title('recipients', 'village') }} as village_text,
        {{ own_or_title('recipients', 'district') }} as district_text
    from {{ source('raw', 'recipients') }} as recipients
    inner join submissions on recipients.submission_id = submissions.submission_id
    left join {{ ref('stg_ledger__sheets') }} as sheets
        on recipients.submission_id = sheets.submission_id and recipients.sheet_number = sheets.sheet_number
    where recipients.row_kind = 'data'
),

amounts as (
    {{ typed_amounts('(select distinct amount_text, amount_cell, unit, pack_size, is_in_packs from sent)', 'is_in_packs') }}
),

dates as (
    {{ typed_dates("(
        select distinct valid_from_text as date_text, valid_from_cell as date_cell from sent
        union select distinct valid_to_text, valid_to_cell from sent
    )") }}
),

{{ typed_periods("(
    select distinct program_code, period_text, period_cell, title_year, receipt_year from sent
    union select distinct program_code, coalesce(title_period, ''), 't', title_year, receipt_year from sent
)") }},

pairs as (
    select * from {{ ref('stg_identities__pairs') }}
    where kind = 'recipients'
),

places as (
    select * from {{ ref('stg_places__spellings') }}
),

other_names as (
    {{ other_village_names('sent') }}
),

-- Who stands in a registry, and of which villages one has come at all.
registered as (
    select
        nik_key,
        kk_key,
        village_code
    from {{ ref('stg_registry__rows') }}
    where is_accepted
),

typed as (
    select
        sent.* replace (
            case when not pairs.is_nik_kk_swapped then sent.nik_key end as nik_key,
            case when not pairs.is_nik_kk_swapped then sent.kk_key end as kk_key
        ),
        amounts.amount as typed_amount,
        amounts.is_amount_blank,
        typed_periods.is_period_blank,
        typed_periods.program_periods,
        -- "Januari-Desember 2024" names months in which the programme delivers nothing: only its own months count.
        list_sort(list_intersect(typed_periods.named, typed_periods.program_periods)) as covered_periods,
        valid_froms.typed_date as valid_from_day,
        valid_froms.is_date_blank as is_valid_from_blank,
        valid_tos.typed_date as valid_to_day,
        valid_tos.is_date_blank as is_valid_to_blank,
        {{ identity_facts() }},
        places.village_code,
        places.village_hint,
        coalesce(places.is_other_regency, false) as is_other_regency,
        coalesce(places.is_ambiguous, false) as is_village_ambiguous,
        coalesce(contains(sent.row_marks, 'p'), false) as is_other_program,
        {{ is_period_conflicting('sent', 'typed_periods', 'title_periods') }} as is_period_conflicting,
        places.is_district_unknown,
        {{ is_village_contradicted() }} as is_village_contradicted,
        {{ says_replacement('sent.reason') }} as is_replacement,
        coalesce({{ is_kind_eligible('programs', 'villages') }}, true) as is_village_eligible
    from sent
    left join amounts
        on
            sent.amount_text = amounts.amount_text
            and sent.amount_cell = amounts.amount_cell
            and sent.unit is not distinct from amounts.unit
            and sent.pack_size is not distinct from amounts.pack_size
            and sent.is_in_packs = amounts.is_in_packs
    left join typed_periods
        on
            sent.program_code is not distinct from typed_periods.program_code
            and sent.period_text = typed_periods.period_text
            and sent.period_cell = typed_periods.period_cell
            and sent.title_year is not distinct from typed_periods.title_year
            and sent.receipt_year = typed_periods.receipt_year
    left join dates as valid_froms
        on sent.valid_from_text = valid_froms.date_text and sent.valid_from_cell = valid_froms.date_cell
    left join dates as valid_tos on sent.valid_to_text = valid_tos.date_text and sent.valid_to_cell = valid_tos.date_cell
    left join pairs
        on
            sent.nik_text = pairs.nik_text
            and sent.nik_cell = pairs.nik_cell
            and sent.kk_text = pairs.kk_text
            and sent.kk_cell = pairs.kk_cell
    left join places on sent.village_text = places.village_text and sent.district_text = places.district_text
    left join {{ source('reference', 'villages') }} as villages on places.village_code = villages.village_code
    left join {{ source('reference', 'programs') }} as programs on sent.program_code = programs.program_code
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
    left join other_names
        on
            sent.submission_id = other_names.submission_id
            and sent.sheet_number = other_names.sheet_number
            and sent.row_number = other_names.row_number
),

identified as (
    select
        *,
        {{ beneficiary_key() }} as beneficiary_key,
        village_code in (select registered.village_code from registered where registered.village_code is not null)
        and nik_key is not null
        and nik_key not in (select registered.nik_key from registered where registered.nik_key is not null)
        and (kk_key is null or kk_key not in (select registered.kk_key from registered where registered.kk_key is not null))
            as is_outside_registries
    from typed
),

judged as (
    select
        *,
        {{ codes_where([
            ('wrong_program', 'is_other_program'),
            ('wrong_region', 'is_other_regency'),
            ('identity_missing', 'beneficiary_key is null'),
            ('period_unknown', 'not is_period_blank and len(coalesce(covered_periods, [])) = 0'),
            ('amount_invalid', "amount_cell = 'm' or (not is_amount_blank and coalesce(typed_amount, 0) <= 0)"),
            ('amount_implausible', 'typed_amount > max_amount'),
            (
                'date_invalid',
                '(not is_valid_from_blank and valid_from_day is null) or (not is_valid_to_blank and valid_to_day is null)'
            ),
        ]) }} as own_reason_codes,
        {{ codes_where(identity_warnings() + place_warnings(is_required=true) + [
            ('nik_missing', 'is_nik_blank'),
            ('name_marked_dead', is_marked_dead('name')),
            ('not_in_registry', 'is_outside_registries'),
            ('village_kind_not_eligible', 'not is_village_eligible'),
            (
                'replacement_incomplete',
                "(trim(replaces_nik) <> '' and (replaces_nik_key is null or coalesce(trim(reason), '') = ''))"
                ~ " or (is_replacement and replaces_nik_key is null)"
            ),
            ('period_conflict', 'is_period_conflicting'),
            ('amount_merged', "amount_cell = 'm'"),
            ('row_hidden', "contains(row_marks, 'h')"),
            ('row_struck', "contains(row_marks, 's')"),
            ('row_coloured', "contains(row_marks, 'c')"),
        ]) }} as warning_codes
    from identified
),

{%- set listed = 'submission_id, beneficiary_key, one_period' %}

by_period as not materialized (
    select
        submission_id,
        sheet_number,
        row_number,
        beneficiary_key,
        unnest(case when len(coalesce(covered_periods, [])) = 0 then ['all'] else covered_periods end) as one_period
    from judged
    where len(own_reason_codes) = 0
),

perhaps_repeated as (
    {{ likenesses_of_several('by_period', listed) }}
),

repeated as (
    -- A family listed twice for one period in one list is entitled once.
    select distinct
        submission_id,
        sheet_number,
        row_number
    from by_period
    where hash({{ listed }}) in (select perhaps_repeated.likeness from perhaps_repeated)
    qualify row_number() over (partition by {{ listed }} order by sheet_number, row_number) > 1
),

replacing as (
    -- Who replaces whom in one list, period by period.
    select
        judged.submission_id,
        one_period.period,
        judged.nik_key,
        judged.replaces_nik_key
    from judged
    left join repeated
        on
            judged.submission_id = repeated.submission_id
            and judged.sheet_number = repeated.sheet_number
            and judged.row_number = repeated.row_number
    cross join
        unnest(
            case when len(coalesce(judged.covered_periods, [])) = 0 then judged.program_periods else judged.covered_periods end
        ) as one_period (period)
    where
        len(judged.own_reason_codes) = 0
        and repeated.row_number is null
        and judged.replaces_nik_key is not null
        and {{ is_period_valid('judged.valid_from_day', 'judged.valid_to_day', 'one_period.period') }}
),

-- Whom one comes to from each by so many steps. Who can go more of them than a place goes from hand to hand comes to a circle, be
-- it of one, or is in a column that slipped by a row: nobody on that way replaces anybody.
followed as (
    select
        *,
        1 as steps
    from replacing
    union all
    select
        followed.submission_id,
        followed.period,
        followed.nik_key,
        farther.replaces_nik_key,
        followed.steps + 1 as steps
    from followed
    inner join replacing as farther
        on
            followed.submission_id = farther.submission_id
            and followed.period = farther.period
            and followed.replaces_nik_key = farther.nik_key
    where followed.steps <= {{ var('longest_chain_of_replacements') }}
),

too_far as (
    select distinct
        submission_id,
        period,
        nik_key
    from followed
    where steps > {{ var('longest_chain_of_replacements') }}
),

not_replacing as (
    select
        submission_id,
        nik_key
    from too_far
    union
    select
        followed.submission_id,
        followed.replaces_nik_key as nik_key
    from followed
    inner join too_far
        on
            followed.submission_id = too_far.submission_id
            and followed.period = too_far.period
            and followed.nik_key = too_far.nik_key
)

select
    judged.submission_id,
    judged.sequence,
    judged.arrival,
    judged.sheet,
    judged.sheet_number,
    judged.row_number,
    {{ row_key('judged') }} as row_key,
    judged.submission_id || ':' || judged.sheet_number || ':' || judged.row_number as row_id,
    judged.returned_row_id,
    judged.feed,
    judged.opd_code,
    judged.program_code,
    judged.received_on,

    -- as sent
    judged.nik as nik_text,
    judged.kk as kk_text,
    judged.name as name_text,
    judged.village as village_sent,
    judged.district as district_sent,
    judged.entitled_amount as entitled_amount_sent,
    judged.period as period_sent,
    judged.replaces_nik as replaces_nik_text,
    judged.valid_from as valid_from_sent,
    judged.valid_to as valid_to_sent,
    judged.reason,
    {{ says_death('judged.reason') }} as is_reason_death,

    -- as understood
    judged.nik_key,
    judged.kk_key,
    judged.name_key,
    case when not_replacing.nik_key is null then judged.replaces_nik_key end as replaces_nik_key,
    judged.beneficiary_key,
    judged.village_code,
    judged.village_hint,
    'Pada baris ini ' || judged.nik_problem || '.' as hint,
    case when judged.nik_key is not null then left(judged.nik_digits, 15) end as nik_stem,
    case when judged.is_period_blank then null else judged.covered_periods end as periods,
    judged.typed_amount as entitled_amount,
    judged.valid_from_day as valid_from,
    judged.valid_to_day as valid_to,
    case
        when repeated.row_number is null then judged.own_reason_codes
        else list_append(judged.own_reason_codes, 'duplicate_row')
    end as reason_codes,
    case
        when
            not_replacing.nik_key is null
            or judged.replaces_nik_key is null
            or list_contains(judged.warning_codes, 'replacement_incomplete')
            then judged.warning_codes
        else list_append(judged.warning_codes, 'replacement_incomplete')
    end as warning_codes,
    len(judged.own_reason_codes) = 0 and repeated.row_number is null as is_accepted
from judged
left join repeated
    on
        judged.submission_id = repeated.submission_id
        and judged.sheet_number = repeated.sheet_number
        and judged.row_number = repeated.row_number
left join not_replacing
    on
        judged.submission_id = not_replacing.submission_id
        and judged.nik_key = not_replacing.nik_key
{% endif %}
