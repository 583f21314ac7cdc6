select
    steps.opd_code,
    steps.program_code,
    steps.budget_year,
    steps.village_code,
    villages.village_name,
    steps.district_code,
    villages.district_name,
    steps.position,
    steps.milestone,
    steps.milestone_name,
    steps.is_reported,
    steps.reported_on,
    steps.reached_on,
    steps.taken_on,
    steps.is_reached,
    not steps.is_reached
    and steps.village_reported_on is not null
    and steps.position = min(steps.position) filter (where not steps.is_reached) over (
        partition by steps.program_code, steps.budget_year, steps.village_code
    ) as is_blocking,
    steps.waiting_since,
    steps.submission_id,
    steps.sheet,
    steps.row_number
from {{ ref('int_gates_placed') }} as steps
left join {{ source('reference', 'villages') }} as villages on steps.village_code = villages.village_code
