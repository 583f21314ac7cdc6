-- Temporary table compared_flags: every flag that matters to an OPD's next mail, one row a flag, with what changed:
--   new       never told, or told as resolved
--   worse     told, and since then its severity rose (`graver`) or validation saw it grow (worsened_on)
--   open      told and still open; a past fact is told once and then is history
--   resolved  told as open, no longer so
-- What was first seen after as_of is no matter of that day, as in the published flags. `is_snoozed`: nobody is to
-- be told on that day. `is_within`: a graver rule that is told says the same of the same entitlement (`told_within` of
-- wording.yml). `told_since`: the day on which an OPD's head first heard of it, since it was last told as resolved.
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
        told.flag_id,
        arg_max(told.told_rank, told.number) as told_rank,
        arg_max(told.as_of, told.number) as told_on,
        min(told.as_of) filter (where told.number > coalesce(mended.number, 0)) as told_since,
        arg_max(told.opd_code, told.number) as opd_code
    from told
    left join (
        select flag_id, max(number) as number
        from told
        where told_rank = 0
        group by flag_id
    ) as mended on told.flag_id = mended.flag_id
    group by told.flag_id
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
        last_told.told_since,
        coalesce(severities.severity_rank > last_told.told_rank, true) as graver,
        coalesce(flags.worsened_on > last_told.told_on and flags.worsened_on <= $as_of, false) as grown
    from ledger.flags
    full join last_told on flags.flag_id = last_told.flag_id
    left join severities on flags.severity = severities.severity
    left join ledger.rules on flags.rule = rules.rule
    left join alert_rules on flags.rule = alert_rules.rule
),

heard as (
    select
        compared.*,
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
)

select
    heard.* exclude (is_open, told_rank, grown),
    case
        when is_open and told_rank = 0 then 'new'
        when is_open and (graver or grown) then 'worse'
        when is_open then 'open'
        else 'resolved'
    end as change,
    exists (
        select 1
        from heard as graver_rule
        inner join alert_rules on graver_rule.rule = alert_rules.told_within
        where
            alert_rules.rule = heard.rule
            and graver_rule.entitlement_id = heard.entitlement_id
            and graver_rule.is_open
            and not graver_rule.is_snoozed
    ) as is_within
from heard
where
    opd_code is not null
    and (
        (is_open and (not past_fact or graver))
        or (not is_open and told_rank > 0 and not past_fact)
    );
