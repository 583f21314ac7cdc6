{#- A delivery as the one that completes an entitlement; with a prefix the columns of a total that speak of one. -#}
{% macro completing_delivery(rows, prefix='') -%}
    {
        'row_key': {{ rows }}.{{ prefix }}row_key,
        'period_count': {{ rows }}.{{ prefix }}period_count,
        'is_reported_in_time': {{ rows }}.is_{{ prefix }}reported_in_time
    }
{%- endmacro %}

{#- What a running total must reach for so much to be complete: the tolerance taken off, and what rounding may cost. -#}
{% macro complete_from(amount, tolerance) -%}
    {{ amount }} * (1 - {{ tolerance }}) - {{ var('rounding_of_shares') }}
{%- endmacro %}

{% macro day_judged_by() -%}
    (select parameters.as_of from {{ source('reference', 'parameters') }} as parameters)
{%- endmacro %}

{#- Counts over judged entitlements; a rate is never kept without the counts it is made of. -#}
{% macro accuracy_counts(amounts=true) -%}
    {%- set as_of = day_judged_by() %}
    {%- set in_year = 'due_date < ' ~ as_of ~ ' and due_date >= ' ~ first_of_twelve_months(as_of) %}
        count(distinct beneficiary_key) as families,
        count(distinct village_code) as villages,
        count(*) as entitlements,
        count(distinct program_code || period) filter (where due_date < {{ as_of }}) as periods_due,
        count_if(due_date < {{ as_of }}) as due,
        count_if(due_date < {{ as_of }} and timing_status = 'on_time') as due_on_time,
        count_if(due_date < {{ as_of }} and amount_status = 'exact') as due_amount_exact,
        count_if({{ in_year }}) as year_due,
        count_if({{ in_year }} and timing_status = 'on_time') as year_on_time,
        {%- for status in ['on_time', 'late', 'pending', 'incomplete', 'missing', 'undated'] %}
        count_if(timing_status = '{{ status }}') as timing_{{ status }},
        {%- endfor %}
        {%- for status in ['exact', 'under', 'over', 'none'] %}
        count_if(amount_status = '{{ status }}') as amount_{{ status }},
        {%- endfor %}
        {%- if amounts %}
        sum(entitled_amount) as entitled_amount,
        sum(delivered_amount) as delivered_amount,
        {%- endif %}
        count_if(timing_evidence = 'verified') as evidence_verified,
        count_if(timing_evidence = 'claimed') as evidence_claimed
{%- endmacro %}

{#- The same counts as columns, zero where there is nothing, and the rates over what was due (null without any). -#}
{% macro accuracy_columns(counts, amounts=true) -%}
    coalesce({{ counts }}.families, 0)::bigint as families,
    coalesce({{ counts }}.entitlements, 0)::bigint as entitlements,
    coalesce({{ counts }}.periods_due, 0)::bigint as periods_due,
    coalesce({{ counts }}.due, 0)::bigint as due,
    {%- for status in ['on_time', 'late', 'pending', 'incomplete', 'missing', 'undated'] %}
    coalesce({{ counts }}.timing_{{ status }}, 0)::bigint as timing_{{ status }},
    {%- endfor %}
    {%- for status in ['exact', 'under', 'over', 'none'] %}
    coalesce({{ counts }}.amount_{{ status }}, 0)::bigint as amount_{{ status }},
    {%- endfor %}
    {%- if amounts %}
    coalesce({{ counts }}.entitled_amount, 0)::double as entitled_amount,
    coalesce({{ counts }}.delivered_amount, 0)::double as delivered_amount,
    {%- endif %}
    coalesce({{ counts }}.evidence_verified, 0)::bigint as evidence_verified,
    coalesce({{ counts }}.evidence_claimed, 0)::bigint as evidence_claimed,
    round({{ counts }}.due_on_time / nullif({{ counts }}.due, 0), 4)::double as on_time_rate,
    round({{ counts }}.due_amount_exact / nullif({{ counts }}.due, 0), 4)::double as exact_rate,
    {{ first_of_twelve_months(day_judged_by()) }} as year_from,
    {{ day_judged_by() }} as year_until,
    coalesce({{ counts }}.year_due, 0)::bigint as year_due,
    coalesce({{ counts }}.year_on_time, 0)::bigint as year_on_time,
    round({{ counts }}.year_on_time / nullif({{ counts }}.year_due, 0), 4)::double as year_on_time_rate
{%- endmacro %}

{#- Expected logs and what became of them, counted; and the same counts as columns, zero where there is nothing. -#}
{% macro log_statuses() -%}
    {{ return(['received', 'late', 'nil', 'missing', 'pending']) }}
{%- endmacro %}

{% macro log_counts() -%}
        count(*) as logs_expected,
        {%- for status in log_statuses() %}
        count_if(log_status = '{{ status }}') as logs_{{ status }}{{ ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}

{% macro log_columns() -%}
    {%- for status in ['expected'] + log_statuses() %}
    coalesce(logs.logs_{{ status }}, 0)::bigint as logs_{{ status }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
