-- What an OPD is not told of for the time being, and why: one row a snooze in force.
select snoozes.program_code, programs.name as program_name, snoozes.rule, snoozes.snoozed_until, snoozes.reason
from reference.snoozes
left join reference.programs on snoozes.program_code = programs.program_code
where snoozes.opd_code = $opd_code and snoozes.snoozed_until >= $as_of
order by snoozes.snoozed_until, snoozes.program_code, snoozes.rule;
