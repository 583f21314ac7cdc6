{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per entitlement of somebody who replaces another, and each one who held the same place on the list before: he who was
-- replaced, and whom that one had replaced.
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
with recursive links as (
    select
        entitlement_id,
        replaces_entitlement_id
    from {{ ref('int_entitlements_listed') }}
    where replaces_entitlement_id is not null
),

succession as (
    select
        entitlement_id,
        replaces_entitlement_id as predecessor_entitlement_id
    from links
    union
    select
        succession.entitlement_id,
        links.replaces_entitlement_id as predecessor_entitlement_id
    from succession
    inner join links on succession.predecessor_entitlement_id = links.entitlement_id
)

select
    succession.entitlement_id,
    succession.predecessor_entitlement_id,
    listed.listed_amount,
    listed.tolerance
from succession
inner join {{ ref('int_entitlements_listed') }} as listed on succession.entitlement_id = listed.entitlement_id
where succession.entitlement_id <> succession.predecessor_entitlement_id
{% endif %}
