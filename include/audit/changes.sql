-- What changed between two publications, attached as `earlier` and `later`; one statement each.
-- $sequence: the last submission that the earlier one knew.

-- name: submissions
select
    sequence, submission_id, receipt_number, feed, file_name, received_at, status, rows_read, rows_accepted,
    rows_rejected
from later.audit.submissions
where sequence > $sequence
order by sequence;

-- name: counts
with counted as (
    select
        opd_code, program_code, period, unnest([
            { 'measure': 'timing_status', 'status': timing_status }, { 'measure': 'amount_status', 'status': amount_status }
        ]) as judged, 1 as earlier_count, 0 as later_count
    from earlier.audit.delivery_accuracy
    union all
    select
        opd_code, program_code, period, unnest([
            { 'measure': 'timing_status', 'status': timing_status }, { 'measure': 'amount_status', 'status': amount_status }
        ]) as judged, 0 as earlier_count, 1 as later_count
    from later.audit.delivery_accuracy
)

select
    opd_code, program_code, period, judged.measure as measure, judged.status as status,
    sum(earlier_count)::bigint as earlier, sum(later_count)::bigint as later
from counted
group by all
having earlier <> later
order by all;

-- name: entitlements
with paired as (
    select
        coalesce(l.entitlement_id, e.entitlement_id) as entitlement_id,
        coalesce(l.opd_code, e.opd_code) as opd_code,
        coalesce(l.program_code, e.program_code) as program_code,
        coalesce(l.period, e.period) as period,
        coalesce(l.village_code, e.village_code) as village_code,
        e.timing_status as earlier_timing, l.timing_status as later_timing,
        e.amount_status as earlier_amount, l.amount_status as later_amount,
        e.delivered_amount as earlier_delivered, l.delivered_amount as later_delivered,
        l.recipient_submission_id
    from earlier.audit.delivery_accuracy as e
    full join later.audit.delivery_accuracy as l on e.entitlement_id = l.entitlement_id
    where
        e.timing_status is distinct from l.timing_status
        or e.amount_status is distinct from l.amount_status
        or e.delivered_amount is distinct from l.delivered_amount
),

touching as (
    -- Rows of submissions in between: of its own deliveries, those that replaced one of them, and its list.
    select deliveries.entitlement_id, deliveries.submission_id
    from later.audit.deliveries as deliveries
    where deliveries.entitlement_id is not null
    union
    select paired.entitlement_id, paired.recipient_submission_id
    from paired
    where paired.recipient_submission_id is not null
),

through as (
    select touching.entitlement_id, list(distinct submissions.receipt_number order by submissions.receipt_number) as receipts
    from touching
    inner join later.audit.submissions as submissions
        on touching.submission_id = submissions.submission_id and submissions.sequence > $sequence
    group by touching.entitlement_id
)

select
    paired.* exclude (recipient_submission_id),
    coalesce(through.receipts, []) as through_receipts,
    case
        when through.receipts is not null then 'submissions'
        when paired.later_timing is null then 'no longer listed'
        when $days_differ then 'day of judgement'
        else 'configuration or software'
    end as cause
from paired
left join through on paired.entitlement_id = through.entitlement_id
order by paired.program_code, paired.period, paired.village_code, paired.entitlement_id;
