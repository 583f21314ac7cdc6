-- One row per registry entry in force, with the family that it belongs to: entries of one household are one family, and so
-- are households whose heads were matched as one person. Only heads join households: a son who has moved out joins nobody.
with entries as (
    select
        persons.registry,
        persons.row_id,
        persons.household_key,
        identities.person_key,
        coalesce(persons.is_head, false)
        -- A file of families has one entry a household, and no column that calls it the head.
        or count(*) over (partition by persons.registry, persons.household_key) = 1 as is_head
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
final as (
    select
        entries.registry,
        entries.row_id,
        entries.person_key,
        entries.is_head,
        coalesce(households.family_key, entries.household_key) as family_key
    from entries
    left join households_2 as households on entries.household_key = households.household_key
)

select * from final
