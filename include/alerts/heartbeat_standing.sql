-- How an OPD's programmes stand: one row an OPD and programme, over the periods that fell due in the twelve months of the
-- scorecard, with what is open, be it snoozed. A programme under way without a list of recipients is there as well (`is_listed` false).
with listed as (
    select distinct opd_code, program_code from audit.delivery_accuracy
),

unlisted as (
    select programs.opd_code, programs.program_code
    from reference.programs
    where
        programs.status = 'active'
        and exists (select 1 from reference.program_periods where program_periods.program_code = programs.program_code)
        and not exists (select 1 from listed where listed.program_code = programs.program_code)
),

due as (
    select
        accuracy.opd_code,
        accuracy.program_code,
        count(*) as entitled,
        count(*) filter (where accuracy.timing_status in ('on_time', 'late')) as complete,
        count(*) filter (where accuracy.timing_status = 'on_time') as on_time
    from audit.delivery_accuracy as accuracy
    inner join audit.opd_scorecard as card on accuracy.opd_code = card.opd_code and accuracy.program_code = card.program_code
    where accuracy.due_date >= card.year_from and accuracy.due_date < $as_of
    group by all
),

unresolved as (
    select opd_code, program_code, count(*) as flags, count(*) filter (where is_snoozed) as snoozed
    from compared_flags
    where change <> 'resolved' and not past_fact and not is_within
    group by all
),

subjects as (
    select opd_code, program_code from due
    union
    select opd_code, program_code from unresolved
    union
    select opd_code, program_code from unlisted
)

select
    subjects.opd_code,
    opds.name as opd_name,
    subjects.program_code,
    programs.name as program_name,
    unlisted.program_code is null as is_listed,
    coalesce(due.entitled, 0) as entitled,
    coalesce(due.complete, 0) as complete,
    coalesce(due.on_time, 0) as on_time,
    coalesce(unresolved.flags, 0) as flags,
    coalesce(unresolved.snoozed, 0) as snoozed
from subjects
left join due on subjects.opd_code = due.opd_code and subjects.program_code is not distinct from due.program_code
left join unresolved
    on subjects.opd_code = unresolved.opd_code and subjects.program_code is not distinct from unresolved.program_code
left join unlisted
    on subjects.opd_code = unlisted.opd_code and subjects.program_code is not distinct from unlisted.program_code
left join reference.opds on subjects.opd_code = opds.opd_code
left join reference.programs on subjects.program_code = programs.program_code
order by opd_name, program_name nulls last;
