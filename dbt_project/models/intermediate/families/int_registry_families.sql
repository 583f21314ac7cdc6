-- One row per registry entry in force whose family can be told, with that family: entries of one household are one family, and so
-- are households whose heads were matched as one person. Only heads join households: a son who has moved out joins nobody. An
-- entry without a household, or whose household names no head, takes the family of the same person in another registry; an entry
-- without a household that no other registry places is left out: a member is not a family.
with entries as (
    select
        persons.registry,
        persons.row_id,
        persons.household_key,
        identities.person_key,
        persons.household_key is not null
        and coalesce(
            persons.is_head,
            -- A file of families has one entry a household, and no column that calls it the head.
            count(*) over (partition by persons.registry, persons.household_key) = 1
        ) as is_head
    from {{ ref('int_registry_persons') }} as persons
    inner join {{ ref('int_registry_identities') }} as identities
        on persons.registry = identities.registry and persons.beneficiary_key = identities.beneficiary_key
    where persons.is_current
),

heads as (
    select distinct
        household_key,
        person_key
    from entries
    where is_head
),

households_0 as (
    select
        household_key,
        min(person_key) as family_key
    from heads
    group by household_key
),

{#- Two rounds join three registries in a row: the head here is the head there, under another number of the family card. #}
{%- for round in range(2) %}
heads_{{ round }} as (
    select
        heads.person_key,
        min(households.family_key) as family_key
    from heads
    inner join households_{{ round }} as households on heads.household_key = households.household_key
    group by heads.person_key
),

households_{{ round + 1 }} as (
    select
        heads.household_key,
        min(joined.family_key) as family_key
    from heads
    inner join heads_{{ round }} as joined on heads.person_key = joined.person_key
    group by heads.household_key
),
{% endfor %}
placed as (
    select
        entries.person_key,
        min(households.family_key) as family_key
    from entries
    inner join households_2 as households on entries.household_key = households.household_key
    group by entries.person_key
),

placed_elsewhere as (
    select
        coalesce(entries.household_key, entries.row_id) as household_key,
        min(placed.family_key) as family_key
    from entries
    inner join placed on entries.person_key = placed.person_key
    group by coalesce(entries.household_key, entries.row_id)
),

final as (
    select
        entries.registry,
        entries.row_id,
        entries.person_key,
        entries.is_head,
        coalesce(households.family_key, elsewhere.family_key, entries.household_key) as family_key
    from entries
    left join households_2 as households on entries.household_key = households.household_key
    left join placed_elsewhere as elsewhere on coalesce(entries.household_key, entries.row_id) = elsewhere.household_key
)

select * from final
where family_key is not null
