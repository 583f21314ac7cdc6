-- What an OPD is not written to about for the time being, and why: one row a snooze in force, in the shape of the e-mails' query.
select snoozes.opd_code, snoozes.program_code, programs.name as program_name, snoozes.rule, snoozes.snoozed_until, snoozes.reason
from audit.snoozes as snoozes
left join audit.programs as programs on snoozes.program_code = programs.program_code
where snoozes.in_force
order by snoozes.opd_code, snoozes.snoozed_until, snoozes.program_code, snoozes.rule;
