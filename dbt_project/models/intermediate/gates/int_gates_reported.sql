-- One row per programme, budget year, village and step that was reported: the day on which it was taken, null for "not yet".
-- The latest report counts, as for a delivery.
with rows_of_programs as (
    select
        program_gates.program_code,
        program_gates.milestone,
        program_gates.position,
        reports.budget_year,
        reports.village_code,
        reports.reached_on,
        reports.received_on,
        reports.submission_id,
        reports.sheet,
        reports.sheet_number,
        reports.row_number,
        reports.arrival
    from {{ ref('stg_gates__rows') }} as reports
    inner join {{ source('reference', 'program_gates') }} as program_gates
        on
            reports.milestone = program_gates.milestone
            and (reports.program_code is null or reports.program_code = program_gates.program_code)
    inner join {{ source('reference', 'programs') }} as programs
        on program_gates.program_code = programs.program_code and reports.opd_code = programs.opd_code
    where reports.is_accepted
)

select *
from rows_of_programs
qualify
    row_number() over (
        partition by program_code, budget_year, village_code, milestone
        order by arrival desc, sheet_number asc, row_number asc
    ) = 1
