-- Temporary table letter_flags: what the letter in hand is about. Here a reminder, before anything is wrong, in the shape of
-- alert_flags: one row a family that still waits for a period that falls due, or one a village whose log is still awaited.
create or replace temp table letter_flags as
with awaited as (
    select
        'delivery' as matter,
        'due_soon' as rule,
        'families' as counts,
        'outstanding' as amount,
        opd_code,
        program_code,
        period,
        village_code,
        entitlement_id,
        cast(null as varchar) as blocked_by
    from audit.delivery_accuracy
    where timing_status = 'pending'
    union all
    select
        'log' as matter,
        'log_due_soon' as rule,
        'villages' as counts,
        'none' as amount,
        opd_code,
        program_code,
        period,
        village_code,
        cast(null as varchar) as entitlement_id,
        blocked_by
    from audit.reporting_completeness
    where log_status = 'pending' and village_code is not null
)

select
    coalesce(entitlement_id, concat_ws(':', rule, program_code, period, village_code)) as flag_id,
    opd_code,
    rule,
    'info' as severity,
    1 as severity_rank,
    program_code,
    period,
    village_code,
    entitlement_id,
    cast(null as varchar) as delivery_id,
    cast(null as varchar) as submission_id,
    cast(null as integer) as days_late,
    blocked_by,
    false as past_fact,
    counts,
    amount,
    true as graver,
    'new' as change
from awaited
where matter = $matter and opd_code = $opd_code and list_contains($subjects, program_code || '|' || period);
