{{ config(materialized='view') }}
-- One row per delivery, with whether it still stands, and whether it counts on the day of judgement.
select
    matched.*,
    superseded.superseded_how,
    superseded.superseded_by,
    coalesce(superseded.is_key_repeated, false) as is_key_repeated,
    superseded.superseded_how is null as is_current,
    -- What counts towards an entitlement on the day of judgement, whenever its file arrived.
    superseded.superseded_how is null
    and matched.delivery_status = 'delivered'
    and (matched.delivered_on is null or matched.delivered_on <= parameters.as_of) as is_counted
from {{ ref('int_deliveries_matched') }} as matched
cross join {{ source('reference', 'parameters') }} as parameters
left join {{ ref('int_deliveries_superseded') }} as superseded
    on matched.row_key = superseded.row_key and matched.period = superseded.period
