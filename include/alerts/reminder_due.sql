-- Which reminders are due: one row an OPD, programme and period that falls due soon while families still wait. The step is
-- the smallest of $steps (days before the due date) not below the days that are left, so that a missed run is made up for;
-- a step that was told, or one nearer to the due date, is not told again. What is snoozed is not reminded of.
with waiting as (
    select
        accuracy.opd_code,
        accuracy.program_code,
        accuracy.period,
        periods.due_date,
        periods.due_date - $as_of as days_left,
        list_min(list_filter($steps, lambda step: step >= periods.due_date - $as_of)) as step
    from audit.delivery_accuracy as accuracy
    inner join reference.program_periods as periods
        on accuracy.program_code = periods.program_code and accuracy.period = periods.period
    where accuracy.timing_status = 'pending' and periods.due_date >= $as_of
    group by all
),

told as (
    select
        opd_code,
        split_part(part, '|', 1) as program_code,
        split_part(part, '|', 2) as period,
        min(cast(split_part(part, '|', 3) as integer)) as step
    from (select opd_code, unnest(steps) as part from told_mails where kind = 'reminder')
    group by all
)

select
    waiting.opd_code,
    waiting.program_code,
    waiting.period,
    waiting.due_date,
    waiting.days_left,
    concat_ws('|', waiting.program_code, waiting.period, waiting.step) as step,
    waiting.step = list_min($steps) as is_last
from waiting
left join told
    on
        waiting.opd_code = told.opd_code
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
            and (snoozes.rule is null or snoozes.rule = 'delivery_missing')
    )
order by waiting.opd_code, waiting.due_date, waiting.program_code, waiting.period;
