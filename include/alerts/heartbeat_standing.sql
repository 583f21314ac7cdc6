-- How an OPD's programmes stand: one row an OPD and programme, over the periods that are due, with what is open,
-- be it snoozed.
with due as (
    select
        accuracy.opd_code,
        accuracy.program_code,
        count(*) as entitled,
        count(*) filter (where accuracy.timing_status in ('on_time', 'late')) as complete,
        count(*) filter (where accuracy.timing_status = 'on_time') as on_time
    from audit.delivery_accuracy as accuracy
    inner join reference.program_periods as periods
        on accuracy.program_code = periods.program_code and accuracy.period = periods.period
    where periods.due_date <= $as_of
    group by all
),

unresolved as (
    select opd_code, program_code, count(*) as flags, count(*) filter (where is_snoozed) as snoozed
    from compared_flags
    where change <> 'resolved' and not past_fact
    group by all
)

select
    coalesce(due.opd_code, unresolved.opd_code) as opd_code,
    opds.name as opd_name,
    coalesce(due.program_code, unresolved.program_code) as program_code,
    programs.name as program_name,
    coalesce(due.entitled, 0) as entitled,
    coalesce(due.complete, 0) as complete,
    coalesce(due.on_time, 0) as on_time,
    coalesce(unresolved.flags, 0) as flags,
    coalesce(unresolved.snoozed, 0) as snoozed
from due
full join unresolved
    on due.opd_code = unresolved.opd_code and due.program_code is not distinct from unresolved.program_code
left join reference.opds on opds.opd_code = coalesce(due.opd_code, unresolved.opd_code)
left join reference.programs on programs.program_code = coalesce(due.program_code, unresolved.program_code)
order by opd_name, program_name nulls last;
