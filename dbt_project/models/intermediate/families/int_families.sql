-- One row per family: of a registry in force, or of a recipient that stands in none. What no registry says is not known (null),
-- never "no". One registry that calls a family poor, or a member disabled, is enough.
with entries as (
    select
        families.family_key,
        families.is_head,
        persons.registry,
        persons.row_id,
        persons.valid_from,
        persons.beneficiary_key,
        persons.village_code,
        persons.district_code,
        persons.welfare_decile,
        persons.household_size,
        -- An age of 59 settles it, whoever lives with them.
        persons.birth_date <= parameters.as_of - to_years(targeting.elderly_age)
        and persons.lives_alone as is_lone_elderly,
        persons.has_disability,
        persons.is_migrant_worker as has_migrant_worker,
        persons.is_female_head as is_female_headed
    from {{ ref('int_registry_families') }} as families
    inner join {{ ref('int_registry_persons') }} as persons on families.row_id = persons.row_id
    cross join {{ source('reference', 'parameters') }} as parameters
    cross join {{ source('reference', 'targeting') }} as targeting
),

-- A registry knows that a family has nobody disabled only where it says so of each of its members.
by_registry as (
    select
        family_key,
        registry,
        max(valid_from) as valid_from,
        min(welfare_decile) as welfare_decile,
        max(household_size)::integer as household_size,
        arg_min(
            {
                'row_id': row_id,
                'beneficiary_key': beneficiary_key,
                'village_code': village_code,
                'district_code': district_code
            },
            (not is_head, row_id)
        ) as head,
        {{ known_facts(complete=true) }}
    from entries
    group by family_key, registry
),

registered as (
    select
        family_key,
        list(registry order by registry) as registries,
        -- Who calls the family poorest, and of several the latest.
        arg_min(registry, (coalesce(welfare_decile, 99), -epoch(valid_from), registry)) as registry,
        min(welfare_decile) as welfare_decile,
        arg_max(household_size, (valid_from, registry)) filter (where household_size is not null) as household_size,
        arg_max(head, (valid_from, registry)) as head,
        {{ known_facts(complete=false) }}
    from by_registry
    group by family_key
),

-- Where the lists place a family that no registry knows: its latest month counts.
places as (
    select
        beneficiary_key,
        village_code,
        period
    from {{ ref('int_beneficiaries_listed') }}
    union all
    select
        beneficiary_key,
        village_code,
        period
    from {{ ref('unexpected_deliveries') }}
    where kind = 'not_listed'
),

listed as (
    select
        recipients.family_key,
        arg_max(
            { 'beneficiary_key': places.beneficiary_key, 'village_code': places.village_code },
            (places.village_code is not null, places.period, places.beneficiary_key)
        ) as place
    from {{ ref('int_recipient_families') }} as recipients
    inner join places on recipients.beneficiary_key = places.beneficiary_key
    where not recipients.is_registered
    group by recipients.family_key
),

families as (
    select
        *,
        true as is_registered
    from registered
    union all by name
    select
        family_key,
        { 'beneficiary_key': place.beneficiary_key, 'village_code': place.village_code, 'row_id': null, 'district_code': null }
            as head,
        false as is_registered
    from listed
)

select
    families.family_key,
    families.head.row_id,
    families.head.beneficiary_key,
    families.head.village_code,
    coalesce(families.head.district_code, villages.district_code) as district_code,
    families.is_registered,
    coalesce(families.registries, []) as registries,
    families.registry,
    families.welfare_decile,
    families.household_size,
    families.is_lone_elderly,
    families.has_disability,
    families.has_migrant_worker,
    families.is_female_headed,
    coalesce(families.welfare_decile <= targeting.poor_deciles, false) as is_poor,
    coalesce(families.welfare_decile <= targeting.poorest_deciles, false) as is_poorest
from families
cross join {{ source('reference', 'targeting') }} as targeting
left join {{ source('reference', 'villages') }} as villages on families.head.village_code = villages.village_code
