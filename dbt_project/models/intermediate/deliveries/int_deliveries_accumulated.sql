{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='entitlement_id') }}
-- depends_on: {{ ref('int_entitlements_touched') }}
-- One row per counted delivery of an entitlement whose deliveries must be added up in their order, with the total so far: dated
-- ones by their day, undated ones last. Rows of an entitlement that needs it no longer stay; who reads joins
-- int_entitlements_totalled.
with accumulated as (
    select
        deliveries.delivery_id,
        deliveries.row_key,
        deliveries.period,
        deliveries.entitlement_id,
        deliveries.arrival,
        deliveries.sheet_number,
        deliveries.row_number,
        deliveries.period_count,
        deliveries.amount,
        deliveries.delivered_on,
        deliveries.received_on,
        deliveries.report_deadline_days,
        coalesce(inherited.complete_from, deliveries.complete_from) as complete_from,
        sum(deliveries.amount) over (
            partition by deliveries.entitlement_id
            order by deliveries.delivered_on nulls last, deliveries.arrival, deliveries.sheet_number, deliveries.row_number
            rows unbounded preceding
        ) as total_so_far
    from {{ ref('int_deliveries_current') }} as deliveries
    inner join {{ ref('int_entitlements_totalled') }} as totals on deliveries.entitlement_id = totals.entitlement_id
    left join {{ ref('int_entitlements_inherited') }} as inherited on deliveries.entitlement_id = inherited.entitlement_id
    where
        deliveries.is_counted
        and totals.is_order_needed
        {%- if is_incremental() %}
        and totals.entitlement_id in (select touched.entitlement_id from {{ ref('int_entitlements_touched') }} as touched)
        {%- endif %}
)

select
    *,
    total_so_far >= complete_from as is_complete_by_then,
    total_so_far - amount >= complete_from as was_complete_before,
    received_on <= delivered_on + report_deadline_days as is_reported_in_time
from accumulated
