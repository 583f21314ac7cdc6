{#- Whether aid of a period is awaited: planned aid never, paused or cancelled aid not where it falls due from that day on. -#}
{% macro is_period_expected(programs, due_date) -%}
    (
        {{ programs }}.status <> 'planned'
        and ({{ programs }}.status not in ('paused', 'cancelled') or {{ due_date }} < {{ programs }}.status_from)
    )
{%- endmacro %}

{#- Whether a row of a recipient list holds for a period: what its column or title names, from when and until when it is valid. -#}
{% macro is_period_listed(recipients, period) -%}
    (
        ({{ recipients }}.periods is null or list_contains({{ recipients }}.periods, {{ period }}))
        and {{ is_period_valid(recipients ~ '.valid_from', recipients ~ '.valid_to', period) }}
    )
{%- endmacro %}

{#- Whether a period is one of the months from a day to a day, both of which may be missing. -#}
{% macro is_period_valid(valid_from, valid_to, period) -%}
    (
        ({{ valid_from }} is null or strftime({{ valid_from }}, '%Y-%m') <= {{ period }})
        and ({{ valid_to }} is null or strftime({{ valid_to }}, '%Y-%m') >= {{ period }})
    )
{%- endmacro %}

{#- A year and a month as the first day of that month. -#}
{% macro first_of_month(year, month) -%}
    try_cast({{ year }} || '-' || lpad({{ month }}::varchar, 2, '0') || '-01' as date)
{%- endmacro %}

{#- One sign for "until", so that "Januari s/d Maret" is "januari-maret"; the dash before a year is none: "Jan-24". -#}
{% macro with_plain_dashes(text) -%}
    regexp_replace(
        regexp_replace(
            {{ text }}, '\s*(s\s*/\s*d|s\s*\.\s*d\s*\.?|\bsd\b|sampai dengan|sampai|hingga|–|—|-)\s*', '-', 'g'
        ),
        '([a-z])\.?-((?:20)?\d\d)\b', '\1 \2', 'g'
    )
{%- endmacro %}

{#- A bare "1" counts what its header names: month 1 below "Bulan", stage 1 below "Tahap". -#}
{% macro counted_by_header(text, noun) -%}
    case
        when {{ noun }} <> '' and regexp_full_match({{ text }}, '\s*(?:\d{1,2}(?:\.0+)?|[IiVvXx]{1,4})\s*')
            then {{ noun }} || ' ' || regexp_replace({{ text }}, '\.0+', '')
        else {{ text }}
    end
{%- endmacro %}

{#-
    Types periods ("2024-01", "Januari 2024", "Jan-Mar 2024", "Tahap I") as lists of months YYYY-MM, once for each
    distinct value. A month or a stage without a year is of the title's year, else of the year of receipt.

    values: a relation with program_code, period_text, period_cell, title_year and receipt_year.
    named: what the text names, null where it cannot be read; the caller decides which months the programme has.
-#}
{% macro typed_periods(values) %}
    {%- set month = '(?:' ~ month_pattern() ~ ')' %}
    -- One step after the other: a name that stands for an expression would be worked out wherever it is used.
    period_texts as (
        select
            program_code,
            period_text,
            period_cell,
            title_year,
            receipt_year,
            coalesce(title_year, receipt_year) as assumed_year,
            trim(regexp_replace({{ squeezed('period_text') }}, '\(?\b(?:di)?rapel(?:an)?\b\s*:?\)?', '', 'g')) as period_told
        from {{ values }}
    ),

    period_parts as (
        select
            *,
            regexp_replace(period_told, '^(?:(?:bulan|bln|periode|masa|alokasi|penyaluran|tahun anggaran|ta)\b\s*[.:]?\s*)+', '') as period_plain,
            {{ with_plain_dashes('period_plain') }} as period_joined,
            -- "Desember dibayar Januari": what it is for, and when it was paid.
            regexp_extract(
                period_joined,
                '^(.*?)[\s,(]*\b(?:di)?(?:bayar|salur|terima|cair|serah)(?:kan)?\b\s*(?:(?:pada|bulan|bln|di)\s+)*({{ month }})\s*((?:20)?\d\d)?\)?$',
                ['owed', 'month', 'year']
            ) as paid,
            -- "B.1-3": months by their number, only where the text says that it means months.
            regexp_extract(
                {{ with_plain_dashes('period_told') }},
                '^(?:b|bl|bln|bulan)\s*[.:]?\s*(?:ke[- ]?)?(\d{1,2})(?:-(\d{1,2}))?(?:\s*(?:tahun|ta)?\s*(20\d\d))?$', ['m', 'last_m', 'y']
            ) as numbered
        from period_texts
    ),

    period_owed as (
        select
            *,
            -- Owed without a year: the last such month before the month of payment.
            case
                when paid['owed'] = '' then period_joined
                when regexp_matches(paid['owed'], '\b20\d\d\b') then paid['owed']
                when paid['year'] = '' and title_year is not null then paid['owed'] || ' ' || title_year
                else
                    paid['owed'] || ' ' || (
                        right('20' || coalesce(nullif(paid['year'], ''), receipt_year), 4)::integer
                        - ({{ month_number("regexp_extract_all(paid['owed'], '" ~ month ~ "')[-1]") }} > {{ month_number("paid['month']") }})::integer
                    )
            end as period_squeezed
        from period_parts
    ),

    period_figures as (
        select
            *,
            regexp_extract(period_squeezed, '\b(20\d\d)\b', 1) as stated_year,
            regexp_extract(period_plain, '^(20\d\d)[-/.](\d{1,2})(?:[-/.]\d{1,2}(?:[ t].*)?)?$', ['y', 'm']) as year_first,
            regexp_extract(period_squeezed, '^(\d{1,2})[-/.](20\d\d)$', ['m', 'y']) as month_first,
            regexp_extract(period_squeezed, '^(20\d\d)[-/.](\d{1,2})-(20\d\d)[-/.](\d{1,2})$', ['y', 'm', 'last_y', 'last_m']) as years_first,
            regexp_extract(period_squeezed, '^(\d{1,2})[-/.](20\d\d)-(\d{1,2})[-/.](20\d\d)$', ['m', 'y', 'last_m', 'last_y']) as months_first,
            regexp_extract_all(period_squeezed, '{{ month }}') as month_words,
            regexp_extract_all(period_squeezed, '\b((?:20)?\d\d)\b', 1) as year_words,
            trim(regexp_replace(regexp_replace(period_squeezed, '\b({{ month }}|(20)?\d\d|dan)\b', '', 'g'), '[-,&+/. '']', '', 'g')) as unread,
            regexp_replace(
                {{ with_arabic_numerals("regexp_replace(period_squeezed, '\\b(tahun|ta)?\\s*20\\d\\d\\b', '')") }}, '[^a-z0-9]', '', 'g'
            ) as stage_key
        from period_owed
    ),

    period_words as (
        select
            *,
            right('20' || coalesce(year_words[1], assumed_year), 4)::integer as first_year,
            right('20' || coalesce(year_words[-1], assumed_year), 4)::integer as last_year,
            {{ month_number('month_words[1]') }} as first_month,
            {{ month_number('month_words[-1]') }} as last_month,
            regexp_extract(stage_key, '^(?:tw|triwulan|kuartal|q)([1-4])$', 1) as quarter,
            regexp_extract(stage_key, '^semester([12])$', 1) as half
        from period_figures
    ),

    stages as (
        select
            program_code,
            regexp_replace(
                {{ with_arabic_numerals("regexp_replace(lower(stage), '\\b(tahun|ta)?\\s*20\\d\\d\\b', '')") }}, '[^a-z0-9]', '', 'g'
            ) as stage_key,
            coalesce(
                stage_year::varchar, nullif(regexp_extract(stage, '\b(20\d\d)\b', 1), ''), left(min(period), 4)
            ) as stage_of_year,
            list(distinct period order by period) as stage_periods
        from {{ source('reference', 'program_stages') }}
        group by program_code, stage, stage_year
    ),

    program_months as (
        select program_code, list(distinct period order by period) as program_periods
        from {{ source('reference', 'program_periods') }}
        group by program_code
    ),

    period_ranges as (
        select
            period_words.*,
            stages.stage_periods,
            coalesce(program_months.program_periods, []) as program_periods,
            case
                when period_cell = 'n' and regexp_full_match(period_squeezed, '\d{5}(\.0+)?')
                    then date_trunc('month', date '1899-12-30' + floor(period_squeezed::double)::integer)::date
                when year_first['y'] <> '' then {{ first_of_month("year_first['y']", "year_first['m']") }}
                when month_first['y'] <> '' then {{ first_of_month("month_first['y']", "month_first['m']") }}
                when years_first['y'] <> '' then {{ first_of_month("years_first['y']", "years_first['m']") }}
                when months_first['y'] <> '' then {{ first_of_month("months_first['y']", "months_first['m']") }}
                when numbered['m'] <> ''
                    then {{ first_of_month(
                        "(coalesce(nullif(numbered['y'], ''), assumed_year)::integer"
                        ~ " - (coalesce(try_cast(numbered['m'] as integer) > try_cast(numbered['last_m'] as integer), false)::integer))",
                        "numbered['m']"
                    ) }}
                when unread <> '' then null
                when len(month_words) = 1 and len(year_words) <= 1 then {{ first_of_month('first_year', 'first_month') }}
                when len(month_words) = 2 and len(year_words) = 2 then {{ first_of_month('first_year', 'first_month') }}
                when len(month_words) = 2 and len(year_words) <= 1
                    then {{ first_of_month('(last_year - (first_month > last_month)::integer)', 'first_month') }}
            end as range_start,
            case
                when years_first['y'] <> '' then {{ first_of_month("years_first['last_y']", "years_first['last_m']") }}
                when months_first['y'] <> '' then {{ first_of_month("months_first['last_y']", "months_first['last_m']") }}
                when numbered['last_m'] <> ''
                    then {{ first_of_month("coalesce(nullif(numbered['y'], ''), assumed_year)", "numbered['last_m']") }}
                when len(month_words) = 2 and len(year_words) <= 2 and period_squeezed like '%-%'
                    then {{ first_of_month('last_year', 'last_month') }}
                else range_start
            end as range_end
        from period_words
        left join stages
            on
                period_words.program_code = stages.program_code
                and period_words.stage_key = stages.stage_key
                and coalesce(nullif(period_words.stated_year, ''), period_words.assumed_year) = stages.stage_of_year
        left join program_months on period_words.program_code = program_months.program_code
    ),

    typed_periods as (
        select
            program_code,
            period_text,
            period_cell,
            title_year,
            receipt_year,
            program_periods,
            period_squeezed in ('', '-', '–') as is_period_blank,
            regexp_full_match(period_squeezed, '(tahun )?20\d\d') as is_whole_year,
            list_sort(list_distinct(case
                when is_period_blank then null
                when stage_periods is not null then stage_periods
                when is_whole_year then list_filter(program_periods, lambda p: p like stated_year || '-%')
                when quarter <> ''
                    then
                        [
                            coalesce(nullif(stated_year, ''), assumed_year) || '-' || lpad((quarter::integer * 3 - 2)::varchar, 2, '0'),
                            coalesce(nullif(stated_year, ''), assumed_year) || '-' || lpad((quarter::integer * 3 - 1)::varchar, 2, '0'),
                            coalesce(nullif(stated_year, ''), assumed_year) || '-' || lpad((quarter::integer * 3)::varchar, 2, '0')
                        ]
                when half <> ''
                    then list_transform(
                        generate_series(half::integer * 6 - 5, half::integer * 6),
                        lambda m: coalesce(nullif(stated_year, ''), assumed_year) || '-' || lpad(m::varchar, 2, '0')
                    )
                when (period_squeezed like '%-%' or numbered['last_m'] <> '') and range_end >= range_start and range_end < range_start + to_months(36)
                    then list_transform(
                        generate_series(range_start::timestamp, range_end::timestamp, to_months(1)),
                        lambda d: strftime(d, '%Y-%m')
                    )
                -- "Jan-Feb-Mar" is a list as well, "Jan-Mar, Mei" is not read.
                when
                    unread = '' and len(month_words) > 1 and len(year_words) <= 1
                    and (period_squeezed not like '%-%' or (len(month_words) > 2 and last_month - first_month = len(month_words) - 1))
                    then list_transform(month_words, lambda w: last_year || '-' || lpad({{ month_number('w') }}::varchar, 2, '0'))
                when unread = '' and len(month_words) > 1 and len(year_words) = len(month_words) and period_squeezed not like '%-%'
                    then list_transform(
                        month_words,
                        lambda w, i: right('20' || year_words[i], 4) || '-' || lpad({{ month_number('w') }}::varchar, 2, '0')
                    )
                when range_start is not null and range_start = range_end then [strftime(range_start, '%Y-%m')]
            end)) as named
        from period_ranges
    )
{% endmacro %}

{#-
    Whether a row's own period is not within the title's above it. Both must be readable; a year is as good as its months.
    own and title are aliases of typed_periods, joined by the row's spelling and by the title's.
-#}
{% macro is_period_conflicting(rows, own, title) -%}
    coalesce(
        trim({{ rows }}.period) <> ''
        and case
            when {{ title }}.is_whole_year
                then not list_contains(list_transform({{ own }}.named, lambda month: left(month, 4)), {{ rows }}.title_year)
            else not list_has_all({{ title }}.named, {{ own }}.named)
        end,
        false
    )
{%- endmacro %}
