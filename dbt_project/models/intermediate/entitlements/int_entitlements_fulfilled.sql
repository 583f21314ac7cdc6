{{ config(materialized='view') }}
-- One row per entitlement that stands: what was delivered, and the day on which it was complete.
with in_order as (
    select
        accumulated.entitlement_id,
        bool_or(accumulated.is_complete_by_then) as is_complete,
        min(accumulated.delivered_on) filter (where accumulated.is_complete_by_then) as completed_on,
        arg_min(
            {
                'row_key': accumulated.row_key,
                'period_count': accumulated.period_count,
                'is_reported_in_time': accumulated.is_reported_in_time
            },
            (accumulated.delivered_on, accumulated.arrival, accumulated.row_key)
        ) filter (
            where accumulated.is_complete_by_then and accumulated.delivered_on is not null
        ) as completing
    from {{ ref('int_deliveries_accumulated') }} as accumulated
    group by accumulated.entitlement_id
),

totals as (
    select
        totalled.*,
        totalled.delivery_count > 0 and totalled.delivered_amount >= totalled.complete_from as is_whole,
        totalled.dated_amount >= totalled.complete_from as is_dated_whole
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
            when totals.is_dated_whole and totals.last_row_key is not null
                then {
                    'row_key': totals.last_row_key,
                    'period_count': totals.last_period_count,
                    'is_reported_in_time': totals.is_last_reported_in_time
                }
        end as completing
    from totals
    left join in_order on totals.entitlement_id = in_order.entitlement_id
)

select
    entitlements.* exclude (nik_key, kk_key, name_key),
    -- A dropped family keeps what it was given and is owed nothing more.
    case
        when entitlements.dropped_on is null then entitlements.listed_amount
        else least(entitlements.listed_amount, completed.delivered_amount)
    end as entitled_amount,
    round(coalesce(completed.delivered_amount, 0), 2) as delivered_amount,
    round(coalesce(completed.dated_amount, 0), 2) as dated_amount,
    coalesce(completed.delivery_count, 0) as delivery_count,
    case
        when entitlements.dropped_on is null then coalesce(completed.is_complete, false)
        else true
    end as is_complete,
    case
        when entitlements.dropped_on is null then completed.completed_on
        else
            coalesce(
                completed.completed_on,
                case when completed.delivered_amount = completed.dated_amount then completed.last_delivered_on end
            )
    end as completed_on,
    submissions.submission_id || ':' || {{ sheet_number_of('completed.completing.row_key') }}
    || ':' || {{ row_number_of('completed.completing.row_key') }}
    || case when completed.completing.period_count > 1 then ':' || entitlements.period else '' end as completing_delivery_id,
    submissions.submission_id as completing_submission_id,
    submissions.received_on as completing_received_on,
    completed.completing.is_reported_in_time as is_completion_reported_in_time
from {{ ref('int_entitlements_listed') }} as entitlements
left join completed on entitlements.entitlement_id = completed.entitlement_id
left join {{ ref('stg_ledger__submissions') }} as submissions
    on {{ sequence_of('completed.completing.row_key') }} = submissions.sequence
where entitlements.dropped_on is null or completed.delivered_amount > 0
