-- Which step before the delivery holds it up today, by its name, where the OPD reports such steps: one row a programme, period
-- and step. A flag keeps the step that held the delivery up when it fell due; a step that was taken since holds nothing up.
select
    found.program_code,
    found.period,
    coalesce(gates.name, found.blocked_by) as blocked_by,
    count(distinct found.village_code) as villages
from letter_flags as found
inner join audit.village_gates as steps
    on
        found.program_code = steps.program_code
        and found.village_code = steps.village_code
        and found.blocked_by = steps.milestone
        and steps.budget_year = left(found.period, 4)::integer
        and steps.is_blocking
left join reference.program_gates as gates
    on found.program_code = gates.program_code and found.blocked_by = gates.milestone
where found.blocked_by is not null and found.change <> 'resolved' and not found.past_fact
group by all
order by villages desc, blocked_by;
