{{ config(materialized='view') }}
-- One row per entitlement that stands: what was delivered, and the day on which it was complete.
with in_order as (
    select
        accumulated.entitlement_id,
        bool_or(accumulated.is_complete_by_then) as is_complete,
        min(accumulated.delivered_on) filter (where accumulated.is_complete_by_then) as completed_on,
        arg_min(
            {{ completing_delivery('accumulated') }},
            (accumulated.delivered_on, accumulated.arrival, accumulated.row_key)
        ) filter (
            where accumulated.is_complete_by_then and accumulated.delivered_on is not null
        ) as completing,
        arg_max(
            {{ completing_delivery('accumulated') }},
            (accumulated.delivered_on, accumulated.arrival, accumulated.row_key)
        ) filter (where accumulated.delivered_on is not null) as last_one
    from {{ ref('int_deliveries_accumulated') }} as accumulated
    group by accumulated.entitlement_id
),

totals as (
    select
        totalled.*,
        totalled.delivery_count > 0 and totalled.delivered_amount >= totalled.complete_from as is_whole,
        totalled.dated_amount >= totalled.complete_from as is_dated_whole,
        case when totalled.last_row_key is not null then {{ completing_delivery('totalled', 'last_') }} end as last_one
    from {{ ref('int_entitlements_totalled') }} as totalled
),

completed as (
    select
        totals.entitlement_id,
        totals.delivered_amount,
        totals.dated_amount,
        totals.delivery_count,
        totals.last_delivered_on,
        case when totals.is_order_needed then in_order.is_complete else totals.is_whole end as is_complete,
        case
            when totals.is_order_needed then in_order.completed_on
            when totals.is_dated_whole then totals.last_delivered_on
        end as completed_on,
        case
            when totals.is_order_needed then in_order.completing
            when totals.is_dated_whole then totals.last_one
        end as completing,
        case when totals.is_order_needed then in_order.last_one else totals.last_one end as last_one
    from totals
    left join in_order on totals.entitlement_id = in_order.entitlement_id
),

owed as (
    select
        entitlements.* exclude (nik_key, kk_key, name_key),
        coalesce(inherited.owed_amount, entitlements.listed_amount) as owed_amount,
        completed.delivered_amount,
        completed.dated_amount,
        completed.delivery_count,
        -- A dropped family keeps what it was given, up to the last delivery, and is owed nothing more.
        coalesce(completed.is_complete, false) or entitlements.dropped_on is not null as is_complete,
        entitlements.dropped_on is not null
        and completed.completed_on is null
        and completed.delivered_amount = completed.dated_amount as is_closed,
        case when is_closed then completed.last_delivered_on else completed.completed_on end as completed_on,
        case when is_closed then completed.last_one else completed.completing end as completing
    from {{ ref('int_entitlements_listed') }} as entitlements
    left join completed on entitlements.entitlement_id = completed.entitlement_id
    left join {{ ref('int_entitlements_inherited') }} as inherited on entitlements.entitlement_id = inherited.entitlement_id
)

select
    owed.* exclude (
        owed_amount, delivered_amount, dated_amount, delivery_count, is_complete, is_closed, completed_on, completing
    ),
    case when owed.dropped_on is null then owed.owed_amount else least(owed.owed_amount, owed.delivered_amount) end
        as entitled_amount,
    {{ rounded_amount('coalesce(owed.delivered_amount, 0)') }} as delivered_amount,
    {{ rounded_amount('coalesce(owed.dated_amount, 0)') }} as dated_amount,
    coalesce(owed.delivery_count, 0) as delivery_count,
    owed.is_complete,
    owed.completed_on,
    submissions.submission_id || ':' || {{ sheet_number_of('owed.completing.row_key') }}
    || ':' || {{ row_number_of('owed.completing.row_key') }}
    || case when owed.completing.period_count > 1 then ':' || owed.period else '' end as completing_delivery_id,
    submissions.submission_id as completing_submission_id,
    submissions.received_on as completing_received_on,
    owed.completing.is_reported_in_time as is_completion_reported_in_time
from owed
left join {{ ref('stg_ledger__submissions') }} as submissions
    on {{ sequence_of('owed.completing.row_key') }} = submissions.sequence
-- Of whom nothing is owed (dropped, or all that was due went to whom he replaces) stands what he was given.
where (owed.dropped_on is null and owed.owed_amount > 0) or owed.delivered_amount > 0
