{#-
    How much of the year's completed entitlements fell into the last days before a cutoff, against an even pace. served holds
    year_completed and completed_before_cutoff, windows the even_share; without either nothing is said.
-#}
{% macro bunching_columns(served, windows) -%}
    {%- set share = served ~ '.completed_before_cutoff / nullif(' ~ served ~ '.year_completed, 0)' -%}
    case when {{ windows }}.bunching_days > 0 then coalesce({{ served }}.year_completed, 0) end::bigint as year_completed,
    case when {{ windows }}.bunching_days > 0 then coalesce({{ served }}.completed_before_cutoff, 0) end::bigint
        as completed_before_cutoff,
    case when {{ windows }}.bunching_days > 0 then round({{ share }}, 4) end::double as before_cutoff_share,
    case when {{ windows }}.bunching_days > 0 then round({{ windows }}.even_share, 4) end::double as even_share,
    -- In whole numbers: a share of exactly so many times the even one is bunched.
    case
        when {{ windows }}.bunching_days > 0 and {{ served }}.year_completed > 0
            then
                {{ served }}.completed_before_cutoff * {{ windows }}.year_days
                >= {{ var('bunched_from') }} * {{ windows }}.bunching_days * {{ served }}.year_completed
    end as is_bunched
{%- endmacro %}

{#-
    What both scorecards say of the survey, grouped by their own keys: readiness for the window that comes next, and the year's
    completed entitlements up to the cutoff that was approached last. Two CTEs, readiness and served.
-#}
{% macro window_counts(keys) -%}
    {%- set counted = {
        'readiness': ('int_villages_paced', 'is_next', ['entitled', 'ready'], 'window_'),
        'served': ('int_villages_served', 'is_last_approached', ['year_completed', 'completed_before_cutoff'], ''),
    } -%}
    {%- for name, (model, which, columns, prefix) in counted.items() %}
{{ name }} as (
    select
        {%- for key in keys %}
        counted.{{ key }},
        {%- endfor %}
        {%- for column in columns %}
        sum(counted.{{ column }}) as {{ prefix }}{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(model) }} as counted
    inner join {{ ref('int_susenas_windows_dated') }} as windows
        on counted.susenas_year = windows.susenas_year and windows.{{ which }}
    group by all
){{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Those counts as columns, zero where there is nothing; expects the two windows joined as next_window and last_window. -#}
{% macro window_columns() -%}
    next_window.susenas_year,
    next_window.window_state,
    next_window.cutoff,
    next_window.days_to_cutoff,
    coalesce(readiness.window_entitled, 0)::bigint as window_entitled,
    coalesce(readiness.window_ready, 0)::bigint as window_ready,
    round(readiness.window_ready / nullif(readiness.window_entitled, 0), 4)::double as window_ready_rate,
    last_window.susenas_year as bunching_susenas_year,
    {{ bunching_columns('served', 'last_window') }}
{%- endmacro %}
