-- One row per beneficiary of a list, or of a delivery outside it, with the family: that of the registries, where the person or
-- the family card stands in one; else whoever shares the family card in the lists; else the beneficiary alone.
with listed as (
    select
        listed.beneficiary_key,
        identities.person_key,
        list_min(listed.kk_keys) as kk_key
    from {{ ref('int_beneficiaries_listed') }} as listed
    left join {{ ref('int_registry_identities') }} as identities
        on identities.registry = 'recipients' and listed.beneficiary_key = identities.beneficiary_key
),

recipients as (
    select * from listed
    union all by name
    -- Outside the lists only the key itself is known, which is a person's or a family card's.
    select distinct
        beneficiary_key,
        beneficiary_key as person_key,
        beneficiary_key as kk_key
    from {{ ref('unexpected_deliveries') }}
    where kind = 'not_listed' and beneficiary_key not in (select listed.beneficiary_key from listed)
),

by_person as (
    select
        person_key,
        min(family_key) as family_key
    from {{ ref('int_registry_families') }}
    group by person_key
),

by_kk as (
    select
        persons.kk_key,
        min(families.family_key) as family_key
    from {{ ref('int_registry_persons') }} as persons
    inner join {{ ref('int_registry_families') }} as families on persons.row_id = families.row_id
    where persons.is_current and persons.kk_key is not null
    group by persons.kk_key
)

select
    recipients.beneficiary_key,
    recipients.person_key,
    coalesce(by_person.family_key, by_kk.family_key, recipients.kk_key, recipients.beneficiary_key) as family_key,
    coalesce(by_person.family_key, by_kk.family_key) is not null as is_registered
from recipients
left join by_person on recipients.person_key = by_person.person_key
left join by_kk on recipients.kk_key = by_kk.kk_key
