-- The logs that are missing longest.
select
    logs.*,
    publications.regency_name,
    programs.opd_name,
    programs.program_name,
    count(*) over () as gaps,
    sum(logs.villages_missing) over () as villages_missing_in_all
from audit.missing_logs as logs
inner join audit.publications as publications on logs.regency_code = publications.regency_code
left join audit.programs as programs
    on
        logs.regency_code = programs.regency_code
        and logs.opd_code = programs.opd_code
        and logs.program_code = programs.program_code
order by logs.days_overdue desc, logs.villages_missing desc, logs.regency_code, logs.opd_code, logs.program_code, logs.period
limit $room;
