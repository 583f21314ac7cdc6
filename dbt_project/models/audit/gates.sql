select
    opd_code,
    program_code,
    budget_year,
    position,
    milestone,
    milestone_name,
    count(*)::bigint as villages,
    count_if(is_reached)::bigint as villages_reached,
    count_if(not is_reached)::bigint as villages_not_reached,
    count_if(not is_reported)::bigint as villages_not_reported,
    count_if(is_blocking)::bigint as villages_blocked,
    min(taken_on) filter (where is_reached) as first_reached_on,
    max(taken_on) filter (where is_reached) as last_reached_on
from {{ ref('village_gates') }}
group by opd_code, program_code, budget_year, position, milestone, milestone_name
