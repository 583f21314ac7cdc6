-- One row per entitlement that a later list took back, or that a replacement took over.
select
    listed.entitlement_id,
    listed.program_code,
    listed.period,
    listed.opd_code,
    listed.beneficiary_key,
    listed.nik_masked,
    listed.village_code,
    villages.village_name,
    listed.listed_amount,
    listed.unit,
    case when listed.dropped_by_submission_id is null then 'replaced' else 'dropped' end as dropped_how,
    listed.dropped_on,
    listed.dropped_by_submission_id,
    listed.recipient_submission_id,
    listed.recipient_sheet,
    listed.recipient_row_number
from {{ ref('int_entitlements_listed') }} as listed
left join {{ source('reference', 'villages') }} as villages on listed.village_code = villages.village_code
where listed.dropped_on is not null
