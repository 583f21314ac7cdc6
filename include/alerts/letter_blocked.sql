-- Which step before the delivery holds it up, by its name, where the OPD reports such steps: one row a programme, period and step.
select
    found.program_code, found.period, coalesce(gates.name, found.blocked_by) as blocked_by,
    count(distinct found.village_code) as villages
from letter_flags as found
left join reference.program_gates as gates
    on found.program_code = gates.program_code and found.blocked_by = gates.milestone
where found.blocked_by is not null and found.change <> 'resolved' and not found.past_fact
group by all
order by villages desc, blocked_by;
