with judged as (
    select
        opd_code,
        program_code,
        any_value(unit) as unit,
        {{ accuracy_counts() }}
    from {{ ref('int_entitlements_judged') }}
    group by opd_code, program_code
),

logs as (
    select
        opd_code,
        program_code,
        count(*) as logs_expected,
        count_if(log_status = 'received') as logs_received,
        count_if(log_status = 'late') as logs_late,
        count_if(log_status = 'nil') as logs_nil,
        count_if(log_status = 'missing') as logs_missing,
        count_if(log_status = 'pending') as logs_pending
    from {{ ref('reporting_completeness') }}
    group by opd_code, program_code
),

files as (
    select
        opd_code,
        program_code,
        count(*) as submissions,
        sum(rows_read) as rows_read,
        sum(rows_accepted) as rows_accepted,
        sum(rows_rejected) as rows_rejected,
        sum(rows_skipped) as rows_skipped
    from {{ ref('submissions') }}
    where status <> 'duplicate'
    group by opd_code, program_code
),

readiness as (
    select
        paces.opd_code,
        paces.program_code,
        sum(paces.entitled) as window_entitled,
        sum(paces.ready) as window_ready
    from {{ ref('int_villages_paced') }} as paces
    inner join {{ ref('int_susenas_windows_dated') }} as windows
        on paces.susenas_year = windows.susenas_year and windows.is_next
    group by paces.opd_code, paces.program_code
),

served as (
    select
        served_villages.opd_code,
        served_villages.program_code,
        sum(served_villages.year_completed) as year_completed,
        sum(served_villages.completed_before_cutoff) as completed_before_cutoff
    from {{ ref('int_villages_served') }} as served_villages
    inner join {{ ref('int_susenas_windows_dated') }} as windows
        on served_villages.susenas_year = windows.susenas_year and windows.is_last_approached
    group by served_villages.opd_code, served_villages.program_code
),

unexpected as (
    select
        program_code,
        count_if(kind = 'not_listed') as deliveries_not_listed,
        count_if(kind = 'duplicate') as deliveries_duplicate
    from {{ ref('unexpected_deliveries') }}
    group by program_code
)

select
    programs.opd_code,
    opds.name as opd_name,
    programs.program_code,
    programs.name as program_name,
    programs.unit,
    coalesce(judged.villages, 0)::bigint as villages,
    {{ accuracy_columns('judged') }},
    next_window.susenas_year,
    next_window.window_state,
    next_window.cutoff,
    next_window.days_to_cutoff,
    coalesce(readiness.window_entitled, 0)::bigint as window_entitled,
    coalesce(readiness.window_ready, 0)::bigint as window_ready,
    round(readiness.window_ready / nullif(readiness.window_entitled, 0), 4)::double as window_ready_rate,
    last_window.susenas_year as bunching_susenas_year,
    {{ bunching_columns('served', 'last_window') }},
    coalesce(logs.logs_expected, 0)::bigint as logs_expected,
    coalesce(logs.logs_received, 0)::bigint as logs_received,
    coalesce(logs.logs_late, 0)::bigint as logs_late,
    coalesce(logs.logs_nil, 0)::bigint as logs_nil,
    coalesce(logs.logs_missing, 0)::bigint as logs_missing,
    coalesce(logs.logs_pending, 0)::bigint as logs_pending,
    coalesce(files.submissions, 0)::bigint as submissions,
    coalesce(files.rows_read, 0)::bigint as rows_read,
    coalesce(files.rows_accepted, 0)::bigint as rows_accepted,
    coalesce(files.rows_rejected, 0)::bigint as rows_rejected,
    coalesce(files.rows_skipped, 0)::bigint as rows_skipped,
    coalesce(unexpected.deliveries_not_listed, 0)::bigint as deliveries_not_listed,
    coalesce(unexpected.deliveries_duplicate, 0)::bigint as deliveries_duplicate
from {{ source('reference', 'programs') }} as programs
left join {{ source('reference', 'opds') }} as opds on programs.opd_code = opds.opd_code
left join judged on programs.opd_code = judged.opd_code and programs.program_code = judged.program_code
left join logs on programs.opd_code = logs.opd_code and programs.program_code = logs.program_code
left join files on programs.opd_code = files.opd_code and programs.program_code = files.program_code
left join unexpected on programs.program_code = unexpected.program_code
left join readiness on programs.opd_code = readiness.opd_code and programs.program_code = readiness.program_code
left join served on programs.opd_code = served.opd_code and programs.program_code = served.program_code
left join {{ ref('int_susenas_windows_dated') }} as next_window on next_window.is_next
left join {{ ref('int_susenas_windows_dated') }} as last_window on last_window.is_last_approached
