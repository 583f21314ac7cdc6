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
        {{ log_counts() }}
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

{{ window_counts(['opd_code', 'program_code']) }},

unexpected as (
    select
        program_code,
        {{ unexpected_counts(units_of_program()) }}
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
    {{ window_columns() }},
    {{ log_columns() }},
    coalesce(files.submissions, 0)::bigint as submissions,
    coalesce(files.rows_read, 0)::bigint as rows_read,
    coalesce(files.rows_accepted, 0)::bigint as rows_accepted,
    coalesce(files.rows_rejected, 0)::bigint as rows_rejected,
    coalesce(files.rows_skipped, 0)::bigint as rows_skipped,
    {{ unexpected_columns(units_of_program()) }}
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
