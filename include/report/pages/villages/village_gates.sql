-- The steps before a delivery in one village, of the latest year that has begun.
select
    programs.name as program_name,
    steps.budget_year,
    steps.milestone_name,
    steps.is_reached,
    steps.is_reported,
    steps.reached_on,
    steps.is_blocking,
    steps.waiting_since
from audit.village_gates as steps
inner join audit.programs as programs on steps.program_code = programs.program_code
cross join scope
where
    steps.village_code is not distinct from $village
    and steps.budget_year = (
        select max(begun.budget_year)
        from audit.village_gates as begun
        where
            begun.village_code is not distinct from $village
            and begun.program_code = steps.program_code
            and begun.budget_year <= year(scope.as_of)
    )
order by program_name, steps.position;
