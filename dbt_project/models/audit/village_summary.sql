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
        count_if(log_status = 'received') as logs_received,
        count_if(log_status = 'late') as logs_late,
        count_if(log_status = 'nil') as logs_nil,
        count_if(log_status = 'missing') as logs_missing,
        count_if(log_status = 'pending') as logs_pending
    from {{ ref('reporting_completeness') }}
    group by village_code
),

readiness as (
    select
        paces.village_code,
        sum(paces.entitled) as window_entitled,
        sum(paces.ready) as window_ready
    from {{ ref('int_villages_paced') }} as paces
    inner join {{ ref('int_susenas_windows_dated') }} as windows
        on paces.susenas_year = windows.susenas_year and windows.is_next
    group by paces.village_code
),

served as (
    select
        served_villages.village_code,
        sum(served_villages.year_completed) as year_completed,
        sum(served_villages.completed_before_cutoff) as completed_before_cutoff
    from {{ ref('int_villages_served') }} as served_villages
    inner join {{ ref('int_susenas_windows_dated') }} as windows
        on served_villages.susenas_year = windows.susenas_year and windows.is_last_approached
    group by served_villages.village_code
),

unexpected as (
    select
        village_code,
        count_if(kind = 'not_listed') as deliveries_not_listed,
        count_if(kind = 'duplicate') as deliveries_duplicate
    from {{ ref('unexpected_deliveries') }}
    group by village_code
),

-- What belongs to no known village is shown in a line of its own: the lines must add up.
villages as (
    select * from {{ source('reference', 'villages') }}
    union all by name
    select null as village_code
    where
        exists (select 1 from judged where judged.village_code is null)
        or exists (select 1 from unexpected where unexpected.village_code is null)
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
    next_window.susenas_year,
    next_window.window_state,
    next_window.cutoff,
    next_window.days_to_cutoff,
    coalesce(readiness.window_entitled, 0)::bigint as window_entitled,
    coalesce(readiness.window_ready, 0)::bigint as window_ready,
    round(readiness.window_ready / nullif(readiness.window_entitled, 0), 4)::double as window_ready_rate,
    last_window.susenas_year as bunching_susenas_year,
    {{ bunching_columns('served', 'last_window') }},
    coalesce(judged.entitled_kg, 0)::double as entitled_kg,
    coalesce(judged.delivered_kg, 0)::double as delivered_kg,
    coalesce(judged.entitled_idr, 0)::double as entitled_idr,
    coalesce(judged.delivered_idr, 0)::double as delivered_idr,
    coalesce(logs.logs_expected, 0)::bigint as logs_expected,
    coalesce(logs.logs_received, 0)::bigint as logs_received,
    coalesce(logs.logs_late, 0)::bigint as logs_late,
    coalesce(logs.logs_nil, 0)::bigint as logs_nil,
    coalesce(logs.logs_missing, 0)::bigint as logs_missing,
    coalesce(logs.logs_pending, 0)::bigint as logs_pending,
    coalesce(unexpected.deliveries_not_listed, 0)::bigint as deliveries_not_listed,
    coalesce(unexpected.deliveries_duplicate, 0)::bigint as deliveries_duplicate
from villages
left join judged on villages.village_code is not distinct from judged.village_code
left join logs on villages.village_code is not distinct from logs.village_code
left join readiness on villages.village_code is not distinct from readiness.village_code
left join served on villages.village_code is not distinct from served.village_code
left join unexpected on villages.village_code is not distinct from unexpected.village_code
left join {{ ref('int_susenas_windows_dated') }} as next_window on next_window.is_next
left join {{ ref('int_susenas_windows_dated') }} as last_window on last_window.is_last_approached
