{#- How the twelve months are written, longer words before their beginnings: Indonesian, old spellings, abbreviations, English. -#}
{% macro month_spellings() -%}
    {{ return([
        ['januari', 'january', 'jan'],
        ['februari', 'february', 'feb', 'pebruari', 'pebruary', 'peb'],
        ['maret', 'march', 'mar', 'mrt'],
        ['april', 'apr'],
        ['mei', 'may'],
        ['juni', 'june', 'jun'],
        ['juli', 'july', 'jul'],
        ['agustus', 'agust', 'agus', 'agst', 'agt', 'agu', 'ags', 'august', 'aug'],
        ['september', 'sept', 'sep'],
        ['oktober', 'okt', 'october', 'oct'],
        ['november', 'nov', 'nopember', 'nop'],
        ['desember', 'des', 'december', 'dec'],
    ]) }}
{%- endmacro %}

{#- What a pattern holds for any of them. -#}
{% macro month_pattern() -%}
    {{ return(month_spellings() | sum(start=[]) | join('|')) }}
{%- endmacro %}

{#- The number of a month's name, null where it is none. Looked up: twelve patterns would be made ready at each place that asks. -#}
{% macro month_number(word) -%}
    {%- set numbers = [] %}
    {%- for spellings in month_spellings() %}
        {%- set month = loop.index %}
        {%- for spelling in spellings %}{% do numbers.append("'" ~ spelling ~ "': " ~ month) %}{% endfor %}
    {%- endfor %}
    map { {{ numbers | join(', ') }} }[{{ word }}]
{%- endmacro %}

{#- The one day that a text names, day first, null where no calendar has it; year stands in for one that is not written. -#}
{% macro written_day(text, year) -%}
    {%- set figures = "regexp_extract(" ~ text ~ ", '^(\\d{1,2})\\s*[-/. ]\\s*(\\d{1,2})(?:\\s*[-/. ]\\s*(\\d{4}|\\d{2}))?$', ['d', 'm', 'y'])" %}
    {%- set named = "regexp_extract(" ~ text ~ ", '^(\\d{1,2})\\s*[-/. ]?\\s*([a-z]+)\\.?\\s*[-/,]?\\s*(\\d{4}|\\d{2})?$', ['d', 'm', 'y'])" %}
    try_cast(
        case
            when regexp_full_match({{ text }}, '(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}') then regexp_replace({{ text }}, '[/.]', '-', 'g')
            {%- for parts, month in [(figures, figures ~ "['m']"), (named, month_number(named ~ "['m']") ~ '::varchar')] %}
            when {{ parts }}['d'] <> ''
                then
                    case when {{ parts }}['y'] = '' then {{ year }}::varchar else right('20' || {{ parts }}['y'], 4) end
                    || '-' || {{ month }} || '-' || {{ parts }}['d']
            {%- endfor %}
        end as date
    )
{%- endmacro %}

{#-
    Types dates, day first, once for each distinct value.

    values: a relation with date_text and date_cell.
    year: its column with the year of dates that name none ("5 Feb"); without it they cannot be read.
    Adds typed_date (of a range its last day), first_date (its first), is_date_blank, is_date_range, is_year_assumed and
    is_weekday_contradicted ("Senin, 6 Februari 2024" was a Tuesday).
-#}
{% macro typed_dates(values, year='null::varchar') %}
    {%- set weekdays = ['senin', 'selasa', 'rabu', 'kamis', 'jumat', 'sabtu', 'minggu'] %}
    {%- set weekday = '(?:senin|selasa|rabu|kamis|jum.?at|sabtu|minggu|ahad)' %}
    {%- set until = '(?:\\s*(?:s\\s*/\\s*d|s\\s*\\.\\s*d\\b\\.?|\\bsd\\b|\\bsampai(?:\\s+dengan)?\\b|\\bhingga\\b|–|—)\\s*|\\s+-\\s+)' %}
    -- One step after the other: a name that stands for an expression would be worked out wherever it is used.
    with given as (
        select
            written_dates.date_text,
            written_dates.date_cell,
            {{ year }} as assumed_year,
            parameters.timezone as zone,
            {{ squeezed('written_dates.date_text') }} as date_squeezed
        from {{ values }} as written_dates
        cross join {{ source('reference', 'parameters') }} as parameters
    ),

    bared as (
        select
            *,
            regexp_extract(date_squeezed, '^(?:hari )?({{ weekday }})\b', 1) as date_weekday,
            trim(regexp_replace(
                regexp_replace(
                    date_squeezed,
                    '^(?:(?:hari )?{{ weekday }}\b(?:(?:{{ until }}|-){{ weekday }}\b)?)?\s*[,/]?\s*(?:(?:tanggal|tgl)\b\s*[.:]?\s*)?', ''
                ),
                '(?:t|,? (?:(?:pukul|pkl|jam)\b\.? ?)?)\d{1,2}[:.]\d{2}([:.]\d{2}(\.\d+)?)?\s*(wita|wib|wit)?$', ''
            )) as date_bare
        from given
    ),

    parted as (
        select
            *,
            -- Two days parted by "s/d"; "5-7 Februari 2024" is one too, "5 - 2 - 2024" is none.
            string_split_regex(
                regexp_replace(date_bare, '^(\d{1,2}) ?- ?(\d{1,2} [a-z]+)', '\1 s/d \2'), '{{ until }}'
            ) as date_ends,
            len(date_ends) = 2 as is_date_range,
            case when is_date_range then date_ends[2] else date_bare end as last_written
        from bared
    ),

    ended as (
        select
            *,
            case
                when date_bare = '' then null
                when regexp_full_match(date_squeezed, '\d{4}-\d\d-\d\d[t ]\d\d:\d\d(:\d\d(\.\d+)?)?(z|[+-]\d\d(:\d\d)?)')
                    -- A moment of another zone falls on a day of the regency's.
                    then timezone(zone, try_cast(upper(date_squeezed) as timestamptz))::date
                when regexp_full_match(date_bare, '\d{5}(\.\d+)?') then date '1899-12-30' + floor(date_bare::double)::integer
                when date_cell = 'n' then null
                else {{ written_day('last_written', 'assumed_year') }}
            end as last_date
        from parted
    ),

    begun as (
        select
            *,
            case
                when not is_date_range then last_date
                when regexp_full_match(date_ends[1], '\d{1,2}') then last_date - (day(last_date) - date_ends[1]::integer)::integer
                else {{ written_day('date_ends[1]', 'year(last_date)') }}
            end as first_date
        from ended
    )

    select
        date_text,
        date_cell,
        assumed_year,
        first_date,
        is_date_range,
        date_squeezed in ('', '-', '--', '–') as is_date_blank,
        last_date is not null
        and regexp_full_match(last_written, '\d{1,2}\s*[-/. ]?\s*(?:\d{1,2}|[a-z]+\.?)') as is_year_assumed,
        case when last_date between '1900-01-01' and '2099-12-31' and first_date <= last_date then last_date end as typed_date,
        coalesce(
            date_weekday <> ''
            and case replace(replace(replace(date_weekday, '''', ''), '’', ''), 'ahad', 'minggu')
                {%- for day in weekdays %}
                when '{{ day }}' then {{ loop.index }}
                {%- endfor %}
            end <> isodow(first_date),
            false
        ) as is_weekday_contradicted
    from begun
{% endmacro %}

{#- The one year that titles name, for dates that name none; null where they name several or none. -#}
{% macro only_year(title_period, title_date) -%}
    case
        when regexp_matches({{ title_date }}, '20\d\d') then regexp_extract({{ title_date }}, '20\d\d')
        when not regexp_matches({{ title_period }}, '20\d\d.*20\d\d') then nullif(regexp_extract({{ title_period }}, '20\d\d'), '')
    end
{%- endmacro %}

{#- The first day of the twelve months that end with a day: whole months, so that each monthly due date is in them once. -#}
{% macro first_of_twelve_months(until) -%}
    ({{ until }} - interval 1 year + interval 1 day)::date
{%- endmacro %}
