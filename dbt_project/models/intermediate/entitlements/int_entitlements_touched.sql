-- depends_on: {{ ref('int_deliveries_touched') }}
-- One row per entitlement whose deliveries this run must count anew: those that its logs speak of, and, where the day of
-- judgement has moved, those with a delivery dated between the two days. Empty where the tables are built whole.
{% if has_kept_tables() %}
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
{% else %}
select entitlement_id from {{ ref('int_deliveries_placed') }}
where false
{% endif %}
