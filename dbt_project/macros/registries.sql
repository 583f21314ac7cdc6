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
    What a text states of the day by which a registry was drawn: a day, a month, a quarter, a half-year or a year. A struct
    of the first day and how auditors read it; null where it states none.
-#}
{% macro stated_version(text) -%}
    {%- set plain = "regexp_replace(" ~ squeezed(text) ~ ", '[_]+', ' ', 'g')" -%}
    {%- set year = '(20[0-4][0-9])' -%}
    {%- set month = '(' ~ (month_patterns() | trim).replace('~', '|') ~ ')' -%}
    {%- set day_first = "regexp_extract(" ~ plain ~ ", '\\b(\\d{1,2})[-/. ]+(\\d{1,2})[-/. ]+" ~ year ~ "\\b', ['d', 'm', 'y'])" -%}
    {%- set day_named = "regexp_extract(" ~ plain ~ ", '\\b(\\d{1,2})[-/. ]+\\b" ~ month ~ "\\b[-/. ]+" ~ year ~ "\\b', ['d', 'm', 'y'])" -%}
    {%- set year_first = "regexp_extract(" ~ plain ~ ", '\\b" ~ year ~ "[-/.]?(0[1-9]|1[0-2])[-/.]?(0[1-9]|[12][0-9]|3[01])\\b', ['y', 'm', 'd'])" -%}
    {%- set named = "regexp_extract(" ~ plain ~ ", '\\b" ~ month ~ "\\b.*?\\b" ~ year ~ "\\b', ['m', 'y'])" -%}
    {%- set numbered = "regexp_extract(" ~ plain ~ ", '\\b" ~ year ~ "[-/. ](0[1-9]|1[0-2])\\b', ['y', 'm'])" -%}
    {%- set numbered_last = "regexp_extract(" ~ plain ~ ", '\\b(0?[1-9]|1[0-2])[-/.]" ~ year ~ "\\b', ['m', 'y'])" -%}
    {%- set part = "regexp_extract(" ~ with_arabic_numerals(plain) ~ ", '\\b(?:tw|triwulan|kuartal|q)[-. ]*([1-4])\\b.*?\\b" ~ year ~ "\\b', ['n', 'y'])" -%}
    {%- set half = "regexp_extract(" ~ with_arabic_numerals(plain) ~ ", '\\bsemester[-. ]*([12])\\b.*?\\b" ~ year ~ "\\b', ['n', 'y'])" -%}
    {%- set alone = "regexp_extract(" ~ plain ~ ", '(?:^|[^0-9])" ~ year ~ "(?:[^0-9]|$)', 1)" -%}
    coalesce(
        {{ _version_of_day(year_first ~ "['y']", year_first ~ "['m']", year_first ~ "['d']") }},
        {{ _version_of_day(day_first ~ "['y']", day_first ~ "['m']", day_first ~ "['d']") }},
        {{ _version_of_day(day_named ~ "['y']", month_number(day_named ~ "['m']"), day_named ~ "['d']") }},
        {{ _version_of_month(part ~ "['y']", "(try_cast(" ~ part ~ "['n'] as integer) * 3 - 2)", "'triwulan ' || " ~ part ~ "['n'] || ' ' || " ~ part ~ "['y']") }},
        {{ _version_of_month(half ~ "['y']", "(try_cast(" ~ half ~ "['n'] as integer) * 6 - 5)", "'semester ' || " ~ half ~ "['n'] || ' ' || " ~ half ~ "['y']") }},
        {{ _version_of_month(named ~ "['y']", month_number(named ~ "['m']"), month_label(named ~ "['y']", month_number(named ~ "['m']"))) }},
        {{ _version_of_month(numbered ~ "['y']", numbered ~ "['m']", month_label(numbered ~ "['y']", numbered ~ "['m']")) }},
        {{ _version_of_month(numbered_last ~ "['y']", numbered_last ~ "['m']", month_label(numbered_last ~ "['y']", numbered_last ~ "['m']")) }},
        {{ _version_of_month(alone, "1", "'tahun ' || " ~ alone) }}
    )
{%- endmacro %}

{% macro month_label(year, month) -%}
    ['Januari', 'Februari', 'Maret', 'April', 'Mei', 'Juni', 'Juli', 'Agustus', 'September', 'Oktober', 'November', 'Desember'][
        try_cast({{ month }} as integer)
    ] || ' ' || {{ year }}
{%- endmacro %}

{% macro _version_of_month(year, month, label) -%}
    case
        when {{ first_of_month(year, month) }} is not null
            then { 'day': {{ first_of_month(year, month) }}, 'label': {{ label }} }
    end
{%- endmacro %}

{% macro _version_of_day(year, month, day) -%}
    {%- set typed = "try_cast(" ~ year ~ " || '-' || lpad((" ~ month ~ ")::varchar, 2, '0') || '-' || lpad(" ~ day ~ ", 2, '0') as date)" -%}
    case when {{ typed }} is not null then { 'day': {{ typed }}, 'label': strftime({{ typed }}, '%d-%m-%Y') } end
{%- endmacro %}

{#- By what a recipient is recognised in a registry, the strongest first. -#}
{% macro known_by_facts() -%}
    ['card', 'shortened_nik', 'nik_one_digit', 'birth_date']
{%- endmacro %}
