{#-
    A decile: as stated ("2", "Desil 2", "Desil ke-2", "D2", "II", "2 (Miskin)"), else the tenth that a percentile lies in (1 to 10
    are decile 1). Words alone ("Sangat Miskin"), ranges and amounts are none.
-#}
{% macro typed_decile(decile, percentile) -%}
    coalesce(
        {{ _whole_number(with_arabic_numerals(squeezed(decile)), '(?:(?:desil|decile|d)[\\s:.=-]*)?(?:ke[\\s-]*)?', 10) }},
        ((try_cast({{ _whole_number(squeezed(percentile), '(?:persentil\\s*)?', 100) }} as integer) + 9) // 10)::integer
    )
{%- endmacro %}

{#- A whole number from 1 to a largest one, with what it is called behind it; null where a cell holds anything else. -#}
{% macro _whole_number(text, before, largest) -%}
    {%- set called = '(?:[\\s:,./(-]+(?:sangat |hampir |rentan |tidak |kurang )?(?:miskin|rentan|ekstrem|mampu)[a-z ]*\\)?)?' -%}
    case
        when try_cast(regexp_extract({{ text }}, '^{{ before }}(\d{1,3})(?:[.,]0+)?{{ called }}$', 1) as integer) between 1 and {{ largest }}
            then regexp_extract({{ text }}, '^{{ before }}(\d{1,3})(?:[.,]0+)?{{ called }}$', 1)::integer
    end
{%- endmacro %}

{#-
    Types what texts state of the day by which a registry was drawn: a day, a month, a quarter, a half-year or a year.

    values: a relation with version_text.
    Adds stated: a struct of the first day and of how auditors read it; null where a text states none.
-#}
{% macro stated_versions(values) %}
    {%- set year = '(20[0-4][0-9])' %}
    {%- set month = '(' ~ month_pattern() ~ ')' %}
    {#- Of each way to write it: year, month, day and label; what gives a day reads as that day. -#}
    {%- set quarter_begins = "(try_cast(quarter['n'] as integer) * 3 - 2)::varchar" %}
    {%- set half_begins = "(try_cast(half['n'] as integer) * 6 - 5)::varchar" %}
    {%- set ways = [
        ("year_first['y']", "year_first['m']", "year_first['d']", 'null'),
        ("day_first['y']", "day_first['m']", "day_first['d']", 'null'),
        ("day_named['y']", 'day_month', "day_named['d']", 'null'),
        ("quarter['y']", quarter_begins, "'1'", "'triwulan ' || quarter['n'] || ' ' || quarter['y']"),
        ("half['y']", half_begins, "'1'", "'semester ' || half['n'] || ' ' || half['y']"),
        ("named['y']", 'named_month', "'1'", month_label("named['y']", 'named_month')),
        ("numbered['y']", "numbered['m']", "'1'", month_label("numbered['y']", "numbered['m']")),
        ("numbered_last['y']", "numbered_last['m']", "'1'", month_label("numbered_last['y']", "numbered_last['m']")),
        ('alone', "'1'", "'1'", "'tahun ' || alone"),
    ] %}
    -- One step after the other: a name that stands for an expression would be worked out wherever it is used.
    with plain_texts as (
        select
            version_text,
            regexp_replace({{ squeezed('version_text') }}, '[_]+', ' ', 'g') as plain
        from {{ values }}
    ),

    with_figures as (
        select
            *,
            {{ with_arabic_numerals('plain') }} as figures
        from plain_texts
    ),

    parted as (
        select
            version_text,
            regexp_extract(plain, '\b{{ year }}[-/.]?(0[1-9]|1[0-2])[-/.]?(0[1-9]|[12][0-9]|3[01])\b', ['y', 'm', 'd']) as year_first,
            regexp_extract(plain, '\b(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+{{ year }}\b', ['d', 'm', 'y']) as day_first,
            regexp_extract(plain, '\b(\d{1,2})[-/. ]+\b{{ month }}\b[-/. ]+{{ year }}\b', ['d', 'm', 'y']) as day_named,
            regexp_extract(figures, '\b(?:tw|triwulan|kuartal|q)[-. ]*([1-4])\b.*?\b{{ year }}\b', ['n', 'y']) as quarter,
            regexp_extract(figures, '\bsemester[-. ]*([12])\b.*?\b{{ year }}\b', ['n', 'y']) as half,
            regexp_extract(plain, '\b{{ month }}\b.*?\b{{ year }}\b', ['m', 'y']) as named,
            regexp_extract(plain, '\b{{ year }}[-/. ](0[1-9]|1[0-2])\b', ['y', 'm']) as numbered,
            regexp_extract(plain, '\b(0?[1-9]|1[0-2])[-/.]{{ year }}\b', ['m', 'y']) as numbered_last,
            regexp_extract(plain, '(?:^|[^0-9]){{ year }}(?:[^0-9]|$)', 1) as alone
        from with_figures
    ),

    numbered_months as (
        select
            *,
            {{ month_number("day_named['m']") }}::varchar as day_month,
            {{ month_number("named['m']") }}::varchar as named_month
        from parted
    ),

    dated as (
        select
            version_text,
            list_transform(
                [
                    {%- for year, month, day, label in ways %}
                    { 'year': {{ year }}, 'month': {{ month }}, 'day': {{ day }}, 'label': {{ label }} }{{ ',' if not loop.last }}
                    {%- endfor %}
                ],
                lambda way: {
                    'day': try_cast(way.year || '-' || lpad(way.month, 2, '0') || '-' || lpad(way.day, 2, '0') as date),
                    'label': way.label
                }
            ) as ways
        from numbered_months
    ),

    first_ways as (
        select
            version_text,
            list_filter(ways, lambda way: way.day is not null)[1] as way
        from dated
    )

    select
        version_text,
        case when way is not null then { 'day': way.day, 'label': coalesce(way.label, strftime(way.day, '%d-%m-%Y')) } end as stated
    from first_ways
{% endmacro %}

{% macro month_label(year, month) -%}
    ['Januari', 'Februari', 'Maret', 'April', 'Mei', 'Juni', 'Juli', 'Agustus', 'September', 'Oktober', 'November', 'Desember'][
        try_cast({{ month }} as integer)
    ] || ' ' || {{ year }}
{%- endmacro %}

{#- By what a recipient is recognised in a registry, the strongest first. -#}
{% macro known_by_facts() -%}
    ['card', 'shortened_nik', 'nik_one_digit', 'birth_date']
{%- endmacro %}
