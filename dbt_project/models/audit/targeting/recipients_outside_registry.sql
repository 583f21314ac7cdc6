-- Compared with what was in force on the day of the payment, else on the due date, else today; a village for which no registry
-- was in force then is not compared.
with recipients as (
    select
        judged.opd_code,
        judged.program_code,
        judged.period,
        judged.beneficiary_key,
        judged.nik_masked,
        judged.village_code,
        judged.delivered_amount > 0 as has_received,
        coalesce(judged.completed_on, least(judged.due_date, parameters.as_of)) as compared_on
    from {{ ref('int_entitlements_judged') }} as judged
    cross join {{ source('reference', 'parameters') }} as parameters
    where (judged.period || '-01')::date <= parameters.as_of
    union all
    select
        unexpected.opd_code,
        unexpected.program_code,
        unexpected.period,
        unexpected.beneficiary_key,
        unexpected.nik_masked,
        unexpected.village_code,
        true as has_received,
        coalesce(unexpected.delivered_on, parameters.as_of) as compared_on
    from {{ ref('unexpected_deliveries') }} as unexpected
    cross join {{ source('reference', 'parameters') }} as parameters
    where unexpected.kind = 'not_listed'
),

days as (
    select distinct
        village_code,
        compared_on
    from recipients
),

versions as (
    select
        days.village_code,
        days.compared_on,
        list(distinct snapshots.version order by snapshots.version) as registry_versions
    from days
    inner join {{ ref('int_registry_snapshots') }} as snapshots
        on
            days.village_code = snapshots.village_code
            and days.compared_on >= snapshots.valid_from
            and (snapshots.valid_to is null or days.compared_on <= snapshots.valid_to)
    group by days.village_code, days.compared_on
),

keys_of_recipients as (
    select
        beneficiary_key,
        person_key as key
    from {{ ref('int_recipient_families') }}
    union
    select
        beneficiary_key,
        unnest(kk_keys) as key
    from {{ ref('int_beneficiaries_listed') }}
),

keys_of_registries as (
    select
        identities.person_key as key,
        persons.valid_from,
        persons.valid_to
    from {{ ref('int_registry_persons') }} as persons
    inner join {{ ref('int_registry_identities') }} as identities
        on persons.registry = identities.registry and persons.beneficiary_key = identities.beneficiary_key
    union
    select
        kk_key as key,
        valid_from,
        valid_to
    from {{ ref('int_registry_persons') }}
    where kk_key is not null
),

numbers as (
    select
        beneficiary_key,
        bool_or(nik_key is not null) as has_nik,
        bool_or(kk_key is not null) as has_kk
    from {{ ref('stg_identities__written') }}
    where kind <> 'registry'
    group by beneficiary_key
),

asked as (
    select distinct
        beneficiary_key,
        compared_on
    from recipients
),

known as (
    select distinct
        asked.beneficiary_key,
        asked.compared_on
    from asked
    inner join keys_of_recipients on asked.beneficiary_key = keys_of_recipients.beneficiary_key
    inner join keys_of_registries
        on
            keys_of_recipients.key = keys_of_registries.key
            and asked.compared_on >= keys_of_registries.valid_from
            and (keys_of_registries.valid_to is null or asked.compared_on <= keys_of_registries.valid_to)
)

select
    recipients.opd_code,
    recipients.program_code,
    recipients.beneficiary_key,
    any_value(recipients.nik_masked) as nik_masked,
    recipients.village_code,
    any_value(villages.village_name) as village_name,
    any_value(villages.district_code) as district_code,
    any_value(villages.district_name) as district_name,
    versions.registry_versions,
    count(distinct recipients.period) as periods,
    min(recipients.period) as first_period,
    max(recipients.period) as last_period,
    min(recipients.compared_on) as first_compared_on,
    max(recipients.compared_on) as last_compared_on,
    bool_or(recipients.has_received) as has_received,
    list_filter([
        case when bool_or(numbers.has_nik) then 'nik' end,
        case when bool_or(numbers.has_kk) then 'kk' end
    ], entry -> entry is not null) as compared_by
from recipients
inner join versions
    on recipients.village_code = versions.village_code and recipients.compared_on = versions.compared_on
left join numbers on recipients.beneficiary_key = numbers.beneficiary_key
left join known
    on recipients.beneficiary_key = known.beneficiary_key and recipients.compared_on = known.compared_on
left join {{ source('reference', 'villages') }} as villages on recipients.village_code = villages.village_code
where known.beneficiary_key is null
group by
    recipients.opd_code, recipients.program_code, recipients.beneficiary_key, recipients.village_code, versions.registry_versions
