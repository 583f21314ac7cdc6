-- One village's programmes and periods up to the one that falls due next: what was due, what came, and whether a log did.
with counted as (
    select
        accuracy.program_code,
        accuracy.period,
        min(accuracy.due_date) as due_date,
        unnest(timing_counts(accuracy.timing_status)),
        max(accuracy.days_late) filter (where accuracy.timing_status in ('incomplete', 'missing')) as days_overdue,
        any_value(accuracy.as_of) as as_of
    from audit.delivery_accuracy as accuracy
    where accuracy.village_code is not distinct from $village
    group by accuracy.program_code, accuracy.period
)

select
    counted.*,
    programs.name as program_name,
    logs.log_status,
    logs.log_due_on,
    logs.first_log_received_at,
    coalesce(steps.milestone_name, logs.blocked_by) as blocked_by
from counted
inner join audit.programs as programs on counted.program_code = programs.program_code
left join audit.reporting_completeness as logs
    on
        counted.program_code = logs.program_code
        and counted.period = logs.period
        and logs.village_code is not distinct from $village
left join (
    select distinct
        gates.program_code,
        gates.milestone,
        gates.milestone_name
    from audit.gates as gates
) as steps on counted.program_code = steps.program_code and logs.blocked_by = steps.milestone
where counted.due_date <= counted.as_of + 31
order by programs.name, counted.period desc;
