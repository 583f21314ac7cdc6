-- Each entitlement that stands has exactly one line with an amount status and a timing status. Of whom nothing is owed, because
-- he replaces somebody who has received all, only what he was given has a line.
with standing as (
    select listed.entitlement_id
    from {{ ref('int_entitlements_listed') }} as listed
    left join {{ ref('int_entitlements_inherited') }} as inherited on listed.entitlement_id = inherited.entitlement_id
    where listed.dropped_on is null and coalesce(inherited.owed_amount > 0, true)
),

judged as (
    select
        entitlement_id,
        dropped_on,
        entitled_amount,
        amount_status,
        timing_status
    from {{ ref('int_entitlements_judged') }}
)

select coalesce(standing.entitlement_id, judged.entitlement_id) as entitlement_id
from standing
full outer join judged on standing.entitlement_id = judged.entitlement_id
where
    judged.entitlement_id is null
    or (standing.entitlement_id is null and judged.dropped_on is null and judged.entitled_amount > 0)
    or judged.amount_status is null
    or judged.timing_status is null
union all
select 'more lines than entitlements' as entitlement_id
where (select count(*) from judged where dropped_on is null and entitled_amount > 0) <> (select count(*) from standing)
