-- One row per SUSENAS window, programme and village: what was completed in the window's year, and how much of it just before the
-- cutoff. It tells service all year round from a rush to dress the survey.
with by_day as (
    -- Many families share their days: they are counted once, whatever the number of windows.
    select
        opd_code,
        program_code,
        village_code,
        due_date,
        completed_on,
        timing_status,
        count(*) as entitlements
    from {{ ref('int_entitlements_judged') }}
    group by all
)

select
    windows.susenas_year,
    by_day.opd_code,
    by_day.program_code,
    by_day.village_code,
    coalesce(sum(by_day.entitlements) filter (
        where by_day.due_date between windows.year_from and windows.year_until and by_day.due_date < windows.as_of
    ), 0) as year_due,
    coalesce(sum(by_day.entitlements) filter (
        where by_day.due_date between windows.year_from and windows.year_until and by_day.due_date < windows.as_of
        and by_day.timing_status = 'on_time'
    ), 0) as year_on_time,
    coalesce(sum(by_day.entitlements) filter (
        where by_day.completed_on between windows.year_from and windows.year_until
    ), 0) as year_completed,
    coalesce(sum(by_day.entitlements) filter (
        where by_day.completed_on between windows.bunching_from and windows.bunching_until
    ), 0) as completed_before_cutoff
from by_day
cross join {{ ref('int_susenas_windows_dated') }} as windows
group by windows.susenas_year, by_day.opd_code, by_day.program_code, by_day.village_code
