-- The findings that can still be mended, with whether their e-mails are snoozed. Each is told once, as in the e-mails: a graver
-- rule that is told of the same entitlement stands for what says the same (`told_within` of wording.yml).
create or replace temp view told_flags as
with mendable as (
    select
        flags.*,
        alert_rules.told_within,
        exists (
            select 1
            from audit.snoozes as snoozes
            where
                snoozes.opd_code = flags.opd_code
                and snoozes.in_force
                and (snoozes.program_code is null or snoozes.program_code = flags.program_code)
                and (snoozes.rule is null or snoozes.rule = flags.rule)
        ) as is_snoozed
    from audit.flags as flags
    inner join audit.rules as rules on flags.rule = rules.rule
    left join alert_rules on flags.rule = alert_rules.rule
    where not rules.past_fact
)

select mendable.* exclude (told_within)
from mendable
where not exists (
    select 1
    from mendable as graver
    where
        graver.rule = mendable.told_within
        and graver.entitlement_id = mendable.entitlement_id
        and not graver.is_snoozed
        and (graver.resolved_on is null or mendable.resolved_on is not null)
);
