-- Pauses of a programme that took days off the lateness of a period by as_of: one row a programme, period and pause.
select periods.program_code, periods.period, pauses.starts_on, pauses.ends_on
from reference.program_periods as periods
inner join reference.program_pauses as pauses
    on
        periods.program_code = pauses.program_code
        and pauses.ends_on > periods.due_date
        and pauses.starts_on <= $as_of
order by periods.program_code, periods.period, pauses.starts_on;
