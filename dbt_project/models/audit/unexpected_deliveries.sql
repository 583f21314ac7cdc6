with not_listed as (
    select
        row_key,
        period,
        'not_listed' as unexpected_kind
    from {{ ref('int_deliveries_current') }}
    where entitlement_id is null and is_counted
),

beyond as (
    -- A further delivery after the entitlement was already complete; a payment for several months is no repetition.
    select
        accumulated.row_key,
        accumulated.period,
        'duplicate' as unexpected_kind
    from {{ ref('int_deliveries_accumulated') }} as accumulated
    inner join {{ ref('int_entitlements_totalled') }} as totalled on accumulated.entitlement_id = totalled.entitlement_id
    where accumulated.was_complete_before and accumulated.period_count = 1 and totalled.is_order_needed
),

unexpected as (
    select
        deliveries.*,
        logs.sheet,
        logs.nik_text,
        found.unexpected_kind
    from (
        select * from not_listed
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
    coalesce(
        programs.village_kinds is null or len(programs.village_kinds) = 0 or list_contains(programs.village_kinds, villages.kind),
        true
    ) as is_village_eligible,
    unexpected.amount,
    unexpected.unit,
    unexpected.delivered_on
from unexpected
inner join {{ source('reference', 'programs') }} as programs on unexpected.program_code = programs.program_code
left join {{ source('reference', 'villages') }} as villages on unexpected.village_code = villages.village_code
