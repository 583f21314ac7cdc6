-- A payment shared over several periods is neither more nor less than what was paid.
select
    submission_id,
    sheet_number,
    row_number,
    row_amount,
    sum(amount) as shared_amount
from {{ ref('int_deliveries_matched') }}
where row_amount is not null
group by all
having abs(sum(amount) - row_amount) > 0.005
