{#-
    How much of what was completed in the twelve months up to a cutoff fell into the last days before it, against an even pace.
    served holds year_completed, completed_before_cutoff and even_completed; before those days begin nothing is said.
-#}
{% macro bunching_columns(served, windows) -%}
    {%- set completed = 'nullif(' ~ served ~ '.year_completed, 0)' -%}
    {#- In counts, rounded: a share of exactly so many times the even one is bunched. -#}
    {%- set bunched_from = 'round(' ~ var('bunched_from') ~ ' * ' ~ served ~ '.even_completed, 6)' -%}
    case when {{ windows }}.is_approached then coalesce({{ served }}.year_completed, 0) end::bigint as bunching_completed,
    case when {{ windows }}.is_approached then coalesce({{ served }}.completed_before_cutoff, 0) end::bigint
        as completed_before_cutoff,
    case when {{ windows }}.is_approached then round({{ served }}.completed_before_cutoff / {{ completed }}, 4) end::double
        as before_cutoff_share,
    case when {{ windows }}.is_approached then round({{ served }}.even_completed / {{ completed }}, 4) end::double as even_share,
    case
        -- Service of a few weeks cannot be so uneven: whatever had come, the answer would be no.
        when not {{ windows }}.is_approached or {{ bunched_from }} > {{ completed }} then null
        when {{ served }}.completed_before_cutoff >= {{ bunched_from }} and {{ served }}.year_completed > 0 then true
        -- Until the cutoff the last days are not over: what is not bunched yet may still become so.
        when {{ windows }}.days_to_cutoff <= 0 and {{ served }}.year_completed > 0 then false
    end as is_bunched
{%- endmacro %}

{#-
    What both scorecards say of the survey, grouped by their own keys: readiness for the window that comes next, and what was
    completed in the twelve months up to the cutoff that was approached last. Two CTEs, readiness and served.
-#}
{% macro window_counts(keys) -%}
    {%- set counted = {
        'readiness': ('int_villages_paced', 'is_next', ['entitled', 'ready'], 'window_'),
        'served': ('int_villages_served', 'is_last_approached', ['year_completed', 'completed_before_cutoff', 'even_completed'], ''),
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
