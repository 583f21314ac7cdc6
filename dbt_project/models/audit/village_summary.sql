with judged as (
    select
        village_code,
        {{ accuracy_counts(amounts=false) }},
        sum(delivered_amount) filter (where unit = 'kg') as delivered_kg,
        sum(entitled_amount) filter (where unit = 'kg') as entitled_kg,
        sum(delivered_amount) filter (where unit = 'IDR') as delivered_idr,
        sum(entitled_amount) filter (where unit = 'IDR') as entitled_idr
    from {{ ref('int_entitlements_judged') }}
    group by village_code
),

logs as (
    select
        village_code,
        count(*) as logs_expected,
        count_if(log_status = 'missing') as logs_missing
    from {{ ref('reporting_completeness') }}
    group by village_code
),

unexpected as (
    select
        village_code,
        count_if(kind = 'not_listed') as deliveries_not_listed,
        count_if(kind = 'duplicate') as deliveries_duplicate
    from {{ ref('unexpected_deliveries') }}
    group by village_code
)

select
    villages.village_code,
    villages.village_name,
    villages.district_code,
    villages.district_name,
    villages.kind as village_kind,
    villages.is_pocket,
    villages.is_remote,
    {{ accuracy_columns('judged', amounts=false) }},
    coalesce(judged.entitled_kg, 0)::double as entitled_kg,
    coalesce(judged.delivered_kg, 0)::double as delivered_kg,
    coalesce(judged.entitled_idr, 0)::double as entitled_idr,
    coalesce(judged.delivered_idr, 0)::double as delivered_idr,
    coalesce(logs.logs_expected, 0)::bigint as logs_expected,
    coalesce(logs.logs_missing, 0)::bigint as logs_missing,
    coalesce(unexpected.deliveries_not_listed, 0)::bigint as deliveries_not_listed,
    coalesce(unexpected.deliveries_duplicate, 0)::bigint as deliveries_duplicate
from {{ source('reference', 'villages') }} as villages
left join judged on villages.village_code = judged.village_code
left join logs on villages.village_code = logs.village_code
left join unexpected on villages.village_code = unexpected.village_code
