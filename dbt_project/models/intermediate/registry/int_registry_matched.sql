-- One row per registry and entry: whom it means. Entries that matching or an operator has settled as one person have one
-- person_key, so that nobody is counted twice: P3KE's.
with entries as (
    select distinct
        registry,
        beneficiary_key
    from {{ ref('int_registry_persons') }}
),

accepted as (
    select
        right_registry as registry,
        right_key as beneficiary_key,
        min(left_key) as person_key
    from {{ source('ledger', 'registry_matches') }}
    where decision = 'accepted'
    group by right_registry, right_key
)

select
    entries.registry,
    entries.beneficiary_key,
    coalesce(accepted.person_key, entries.beneficiary_key) as person_key
from entries
left join accepted on entries.registry = accepted.registry and entries.beneficiary_key = accepted.beneficiary_key
