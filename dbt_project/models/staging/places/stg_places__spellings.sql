{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per spelling of a village (with its district) that any file holds. Never a guess: code, name within the
-- district, or an alias that an operator has settled; the nearest names are only a hint for the sender. A name whose
-- stated district nobody knows is recognised where it is the only one in the regency, and remarked.
with sent as (
    {%- for kind in ['recipients', 'distribution', 'registry', 'gates'] %}
    {%- set district = "coalesce(gates.title_district, '')" if kind == 'gates' else own_or_title(kind, 'district') %}
    select distinct
        {{ own_or_title(kind, 'village') }} as village_text,
        {{ district }} as district_text
    from {{ source('raw', kind) }} as {{ kind }}
    where {{ kind }}.row_kind = 'data' and {{ is_pending(kind) }}
    union
    select distinct
        coalesce({{ kind }}.title_village, '') as village_text,
        coalesce({{ kind }}.title_district, '') as district_text
    from {{ source('raw', kind) }} as {{ kind }}
    where {{ kind }}.row_kind = 'data' and {{ is_pending(kind) }}
    union
    {%- endfor %}
    select distinct
        coalesce(sheets.sheet ->> '$.title.village', '') as village_text,
        coalesce(sheets.sheet ->> '$.title.district', '') as district_text
    from {{ source('ledger', 'submissions') }} as submissions
    cross join unnest(from_json(submissions.sheets, '["json"]')) as sheets (sheet)
    where submissions.reading_status = 'nil' and {{ is_pending('submissions') }}
),

spellings as (
    select
        village_text,
        district_text
    from sent
    {%- if is_incremental() %}
    except
    select
        village_text,
        district_text
    from {{ this }}
    {%- endif %}
),

villages as (
    select
        village_code,
        village_name,
        district_code,
        district_name,
        replace(village_code, '.', '') as village_digits,
        {{ place_key('village_name') }} as village_key,
        {{ place_key('district_name') }} as district_key,
        replace(district_code, '.', '') as district_digits
    from {{ source('reference', 'villages') }}
),

aliases as (
    select
        {{ place_key('alias') }} as alias_key,
        {{ place_key('district_name') }} as district_key,
        village_code
    from {{ source('reference', 'village_aliases') }}
),

districts as (
    select distinct
        district_code,
        district_key,
        district_digits
    from villages
    union
    -- An alias without a village ("Manggelewa") settles how its district may be spelt.
    select
        villages.district_code,
        aliases.alias_key,
        villages.district_digits
    from aliases
    inner join villages on aliases.district_key = villages.district_key
    where aliases.village_code is null
),

keyed as (
    select
        village_text,
        district_text,
        {{ place_key('village_text') }} as village_key,
        {{ place_key('district_text') }} as district_key,
        regexp_replace(regexp_replace(village_text, '\.0+$', ''), '[^0-9]', '', 'g') as village_digits,
        -- A code has figures and dots only; "Kandai 1" is a name.
        regexp_full_match(trim(village_text), '[''’‘`]?[0-9][0-9. ]{8,}') as is_code
    from spellings
),

placed as (
    select
        keyed.*,
        districts.district_code
    from keyed
    left join districts
        on
            keyed.district_key = districts.district_key
            or (keyed.district_key <> '' and keyed.district_key = districts.district_digits)
    qualify row_number() over (partition by keyed.village_text, keyed.district_text order by districts.district_code) = 1
),

candidates as (
    select
        placed.village_text,
        placed.district_text,
        villages.village_code,
        1 as preference
    from placed
    inner join villages on placed.is_code and placed.village_digits = villages.village_digits
    union all
    select
        placed.village_text,
        placed.district_text,
        villages.village_code,
        2 as preference
    from placed
    inner join villages
        on
            not placed.is_code
            and placed.village_key = villages.village_key
            and (placed.district_code is null or placed.district_code = villages.district_code)
    union all
    select
        placed.village_text,
        placed.district_text,
        villages.village_code,
        3 as preference
    from placed
    inner join aliases
        on
            placed.village_key = aliases.alias_key
            and (
                coalesce(aliases.district_key, '') = ''
                or placed.district_key = ''
                or placed.district_code in (
                    select districts.district_code from districts
                    where districts.district_key = aliases.district_key
                )
            )
    inner join villages
        on
            aliases.village_code = villages.village_code
            and (placed.district_code is null or placed.district_code = villages.district_code)
),

preferred as (
    select
        village_text,
        district_text,
        village_code
    from candidates
    qualify preference = min(preference) over (partition by village_text, district_text)
),

resolved as (
    -- Two villages of one name in two districts, and no district given: unknown, not the first one.
    select
        village_text,
        district_text,
        min(village_code) as village_code
    from preferred
    group by village_text, district_text
    having count(distinct village_code) = 1
),

ambiguous as (
    select
        village_text,
        district_text
    from preferred
    group by village_text, district_text
    having count(distinct village_code) > 1
),

hints as (
    select
        placed.village_text,
        placed.district_text,
        string_agg(
            case
                -- The name is right, but not in the district that is stated.
                when villages.district_code <> placed.district_code
                    then villages.village_name || ' (Kecamatan ' || villages.district_name || ')'
                else villages.village_name
            end, ', '
            order by jaro_winkler_similarity(placed.village_key, villages.village_key) desc, villages.village_name
        ) as village_hint
    from placed
    inner join villages
        on
            placed.district_code is null
            or placed.district_code = villages.district_code
            or placed.village_key = villages.village_key
    left join resolved on placed.village_text = resolved.village_text and placed.district_text = resolved.district_text
    where resolved.village_code is null and placed.village_key <> '' and not placed.is_code
    group by placed.village_text, placed.district_text
)

select
    placed.village_text,
    placed.district_text,
    resolved.village_code,
    array_to_string(string_split(hints.village_hint, ', ')[1:3], ', ') as village_hint,
    ambiguous.village_text is not null as is_ambiguous,
    placed.is_code,
    named.village_key as resolved_key,
    placed.district_key <> '' and placed.district_code is null as is_district_unknown,
    coalesce(placed.is_code and placed.district_code <> named.district_code, false) as is_district_contradicted,
    coalesce(
        placed.is_code and length(placed.village_digits) = 10
        and left(placed.village_digits, 4) <> replace(parameters.regency_code, '.', ''),
        false
    ) as is_other_regency
from placed
cross join {{ source('reference', 'parameters') }} as parameters
left join resolved on placed.village_text = resolved.village_text and placed.district_text = resolved.district_text
left join hints on placed.village_text = hints.village_text and placed.district_text = hints.district_text
left join villages as named on resolved.village_code = named.village_code
left join ambiguous on placed.village_text = ambiguous.village_text and placed.district_text = ambiguous.district_text
