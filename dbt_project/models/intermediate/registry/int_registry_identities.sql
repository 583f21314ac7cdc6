-- One row per registry and entry, and per recipient on a list (registry `recipients`): whom the entry means. Entries that
-- matching or an operator has settled as one person have one person_key, so that nobody is counted twice: P3KE's.
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
),

persons as (
    select
        entries.registry,
        entries.beneficiary_key,
        coalesce(accepted.person_key, entries.beneficiary_key) as person_key
    from entries
    left join accepted on entries.registry = accepted.registry and entries.beneficiary_key = accepted.beneficiary_key
),

listed as (
    select distinct
        beneficiary_key,
        nik_key,
        kk_key,
        name_key
    from {{ ref('stg_recipients__rows') }}
    where is_accepted
),

known as (
    select distinct
        entries.nik_key,
        entries.kk_key,
        entries.name_key,
        persons.person_key
    from {{ ref('int_registry_persons') }} as entries
    inner join persons on entries.registry = persons.registry and entries.beneficiary_key = persons.beneficiary_key
),

by_nik as (
    select
        nik_key,
        min(person_key) as person_key
    from known
    where nik_key is not null
    group by nik_key
    having count(distinct person_key) = 1
),

by_family_and_name as (
    select
        kk_key,
        name_key,
        min(person_key) as person_key
    from known
    where kk_key is not null and name_key is not null
    group by kk_key, name_key
    having count(distinct person_key) = 1
)

select
    registry,
    beneficiary_key,
    person_key
from persons
union all
select
    'recipients' as registry,
    listed.beneficiary_key,
    coalesce(min(by_nik.person_key), min(by_family_and_name.person_key), listed.beneficiary_key) as person_key
from listed
left join by_nik on listed.nik_key = by_nik.nik_key
left join by_family_and_name
    on listed.nik_key is null and listed.kk_key = by_family_and_name.kk_key and listed.name_key = by_family_and_name.name_key
group by listed.beneficiary_key
