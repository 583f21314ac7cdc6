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

-- name: amounts
with summed as (
    select
        opd_code, program_code, period, unit, entitled_amount as earlier_entitled, 0 as later_entitled,
        delivered_amount as earlier_delivered, 0 as later_delivered
    from earlier.audit.delivery_accuracy
    union all
    select opd_code, program_code, period, unit, 0, entitled_amount, 0, delivered_amount
    from later.audit.delivery_accuracy
)

select
    opd_code, program_code, period, unit,
    round(sum(earlier_entitled), 2) as earlier_entitled, round(sum(later_entitled), 2) as later_entitled,
    round(sum(earlier_delivered), 2) as earlier_delivered, round(sum(later_delivered), 2) as later_delivered
from summed
group by all
having
    round(sum(earlier_entitled), 2) <> round(sum(later_entitled), 2)
    or round(sum(earlier_delivered), 2) <> round(sum(later_delivered), 2)
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
        e.entitled_amount as earlier_entitled, l.entitled_amount as later_entitled,
        e.delivered_amount as earlier_delivered, l.delivered_amount as later_delivered,
        e.completed_on as earlier_completed_on, l.completed_on as later_completed_on,
        e.timing_evidence as earlier_evidence, l.timing_evidence as later_evidence,
        e.days_late as earlier_days_late, l.days_late as later_days_late,
        e.dropped_on is null and dropped.entitlement_id is not null as is_newly_dropped,
        dropped.dropped_how,
        dropped.dropped_by_submission_id,
        l.recipient_submission_id
    from earlier.audit.delivery_accuracy as e
    full join later.audit.delivery_accuracy as l on e.entitlement_id = l.entitlement_id
    left join later.audit.recipients_dropped as dropped
        on coalesce(l.entitlement_id, e.entitlement_id) = dropped.entitlement_id
    where
        e.timing_status is distinct from l.timing_status
        or e.amount_status is distinct from l.amount_status
        or e.entitled_amount is distinct from l.entitled_amount
        or e.delivered_amount is distinct from l.delivered_amount
        or e.completed_on is distinct from l.completed_on
        or e.timing_evidence is distinct from l.timing_evidence
        or (
            e.days_late is distinct from l.days_late
            -- What is still open is later by every day that passes: no change of judgement.
            and (not $days_differ or e.completed_on is not null or l.completed_on is not null)
        )
),

touching as (
    -- Rows of submissions in between: of its own deliveries, those that replaced one of them, its list, and the list that
    -- dropped it. Who replaced a family is not said of it: that stands in the lists of its village and month.
    select deliveries.entitlement_id, deliveries.submission_id
    from later.audit.deliveries as deliveries
    where deliveries.entitlement_id is not null
    union
    select paired.entitlement_id, paired.recipient_submission_id
    from paired
    where paired.recipient_submission_id is not null
    union
    select paired.entitlement_id, paired.dropped_by_submission_id
    from paired
    where paired.is_newly_dropped and paired.dropped_by_submission_id is not null
    union
    select paired.entitlement_id, others.recipient_submission_id
    from paired
    inner join later.audit.delivery_accuracy as others
        on
            paired.program_code = others.program_code
            and paired.period = others.period
            and paired.village_code is not distinct from others.village_code
    where paired.is_newly_dropped and paired.dropped_how = 'replaced'
),

through as (
    select touching.entitlement_id, list(distinct submissions.receipt_number order by submissions.receipt_number) as receipts
    from touching
    inner join later.audit.submissions as submissions
        on touching.submission_id = submissions.submission_id and submissions.sequence > $sequence
    group by touching.entitlement_id
)

select
    paired.* exclude (is_newly_dropped, dropped_how, dropped_by_submission_id, recipient_submission_id),
    coalesce(through.receipts, []) as through_receipts,
    case
        when paired.is_newly_dropped or paired.later_timing is null then 'no longer listed'
        when through.receipts is not null then 'submissions'
        when $days_differ then 'day of judgement'
        else 'configuration or software'
    end as cause
from paired
left join through on paired.entitlement_id = through.entitlement_id
order by paired.program_code, paired.period, paired.village_code, paired.entitlement_id;
