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
)

select
    coalesce(programs.name, begun.program_code) as program_name,
    begun.budget_year,
    begun.milestone_name,
    begun.villages,
    begun.villages_reached,
    begun.villages_blocked
from begun
inner join latest on begun.program_code = latest.program_code and begun.budget_year = latest.budget_year
left join audit.programs as programs on begun.program_code = programs.program_code
order by program_name, begun.position;
