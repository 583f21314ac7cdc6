-- One row per programme, period and village (null: every village) for which an empty form was handed in: a report that
-- nothing was delivered, which is not the same as no report.
with placed as (
    select
        program_code,
        village_code,
        received_at,
        received_on,
        unnest(periods) as period
    from {{ ref('int_nil_reports_read') }}
    where why_not_counted is null
)

select
    program_code,
    period,
    village_code,
    min(received_at) as first_log_received_at,
    min(received_on) as first_log_received_on
from placed
group by program_code, period, village_code
