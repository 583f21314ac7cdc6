-- Each entitlement that stands has exactly one line with an amount status and a timing status.
with standing as (
    select entitlement_id
    from {{ ref('int_entitlements_listed') }}
    where dropped_on is null
),

judged as (
    select
        entitlement_id,
        dropped_on,
        count(*) as lines,
        count(amount_status) as amount_statuses,
        count(timing_status) as timing_statuses
    from {{ ref('delivery_accuracy') }}
    group by entitlement_id, dropped_on
)

select coalesce(standing.entitlement_id, judged.entitlement_id) as entitlement_id
from standing
full outer join judged on standing.entitlement_id = judged.entitlement_id
where
    judged.entitlement_id is null
    or (standing.entitlement_id is null and judged.dropped_on is null)
    or judged.lines <> 1
    or judged.amount_statuses <> 1
    or judged.timing_statuses <> 1
