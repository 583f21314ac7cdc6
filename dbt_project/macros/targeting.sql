{#- A share with four decimals; none of none is not known. -#}
{% macro rate(part, whole) -%}
    round({{ part }} / nullif({{ whole }}, 0), 4)
{%- endmacro %}

{#- The groups that aid puts first: code, and the column of int_families that knows its members. -#}
{% macro vulnerable_groups() -%}
    {{ return({
        'lone_elderly': 'is_lone_elderly',
        'disability': 'has_disability',
        'migrant_worker': 'has_migrant_worker',
        'female_head': 'is_female_headed',
    }) }}
{%- endmacro %}

{#- The codes of those groups that a family is known to belong to. -#}
{% macro groups_of(families) -%}
    list_filter([
        {%- for code, column in vulnerable_groups().items() %}
        case when {{ families }}.{{ column }} then '{{ code }}' end{{ ',' if not loop.last }}
        {%- endfor %}
    ], entry -> entry is not null)
{%- endmacro %}

{#- A struct a group: its code, its place, and whether the family is a member (null: not known). -#}
{% macro memberships(families) -%}
    [
        {%- for code, column in vulnerable_groups().items() %}
        { 'group_code': '{{ code }}', 'is_member': {{ families }}.{{ column }} }{{ ',' if not loop.last }}
        {%- endfor %}
    ]
{%- endmacro %}

{#-
    What a family's entries together say, a column a fact: yes where one says so, else no. It takes every member's entry to say
    no for a registry (`complete`), and one registry to say it for the family.
-#}
{% macro known_facts(complete) -%}
    {%- for column in vulnerable_groups().values() %}
    case
        when bool_or({{ column }}) then true
        when {{ 'count(*) = count(' ~ column ~ ')' if complete else 'count(' ~ column ~ ') > 0' }} then false
    end as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The sides of a comparison: those of the group, the rest, and those of whom it is not known. -#}
{% macro sides() -%}
    {{ return({'group': 'members.is_member', 'rest': 'not members.is_member', 'unknown': 'members.is_member is null'}) }}
{%- endmacro %}

{% macro counted_by_side() -%}
    {%- for side, condition in sides().items() %}
    count(*) filter (where {{ condition }}) as families_{{ side }},
    count(*) filter (where {{ condition }} and members.is_poor) as poor_{{ side }},
    count(*) filter (where {{ condition }} and members.is_poor and aid.is_entitled) as poor_entitled_{{ side }},
    count(*) filter (where {{ condition }} and aid.entitled > 0) as recipients_{{ side }},
    {%- for figure in ['entitled', 'complete', 'on_time', 'delayed', 'days_late'] %}
    coalesce(sum(aid.{{ figure }}) filter (where {{ condition }}), 0) as {{ figure }}_{{ side }}{{ ',' if not loop.last }}
    {%- endfor %}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The published columns of one side; `ending` is what their names end in. -#}
{% macro columns_of_side(side, ending) -%}
    {%- for figure in ['families', 'poor', 'poor_entitled', 'recipients', 'entitled', 'complete', 'on_time'] %}
    coalesce({{ figure }}_{{ side }}, 0)::bigint as {{ 'poor_families' if figure == 'poor' else figure }}{{ ending }},
    {%- endfor %}
    {{ rate('poor_entitled_' ~ side, 'poor_' ~ side) }} as reach_rate{{ ending }},
    {{ rate('complete_' ~ side, 'entitled_' ~ side) }} as complete_rate{{ ending }},
    {{ rate('on_time_' ~ side, 'entitled_' ~ side) }} as on_time_rate{{ ending }},
    round(days_late_{{ side }} / nullif(delayed_{{ side }}, 0), 1) as mean_days_late{{ ending }}
{%- endmacro %}

{#- How many percentage points the group's rate lies above the rest's. -#}
{% macro points_to_rest(part, whole) -%}
    round(100 * ({{ part }}_group / nullif({{ whole }}_group, 0) - {{ part }}_rest / nullif({{ whole }}_rest, 0)), 1)
{%- endmacro %}

{#- The official figures of a table of reference that were out on the day of judgement. -#}
{% macro published(figures) -%}
    select figures.*
    from {{ source('reference', figures) }} as figures
    cross join {{ source('reference', 'parameters') }} as parameters
    where figures.published_on is null or figures.published_on <= parameters.as_of
{%- endmacro %}
