-- One row a programme: of how many villages a log is owed, and which have not reported, whatever the period.
select
    logs.opd_code,
    coalesce(programs.name, logs.program_code) as program_name,
    coalesce(list_contains(any_value(programs.village_kinds), 'kelurahan'), true) as has_kelurahan,
    count(distinct logs.village_code) as villages,
    count(distinct logs.village_code) filter (where logs.log_status = 'missing') as villages_missing,
    list(distinct logs.period) filter (where logs.log_status = 'missing') as periods_missing
from audit.reporting_completeness as logs
left join audit.programs as programs on logs.program_code = programs.program_code
where logs.log_due_on < logs.as_of
group by all
order by villages_missing desc, program_name;
