{#- A delivery as the one that completes an entitlement; with a prefix the columns of a total that speak of one. -#}
{% macro completing_delivery(rows, prefix='') -%}
    {
        'row_key': {{ rows }}.{{ prefix }}row_key,
        'period_count': {{ rows }}.{{ prefix }}period_count,
        'is_reported_in_time': {{ rows }}.is_{{ prefix }}reported_in_time
    }
{%- endmacro %}

{#- What a running total must reach for so much to be complete: the tolerance taken off. -#}
{% macro complete_from(amount, tolerance) -%}
    {{ amount }} * (1 - {{ tolerance }}) - {{ rounding_of_amounts() }}
{%- endmacro %}

{#- The units in which a scorecard of one programme, and one of several, tells amounts: the ending of its columns, and whose unit. -#}
{% macro units_of_program() -%}
    {{ return({'amount': none}) }}
{%- endmacro %}

{% macro units_apart() -%}
    {{ return({'kg': 'kg', 'idr': 'IDR'}) }}
{%- endmacro %}

{#-
    Amounts of judged entitlements. What is short and what is too much is taken of each entitlement by itself: one family's excess
    makes no other whole. So delivered = entitled - shortfall + excess.
-#}
{% macro amount_measures() -%}
    {{ return({
        'entitled': 'entitled_amount',
        'delivered': 'delivered_amount',
        'shortfall': 'greatest(entitled_amount - delivered_amount, 0)',
        'due_shortfall': 'case when due_date < ' ~ day_judged_by() ~ ' then greatest(entitled_amount - delivered_amount, 0) end',
        'excess': 'greatest(delivered_amount - entitled_amount, 0)',
    }) }}
{%- endmacro %}

{% macro amount_sums(units) -%}
        {%- for ending, unit in units.items() %}
        {%- set last_unit = loop.last %}
        {%- for measure, amount in amount_measures().items() %}
        sum({{ amount }}){{ " filter (where unit = '" ~ unit ~ "')" if unit }} as {{ measure }}_{{ ending }}
        {{- '' if loop.last and last_unit else ',' }}
        {%- endfor %}
        {%- endfor %}
{%- endmacro %}

{#-
    A sum as a column: to the cent, zero where there is nothing. Rounded as an amount first, for fractions that are added up in
    another order differ in a last place that may decide on the cent.
-#}
{% macro sum_column(amount) -%}
    round({{ rounded_amount('coalesce(' ~ amount ~ ', 0)') }}, 2)::double
{%- endmacro %}

{% macro amount_columns(counts, units) -%}
    {%- for ending in units %}
    {%- set last_unit = loop.last %}
    {%- for measure in amount_measures() %}
    {{ sum_column(counts ~ '.' ~ measure ~ '_' ~ ending) }} as {{ measure }}_{{ ending }}
    {{- '' if loop.last and last_unit else ',' }}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#- Deliveries outside any entitlement, counted and summed; and the same as columns, zero where there is nothing. -#}
{% macro unexpected_counts(units) -%}
        {%- for kind in ['not_listed', 'not_running', 'duplicate'] %}
        count_if(kind = '{{ kind }}') as deliveries_{{ kind }},
        {%- endfor %}
        {%- for ending, unit in units.items() %}
        {%- set in_unit = " and unit = '" ~ unit ~ "'" if unit else '' %}
        sum(amount) filter (where kind = 'not_listed'{{ in_unit }}) as not_listed_{{ ending }},
        sum(amount) filter (where kind = 'not_running'{{ in_unit }}) as not_running_{{ ending }}{{ ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}

{% macro unexpected_columns(units) -%}
    {%- for kind in ['not_listed', 'not_running', 'duplicate'] %}
    coalesce(unexpected.deliveries_{{ kind }}, 0)::bigint as deliveries_{{ kind }},
    {%- endfor %}
    {%- for ending in units %}
    {{ sum_column('unexpected.not_listed_' ~ ending) }} as not_listed_{{ ending }},
    {{ sum_column('unexpected.not_running_' ~ ending) }} as not_running_{{ ending }}{{ ',' if not loop.last }}
    {%- endfor %}
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
        {{ amount_sums(units_of_program()) }},
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
    coalesce({{ counts }}.due_on_time, 0)::bigint as due_on_time,
    coalesce({{ counts }}.due_amount_exact, 0)::bigint as due_amount_exact,
    {%- for status in ['on_time', 'late', 'pending', 'incomplete', 'missing', 'undated'] %}
    coalesce({{ counts }}.timing_{{ status }}, 0)::bigint as timing_{{ status }},
    {%- endfor %}
    {%- for status in ['exact', 'under', 'over', 'none'] %}
    coalesce({{ counts }}.amount_{{ status }}, 0)::bigint as amount_{{ status }},
    {%- endfor %}
    {%- if amounts %}
    {{ amount_columns(counts, units_of_program()) }},
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
