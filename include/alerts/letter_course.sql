-- How deliveries went against the due date: one row a programme, period and day on which families became complete, with how
-- many were complete by then. A period on whose days nobody became complete has one row without a day.
with subjects as (
    select distinct program_code, period
    from letter_flags
    where change <> 'resolved' and program_code is not null and period is not null
),

days as (
    select accuracy.program_code, accuracy.period, accuracy.completed_on as day, count(*) as families
    from audit.delivery_accuracy as accuracy
    where accuracy.opd_code = $opd_code and accuracy.completed_on <= $as_of
    group by all
),

entitled as (
    select accuracy.program_code, accuracy.period, count(*) as families
    from audit.delivery_accuracy as accuracy
    where accuracy.opd_code = $opd_code
    group by all
)

select
    subjects.program_code,
    subjects.period,
    periods.due_date,
    entitled.families as entitled,
    days.day,
    coalesce(sum(days.families) over (
        partition by subjects.program_code, subjects.period order by days.day
    ), 0)::bigint as complete
from subjects
inner join entitled on subjects.program_code = entitled.program_code and subjects.period = entitled.period
inner join reference.program_periods as periods
    on subjects.program_code = periods.program_code and subjects.period = periods.period
left join days on subjects.program_code = days.program_code and subjects.period = days.period
order by subjects.program_code, subjects.period, days.day;
