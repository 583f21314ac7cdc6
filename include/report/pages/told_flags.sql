-- The findings that can still be mended, each told once as in the e-mails: a graver rule that is open for the same entitlement stands
-- for what says the same (`told_within` of wording.yml).
create or replace temp view told_flags as
select flags.*
from audit.flags as flags
inner join audit.rules as rules on flags.rule = rules.rule
where
    not rules.past_fact
    and not exists (
        select 1
        from audit.flags as graver
        inner join alert_rules on graver.rule = alert_rules.told_within
        where
            alert_rules.rule = flags.rule
            and graver.entitlement_id = flags.entitlement_id
            and (graver.resolved_on is null or flags.resolved_on is not null)
    );
