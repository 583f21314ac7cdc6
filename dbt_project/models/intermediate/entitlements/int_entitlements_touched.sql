-- depends_on: {{ ref('int_deliveries_touched') }}
-- depends_on: {{ ref('int_entitlements_succeeded') }}
-- One row per entitlement whose deliveries this run must count anew: those that its logs speak of, and, where the day of
-- judgement has moved, those with a delivery dated between the two days; with each of them those who replace its holder. Empty
-- where the tables are built whole.
{% if has_kept_tables() %}
with touched as (
    select distinct placed.entitlement_id
    from {{ ref('int_deliveries_placed') }} as placed
    cross join {{ source('reference', 'parameters') }} as parameters
    where
        placed.entitlement_id is not null
        and (
            placed.group_hash in (select touched.group_hash from {{ ref('int_deliveries_touched') }} as touched)
            or placed.delivered_on > least(parameters.as_of, parameters.judged_as_of)
            and placed.delivered_on <= greatest(parameters.as_of, parameters.judged_as_of)
        )
)

select entitlement_id from touched
union
select succeeded.entitlement_id
from {{ ref('int_entitlements_succeeded') }} as succeeded
where succeeded.predecessor_entitlement_id in (select touched.entitlement_id from touched)
{% else %}
select entitlement_id from {{ ref('int_deliveries_placed') }}
where false
{% endif %}
