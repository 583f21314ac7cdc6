-- One row per programme, period and village that reported a step: the first step in the configured order that was not
-- taken by the day judged by, and the one that was not taken when the delivery fell due.
select
    steps.program_code,
    periods.period,
    steps.village_code,
    count(*)::integer as steps,
    count_if(steps.is_reached)::integer as steps_reached,
    arg_min(steps.milestone, steps.position) filter (where not steps.is_reached) as blocked_by,
    arg_min(steps.waiting_since, steps.position) filter (where not steps.is_reached) as blocked_since,
    arg_min(steps.told_on, steps.position) filter (where not steps.is_reached) as blocked_reported_on,
    arg_min(steps.milestone, steps.position) filter (
        where coalesce(steps.taken_on > periods.due_date, true) and periods.due_date <= steps.as_of
    ) as blocked_when_due_by,
    arg_min(steps.waiting_since, steps.position) filter (
        where coalesce(steps.taken_on > periods.due_date, true) and periods.due_date <= steps.as_of
    ) as blocked_when_due_since,
    arg_min(steps.told_on, steps.position) filter (
        where coalesce(steps.taken_on > periods.due_date, true) and periods.due_date <= steps.as_of
    ) as blocked_when_due_reported_on,
    case when bool_and(steps.is_reached) then max(steps.taken_on) end as unblocked_on
from (
    select
        *,
        -- The report that speaks of the step; of one that none mentions, the village's last.
        coalesce(reported_on, village_reported_on) as told_on
    from {{ ref('int_gates_placed') }}
    where village_reported_on is not null
) as steps
inner join {{ source('reference', 'program_periods') }} as periods
    on steps.program_code = periods.program_code and steps.budget_year = left(periods.period, 4)::integer
group by steps.program_code, periods.period, steps.village_code
