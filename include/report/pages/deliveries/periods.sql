-- One row a programme and period that has begun or falls due within a month, latest first: the counts of every entitlement
-- of that period, and how late the latest is.
with counted as (
    select
        accuracy.program_code,
        accuracy.period,
        min(accuracy.due_date) as due_date,
        any_value(accuracy.as_of) as as_of,
        any_value(accuracy.unit) as unit,
        unnest(timing_counts(accuracy.timing_status)),
        max(accuracy.days_late) as days_late,
        unnest(amount_sums(accuracy.entitled_amount, accuracy.delivered_amount))
    from audit.delivery_accuracy as accuracy
    group by accuracy.program_code, accuracy.period
)

select
    counted.*,
    card.program_name,
    card.opd_name,
    counted.due_date > scope.scope_from and counted.due_date <= scope.cutoff as is_in_scope
from counted
inner join audit.opd_scorecard as card on counted.program_code = card.program_code
cross join scope
where counted.due_date <= counted.as_of + 31 or counted.period <= strftime(counted.as_of, '%Y-%m')
order by card.opd_name, card.program_name, counted.period desc;
