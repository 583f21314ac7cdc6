-- One row per programme, budget year, eligible village and configured step, for the years of which anything was reported at
-- all. Of a village without any report nobody knows what blocks it. A step counts as taken once it or a later one was.
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
        reports.received_on as reported_on,
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
            {{ is_kind_eligible('programs', 'villages') }}
    left join {{ ref('int_gates_reported') }} as reports
        on
            reported_years.program_code = reports.program_code
            and reported_years.budget_year = reports.budget_year
            and villages.village_code = reports.village_code
            and program_gates.milestone = reports.milestone
),

taken as (
    select
        *,
        max(reported_on) over village as village_reported_on,
        -- Who has its Dana Desa has an APBDes, whatever was or was not reported of it.
        min(reached_on) over (
            partition by program_code, budget_year, village_code
            order by position
            rows between current row and unbounded following
        ) as taken_on
    from placed
    window village as (partition by program_code, budget_year, village_code)
)

select
    *,
    coalesce(taken_on <= as_of, false) as is_reached,
    -- A step waits since the one before it was taken, the first one since the budget year began.
    greatest(
        make_date(budget_year, 1, 1),
        max(taken_on) over (
            partition by program_code, budget_year, village_code
            order by position
            rows between unbounded preceding and 1 preceding
        )
    ) as waiting_since
from taken
