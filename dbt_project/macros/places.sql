{#- Whether a programme is meant for villages of this kind; null for a village that nobody knows. -#}
{% macro is_kind_eligible(programs, villages) -%}
    (
        {{ programs }}.village_kinds is null
        or len({{ programs }}.village_kinds) = 0
        or list_contains({{ programs }}.village_kinds, {{ villages }}.kind)
    )
{%- endmacro %}

{#- A place's name as far as it can be compared: no "Ds."/"Kel.", no apostrophes, Arabic numerals, letters and figures only. -#}
{% macro place_key(text) -%}
    regexp_replace(
        {{ with_arabic_numerals(
            "regexp_replace(regexp_replace(strip_accents(" ~ squeezed(text) ~ "), '[''’‘`´ʼ′]', '', 'g'),"
            ~ " '^((desa|ds|kelurahan|kel|kecamatan|kec|kabupaten|kab)\\b\\s*[./:]?\\s*)+', '')"
        ) }}, '[^a-z0-9]', '', 'g'
    )
{%- endmacro %}

{#- Remarks on places that every kind of list shares. -#}
{% macro place_warnings(is_required=false) -%}
    {{ return([
        (
            'village_unknown',
            "village_code is null and not is_other_regency and not is_village_ambiguous"
            ~ ("" if is_required else " and village_text <> ''"),
        ),
        ('village_ambiguous', 'is_village_ambiguous'),
        ('village_conflict', 'is_village_contradicted'),
        ('district_unknown', 'is_district_unknown and not is_other_regency'),
    ]) }}
{%- endmacro %}

{#-
    Whether the village that a row means contradicts something else that the file says of its place: the title above the
    table, the district beside a code, or the name in a further column beside a code. Expects stg_places__spellings
    joined as `places` and, by the title's village, as `title_places`, and other_village_names as `other_names`.
-#}
{% macro is_village_contradicted() -%}
    coalesce(
        places.is_district_contradicted
        or (trim(sent.village) <> '' and title_places.village_code <> places.village_code)
        or other_names.village_key <> places.resolved_key,
        false
    )
{%- endmacro %}

{#- Rows with a village code whose further column ("Nama Desa") names a village of the regency: that village. -#}
{% macro other_village_names(rows) %}
    select
        named.submission_id,
        named.sheet_number,
        named.row_number,
        min(villages.village_key) as village_key
    from (
        select
            submission_id,
            sheet_number,
            row_number,
            regexp_extract(extra, '(?i)"[^"]*\b(?:desa|kelurahan|kel)\b[^"]*"\s*:\s*"((?:[^"\\]|\\.)*)"', 1) as other_name
        from {{ rows }}
        where regexp_matches(village_text, '^[''’‘`]?[0-9]') and extra is not null
    ) as named
    inner join (
        select distinct {{ place_key('village_name') }} as village_key from {{ source('reference', 'villages') }}
    ) as villages
        on {{ place_key('named.other_name') }} = villages.village_key
    group by named.submission_id, named.sheet_number, named.row_number
{% endmacro %}
