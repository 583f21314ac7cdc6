-- Programme by period: of how many villages a log is owed, and what became of it. Periods up to the one that falls due next.
select
    logs.program_code,
    any_value(card.program_name) as program_name,
    any_value(card.opd_name) as opd_name,
    logs.period,
    min(logs.log_due_on) as log_due_on,
    count(*) as villages,
    count_if(logs.log_status = 'received') as received,
    count_if(logs.log_status = 'nil') as nil,
    count_if(logs.log_status = 'late') as late,
    count_if(logs.log_status = 'missing') as missing,
    count_if(logs.log_status = 'pending') as pending
from audit.reporting_completeness as logs
inner join audit.opd_scorecard as card on logs.program_code = card.program_code
where logs.due_date <= logs.as_of + 31
group by logs.program_code, logs.period
order by opd_name, program_name, logs.period;
