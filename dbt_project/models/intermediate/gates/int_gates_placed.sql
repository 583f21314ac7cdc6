-- One row per programme, budget year, eligible village and configured step, for the years of which anything was reported at
-- all: without a report nobody knows what blocks. A step that nobody reported counts as not taken.
with reported_years as (
    select distinct
        program_code,
        budget_year
    from {{ ref('int_gates_reported') }}
),

placed as (
    select
        programs.opd_code,
        programs.program_code,
        reported_years.budget_year,
        villages.village_code,
        villages.district_code,
        program_gates.position,
        program_gates.milestone,
        program_gates.name as milestone_name,
        reports.village_code is not null as is_reported,
        reports.reached_on,
        coalesce(reports.reached_on <= parameters.as_of, false) as is_reached,
        reports.submission_id,
        reports.sheet,
        reports.row_number,
        parameters.as_of
    from reported_years
    cross join {{ source('reference', 'parameters') }} as parameters
    inner join {{ source('reference', 'programs') }} as programs on reported_years.program_code = programs.program_code
    inner join {{ source('reference', 'program_gates') }} as program_gates
        on reported_years.program_code = program_gates.program_code
    inner join {{ source('reference', 'villages') }} as villages
        on
            programs.village_kinds is null
            or len(programs.village_kinds) = 0
            or list_contains(programs.village_kinds, villages.kind)
    left join {{ ref('int_gates_reported') }} as reports
        on
            reported_years.program_code = reports.program_code
            and reported_years.budget_year = reports.budget_year
            and villages.village_code = reports.village_code
            and program_gates.milestone = reports.milestone
)

select
    *,
    -- A step waits since the one before it was taken, the first one since the budget year began.
    greatest(
        make_date(budget_year, 1, 1),
        max(reached_on) over (
            partition by program_code, budget_year, village_code
            order by position
            rows between unbounded preceding and 1 preceding
        )
    ) as waiting_since
from placed
