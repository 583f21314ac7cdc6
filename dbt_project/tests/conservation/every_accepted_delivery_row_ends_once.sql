-- Each accepted row of a log is kept as one delivery for each period that it pays. A delivery stands, or says by what it was
-- superseded or voided; one that counts is in the account of its entitlement or told as unexpected, never both, never neither.
-- Rows that an earlier run has found sound are not counted again.
with accepted as (
    select row_key
    from {{ ref('stg_distribution__rows') }}
    where is_accepted and sequence >= (select parameters.pending_from from {{ source('reference', 'parameters') }} as parameters)
),

deliveries as (
    select *
    from {{ ref('int_deliveries_current') }}
    where sequence >= (select parameters.pending_from from {{ source('reference', 'parameters') }} as parameters)
),

kept as (
    select
        row_key,
        count(*) as parts,
        any_value(period_count) as period_count,
        count_if(is_current and superseded_how is null and superseded_by is null) as standing,
        count_if(not is_current and superseded_how is not null and superseded_by is not null) as superseded
    from deliveries
    group by row_key
),

rows_lost as (
    select
        coalesce(accepted.row_key, kept.row_key) as row_key,
        'row' as what
    from accepted
    full outer join kept on accepted.row_key = kept.row_key
    where
        accepted.row_key is null
        or kept.row_key is null
        or kept.parts <> kept.period_count
        or kept.standing + kept.superseded <> kept.parts
),

accounted as (
    select
        deliveries.row_key,
        (accuracy.entitlement_id is not null)::integer + (unexpected.delivery_id is not null)::integer as accounts
    from deliveries
    left join {{ ref('int_entitlements_judged') }} as accuracy on deliveries.entitlement_id = accuracy.entitlement_id
    left join {{ ref('unexpected_deliveries') }} as unexpected
        on deliveries.delivery_id = unexpected.delivery_id and unexpected.kind <> 'duplicate'
    where deliveries.is_counted and deliveries.amount > 0
)

select * from rows_lost
union all
select
    row_key,
    'account' as what
from accounted
where accounts <> 1
