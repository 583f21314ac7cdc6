-- One row per data row of a registry snapshot (P3KE, DTKS, DTSEN). Blank is "not known", never "no".
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
        {{ own_or_title('registry', 'village') }} as village_text,
        {{ own_or_title('registry', 'district') }} as district_text
    from {{ source('raw', 'registry') }} as registry
    inner join submissions on registry.submission_id = submissions.submission_id
    where registry.row_kind = 'data'
),

dates as (
    {{ typed_dates('(select distinct date_text, date_cell from sent)') }}
),

niks as (
    {{ checked_niks('(select distinct nik_text, nik_cell from sent)') }}
),

places as (
    select * from {{ ref('stg_places__spellings') }}
),

typed as (
    select
        sent.*,
        -- Two figures for a birth year mean the past: '58 is 1958.
        case when dates.typed_date > sent.received_on then (dates.typed_date - interval 100 year)::date else dates.typed_date end
            as birth_day,
        dates.is_date_blank,
        niks.is_nik_valid,
        niks.is_nik_precision_lost,
        places.village_code,
        places.village_hint,
        coalesce(places.is_other_regency, false) as is_other_regency,
        coalesce(
            sent.nik_key, sent.kk_key,
            case when places.village_code is not null then md5(sent.name_key || '|' || places.village_code) end
        ) as beneficiary_key
    from sent
    left join dates on sent.date_text = dates.date_text and sent.date_cell = dates.date_cell
    left join niks on sent.nik_text = niks.nik_text and sent.nik_cell = niks.nik_cell
    left join places on sent.village_text = places.village_text and sent.district_text = places.district_text
),

judged as (
    select
        *,
        {{ codes_where([
            ('wrong_region', 'is_other_regency'),
            ('identity_missing', 'beneficiary_key is null'),
            ('date_invalid', 'not is_date_blank and birth_day is null'),
        ]) }} as own_reason_codes,
        {{ codes_where([
            ('nik_invalid', 'not is_nik_valid'),
            ('nik_precision_lost', 'is_nik_precision_lost'),
            ('village_unknown', "village_text <> '' and village_code is null and not is_other_regency"),
            ('row_hidden', "contains(row_marks, 'h')"),
            ('row_struck', "contains(row_marks, 's')"),
            ('row_coloured', "contains(row_marks, 'c')"),
        ]) }} as warning_codes
    from typed
),

repeated as (
    select
        submission_id,
        sheet_number,
        row_number
    from judged
    where len(own_reason_codes) = 0 and nik_key is not null
    qualify row_number() over (partition by submission_id, nik_key order by sheet_number, row_number) > 1
)

select
    judged.submission_id,
    judged.sequence,
    judged.arrival,
    judged.sheet,
    judged.sheet_number,
    judged.row_number,
    judged.submission_id || ':' || judged.sheet_number || ':' || judged.row_number as row_id,
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

    -- as understood
    judged.nik_key,
    judged.kk_key,
    judged.name_key,
    judged.beneficiary_key,
    judged.village_code,
    judged.village_hint,
    judged.birth_day as birth_date,
    case
        when regexp_full_match({{ squeezed('judged.gender') }}, 'l|lk|laki.?laki|pria|m|male|1') then 'male'
        when regexp_full_match({{ squeezed('judged.gender') }}, 'p|pr|perempuan|wanita|f|female|2') then 'female'
    end as gender,
    try_cast(regexp_extract({{ squeezed('judged.welfare_decile') }}, '^(?:desil\s*)?(\d{1,2})(?:\.0+)?$', 1) as integer)
        as welfare_decile,
    try_cast(regexp_extract({{ squeezed('judged.household_size') }}, '^(\d{1,2})', 1) as integer) as household_size,
    {{ typed_yes_no('judged.is_head', ['kepala keluarga', 'kk', 'krt', 'kepala rumah tangga'], otherwise='false') }} as is_head,
    {{ typed_yes_no('judged.lives_alone') }} as lives_alone,
    {{ typed_yes_no('judged.disability', otherwise='true') }} as has_disability,
    {{ typed_yes_no('judged.migrant_worker', ['pmi', 'tki', 'tkw']) }} as is_migrant_worker,
    {{ typed_yes_no('judged.female_head', ['pekka']) }} as is_female_head,
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
