-- The steps before a delivery, of the latest year that has begun, for programmes whose OPD reports them at all.
with begun as (
    select gates.*
    from audit.gates as gates
    cross join scope
    where gates.budget_year <= year(scope.as_of)
),

latest as (
    select program_code, max(budget_year) as budget_year
    from begun
    group by program_code
    having sum(villages - villages_not_reported) > 0
),

-- As the e-mails count them: villages where something is open that this step holds up.
waiting as (
    select flags.program_code, flags.blocked_by, count(distinct flags.village_code) as villages
    from audit.flags as flags
    inner join audit.rules as rules on flags.rule = rules.rule
    inner join audit.village_gates as steps
        on
            flags.program_code = steps.program_code
            and flags.village_code = steps.village_code
            and flags.blocked_by = steps.milestone
            and steps.budget_year = left(flags.period, 4)::integer
            and steps.is_blocking
    where flags.resolved_on is null and not rules.past_fact
    group by all
)

select
    coalesce(programs.name, begun.program_code) as program_name,
    begun.budget_year,
    begun.milestone_name,
    begun.villages,
    begun.villages_reached,
    begun.villages_blocked,
    coalesce(waiting.villages, 0) as villages_waiting
from begun
inner join latest on begun.program_code = latest.program_code and begun.budget_year = latest.budget_year
left join audit.programs as programs on begun.program_code = programs.program_code
left join waiting on begun.program_code = waiting.program_code and begun.milestone = waiting.blocked_by
order by program_name, begun.position;
