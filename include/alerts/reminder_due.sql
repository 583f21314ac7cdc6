-- Which reminders are due: one row an OPD, programme, period and matter. Two matters have a day by which they must be done:
--   delivery  families still wait for a period that falls due
--   log       the due date has passed, and villages have until the end of the reporting time to send their logs
-- The step is the smallest of $steps (days before that day) not below the days that are left, so that a missed run is made up
-- for; a step that was told, or one nearer to that day, is not told again. A step as long as the whole reporting time falls on
-- the due date, of which the other matter tells. What is snoozed is not reminded of.
with awaited as (
    select distinct
        'delivery' as matter,
        'delivery_missing' as rule,
        accuracy.opd_code,
        accuracy.program_code,
        accuracy.period,
        periods.due_date as deadline,
        $steps as steps
    from audit.delivery_accuracy as accuracy
    inner join reference.program_periods as periods
        on accuracy.program_code = periods.program_code and accuracy.period = periods.period
    where accuracy.timing_status = 'pending' and periods.due_date >= $as_of
    union all
    select distinct
        'log' as matter,
        'log_missing' as rule,
        opd_code,
        program_code,
        period,
        log_due_on as deadline,
        list_filter($steps, lambda step: step < log_due_on - due_date) as steps
    from audit.reporting_completeness
    -- Of a village that nobody knows, nobody can be asked for a log.
    where log_status = 'pending' and due_date < $as_of and log_due_on >= $as_of and village_code is not null
),

waiting as (
    select
        *,
        deadline - $as_of as days_left,
        list_min(list_filter(steps, lambda step: step >= deadline - $as_of)) as step
    from awaited
),

told as (
    select
        opd_code,
        split_part(part, '|', 1) as program_code,
        split_part(part, '|', 2) as period,
        min(cast(split_part(part, '|', 3) as integer)) as step,
        coalesce(nullif(split_part(part, '|', 4), ''), 'delivery') as matter
    from (select opd_code, unnest(steps) as part from told_mails where kind = 'reminder')
    group by all
)

select
    waiting.matter,
    waiting.opd_code,
    waiting.program_code,
    waiting.period,
    waiting.deadline,
    waiting.days_left,
    concat_ws('|', waiting.program_code, waiting.period, waiting.step, nullif(waiting.matter, 'delivery')) as step,
    waiting.step = list_min(waiting.steps) as is_last
from waiting
left join told
    on
        waiting.matter = told.matter
        and waiting.opd_code = told.opd_code
        and waiting.program_code = told.program_code
        and waiting.period = told.period
where
    waiting.step is not null
    and coalesce(waiting.step < told.step, true)
    and not exists (
        select 1
        from reference.snoozes
        where
            snoozes.opd_code = waiting.opd_code
            and snoozes.snoozed_until >= $as_of
            and (snoozes.program_code is null or snoozes.program_code = waiting.program_code)
            and (snoozes.rule is null or snoozes.rule = waiting.rule)
    )
order by waiting.opd_code, waiting.matter, waiting.deadline, waiting.program_code, waiting.period;
