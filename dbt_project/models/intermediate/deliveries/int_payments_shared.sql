{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- One row per period of a payment for several: its amount is shared over them in proportion to what each entitles to, to the
-- cent. The running share is rounded, not the share: so the parts always add up to the whole.
with weighed as (
    select
        sequence,
        row_key,
        period,
        row_amount,
        weight,
        sum(weight) over (partition by row_key) as weight_in_all,
        sum(weight) over (partition by row_key order by period) as weight_so_far
    from {{ ref('int_deliveries_placed') }}
    where period_count > 1 and {{ is_pending() }}
)

select
    sequence,
    row_key,
    period,
    round(
        round(row_amount * weight_so_far / weight_in_all, 2)
        - round(row_amount * (weight_so_far - weight) / weight_in_all, 2),
        2
    ) as amount
from weighed
