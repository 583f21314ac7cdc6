-- One row a village: what the tiles can show, of the entitlements in scope and of twelve months, for one programme or all ($program
-- null).
with judged as (
    select
        accuracy.village_code,
        count(*) as entitled,
        count_if(accuracy.timing_status = 'on_time') as on_time,
        count_if(accuracy.timing_status = 'missing') as missing
    from audit.delivery_accuracy as accuracy
    cross join scope
    where
        (scope.scope_from is null or accuracy.due_date > scope.scope_from)
        and (scope.cutoff is null or accuracy.due_date <= scope.cutoff)
        and ($program is null or accuracy.program_code = $program)
    group by accuracy.village_code
),

year as (
    select
        accuracy.village_code,
        count(*) as year_due,
        count_if(accuracy.timing_status = 'on_time') as year_on_time
    from audit.delivery_accuracy as accuracy
    cross join scope
    where
        accuracy.due_date >= scope.year_from
        and accuracy.due_date < scope.as_of
        and ($program is null or accuracy.program_code = $program)
    group by accuracy.village_code
),

bunched as (
    select
        summary.village_code,
        summary.is_bunched,
        summary.completed_before_cutoff,
        summary.bunching_completed
    from audit.village_summary as summary
    where $program is null
    union all
    select
        readiness.village_code,
        readiness.is_bunched,
        readiness.completed_before_cutoff,
        readiness.bunching_completed
    from audit.village_readiness as readiness
    inner join scope on readiness.susenas_year = scope.bunching_susenas_year
    where readiness.program_code = $program
),

readiness as (
    select
        readiness.village_code,
        sum(readiness.entitled) as window_entitled,
        sum(readiness.ready) as ready,
        bool_or(readiness.will_make_it = false) as will_miss
    from audit.village_readiness as readiness
    inner join scope on readiness.susenas_year = scope.susenas_year
    where $program is null or readiness.program_code = $program
    group by readiness.village_code
),

logs as (
    select
        logs.village_code,
        count(*) as logs_owed,
        count_if(logs.log_status <> 'missing') as logs_received
    from audit.reporting_completeness as logs
    where logs.log_due_on < logs.as_of and ($program is null or logs.program_code = $program)
    group by logs.village_code
),

findings as (
    select
        flags.village_code,
        count(*) as flags
    from told_flags as flags
    where
        flags.resolved_on is null
        and ($program is null or flags.program_code = $program)
    group by flags.village_code
)

select
    villages.village_code,
    villages.village_name,
    villages.district_code,
    villages.district_name,
    villages.village_kind,
    villages.is_pocket,
    villages.is_remote,
    coalesce(judged.entitled, 0)::bigint as entitled,
    coalesce(judged.on_time, 0)::bigint as on_time,
    coalesce(judged.missing, 0)::bigint as missing,
    coalesce(year.year_due, 0)::bigint as year_due,
    coalesce(year.year_on_time, 0)::bigint as year_on_time,
    bunched.is_bunched,
    coalesce(bunched.completed_before_cutoff, 0)::bigint as completed_before_cutoff,
    coalesce(bunched.bunching_completed, 0)::bigint as bunching_completed,
    coalesce(readiness.window_entitled, 0)::bigint as window_entitled,
    coalesce(readiness.ready, 0)::bigint as ready,
    coalesce(readiness.will_miss, false) as will_miss,
    coalesce(logs.logs_owed, 0)::bigint as logs_owed,
    coalesce(logs.logs_received, 0)::bigint as logs_received,
    coalesce(findings.flags, 0)::bigint as flags
from audit.village_summary as villages
left join judged on villages.village_code is not distinct from judged.village_code
left join year on villages.village_code is not distinct from year.village_code
left join bunched on villages.village_code is not distinct from bunched.village_code
left join readiness on villages.village_code is not distinct from readiness.village_code
left join logs on villages.village_code is not distinct from logs.village_code
left join findings on villages.village_code is not distinct from findings.village_code
order by villages.district_name nulls last, villages.village_name, villages.village_code;
