-- Months for which the logs of villages are missing though their deadline has passed.
select
    opd_code,
    program_code,
    period,
    count(*) as villages_expected,
    count(*) filter (where log_status = 'missing') as villages_missing,
    min(log_due_on) filter (where log_status = 'missing') as log_due_on,
    max(-days_to_log_due) filter (where log_status = 'missing')::integer as days_overdue
from audit.reporting_completeness
where log_status <> 'pending'
group by opd_code, program_code, period
having count(*) filter (where log_status = 'missing') > 0
order by opd_code, program_code, period;
