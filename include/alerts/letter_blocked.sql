-- Which step before the delivery holds it up, where the OPD reports such steps: one row a programme, period and step.
select program_code, period, blocked_by, count(distinct village_code) as villages
from letter_flags
where blocked_by is not null and change <> 'resolved' and not past_fact
group by all
order by villages desc, blocked_by;
