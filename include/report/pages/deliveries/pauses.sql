-- Days on which a programme was paused: they are taken off every lateness.
select
    programs.name as program_name,
    pauses.starts_on,
    pauses.ends_on,
    pauses.reason
from audit.program_pauses as pauses
inner join audit.programs as programs on pauses.program_code = programs.program_code
order by pauses.starts_on desc, program_name;
