-- Which step of the ladder (temporary table alert_ladder) is due: one row an OPD, programme and period that has climbed.
-- The highest step reached is told; the steps below it that were missed are told with it, and no step is ever told twice.
-- Nothing climbs before the OPD's head has heard of it and the day has passed by which he was asked to act ($patience working
-- days after the first telling), unless it cannot wait: the head cannot be reached (`unreached`), or fewer than $hurry working
-- days are left to the cutoff (`hurried`).
with standing as (
    select
        opd_code,
        program_code,
        period,
        max(days_late) as days_late,
        min(days_to_cutoff) as days_to_cutoff,
        min(told_since) as told_on
    from climbing_flags
    group by all
),

last_digests as (
    select
        outbox.opd_code,
        arg_max(attempts.outcome, struct_pack(outbox.created_at, attempts.attempt)) as outcome
    from ledger.outbox
    inner join ledger.outbox_attempts as attempts
        on outbox.alert_id = attempts.alert_id and (outbox.recipients ->> 0) = attempts.address
    where outbox.kind = 'digest' and outbox.as_of <= $as_of
    group by outbox.opd_code
),

counted as (
    select
        standing.*,
        list(calendar.day order by calendar.day) filter (where calendar.day > standing.told_on) as days_since_told,
        count(calendar.day) filter (
            where
                calendar.day > $as_of
                and calendar.day <= cast($as_of as date) + cast(standing.days_to_cutoff as integer)
        ) as days_left
    from standing
    left join reference.calendar on calendar.is_working_day and calendar.day > least($as_of, standing.told_on)
    group by all
),

heard as (
    select
        counted.* exclude (days_since_told, days_left),
        days_since_told[$patience] as asked_until,
        coalesce(last_digests.outcome = 'refused', false) as unreached,
        days_to_cutoff is not null and days_left < $hurry as hurried
    from counted
    left join last_digests on counted.opd_code = last_digests.opd_code
),

ready as (
    select
        * exclude (hurried, unreached),
        -- Said only where it is the reason why nobody waits any longer.
        hurried and coalesce(asked_until >= $as_of, true) as hurried,
        unreached and coalesce(asked_until >= $as_of, true) as unreached
    from heard
    where coalesce(asked_until < $as_of, false) or hurried or unreached
),

told as (
    select distinct unnest(steps) as step from told_mails where kind = 'escalation'
),

ladders as (
    select
        ready.*,
        alert_ladder.position,
        alert_ladder.recipient,
        alert_ladder.days_overdue as step_days_overdue,
        alert_ladder.days_to_cutoff as step_days_to_cutoff,
        concat_ws('|', alert_ladder.step, ready.opd_code, ready.program_code, ready.period) as step,
        coalesce(ready.days_late >= alert_ladder.days_overdue, false) as by_overdue,
        coalesce(ready.days_to_cutoff <= alert_ladder.days_to_cutoff, false) as by_cutoff
    from ready
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
    any_value(ladders.told_on) as told_on,
    any_value(ladders.asked_until) as asked_until,
    any_value(ladders.hurried) as hurried,
    any_value(ladders.unreached) as unreached,
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
