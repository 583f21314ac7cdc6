with not_listed as (
    select
        row_key,
        period,
        program_code
    from {{ ref('int_deliveries_current') }}
    -- A month that takes no share of a payment was given nothing.
    where entitlement_id is null and is_counted and (amount > 0 or period_count = 1)
),

surplus as (
    -- A further delivery after the entitlement was already complete.
    select
        accumulated.row_key,
        accumulated.period,
        accumulated.period_count
    from {{ ref('int_deliveries_accumulated') }} as accumulated
    inner join {{ ref('int_entitlements_totalled') }} as totalled on accumulated.entitlement_id = totalled.entitlement_id
    where accumulated.was_complete_before and totalled.is_order_needed
),

-- A payment for several months is no repetition where one of them at least was still owed.
arrears as (
    select deliveries.row_key
    from {{ ref('int_deliveries_current') }} as deliveries
    left join surplus on deliveries.row_key = surplus.row_key and deliveries.period = surplus.period
    where
        deliveries.row_key in (select beyond_all.row_key from surplus as beyond_all where beyond_all.period_count > 1)
        and deliveries.is_counted
        and deliveries.entitlement_id is not null
        and surplus.row_key is null
),

beyond as (
    select
        row_key,
        period,
        'duplicate' as unexpected_kind
    from surplus
    where row_key not in (select arrears.row_key from arrears)
),

-- Whom a list of a programme that was stopped, or has not begun, names for these periods, also one that does not count any more:
-- nobody is entitled.
listed_in_vain as (
    select
        families.program_code,
        periods.period,
        unnest([families.nik_key, families.kk_key, families.name_key || ' ' || families.village_code]) as person_key
    from {{ ref('stg_recipients__rows') }} as families
    inner join {{ source('reference', 'programs') }} as programs on families.program_code = programs.program_code
    inner join {{ source('reference', 'program_periods') }} as periods
        on
            families.program_code = periods.program_code
            and {{ is_period_listed('families', 'periods.period') }}
    where families.is_accepted and not {{ is_period_expected('programs', 'periods.due_date') }}
),

in_vain as (
    select distinct
        named.row_key,
        named.period
    from (
        select
            not_listed.row_key,
            not_listed.period,
            not_listed.program_code,
            unnest([
                logs.nik_key,
                logs.kk_key,
                -- By name only who has neither number, as an entitlement is found.
                case when logs.nik_key is null and logs.kk_key is null then logs.name_key || ' ' || logs.village_code end
            ]) as person_key
        from not_listed
        inner join {{ ref('stg_distribution__typed') }} as logs on not_listed.row_key = logs.row_key
    ) as named
    inner join listed_in_vain
        on
            named.program_code = listed_in_vain.program_code
            and named.period = listed_in_vain.period
            and named.person_key = listed_in_vain.person_key
),

unexpected as (
    select
        deliveries.*,
        logs.sheet,
        logs.nik_text,
        found.unexpected_kind
    from (
        select
            not_listed.row_key,
            not_listed.period,
            case when in_vain.row_key is null then 'not_listed' else 'not_running' end as unexpected_kind
        from not_listed
        left join in_vain on not_listed.row_key = in_vain.row_key and not_listed.period = in_vain.period
        union all
        select * from beyond
    ) as found
    inner join {{ ref('int_deliveries_current') }} as deliveries
        on found.row_key = deliveries.row_key and found.period = deliveries.period
    inner join {{ ref('stg_distribution__typed') }} as logs on found.row_key = logs.row_key
)

select
    unexpected.delivery_id,
    unexpected.unexpected_kind as kind,
    unexpected.entitlement_id,
    unexpected.submission_id,
    unexpected.sheet,
    unexpected.row_number,
    unexpected.opd_code,
    unexpected.program_code,
    unexpected.period,
    unexpected.beneficiary_key,
    {{ mask_nik('unexpected.nik_text') }} as nik_masked,
    unexpected.village_code,
    villages.village_name,
    villages.district_code,
    villages.district_name,
    coalesce({{ is_kind_eligible('programs', 'villages') }}, true) as is_village_eligible,
    unexpected.amount,
    unexpected.unit,
    unexpected.delivered_on
from unexpected
inner join {{ source('reference', 'programs') }} as programs on unexpected.program_code = programs.program_code
left join {{ source('reference', 'villages') }} as villages on unexpected.village_code = villages.village_code
