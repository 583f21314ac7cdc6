-- How far each programme's entitlements in scope were complete by each day: the cumulated number by day of completion.
with counted as (
    select
        accuracy.program_code,
        accuracy.completed_on as day,
        count(*) as families,
        sum(count(*)) over (partition by accuracy.program_code) as entitled
    from audit.delivery_accuracy as accuracy
    cross join scope
    where
        (scope.scope_from is null or accuracy.due_date > scope.scope_from)
        and (scope.cutoff is null or accuracy.due_date <= scope.cutoff)
    group by accuracy.program_code, accuracy.completed_on
)

select
    card.program_name,
    counted.day,
    sum(counted.families) over (partition by counted.program_code order by counted.day)::double / counted.entitled as share
from counted
inner join audit.opd_scorecard as card on counted.program_code = card.program_code
cross join scope
where counted.day <= scope.as_of
order by card.program_name, counted.day;
