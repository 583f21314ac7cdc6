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
    coalesce(blocked_now.blocked_by, blocked_when_due.blocked_when_due_by) as blocked_by,
    coalesce(blocked_now.blocked_since, blocked_when_due.blocked_when_due_since) as blocked_since,
    case when blocked_now.blocked_by is null then blocked_when_due.unblocked_on end as blocked_until,
    coalesce(blocked_now.blocked_reported_on, blocked_when_due.blocked_when_due_reported_on) as blocked_reported_on,
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
-- What has not come is held up by the step still to be taken; what is late, by the step that was missing on the due date.
left join {{ ref('int_gates_blocking') }} as blocked_now
    on
        judged.program_code = blocked_now.program_code
        and judged.period = blocked_now.period
        and judged.village_code = blocked_now.village_code
        and judged.timing_status in ('pending', 'incomplete', 'missing')
        and blocked_now.blocked_by is not null
left join {{ ref('int_gates_blocking') }} as blocked_when_due
    on
        judged.program_code = blocked_when_due.program_code
        and judged.period = blocked_when_due.period
        and judged.village_code = blocked_when_due.village_code
        and judged.timing_status in ('late', 'incomplete', 'missing')
        and blocked_when_due.blocked_when_due_by is not null
left join {{ source('reference', 'villages') }} as villages on judged.village_code = villages.village_code
