{{ config(materialized='view') }}
with people as (
    -- A family stands in many logs: each is masked once.
    select
        nik_text,
        {{ mask_nik('nik_text') }} as nik_masked
    from (select distinct nik_text from {{ ref('stg_distribution__typed') }})
),

names as (
    select
        name_text,
        {{ mask_name('name_text') }} as name_masked
    from (select distinct name_text from {{ ref('stg_distribution__typed') }})
),

-- What the sender wrote, for whoever compares it with what was understood; days and words repeat, so they are masked once.
written as (
    select
        *,
        {{ mask_figures('delivered_on_sent') }} as delivered_on_masked,
        {{ mask_digit_runs('status_sent') }} as status_masked,
        {{ mask_digit_runs('period_sent') }} as period_masked
    from (
        select distinct
            delivered_on_sent,
            status_sent,
            period_sent
        from {{ ref('stg_distribution__typed') }}
    )
)

select
    deliveries.delivery_id,
    deliveries.submission_id,
    logs.sheet,
    deliveries.sheet_number,
    deliveries.row_number,
    deliveries.entitlement_id,
    deliveries.beneficiary_key,
    people.nik_masked,
    names.name_masked,
    deliveries.village_code,
    villages.village_name,
    villages.district_code,
    villages.district_name,
    deliveries.opd_code,
    deliveries.program_code,
    deliveries.period,
    deliveries.period_count,
    deliveries.amount,
    deliveries.row_amount,
    deliveries.unit,
    logs.amount_sent,
    deliveries.delivered_on,
    logs.delivered_from,
    logs.is_date_from_title,
    deliveries.received_on,
    deliveries.delivery_status,
    logs.failure_reasons,
    logs.is_via_proxy,
    {{ mask_digit_runs('logs.bast_number') }} as bast_number,
    deliveries.matched_by,
    deliveries.is_current,
    deliveries.is_counted,
    deliveries.superseded_how,
    deliveries.superseded_by,
    logs.warning_codes as warnings,
    written.delivered_on_masked as delivered_on_sent,
    written.status_masked as status_sent,
    written.period_masked as period_sent
from {{ ref('int_deliveries_current') }} as deliveries
inner join {{ ref('stg_distribution__rows') }} as logs on deliveries.row_key = logs.row_key
left join written
    on
        logs.delivered_on_sent is not distinct from written.delivered_on_sent
        and logs.status_sent is not distinct from written.status_sent
        and logs.period_sent is not distinct from written.period_sent
left join people on logs.nik_text is not distinct from people.nik_text
left join names on logs.name_text is not distinct from names.name_text
left join {{ source('reference', 'villages') }} as villages on deliveries.village_code = villages.village_code
