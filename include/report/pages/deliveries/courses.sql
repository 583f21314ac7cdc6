-- How a programme's period went against its due date: how many entitlements were complete by each day on which some became so.
with complete as (
    select
        accuracy.program_code,
        accuracy.period,
        accuracy.completed_on as day,
        count(*) as families
    from audit.delivery_accuracy as accuracy
    where accuracy.completed_on <= accuracy.as_of
    group by all
)

select
    complete.program_code,
    complete.period,
    complete.day,
    sum(complete.families) over (
        partition by complete.program_code, complete.period order by complete.day
    )::bigint as complete
from complete
order by complete.program_code, complete.period, complete.day;
