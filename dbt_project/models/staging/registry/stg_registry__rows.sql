{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per data row of a registry snapshot (P3KE, DTKS, DTSEN). Blank is "not known", never "no".
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
with submissions as (
    select * from {{ ref('stg_ledger__submissions') }}
    where kind = 'registry'
),

sent as (
    select
        registry.*,
        submissions.arrival,
        submissions.feed,
        submissions.registry,
        submissions.received_on,
        coalesce(registry.birth_date, '') as date_text,
        {{ cell_type('registry', 'birth_date') }} as date_cell,
        coalesce(registry.nik, '') as nik_text,
        {{ cell_type('registry', 'nik') }} as nik_cell,
        coalesce(registry.kk, '') as kk_text,
        {{ cell_type('registry', 'kk') }} as kk_cell,
        {{ cell_type('registry', 'name') }} as name_cell,
        {{ own_or_title('registry', 'village') }} as village_text,
        {{ own_or_title('registry', 'district') }} as district_text
    from {{ source('raw', 'registry') }} as registry
    inner join submissions on registry.submission_id = submissions.submission_id
    where registry.row_kind = 'data'
),

dates as (
    {{ typed_dates('(select distinct date_text, date_cell from sent)') }}
),

pairs as (
    select * from {{ ref('stg_identities__pairs') }}
    where kind = 'registry'
),

family_sheets as (
    -- A file of families names their heads only, and says so in the header above the names.
    select
        submissions.submission_id,
        (sheets.sheet ->> 'number')::integer as sheet_number
    from submissions
    cross join unnest(from_json(submissions.sheets, '["json"]')) as sheets (sheet)
    where
        regexp_matches({{ squeezed("sheets.sheet ->> '$.columns.name'") }}, '\b(kepala|krt|kk)\b')
        and (sheets.sheet ->> '$.columns.is_head') is null
),

places as (
    select * from {{ ref('stg_places__spellings') }}
),

other_names as (
    {{ other_village_names('sent') }}
),

typed as (
    select
        sent.* replace (
            case when not pairs.is_nik_kk_swapped then sent.nik_key end as nik_key,
            case when not pairs.is_nik_kk_swapped then sent.kk_key end as kk_key
        ),
        -- Two figures for a birth year mean the past: '58 is 1958.
        case when dates.typed_date > sent.received_on then (dates.typed_date - interval 100 year)::date else dates.typed_date end
            as birth_day,
        dates.is_date_blank,
        {{ identity_facts() }},
        places.village_code,
        places.village_hint,
        coalesce(places.is_other_regency, false) as is_other_regency,
        coalesce(places.is_ambiguous, false) as is_village_ambiguous,
        places.is_district_unknown,
        {{ typed_decile('sent.welfare_decile', 'sent.welfare_percentile') }} as decile,
        {{ is_village_contradicted() }} as is_village_contradicted,
        case
            when regexp_full_match({{ squeezed('sent.gender') }}, 'l|lk|laki.?laki|pria|m|male|1') then 'male'
            when regexp_full_match({{ squeezed('sent.gender') }}, 'p|pr|perempuan|wanita|f|female|2') then 'female'
        end as typed_gender,
        {{ typed_yes_no('sent.is_head', head_words(), member_words(), no_codes=range(2, 12)) }} as stated_head,
        family_sheets.submission_id is not null as is_of_families
    from sent
    left join family_sheets on sent.submission_id = family_sheets.submission_id and sent.sheet_number = family_sheets.sheet_number
    left join dates on sent.date_text = dates.date_text and sent.date_cell = dates.date_cell
    left join pairs
        on
            sent.nik_text = pairs.nik_text
            and sent.nik_cell = pairs.nik_cell
            and sent.kk_text = pairs.kk_text
            and sent.kk_cell = pairs.kk_cell
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
),

compared as (
    -- What a NIK says of its bearer: a woman's day of birth is 40 higher.
    select
        *,
        {{ beneficiary_key(of_one_family=false) }} as beneficiary_key,
        case when is_nik_valid then try_cast(substr(nik_digits, 7, 2) as integer) end as nik_day,
        case when nik_day > 40 then 'female' when nik_day is not null then 'male' end as nik_gender,
        lpad((nik_day % 40)::varchar, 2, '0') || '/' || substr(nik_digits, 9, 2) || '/' || substr(nik_digits, 11, 2)
            as nik_birth_day,
        coalesce(
            regexp_matches(name, '([0-9][ .]?){12}')
            or (
                not is_kk_blank
                and regexp_full_match(trim(kk), '[A-Za-z][A-Za-z .''’]{2,}')
                -- What people write of a card, no name.
                and not regexp_matches(lower(kk), '\b(kk|kartu|hilang|rusak|lama|baru|urus|numpang|ikut|sama|ada)\b')
            ),
            false
        ) as is_shifted
    from typed
),

doubted as (
    -- Where much of a sheet is shifted, the other rows bear numbers that only look right: none of it is taken.
    select
        compared.*,
        sum(compared.is_shifted::integer) over (partition by compared.submission_id, compared.sheet_number)
        >= targeting.registry_shifted_from
        and avg(compared.is_shifted::integer) over (partition by compared.submission_id, compared.sheet_number)
        >= targeting.registry_shifted_share as is_sheet_shifted
    from compared
    cross join {{ source('reference', 'targeting') }} as targeting
),

judged as (
    select
        *,
        {{ codes_where([
            ('wrong_region', 'is_other_regency'),
            ('columns_shifted', 'is_shifted or is_sheet_shifted'),
            ('identity_missing', 'beneficiary_key is null'),
            ('date_invalid', 'not is_date_blank and birth_day is null'),
        ]) }} as own_reason_codes,
        {{ codes_where(identity_warnings() + place_warnings(is_required=true) + [
            ('nik_missing', 'is_nik_blank'),
            ('decile_unknown', "decile is null and not coalesce(" ~ says_unknown(squeezed('welfare_decile')) ~ ", true)"),
            ('nik_gender_conflict', 'nik_gender <> typed_gender'),
            ('nik_birth_date_conflict', "nik_birth_day <> strftime(birth_day, '%d/%m/%y')"),
            ('row_hidden', "contains(row_marks, 'h')"),
            ('row_struck', "contains(row_marks, 's')"),
            ('row_coloured', "contains(row_marks, 'c')"),
        ]) }} as warning_codes,
        nullif(concat_ws(
            ' ',
            'Pada baris ini ' || nik_problem || '.',
            case
                when nik_gender = 'female' and typed_gender = 'male'
                    then 'Menurut NIK: perempuan; menurut kolom: ' || trim(gender) || '.'
                when nik_gender <> typed_gender then 'Menurut NIK: laki-laki; menurut kolom: ' || trim(gender) || '.'
            end,
            case
                when nik_birth_day <> strftime(birth_day, '%d/%m/%y')
                    then
                        'Tanggal lahir menurut NIK: ' || nik_birth_day
                        || '; menurut kolom: ' || strftime(birth_day, '%d/%m/%Y') || '.'
            end
        ), '') as hint
    from doubted
),

{%- set entered = 'submission_id, beneficiary_key' %}

perhaps_repeated as (
    {{ likenesses_of_several('judged', entered) }}
),

repeated as (
    select
        submission_id,
        sheet_number,
        row_number
    from judged
    where len(own_reason_codes) = 0 and hash({{ entered }}) in (select perhaps_repeated.likeness from perhaps_repeated)
    qualify row_number() over (partition by {{ entered }} order by sheet_number, row_number) > 1
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
    judged.registry,
    judged.received_on,

    -- as sent
    judged.nik as nik_text,
    judged.kk as kk_text,
    judged.name as name_text,
    judged.birth_date as birth_date_sent,
    judged.village as village_sent,
    judged.district as district_sent,
    judged.title_period,
    judged.title_date,

    -- as understood
    judged.nik_key,
    judged.kk_key,
    judged.name_key,
    judged.beneficiary_key,
    judged.village_code,
    judged.village_hint,
    judged.hint,
    case when regexp_full_match(judged.nik_digits, '[0-9]{16}') then judged.nik_digits end as nik_digits,
    judged.is_nik_precision_lost,
    judged.birth_day as birth_date,
    judged.typed_gender as gender,
    judged.decile as welfare_decile,
    try_cast(regexp_extract({{ squeezed('judged.household_size') }}, '^(\d{1,2})', 1) as integer) as household_size,
    case when judged.is_of_families then true else judged.stated_head end as is_head,
    judged.is_of_families,
    case
        when trim(judged.family_id) <> ''
            then md5(judged.registry || '|' || regexp_replace(upper(judged.family_id), '[^A-Z0-9]', '', 'g'))
    end as family_key,
    {{ typed_yes_no('judged.dukcapil_match', ['sudah', 'padan', 'sesuai', 'valid']) }} as is_matched_by_dukcapil,
    {{ typed_yes_no('judged.lives_alone', ['lansia tunggal', 'tinggal sendiri', 'hidup sendiri', 'sendiri']) }} as lives_alone,
    {{ typed_yes_no('judged.disability', disability_words(), ['sehat', 'normal'], no_codes=['0']) }} as has_disability,
    {{ typed_yes_no('judged.migrant_worker', ['pmi', 'tki', 'tkw']) }} as is_migrant_worker,
    {{ typed_yes_no('judged.female_head', ['pekka', 'janda', 'krt perempuan', 'perempuan']) }} as is_female_head,
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
{% endif %}
