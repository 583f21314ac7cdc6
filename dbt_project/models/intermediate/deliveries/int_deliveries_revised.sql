-- One row per delivery that a later log speaks of again, or leaves out. A log is a revision of an earlier one of its feed, in a
-- village and period, where it repeats at least half of the deliveries that the earlier one reported there; what it leaves out
-- there still stands, and its sender is told. A returned workbook holds only rows to be mended: it leaves nothing
-- out, and neither does a log that only voids.
with repeated_keys as (
    select
        row_key,
        period
    from {{ ref('int_deliveries_superseded') }}
    where is_key_repeated
),

-- Few of all deliveries, which the planner cannot know: they are picked before anything else is asked of them.
versions as not materialized (
    select matched.*
    from {{ ref('int_deliveries_matched') }} as matched
    where matched.row_key in (select repeated_keys.row_key from repeated_keys)
),

spoken_of_again as (
    -- A row is compared with what was last said of the same delivery before, not with every version there ever was.
    select
        current_ones.submission_id,
        current_ones.row_amount as new_amount,
        current_ones.delivered_on as new_day,
        current_ones.delivery_status as new_status,
        lag(current_ones.submission_id) over same_delivery as earlier_submission_id,
        lag(current_ones.delivery_id) over same_delivery as earlier_delivery_id,
        lag(current_ones.row_id) over same_delivery as earlier_row_id,
        lag(current_ones.row_key) over same_delivery as earlier_row_key,
        lag(coalesce(current_ones.village_code, '')) over same_delivery as village_code,
        current_ones.period,
        lag(current_ones.row_amount) over same_delivery as earlier_amount,
        lag(current_ones.delivered_on) over same_delivery as earlier_day,
        lag(current_ones.delivery_status) over same_delivery as earlier_status
    from repeated_keys
    inner join versions as current_ones
        on repeated_keys.row_key = current_ones.row_key and repeated_keys.period = current_ones.period
    window same_delivery as (
        partition by current_ones.program_code, current_ones.beneficiary_key, current_ones.period, current_ones.delivery_key
        order by current_ones.arrival, current_ones.delivery_status <> 'void', current_ones.row_key
    )
),

repeated as (
    select
        spoken_of_again.*,
        later.feed = earlier.feed as is_same_feed,
        case
            when spoken_of_again.new_status <> spoken_of_again.earlier_status then 'changed'
            when coalesce(spoken_of_again.new_amount, -1) <> coalesce(spoken_of_again.earlier_amount, -1) then 'changed'
            when
                coalesce(spoken_of_again.new_day, '0001-01-01') <> coalesce(spoken_of_again.earlier_day, '0001-01-01')
                then 'changed'
            else 'same'
        end as how
    from spoken_of_again
    inner join {{ ref('stg_ledger__submissions') }} as later on spoken_of_again.submission_id = later.submission_id
    inner join {{ ref('stg_ledger__submissions') }} as earlier
        on spoken_of_again.earlier_submission_id = earlier.submission_id
    where spoken_of_again.submission_id <> spoken_of_again.earlier_submission_id
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
        and earlier_status = 'delivered'
        and submission_id not in (select returned.submission_id from {{ ref('int_rows_returned') }} as returned)
    group by submission_id, earlier_submission_id, village_code, period
    having count_if(new_status <> 'void') > 0
),

reported as (
    select
        submission_id,
        coalesce(village_code, '') as village_code,
        period,
        count(*) as reported_count
    from {{ ref('int_deliveries_matched') }}
    where
        delivery_status = 'delivered'
        and submission_id in (select shared_places.earlier_submission_id from shared_places)
    group by all
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
        earlier.delivery_id as earlier_delivery_id,
        earlier.row_id as earlier_row_id,
        true as is_same_feed,
        'left_out' as how,
        earlier.row_key as earlier_row_key,
        earlier.row_amount as earlier_amount,
        earlier.delivered_on as earlier_day,
        earlier.delivery_status as earlier_status
    from revisions
    inner join {{ ref('int_deliveries_current') }} as earlier
        on
            revisions.earlier_submission_id = earlier.submission_id
            and revisions.village_code = coalesce(earlier.village_code, '')
            and revisions.period = earlier.period
    left join refused
        on revisions.submission_id = refused.submission_id and earlier.beneficiary_key = refused.beneficiary_key
    where earlier.is_current and earlier.delivery_status = 'delivered' and refused.submission_id is null
),

-- What a row that was left out says now stays empty.
revised as (
    select * from repeated  -- noqa: AM07
    union all by name
    select * from left_out
)

select
    revised.* exclude (earlier_row_key),
    typed.sheet as earlier_sheet,
    typed.row_number as earlier_row_number
from revised
inner join {{ ref('stg_distribution__typed') }} as typed on revised.earlier_row_key = typed.row_key
