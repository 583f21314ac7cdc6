-- One village's programmes, of the entitlements in scope, and their service over twelve months.
with counted as (
    select
        accuracy.program_code,
        any_value(accuracy.unit) as unit,
        unnest(timing_counts(accuracy.timing_status)),
        unnest(amount_sums(accuracy.entitled_amount, accuracy.delivered_amount))
    from audit.delivery_accuracy as accuracy
    cross join scope
    where
        accuracy.village_code is not distinct from $village
        and (scope.scope_from is null or accuracy.due_date > scope.scope_from)
        and (scope.cutoff is null or accuracy.due_date <= scope.cutoff)
    group by accuracy.program_code
),

year as (
    select
        accuracy.program_code,
        count(*) as year_due,
        count_if(accuracy.timing_status = 'on_time') as year_on_time
    from audit.delivery_accuracy as accuracy
    cross join scope
    where
        accuracy.village_code is not distinct from $village
        and accuracy.due_date >= scope.year_from
        and accuracy.due_date < scope.as_of
    group by accuracy.program_code
)

select
    counted.*,
    card.program_name,
    card.opd_name,
    year.year_due,
    year.year_on_time,
    readiness.ready,
    readiness.entitled as window_entitled,
    readiness.pace_per_day,
    readiness.projected_completion_date,
    readiness.will_make_it
from counted
inner join audit.opd_scorecard as card on counted.program_code = card.program_code
cross join scope
left join year on counted.program_code = year.program_code
left join audit.village_readiness as readiness
    on
        counted.program_code = readiness.program_code
        and scope.susenas_year = readiness.susenas_year
        and readiness.village_code is not distinct from $village
order by card.program_name;
