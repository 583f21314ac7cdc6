-- What is open and can still be mended: one row an OPD and rule. What is complete only with undated deliveries is no flag, yet
-- the OPD has to send the dates. As in the e-mails a graver rule stands for what says the same (`told_within` of wording.yml).
select
    flags.opd_code,
    flags.rule,
    list(distinct flags.severity) as severities,
    count(*) as flags,
    count(distinct flags.village_code) as villages
from audit.flags as flags
inner join audit.rules as rules on flags.rule = rules.rule
where
    flags.resolved_on is null
    and not rules.past_fact
    and flags.opd_code is not null
    and not exists (
        select 1
        from audit.flags as graver
        inner join alert_rules on graver.rule = alert_rules.told_within
        where
            alert_rules.rule = flags.rule
            and graver.entitlement_id = flags.entitlement_id
            and graver.resolved_on is null
    )
group by all
union all
select accuracy.opd_code, 'undated', ['warning'], count(*), count(distinct accuracy.village_code)
from audit.delivery_accuracy as accuracy
where accuracy.timing_status = 'undated'
group by all;
