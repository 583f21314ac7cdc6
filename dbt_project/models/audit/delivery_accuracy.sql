with people as (
    select
        nik_text,
        {{ mask_nik('nik_text') }} as nik_masked
    from (select distinct nik_text from {{ ref('int_entitlements_judged') }})
)

select
    judged.entitlement_id,
    judged.program_code,
    judged.period,
    judged.opd_code,
    judged.beneficiary_key,
    people.nik_masked,
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
    judged.recipient_submission_id,
    judged.recipient_sheet,
    judged.recipient_row_number,
    judged.as_of
from {{ ref('int_entitlements_judged') }} as judged
left join people on judged.nik_text is not distinct from people.nik_text
left join {{ source('reference', 'villages') }} as villages on judged.village_code = villages.village_code
