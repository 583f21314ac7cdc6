-- What was found, and what was mended, after the day that the earlier publication judged by.
select
    count(*) filter (where flags.resolved_on is null) as open,
    count(*) filter (where flags.first_seen_on > $day) as opened,
    count(*) filter (where flags.resolved_on > $day) as resolved
from told_flags as flags;
