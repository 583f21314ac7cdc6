-- Temporary table compared_flags: every flag that matters to an OPD's next mail, one row a flag, with what changed:
--   new       never told, or told as resolved
--   worse     told, and since then its severity rose (`graver`) or validation saw it grow (worsened_on)
--   open      told and still open; a past fact is told once and then is history
--   resolved  told as open, no longer so
-- What was first seen after as_of is no matter of that day, as in the published flags. `is_snoozed`: nobody is to
-- be told on that day.
create or replace temp table compared_flags as
with severities (severity, severity_rank) as (
    values ('info', 1), ('warning', 2), ('critical', 3)
),

told as (
    select
        told_mails.number,
        told_mails.as_of,
        severities.severity_rank as told_rank,
        unnest(from_json(told_mails.state -> 'told' -> severities.severity, '["VARCHAR"]')) as flag_id,
        told_mails.opd_code
    from told_mails
    cross join severities
    where told_mails.kind = 'digest'
    union all
    select
        number,
        as_of,
        0 as told_rank,
        unnest(from_json(state -> 'resolved', '["VARCHAR"]')) as flag_id,
        opd_code
    from told_mails
    where kind = 'digest'
),

last_told as (
    select
        flag_id,
        arg_max(told_rank, number) as told_rank,
        arg_max(as_of, number) as told_on,
        arg_max(opd_code, number) as opd_code
    from told
    group by flag_id
),

compared as (
    select
        coalesce(flags.flag_id, last_told.flag_id) as flag_id,
        coalesce(flags.opd_code, last_told.opd_code) as opd_code,
        flags.rule,
        flags.severity,
        severities.severity_rank,
        flags.program_code,
        flags.period,
        flags.village_code,
        flags.entitlement_id,
        flags.delivery_id,
        flags.submission_id,
        flags.days_late,
        flags.blocked_by,
        coalesce(rules.past_fact, false) as past_fact,
        coalesce(alert_rules.counts, 'flags') as counts,
        coalesce(alert_rules.amount, 'none') as amount,
        flags.flag_id is not null
        and flags.first_seen_on <= $as_of
        and coalesce(flags.resolved_on > $as_of, true) as is_open,
        coalesce(last_told.told_rank, 0) as told_rank,
        coalesce(severities.severity_rank > last_told.told_rank, true) as graver,
        coalesce(flags.worsened_on > last_told.told_on and flags.worsened_on <= $as_of, false) as grown
    from ledger.flags
    full join last_told on flags.flag_id = last_told.flag_id
    left join severities on flags.severity = severities.severity
    left join ledger.rules on flags.rule = rules.rule
    left join alert_rules on flags.rule = alert_rules.rule
)

select
    compared.* exclude (is_open, told_rank, grown),
    case
        when is_open and told_rank = 0 then 'new'
        when is_open and (graver or grown) then 'worse'
        when is_open then 'open'
        else 'resolved'
    end as change,
    exists (
        select 1
        from reference.snoozes
        where
            snoozes.opd_code = compared.opd_code
            and snoozes.snoozed_until >= $as_of
            and (snoozes.program_code is null or snoozes.program_code = compared.program_code)
            and (snoozes.rule is null or snoozes.rule = compared.rule)
    ) as is_snoozed
from compared
where
    opd_code is not null
    and (
        (is_open and (not past_fact or graver))
        or (not is_open and told_rank > 0 and not past_fact)
    );
