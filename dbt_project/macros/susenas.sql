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
