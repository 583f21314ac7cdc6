-- The programmes that can be chosen.
select
    programs.program_code,
    programs.name
from audit.programs as programs
where exists (select 1 from audit.delivery_accuracy as accuracy where accuracy.program_code = programs.program_code)
order by programs.name;
