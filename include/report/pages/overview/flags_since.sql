-- What was found, and what was mended, after the day that the earlier publication judged by.
select
    count(*) filter (where flags.resolved_on is null) as open,
    count(*) filter (where flags.first_seen_on > $day) as opened,
    count(*) filter (where flags.resolved_on > $day) as resolved
from audit.flags as flags
inner join audit.rules as rules on flags.rule = rules.rule
where not rules.past_fact;
