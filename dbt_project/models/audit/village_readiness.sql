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
    paces.entitled::bigint as entitled,
    paces.ready::bigint as ready,
    round(paces.ready / paces.entitled, 4)::double as ready_rate,
    (paces.entitled - paces.ready)::bigint as remaining,
    round(paces.pace_per_day, 4)::double as pace_per_day,
    paces.projected_completion_date,
    (paces.cutoff - paces.as_of)::integer as days_to_cutoff,
    case
        when paces.ready = paces.entitled then true
        when paces.as_of > paces.cutoff then false
        -- Nothing was overdue and nothing came lately: there is no pace to judge by.
        when paces.projected_completion_date is null and paces.overdue = 0 then null
        else coalesce(paces.projected_completion_date <= paces.cutoff, false)
    end as will_make_it
from {{ ref('int_villages_paced') }} as paces
left join {{ source('reference', 'villages') }} as villages on paces.village_code = villages.village_code
