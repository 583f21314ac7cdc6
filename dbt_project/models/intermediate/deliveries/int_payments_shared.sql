{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- One row per period of a payment for several: its amount is shared over them in proportion to what each entitles to; a month
-- without an entitlement takes no part where another month of the payment has one. The running share is rounded, not the share:
-- so the parts always add up to the whole.
with periods_paid as (
    select
        sequence,
        row_key,
        period,
        row_amount,
        case
            when entitlement_id is null and count(entitlement_id) over (partition by row_key) > 0 then 0
            else weight
        end as weight
    from {{ ref('int_deliveries_placed') }}
    where period_count > 1 and {{ is_pending() }}
),

weighed as (
    select
        *,
        sum(weight) over (partition by row_key) as weight_in_all,
        sum(weight) over (partition by row_key order by period) as weight_so_far
    from periods_paid
),

added as (
    select
        *,
        {{ rounded_amount('row_amount * weight_so_far / weight_in_all') }} as paid_by_then,
        {{ rounded_amount('row_amount * (weight_so_far - weight) / weight_in_all') }} as paid_before
    from weighed
)

select
    sequence,
    row_key,
    period,
    {{ rounded_amount('paid_by_then - paid_before') }} as amount
from added
