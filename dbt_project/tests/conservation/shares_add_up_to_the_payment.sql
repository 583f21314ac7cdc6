-- A payment shared over several periods is neither more nor less than what was paid.
select
    placed.row_key,
    placed.row_amount,
    sum(shared.amount) as shared_amount
from {{ ref('int_deliveries_placed') }} as placed
left join {{ ref('int_payments_shared') }} as shared
    on placed.row_key = shared.row_key and placed.period = shared.period
where placed.period_count > 1 and placed.row_amount is not null
group by placed.row_key, placed.row_amount
having sum(shared.amount) is null or abs(sum(shared.amount) - placed.row_amount) > {{ rounding_of_amounts() }}
