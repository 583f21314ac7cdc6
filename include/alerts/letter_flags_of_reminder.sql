-- Temporary table letter_flags: what the letter in hand is about. Here a reminder, before anything is wrong: one row a
-- family that still waits for a period that falls due, in the shape of alert_flags.
create or replace temp table letter_flags as
select
    accuracy.entitlement_id as flag_id,
    accuracy.opd_code,
    'due_soon' as rule,
    'info' as severity,
    1 as severity_rank,
    accuracy.program_code,
    accuracy.period,
    accuracy.village_code,
    accuracy.entitlement_id,
    cast(null as varchar) as delivery_id,
    cast(null as varchar) as submission_id,
    cast(null as integer) as days_late,
    cast(null as varchar) as blocked_by,
    false as past_fact,
    'families' as counts,
    'outstanding' as amount,
    true as graver,
    'new' as change
from audit.delivery_accuracy as accuracy
where
    accuracy.opd_code = $opd_code
    and accuracy.timing_status = 'pending'
    and list_contains($subjects, accuracy.program_code || '|' || accuracy.period);
