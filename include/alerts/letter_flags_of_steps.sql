-- Temporary table letter_flags: what the letter in hand is about. Here an escalation: the flags that climbed a step.
create or replace temp table letter_flags as
select alert_flags.*
from alert_flags
inner join climbing_flags on alert_flags.flag_id = climbing_flags.flag_id
where
    alert_flags.opd_code = $opd_code
    and list_contains($subjects, alert_flags.program_code || '|' || alert_flags.period);
