{{ config(materialized='view') }}
-- One row per accepted log row and period (a delivery), matched to its entitlement, its share of the payment as its amount.
select
    submissions.submission_id || ':' || {{ sheet_number_of('placed.row_key') }} || ':' || {{ row_number_of('placed.row_key') }}
        as row_id,
    case when placed.period_count = 1 then row_id else row_id || ':' || placed.period end as delivery_id,
    submissions.submission_id,
    submissions.arrival,
    {{ sheet_number_of('placed.row_key') }} as sheet_number,
    {{ row_number_of('placed.row_key') }} as row_number,
    submissions.opd_code,
    submissions.program_code,
    submissions.unit,
    submissions.received_on,
    submissions.report_deadline_days,
    placed.* exclude (weight),
    case when placed.period_count = 1 then placed.row_amount else shared.amount end as amount
from {{ ref('int_deliveries_placed') }} as placed
inner join {{ ref('stg_ledger__submissions') }} as submissions on placed.sequence = submissions.sequence
left join {{ ref('int_payments_shared') }} as shared
    on placed.row_key = shared.row_key and placed.period = shared.period
