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
        amount_status,
        timing_status
    from {{ ref('int_entitlements_judged') }}
)

select coalesce(standing.entitlement_id, judged.entitlement_id) as entitlement_id
from standing
full outer join judged on standing.entitlement_id = judged.entitlement_id
where
    judged.entitlement_id is null
    or (standing.entitlement_id is null and judged.dropped_on is null)
    or judged.amount_status is null
    or judged.timing_status is null
union all
select 'more lines than entitlements' as entitlement_id
where (select count(*) from judged where dropped_on is null) <> (select count(*) from standing)
