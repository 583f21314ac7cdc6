with judged as (
    select
        village_code,
        {{ accuracy_counts(amounts=false) }},
        {{ amount_sums(units_apart()) }}
    from {{ ref('int_entitlements_judged') }}
    group by village_code
),

logs as (
    select
        village_code,
        {{ log_counts() }}
    from {{ ref('reporting_completeness') }}
    group by village_code
),

{{ window_counts(['village_code']) }},

unexpected as (
    select
        village_code,
        {{ unexpected_counts(units_apart()) }}
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
    {{ window_columns() }},
    {{ amount_columns('judged', units_apart()) }},
    {{ log_columns() }},
    {{ unexpected_columns(units_apart()) }}
from villages
left join judged on villages.village_code is not distinct from judged.village_code
left join logs on villages.village_code is not distinct from logs.village_code
left join readiness on villages.village_code is not distinct from readiness.village_code
left join served on villages.village_code is not distinct from served.village_code
left join unexpected on villages.village_code is not distinct from unexpected.village_code
left join {{ ref('int_susenas_windows_dated') }} as next_window on next_window.is_next
left join {{ ref('int_susenas_windows_dated') }} as last_window on last_window.is_last_approached
