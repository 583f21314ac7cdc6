{{ config(materialized='view') }}
-- What has not come is held up by the step still to be taken; what is late, by the step that was missing on the due date.
with gated as (
    select
        judged.*,
        gates.* exclude (program_code, period, village_code),
        -- Asked here and not in the join: a condition on one side of a left join makes DuckDB compare far more rows, and
        -- everybody reads this view.
        judged.timing_status in ('pending', 'incomplete', 'missing') and gates.blocked_by is not null as is_blocked,
        judged.timing_status in ('late', 'incomplete', 'missing') and gates.blocked_when_due_by is not null as was_blocked
    from {{ ref('int_entitlements_judged') }} as judged
    left join {{ ref('int_gates_blocking') }} as gates
        on
            judged.program_code = gates.program_code
            and judged.period = gates.period
            and judged.village_code = gates.village_code
)

select
    gated.entitlement_id,
    gated.program_code,
    gated.period,
    gated.opd_code,
    gated.beneficiary_key,
    gated.nik_masked,
    gated.village_code,
    villages.village_name,
    gated.district_code,
    villages.district_name,
    gated.entitled_amount,
    gated.delivered_amount,
    gated.unit,
    gated.delivery_count,
    gated.due_date,
    gated.completed_on,
    gated.amount_status,
    gated.timing_status,
    gated.timing_evidence,
    gated.days_late,
    gated.working_days_late,
    case when gated.is_blocked then gated.blocked_by when gated.was_blocked then gated.blocked_when_due_by end as blocked_by,
    case when gated.is_blocked then gated.blocked_since when gated.was_blocked then gated.blocked_when_due_since end
        as blocked_since,
    case when gated.was_blocked and not gated.is_blocked then gated.unblocked_on end as blocked_until,
    case
        when gated.is_blocked then gated.blocked_reported_on when gated.was_blocked then gated.blocked_when_due_reported_on
    end as blocked_reported_on,
    gated.dropped_on,
    gated.completing_delivery_id,
    gated.completing_submission_id,
    gated.completing_received_on,
    gated.recipient_submission_id,
    gated.recipient_sheet,
    gated.recipient_row_number,
    parameters.as_of
from gated
cross join {{ source('reference', 'parameters') }} as parameters
left join {{ source('reference', 'villages') }} as villages on gated.village_code = villages.village_code
