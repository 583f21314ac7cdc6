-- Is a digest due? One row an OPD.
--   due        something is new, worse or resolved, and nothing holds it back
--   held       an OPD gets one digest a day and none on a quiet day (but critical flags that are new, or have become so, go
--              at once), and never a second while the head has not got the one before
--   unchanged  told before, nothing changed since
--   silent     nothing to tell and nothing was ever told
with changes as (
    select
        opd_code,
        count(*) filter (where change = 'new') as flags_new,
        count(*) filter (where change = 'worse') as flags_worse,
        count(*) filter (where change = 'open') as flags_still_open,
        count(*) filter (where change = 'resolved') as flags_resolved,
        count(*) filter (where change in ('new', 'worse') and graver and severity = 'critical') as flags_urgent,
        max(severity_rank) filter (where change in ('new', 'worse', 'open')) as severity_rank
    from alert_flags
    group by opd_code
),

states as (
    select
        opd_code,
        md5(string_agg(flag_id || severity || coalesce(strftime(worsened_on, '%Y%m%d'), ''), ',' order by flag_id))
            as state_hash
    from ledger.flags
    where first_seen_on <= $as_of and coalesce(resolved_on > $as_of, true)
    group by opd_code
),

history as (
    select
        opd_code,
        max(number) as last_number,
        arg_max(alert_id, number) as last_alert_id,
        bool_or(reader_waits) as one_waits,
        bool_or(told_at >= $day_start) as told_today
    from told_mails
    where kind = 'digest'
    group by opd_code
),

judged as (
    select
        opds.opd_code,
        coalesce(changes.flags_new, 0) as flags_new,
        coalesce(changes.flags_worse, 0) as flags_worse,
        coalesce(changes.flags_still_open, 0) as flags_still_open,
        coalesce(changes.flags_resolved, 0) as flags_resolved,
        coalesce(changes.severity_rank, 0) as severity_rank,
        coalesce(states.state_hash, md5('')) as state_hash,
        coalesce(history.last_number, 0) as last_number,
        history.last_alert_id,
        coalesce(history.one_waits, false) as one_waits,
        (coalesce(history.told_today, false) or $quiet) and coalesce(changes.flags_urgent, 0) = 0 as not_today
    from reference.opds
    left join changes on opds.opd_code = changes.opd_code
    left join states on opds.opd_code = states.opd_code
    left join history on opds.opd_code = history.opd_code
)

select
    judged.* exclude (one_waits, not_today),
    case
        when flags_new + flags_worse + flags_resolved = 0 and last_number = 0 then 'silent'
        when flags_new + flags_worse + flags_resolved = 0 then 'unchanged'
        when (one_waits or not_today) and not $dry_run then 'held'
        else 'due'
    end as decision
from judged
order by opd_code;
