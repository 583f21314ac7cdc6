{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='entitlement_id') }}
-- depends_on: {{ ref('int_entitlements_touched') }}
-- One row per entitlement of which a log speaks: what counts on the day of judgement, in all and as far as it is dated.
-- Nearly always one delivery, or two on different days, complete an entitlement, and then the last of them did; only where
-- that is not so (is_order_needed) must its deliveries be added up one after the other (int_deliveries_accumulated), and
-- which was the last is not said here: of two on one day it would be either.
with counted as (
    select
        entitlement_id,
        complete_from,
        amount,
        delivered_on,
        row_key,
        period_count,
        received_on <= delivered_on + report_deadline_days as is_reported_in_time,
        is_counted
    from {{ ref('int_deliveries_current') }}
    where
        entitlement_id is not null
        {%- if is_incremental() %}
        and entitlement_id in (select touched.entitlement_id from {{ ref('int_entitlements_touched') }} as touched)
        {%- endif %}
),

totalled as (
    select
        entitlement_id,
        any_value(complete_from) as complete_from,
        count(*) filter (where is_counted) as delivery_count,
        coalesce(sum(amount) filter (where is_counted), 0) as delivered_amount,
        coalesce(sum(amount) filter (where is_counted and delivered_on is not null), 0) as dated_amount,
        count(delivered_on) filter (where is_counted) as dated_count,
        min(delivered_on) filter (where is_counted) as first_delivered_on,
        max(delivered_on) filter (where is_counted) as last_delivered_on,
        arg_max(amount, delivered_on) filter (where is_counted) as last_amount,
        arg_max(row_key, delivered_on) filter (where is_counted) as last_row_key,
        arg_max(period_count, delivered_on) filter (where is_counted) as last_period_count,
        arg_max(is_reported_in_time, delivered_on) filter (where is_counted) as is_last_reported_in_time
    from counted
    group by entitlement_id
),

replacements as (
    select distinct entitlement_id from {{ ref('int_entitlements_succeeded') }}
),

ordered as (
    select
        *,
        case
            when delivery_count = 0 then false
            -- What is left of a replaced person's aid is known only when that one's deliveries have been totalled.
            when entitlement_id in (select replacements.entitlement_id from replacements) then true
            when delivery_count = 1 then false
            when delivery_count > 2 or dated_count < 2 or first_delivered_on = last_delivered_on then true
            else delivered_amount - last_amount >= complete_from
        end as is_order_needed
    from totalled
)

select
    * replace (
        {%- for column in ['last_amount', 'last_row_key', 'last_period_count', 'is_last_reported_in_time'] %}
        case when not is_order_needed then {{ column }} end as {{ column }}{{ '' if loop.last else ',' }}
        {%- endfor %}
    )
from ordered
