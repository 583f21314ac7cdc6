-- Which step of the ladder (temporary table alert_ladder) is due: one row an OPD, programme and period that has climbed.
-- The highest step reached is told; the steps below it that were missed are told with it, and no step is ever told twice.
with standing as (
    select
        opd_code,
        program_code,
        period,
        max(days_late) as days_late,
        min(days_to_cutoff) as days_to_cutoff
    from climbing_flags
    group by all
),

told as (
    select distinct unnest(steps) as step from told_mails where kind = 'escalation'
),

ladders as (
    select
        standing.*,
        alert_ladder.position,
        alert_ladder.recipient,
        alert_ladder.days_overdue as step_days_overdue,
        alert_ladder.days_to_cutoff as step_days_to_cutoff,
        concat_ws('|', alert_ladder.step, standing.opd_code, standing.program_code, standing.period) as step,
        coalesce(standing.days_late >= alert_ladder.days_overdue, false) as by_overdue,
        coalesce(standing.days_to_cutoff <= alert_ladder.days_to_cutoff, false) as by_cutoff
    from standing
    cross join alert_ladder
),

climbed as (
    select
        opd_code,
        program_code,
        period,
        max(position) filter (where by_overdue or by_cutoff) as reached,
        max(position) filter (where step in (select told.step from told)) as told_up_to
    from ladders
    group by all
)

select
    ladders.opd_code,
    ladders.program_code,
    ladders.period,
    arg_max(ladders.recipient, ladders.position) as recipient,
    list(distinct ladders.recipient order by ladders.recipient) as recipients,
    list(ladders.step order by ladders.position) as steps,
    any_value(ladders.days_late) as days_late,
    any_value(ladders.days_to_cutoff) as days_to_cutoff,
    max(ladders.step_days_overdue) filter (where ladders.position = climbed.reached) as step_days_overdue,
    max(ladders.step_days_to_cutoff) filter (where ladders.position = climbed.reached) as step_days_to_cutoff,
    bool_or(ladders.by_overdue) filter (where ladders.position = climbed.reached) as by_overdue,
    bool_or(ladders.by_cutoff) filter (where ladders.position = climbed.reached) as by_cutoff
from ladders
inner join climbed
    on
        ladders.opd_code = climbed.opd_code
        and ladders.program_code = climbed.program_code
        and ladders.period = climbed.period
where
    ladders.position <= climbed.reached
    and ladders.position > coalesce(climbed.told_up_to, -1)
group by ladders.opd_code, ladders.program_code, ladders.period
order by ladders.opd_code, ladders.program_code, ladders.period;
