-- One row per recipient on a list whom a registry names by NIK, or, where the list bears no NIK, by family card and name.
with listed as (
    select distinct
        beneficiary_key,
        nik_key,
        -- By family card only where the row has no NIK. A key of its own, because a condition on one side of a left join would
        -- make DuckDB compare far more rows.
        case when nik_key is null then kk_key end as lone_kk_key,
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
    inner join {{ ref('int_registry_matched') }} as persons
        on entries.registry = persons.registry and entries.beneficiary_key = persons.beneficiary_key
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
    listed.beneficiary_key,
    coalesce(min(by_nik.person_key), min(by_family_and_name.person_key)) as person_key,
    case when min(by_nik.person_key) is not null then 'nik' else 'card_and_name' end as known_by
from listed
left join by_nik on listed.nik_key = by_nik.nik_key
left join by_family_and_name
    on listed.lone_kk_key = by_family_and_name.kk_key and listed.name_key = by_family_and_name.name_key
group by listed.beneficiary_key
having coalesce(min(by_nik.person_key), min(by_family_and_name.person_key)) is not null
