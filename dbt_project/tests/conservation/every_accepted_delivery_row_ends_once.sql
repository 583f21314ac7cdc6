-- Each accepted row of a log is kept as one delivery for each period that it pays. A delivery stands, or says by what it was
-- superseded or voided; one that counts is in the account of its entitlement or told as unexpected, never both, never neither.
with accepted as (
    select
        submission_id,
        sheet_number,
        row_number
    from {{ ref('rows_judged') }}
    where kind = 'distribution' and outcome = 'accepted'
),

kept as (
    select
        submission_id,
        sheet_number,
        row_number,
        count(*) as parts,
        any_value(period_count) as period_count,
        count_if(is_current and superseded_how is null and superseded_by is null) as standing,
        count_if(not is_current and superseded_how is not null and superseded_by is not null) as superseded
    from {{ ref('deliveries') }}
    group by submission_id, sheet_number, row_number
),

rows_lost as (
    select
        coalesce(accepted.submission_id, kept.submission_id) as submission_id,
        coalesce(accepted.sheet_number, kept.sheet_number) as sheet_number,
        coalesce(accepted.row_number, kept.row_number) as row_number,
        'row' as what
    from accepted
    full outer join kept
        on
            accepted.submission_id = kept.submission_id
            and accepted.sheet_number = kept.sheet_number
            and accepted.row_number = kept.row_number
    where
        accepted.submission_id is null
        or kept.submission_id is null
        or kept.parts <> kept.period_count
        or kept.standing + kept.superseded <> kept.parts
),

accounted as (
    select
        deliveries.submission_id,
        deliveries.sheet_number,
        deliveries.row_number,
        (accuracy.entitlement_id is not null)::integer + (unexpected.delivery_id is not null)::integer as accounts
    from {{ ref('deliveries') }} as deliveries
    left join {{ ref('delivery_accuracy') }} as accuracy on deliveries.entitlement_id = accuracy.entitlement_id
    left join {{ ref('unexpected_deliveries') }} as unexpected
        on deliveries.delivery_id = unexpected.delivery_id and unexpected.kind = 'not_listed'
    where deliveries.is_counted and deliveries.amount > 0
)

select * from rows_lost
union all
select
    submission_id,
    sheet_number,
    row_number,
    'account' as what
from accounted
where accounts <> 1
