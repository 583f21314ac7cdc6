-- Every counted amount stands either in an entitlement's delivered amount or in a delivery without an entitlement.
with counted as (
    select
        program_code,
        sum(amount) as amount
    from {{ ref('int_deliveries_current') }}
    where is_counted
    group by program_code
),

accounted as (
    select
        program_code,
        sum(amount) as amount
    from (
        select
            program_code,
            delivered_amount as amount
        from {{ ref('int_entitlements_judged') }}
        union all
        select
            program_code,
            amount
        from {{ ref('unexpected_deliveries') }} where kind <> 'duplicate'
    )
    group by program_code
)

select
    counted.program_code,
    counted.amount as counted_amount,
    accounted.amount as accounted_amount
from counted
left join accounted on counted.program_code = accounted.program_code
where abs(counted.amount - coalesce(accounted.amount, 0)) > greatest(0.01, counted.amount * 1e-9)
