{{ config(materialized='view') }}
-- One row per entitlement of which whoever was replaced has received something: what is left of it. A place on the list is owed
-- its aid once, whoever holds it.
with received as (
    select
        succeeded.entitlement_id,
        succeeded.listed_amount,
        succeeded.tolerance,
        sum(totalled.delivered_amount) as received_before
    from {{ ref('int_entitlements_succeeded') }} as succeeded
    inner join {{ ref('int_entitlements_totalled') }} as totalled
        on succeeded.predecessor_entitlement_id = totalled.entitlement_id
    where totalled.delivered_amount > 0
    group by succeeded.entitlement_id, succeeded.listed_amount, succeeded.tolerance
),

left_over as (
    select
        *,
        case
            when received_before >= {{ complete_from('listed_amount', 'tolerance') }} then 0
            else listed_amount - received_before
        end as owed_amount
    from received
)

select
    entitlement_id,
    received_before,
    owed_amount,
    {{ complete_from('owed_amount', 'tolerance') }} as complete_from
from left_over
