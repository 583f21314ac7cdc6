-- Temporary table climbing_flags: the flags that the ladder of escalation is for, open ones only: what is critical (a family
-- without its aid, a village without a log) and what is about to miss the SUSENAS cutoff. days_to_cutoff is that of the
-- window ahead in whose scope the due date lies.
create or replace temp table climbing_flags as
select
    flags.flag_id,
    flags.opd_code,
    flags.program_code,
    flags.period,
    flags.days_late,
    flags.told_since,
    min(windows.cutoff - $as_of) as days_to_cutoff
from alert_flags as flags
inner join reference.program_periods as periods
    on flags.program_code = periods.program_code and flags.period = periods.period
left join reference.susenas_windows as windows
    on
        periods.due_date > windows.scope_from
        and periods.due_date <= windows.cutoff
        and windows.cutoff >= $as_of
where
    flags.change <> 'resolved'
    and not flags.past_fact
    and (flags.severity = 'critical' or flags.rule = 'susenas_at_risk')
group by all;
