-- One row per delivery that a later log speaks of again, or leaves out. A log is a revision of an earlier one of its feed, in a
-- village and period, where it repeats at least half of the deliveries that the earlier one reported there; what it leaves out
-- there still stands, and its sender is told. A returned workbook holds only rows to be mended: it leaves nothing out.
with deliveries as (
    select
        current_rows.delivery_id,
        current_rows.row_id,
        current_rows.submission_id,
        current_rows.sheet,
        current_rows.sheet_number,
        current_rows.row_number,
        submissions.feed,
        current_rows.arrival,
        current_rows.program_code,
        current_rows.beneficiary_key,
        current_rows.period,
        current_rows.delivery_key,
        coalesce(current_rows.village_code, '') as village_code,
        current_rows.row_amount,
        current_rows.delivered_on,
        current_rows.delivery_status,
        current_rows.is_current,
        current_rows.is_key_repeated
    from {{ ref('int_deliveries_current') }} as current_rows
    inner join {{ ref('stg_ledger__submissions') }} as submissions on current_rows.submission_id = submissions.submission_id
),

spoken_of_again as (
    -- A row is compared with what was last said of the same delivery before, not with every version there ever was.
    select
        *,
        lag(delivery_id) over (
            partition by program_code, beneficiary_key, period, delivery_key
            order by arrival, delivery_status <> 'void', sheet_number, row_number
        ) as earlier_delivery_id
    from deliveries
    where is_key_repeated
),

repeated as (
    select
        later.submission_id,
        later.row_id,
        later.feed = earlier.feed as is_same_feed,
        earlier.submission_id as earlier_submission_id,
        earlier.delivery_id as earlier_delivery_id,
        earlier.row_id as earlier_row_id,
        earlier.village_code,
        earlier.period,
        earlier.delivery_status = 'delivered' as is_delivered,
        case
            when later.delivery_status <> earlier.delivery_status then 'changed'
            when coalesce(later.row_amount, -1) <> coalesce(earlier.row_amount, -1) then 'changed'
            when coalesce(later.delivered_on, '0001-01-01') <> coalesce(earlier.delivered_on, '0001-01-01') then 'changed'
            else 'same'
        end as how,
        later.row_amount as new_amount,
        later.delivered_on as new_day,
        later.delivery_status as new_status
    from spoken_of_again as later
    inner join deliveries as earlier on later.earlier_delivery_id = earlier.delivery_id
    where later.submission_id <> earlier.submission_id
),

-- Where a log repeats another one, and how much of it.
shared_places as (
    select
        submission_id,
        earlier_submission_id,
        village_code,
        period,
        count(distinct earlier_delivery_id) as repeated_count
    from repeated
    where
        is_same_feed
        and is_delivered
        and submission_id not in (select returned.submission_id from {{ ref('int_rows_returned') }} as returned)
    group by submission_id, earlier_submission_id, village_code, period
),

reported as (
    select
        submission_id,
        village_code,
        period,
        count(*) as reported_count
    from deliveries
    where
        delivery_status = 'delivered'
        and submission_id in (select shared_places.earlier_submission_id from shared_places)
    group by submission_id, village_code, period
),

revisions as (
    select
        shared_places.submission_id,
        shared_places.earlier_submission_id,
        shared_places.village_code,
        shared_places.period
    from shared_places
    inner join reported
        on
            shared_places.earlier_submission_id = reported.submission_id
            and shared_places.village_code = reported.village_code
            and shared_places.period = reported.period
    where shared_places.repeated_count * 2 >= reported.reported_count
),

-- A row that was refused did appear: its sender has it on the receipt already.
refused as (
    select distinct
        submission_id,
        beneficiary_key
    from {{ ref('stg_distribution__rows') }}
    where not is_accepted and submission_id in (select revisions.submission_id from revisions)
),

left_out as (
    select
        revisions.submission_id,
        revisions.earlier_submission_id,
        deliveries.delivery_id as earlier_delivery_id,
        deliveries.row_id as earlier_row_id
    from revisions
    inner join deliveries
        on
            revisions.earlier_submission_id = deliveries.submission_id
            and revisions.village_code = deliveries.village_code
            and revisions.period = deliveries.period
    left join refused
        on revisions.submission_id = refused.submission_id and deliveries.beneficiary_key = refused.beneficiary_key
    where deliveries.is_current and deliveries.delivery_status = 'delivered' and refused.submission_id is null
),

spoken_of as (
    select
        repeated.submission_id,
        repeated.earlier_submission_id,
        repeated.earlier_delivery_id,
        repeated.earlier_row_id,
        repeated.row_id,
        repeated.is_same_feed,
        repeated.how,
        repeated.new_amount,
        repeated.new_day,
        repeated.new_status
    from repeated
    union all by name
    select
        left_out.*,
        true as is_same_feed,
        'left_out' as how
    from left_out
)

select
    spoken_of.submission_id,
    spoken_of.earlier_submission_id,
    spoken_of.earlier_delivery_id,
    spoken_of.earlier_row_id,
    spoken_of.row_id,
    spoken_of.is_same_feed,
    spoken_of.how,
    earlier.sheet as earlier_sheet,
    earlier.row_number as earlier_row_number,
    earlier.row_amount as earlier_amount,
    earlier.delivered_on as earlier_day,
    earlier.delivery_status as earlier_status,
    spoken_of.new_amount,
    spoken_of.new_day,
    spoken_of.new_status
from spoken_of
inner join deliveries as earlier on spoken_of.earlier_delivery_id = earlier.delivery_id
