-- One row a programme, with its entitlements in scope and its service over twelve months. A programme that is due in scope and has no
-- entitlements there has no list of recipients; one that is neither is left out.
with counted as (
    select
        accuracy.opd_code,
        accuracy.program_code,
        unnest(timing_counts(accuracy.timing_status)),
        unnest(amount_sums(accuracy.entitled_amount, accuracy.delivered_amount))
    from audit.delivery_accuracy as accuracy
    cross join scope
    where
        (scope.scope_from is null or accuracy.due_date > scope.scope_from)
        and (scope.cutoff is null or accuracy.due_date <= scope.cutoff)
    group by accuracy.opd_code, accuracy.program_code
),

-- Of what is ready, what the survey will still see: completed in the visible days before the window.
seen as (
    select readiness.opd_code, readiness.program_code, count(*) as visible
    from audit.susenas_readiness as readiness
    inner join scope on readiness.susenas_year = scope.susenas_year
    where readiness.susenas_status = 'ready' and readiness.susenas_visibility = 'visible'
    group by all
),

expected as (
    select distinct periods.program_code
    from audit.program_periods as periods
    inner join audit.programs as programs on periods.program_code = programs.program_code
    cross join scope
    where
        programs.status = 'active'
        and (scope.scope_from is null or periods.due_date > scope.scope_from)
        and (scope.cutoff is null or periods.due_date <= scope.cutoff)
)

select
    card.opd_code,
    coalesce(card.opd_name, card.opd_code) as opd_name,
    card.program_code,
    card.program_name,
    card.unit,
    coalesce(counted.entitled, 0) as entitled,
    coalesce(counted.on_time, 0) as on_time,
    coalesce(counted.late, 0) as late,
    coalesce(counted.incomplete, 0) as incomplete,
    coalesce(counted.missing, 0) as missing,
    coalesce(counted.undated, 0) as undated,
    coalesce(counted.pending, 0) as pending,
    coalesce(counted.entitled_amount, 0) as entitled_amount,
    coalesce(counted.delivered_amount, 0) as delivered_amount,
    coalesce(counted.excess_amount, 0) as excess_amount,
    if(scope.susenas_year = card.susenas_year, card.window_ready, null) as ready,
    if(scope.susenas_year = card.susenas_year, card.window_entitled, null) as window_entitled,
    if(scope.susenas_year = card.susenas_year, coalesce(seen.visible, 0), null) as visible,
    card.year_due,
    card.year_on_time,
    card.bunching_susenas_year,
    card.bunching_completed,
    card.completed_before_cutoff,
    card.before_cutoff_share,
    card.even_share,
    card.is_bunched
from audit.opd_scorecard as card
cross join scope
left join counted on card.opd_code = counted.opd_code and card.program_code = counted.program_code
left join seen on card.opd_code = seen.opd_code and card.program_code = seen.program_code
left join expected on card.program_code = expected.program_code
where counted.entitled > 0 or expected.program_code is not null
order by card.opd_name, card.program_name, card.program_code;
