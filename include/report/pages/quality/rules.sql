-- Every rule with what came of it in the last run, and how many flags it has open.
select
    rules.rule,
    rules.severity,
    rules.past_fact,
    rules.policy,
    rules.source,
    rules.outcome,
    rules.failing_rows,
    rules.evaluated_at,
    coalesce(findings.open, 0) as open
from audit.rules as rules
left join (
    select
        flags.rule,
        count_if(flags.resolved_on is null) as open
    from audit.flags as flags
    group by flags.rule
) as findings on rules.rule = findings.rule
order by rules.rule;
