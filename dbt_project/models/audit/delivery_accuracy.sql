{{ config(materialized='view') }}
select
    judged.entitlement_id,
    judged.program_code,
    judged.period,
    judged.opd_code,
    judged.beneficiary_key,
    judged.nik_masked,
    judged.village_code,
    villages.village_name,
    judged.district_code,
    villages.district_name,
    judged.entitled_amount,
    judged.delivered_amount,
    judged.unit,
    judged.delivery_count,
    judged.due_date,
    judged.completed_on,
    judged.amount_status,
    judged.timing_status,
    judged.timing_evidence,
    judged.days_late,
    judged.working_days_late,
    judged.dropped_on,
    judged.completing_delivery_id,
    judged.completing_submission_id,
    judged.completing_received_on,
    judged.recipient_submission_id,
    judged.recipient_sheet,
    judged.recipient_row_number,
    parameters.as_of
from {{ ref('int_entitlements_judged') }} as judged
cross join {{ source('reference', 'parameters') }} as parameters
left join {{ source('reference', 'villages') }} as villages on judged.village_code = villages.village_code
