-- One row per counted delivery of an entitlement, with the total so far: dated ones by their day, undated ones last.
with accumulated as (
    select
        deliveries.delivery_id,
        deliveries.entitlement_id,
        deliveries.arrival,
        deliveries.sheet_number,
        deliveries.row_number,
        deliveries.period_count,
        deliveries.amount,
        deliveries.delivered_on,
        deliveries.received_on,
        deliveries.report_deadline_days,
        -- A hundredth is rounding, not a shortfall.
        entitlements.listed_amount * (1 - entitlements.tolerance) - 0.01 as complete_from,
        sum(deliveries.amount) over (
            partition by deliveries.entitlement_id
            order by deliveries.delivered_on nulls last, deliveries.arrival, deliveries.sheet_number, deliveries.row_number
            rows unbounded preceding
        ) as total_so_far
    from {{ ref('int_deliveries_current') }} as deliveries
    inner join {{ ref('int_entitlements_listed') }} as entitlements
        on deliveries.entitlement_id = entitlements.entitlement_id
    where deliveries.is_counted
)

select
    *,
    total_so_far >= complete_from as is_complete_by_then,
    total_so_far - amount >= complete_from as was_complete_before,
    received_on <= delivered_on + report_deadline_days as is_reported_in_time
from accumulated
