{#- Lower case, odd white space made plain: what every comparison of words starts from. -#}
{% macro squeezed(text) -%}
    trim(regexp_replace(lower(replace(coalesce({{ text }}, ''), chr(160), ' ')), '\s+', ' ', 'g'))
{%- endmacro %}

{#- A Roman numeral that stands as a word becomes a figure: "Kandai II" and "Kandai 2" are one village. -#}
{% macro with_arabic_numerals(text) -%}
    {%- set numeral = '\\b(viii|vii|vi|iv|ix|iii|ii|i|v|x)\\b' -%}
    regexp_replace(
        {{ text }}, '{{ numeral }}',
        case regexp_extract({{ text }}, '{{ numeral }}', 1)
            {%- for roman in ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x'] %}
            when '{{ roman }}' then '{{ loop.index }}'
            {%- endfor %}
            else ''
        end
    )
{%- endmacro %}

{#- A list of those codes whose condition holds, in the order given. -#}
{% macro codes_where(conditions) -%}
    regexp_extract_all(
        concat_ws(
            ','
            {%- for code, condition in conditions %}
            , case when {{ condition }} then '{{ code }}' end
            {%- endfor %}
        ), '[a-z_]+'
    )
{%- endmacro %}

{#- The letter that says what kind of cell a canonical column came from (see raw in schema.sql). -#}
{% macro cell_type(kind, column) -%}
    {%- set columns = {
        'recipients': ['nik', 'kk', 'name', 'village', 'district', 'entitled_amount', 'period', 'replaces_nik', 'valid_from', 'valid_to', 'reason'],
        'distribution': ['nik', 'kk', 'name', 'village', 'district', 'period', 'amount', 'delivered_on', 'status', 'bast_number', 'received_by', 'notes'],
        'registry': ['nik', 'kk', 'name', 'birth_date', 'gender', 'village', 'district', 'welfare_decile', 'household_size', 'is_head', 'lives_alone', 'disability', 'migrant_worker', 'female_head', 'family_id', 'welfare_percentile', 'dukcapil_match'],
        'gates': ['village', 'milestone', 'reached_on', 'program', 'notes'],
        'reviews': ['pair_id', 'decision', 'notes'],
    }[kind] -%}
    substr(cell_types, {{ columns.index(column) + 1 }}, 1)
{%- endmacro %}

{#- What a row says of its period, village or district; the title above the table speaks for a row that says nothing. -#}
{% macro own_or_title(rows, column) -%}
    coalesce(nullif(trim({{ rows }}.{{ column }}), ''), {{ rows }}.title_{{ column }}, '')
{%- endmacro %}

{#- By what a row is found again, column by column: "village_code 52.05.01.1001, period 2024-01". -#}
{% macro columns_told(columns) -%}
    {%- if columns -%}
    concat_ws(', '{% for column in columns %}, '{{ column }} ' || {{ column }}::varchar{% endfor %})
    {%- else -%}
    null::varchar
    {%- endif -%}
{%- endmacro %}
