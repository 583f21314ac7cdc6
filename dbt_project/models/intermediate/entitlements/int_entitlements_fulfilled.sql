{{ config(materialized='view') }}

-- One row per entitlement that stands: what was delivered, and the day on which it was complete.
-- A view, for it is read once, and 300,000 rows of keys are dear to write.
with totals as (
    select
        entitlement_id,
        sum(amount) as delivered_amount,
        coalesce(sum(amount) filter (where delivered_on is not null), 0) as dated_amount,
        count(*) as delivery_count,
        bool_or(is_complete_by_then) as is_complete,
        min(delivered_on) filter (where is_complete_by_then) as completed_on,
        arg_min(delivery_id, (delivered_on, arrival, sheet_number, row_number)) filter (
            where is_complete_by_then and delivered_on is not null
        ) as completing_delivery_id,
        arg_min(is_reported_in_time, (delivered_on, arrival, sheet_number, row_number)) filter (
            where is_complete_by_then and delivered_on is not null
        ) as is_completion_reported_in_time,
        max(delivered_on) as last_delivered_on
    from {{ ref('int_deliveries_accumulated') }}
    group by entitlement_id
)

select
    entitlements.* exclude (nik_key, kk_key, name_key, name_text),
    -- A dropped family keeps what it was given and is owed nothing more.
    case
        when entitlements.dropped_on is null then entitlements.listed_amount
        else least(entitlements.listed_amount, totals.delivered_amount)
    end as entitled_amount,
    round(coalesce(totals.delivered_amount, 0), 2) as delivered_amount,
    round(coalesce(totals.dated_amount, 0), 2) as dated_amount,
    coalesce(totals.delivery_count, 0) as delivery_count,
    case
        when entitlements.dropped_on is null then coalesce(totals.is_complete, false)
        else true
    end as is_complete,
    case
        when entitlements.dropped_on is null then totals.completed_on
        else
            coalesce(
                totals.completed_on, case when totals.delivered_amount = totals.dated_amount then totals.last_delivered_on end
            )
    end as completed_on,
    totals.completing_delivery_id,
    totals.is_completion_reported_in_time
from {{ ref('int_entitlements_listed') }} as entitlements
left join totals on entitlements.entitlement_id = totals.entitlement_id
where entitlements.dropped_on is null or totals.delivered_amount > 0
