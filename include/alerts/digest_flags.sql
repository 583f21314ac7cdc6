-- Temporary table alert_flags: every flag that matters to an OPD's next digest, one row a flag, with what changed:
--   new       never told, told as resolved, or told with a lower severity
--   open      told and still open; a past fact is told once and then is history
--   resolved  told as open, no longer so
-- What was first seen after as_of is no matter of that day, as in the published flags.
create or replace temp table alert_flags as
with severities (severity, severity_rank) as (
    values ('info', 1), ('warning', 2), ('critical', 3)
),

told as (
    select
        alert_digests.number,
        severities.severity_rank as told_rank,
        unnest(from_json(alert_digests.state -> 'told' -> severities.severity, '["VARCHAR"]')) as flag_id,
        alert_digests.opd_code
    from alert_digests
    cross join severities
    union all
    select
        number,
        0 as told_rank,
        unnest(from_json(state -> 'resolved', '["VARCHAR"]')) as flag_id,
        opd_code
    from alert_digests
),

last_told as (
    select
        flag_id,
        arg_max(told_rank, number) as told_rank,
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
        coalesce(rules.past_fact, false) as past_fact,
        coalesce(alert_rules.counts, 'flags') as counts,
        coalesce(alert_rules.amount, 'none') as amount,
        flags.flag_id is not null
        and flags.first_seen_on <= $as_of
        and coalesce(flags.resolved_on > $as_of, true) as is_open,
        coalesce(last_told.told_rank, 0) as told_rank
    from ledger.flags
    full join last_told on flags.flag_id = last_told.flag_id
    left join severities on flags.severity = severities.severity
    left join ledger.rules on flags.rule = rules.rule
    left join alert_rules on flags.rule = alert_rules.rule
)

select
    compared.* exclude (is_open, told_rank),
    case
        when is_open and severity_rank > told_rank then 'new'
        when is_open then 'open'
        else 'resolved'
    end as change
from compared
where
    opd_code is not null
    and (
        (is_open and (not past_fact or severity_rank > told_rank))
        or (not is_open and told_rank > 0 and not past_fact)
    );
