{#- How the twelve months are written, parted by ~: Indonesian, old spellings, abbreviations, English from foreign spreadsheets. -#}
{% macro month_patterns() -%}
    jan(?:uari|uary)?~[fp]eb(?:ruari|ruary)?~mar(?:et|ch)?|mrt~apr(?:il)?~mei|may~jun[ie]?~jul[iy]?
    {#- #}~agustus|agust|agus|agst|agt|agu|ags|aug(?:ust)?~sep(?:tember|t)?~okt(?:ober)?|oct(?:ober)?
    {#- #}~no[vp](?:ember)?~des(?:ember)?|dec(?:ember)?
{%- endmacro %}

{#- The number of a month's name, null where it is none. -#}
{% macro month_number(word) -%}
    case
        {%- for pattern in (month_patterns() | trim).split('~') %}
        when regexp_full_match({{ word }}, '{{ pattern }}') then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}

{#-
    Types dates, day first, once for each distinct value.

    values: a relation with date_text and date_cell.
    Adds typed_date, is_date_blank and is_weekday_contradicted ("Senin, 6 Februari 2024" was a Tuesday).
-#}
{% macro typed_dates(values) %}
    {%- set weekdays = ['senin', 'selasa', 'rabu', 'kamis', 'jumat', 'sabtu', 'minggu'] %}
    select
        date_text,
        date_cell,
        {{ squeezed('date_text') }} as date_squeezed,
        date_squeezed in ('', '-', '--', '–') as is_date_blank,
        regexp_extract(date_squeezed, '^(senin|selasa|rabu|kamis|jum.?at|sabtu|minggu|ahad)\b', 1) as date_weekday,
        trim(regexp_replace(
            regexp_replace(date_squeezed, '^(senin|selasa|rabu|kamis|jum.?at|sabtu|minggu|ahad)\b\s*[,/]?\s*', ''),
            '[t ]\s*\d{1,2}[:.]\d{2}([:.]\d{2}(\.\d+)?)?\s*(wita|wib|wit|z)?$', ''
        )) as date_bare,
        regexp_extract(date_bare, '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$', ['y', 'm', 'd']) as date_iso,
        regexp_extract(date_bare, '^(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})$', ['d', 'm', 'y']) as date_figures,
        regexp_extract(date_bare, '^(\d{1,2})\s*[-/. ]?\s*([a-z]+)\.?\s*[-/,]?\s*(\d{4}|\d{2})$', ['d', 'm', 'y']) as date_named,
        case
            when date_iso['y'] <> '' then date_iso['y'] || '-' || lpad(date_iso['m'], 2, '0') || '-' || lpad(date_iso['d'], 2, '0')
            when date_figures['y'] <> ''
                then right('20' || date_figures['y'], 4) || '-' || lpad(date_figures['m'], 2, '0') || '-' || lpad(date_figures['d'], 2, '0')
            when date_named['y'] <> ''
                then
                    right('20' || date_named['y'], 4) || '-'
                    || lpad({{ month_number("date_named['m']") }}::varchar, 2, '0') || '-' || lpad(date_named['d'], 2, '0')
        end as date_written,
        case
            when regexp_full_match(date_bare, '\d{5}(\.\d+)?')
                then date '1899-12-30' + floor(date_bare::double)::integer
            when date_written between '1900-00-00' and '2099-99-99' then try_cast(date_written as date)
        end as typed_date,
        coalesce(
            date_weekday <> ''
            and {{ 'case ' }}{% for day in weekdays %}when replace(replace(replace(date_weekday, '''', ''), '’', ''), 'ahad', 'minggu') = '{{ day }}' then {{ loop.index }} {% endfor %}end
            <> isodow(typed_date),
            false
        ) as is_weekday_contradicted
    from {{ values }}
{% endmacro %}
