-- One row per OPD, programme, period and village with an entitlement: did its log come, and in time?
with expected as (
    select
        opd_code,
        program_code,
        period,
        village_code,
        district_code,
        min(due_date) as due_date,
        count(*) as entitlements
    from {{ ref('int_entitlements_judged') }}
    group by all
),

deadlines as (
    select
        program_code,
        max(report_deadline_days) as report_deadline_days
    from {{ source('reference', 'feeds') }}
    where kind = 'distribution'
    group by program_code
),

logged as (
    select
        received.program_code,
        received.period,
        received.village_code,
        min(submissions.received_at) as first_log_received_at,
        min(submissions.received_on) as first_log_received_on,
        count(distinct submissions.submission_id) as logs
    from {{ ref('int_logs_received') }} as received
    inner join {{ ref('stg_ledger__submissions') }} as submissions on received.sequence = submissions.sequence
    group by all
),

nil_reports as (
    -- One for the village and one for all of them may both have come.
    select
        expected.program_code,
        expected.period,
        expected.village_code,
        min(placed.first_log_received_at) as first_log_received_at,
        min(placed.first_log_received_on) as first_log_received_on
    from expected
    inner join {{ ref('int_nil_reports_placed') }} as placed
        on
            expected.program_code = placed.program_code
            and expected.period = placed.period
            and (placed.village_code is null or expected.village_code = placed.village_code)
    group by all
),

judged as (
    select
        expected.*,
        (expected.due_date + coalesce(deadlines.report_deadline_days, 7))::date as log_due_on,
        least(logged.first_log_received_at, nil_reports.first_log_received_at) as first_log_received_at,
        coalesce(logged.logs, 0) as logs,
        parameters.as_of,
        case
            when logged.first_log_received_on <= log_due_on then 'received'
            when nil_reports.first_log_received_on <= log_due_on then 'nil'
            when logged.first_log_received_on is not null or nil_reports.first_log_received_on is not null then 'late'
            when parameters.as_of > log_due_on then 'missing'
            else 'pending'
        end as log_status,
        log_status in ('missing', 'pending') as is_awaited
    from expected
    cross join {{ source('reference', 'parameters') }} as parameters
    left join deadlines on expected.program_code = deadlines.program_code
    left join logged
        on
            expected.program_code = logged.program_code
            and expected.period = logged.period
            and expected.village_code is not distinct from logged.village_code
    left join nil_reports
        on
            expected.program_code = nil_reports.program_code
            and expected.period = nil_reports.period
            and expected.village_code is not distinct from nil_reports.village_code
)

select
    judged.opd_code,
    judged.program_code,
    judged.period,
    judged.village_code,
    villages.village_name,
    judged.district_code,
    villages.district_name,
    judged.entitlements::bigint as entitlements,
    judged.due_date,
    judged.log_due_on,
    (judged.log_due_on - judged.as_of)::integer as days_to_log_due,
    judged.first_log_received_at,
    judged.logs::bigint as logs,
    judged.log_status,
    case when judged.is_awaited then gates.blocked_by end as blocked_by,
    case when judged.is_awaited then gates.blocked_since end as blocked_since,
    case when judged.is_awaited then gates.blocked_reported_on end as blocked_reported_on,
    judged.as_of
from judged
left join {{ ref('int_gates_blocking') }} as gates
    on
        judged.program_code = gates.program_code
        and judged.period = gates.period
        and judged.village_code = gates.village_code
left join {{ source('reference', 'villages') }} as villages on judged.village_code = villages.village_code
