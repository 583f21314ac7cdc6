select
    paces.susenas_year,
    paces.opd_code,
    paces.program_code,
    paces.village_code,
    villages.village_name,
    paces.district_code,
    villages.district_name,
    paces.starts_on,
    paces.ends_on,
    paces.cutoff,
    paces.window_status,
    windows.window_state,
    windows.days_to_cutoff,
    paces.families::bigint as families,
    paces.entitled::bigint as entitled,
    paces.ready::bigint as ready,
    round(paces.ready / paces.entitled, 4)::double as ready_rate,
    (paces.entitled - paces.ready)::bigint as remaining,
    (paces.entitled - paces.ready - paces.incomplete)::bigint as completed_after_cutoff,
    paces.incomplete::bigint as incomplete,
    paces.overdue::bigint as overdue,
    round(paces.pace_per_day, 4)::double as pace_per_day,
    paces.projected_completion_date,
    case
        when paces.ready = paces.entitled then true
        when paces.as_of > paces.cutoff then false
        -- Nothing was overdue and nothing came lately: there is no pace to judge by.
        when paces.projected_completion_date is null and paces.overdue = 0 then null
        else coalesce(paces.projected_completion_date <= paces.cutoff, false)
    end as will_make_it,
    windows.year_from,
    windows.year_until,
    served.year_due::bigint as year_due,
    served.year_on_time::bigint as year_on_time,
    round(served.year_on_time / nullif(served.year_due, 0), 4)::double as year_on_time_rate,
    {{ bunching_columns('served', 'windows') }}
from {{ ref('int_villages_paced') }} as paces
inner join {{ ref('int_susenas_windows_dated') }} as windows on paces.susenas_year = windows.susenas_year
inner join {{ ref('int_villages_served') }} as served
    on
        paces.susenas_year = served.susenas_year
        and paces.opd_code = served.opd_code
        and paces.program_code = served.program_code
        and paces.village_code is not distinct from served.village_code
left join {{ source('reference', 'villages') }} as villages on paces.village_code = villages.village_code
