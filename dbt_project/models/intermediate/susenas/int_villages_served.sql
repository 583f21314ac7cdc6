-- One row per SUSENAS window, programme and village: what fell due and was completed in the twelve months up to the cutoff, how
-- much of it just before the cutoff, and how much an even pace would have completed there. It tells service all year round from a
-- rush to dress the survey.
with by_day as (
    -- Many families share their days: they are counted once, whatever the number of windows.
    select
        opd_code,
        program_code,
        village_code,
        due_date,
        completed_on,
        timing_status,
        count(*) as entitlements,
        min(period) as first_period
    from {{ ref('int_entitlements_judged') }}
    group by all
),

-- A programme hands out nothing before the first month that anybody has been entitled to.
begun as (
    select
        program_code,
        (min(first_period) || '-01')::date as began_on
    from by_day
    group by program_code
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
        where by_day.completed_on between windows.bunching_from and windows.year_until
    ), 0) as completed_before_cutoff,
    -- Of the days that the programme has been under way: of a new one the last days are a large part, at most the whole.
    {{ var('bunching_days') }} * coalesce(sum(by_day.entitlements) filter (
        where by_day.completed_on between windows.year_from and windows.year_until
    ), 0) / any_value(greatest(
        windows.year_until - greatest(windows.year_from, begun.began_on) + 1, {{ var('bunching_days') }}
    )) as even_completed
from by_day
inner join begun on by_day.program_code = begun.program_code
cross join {{ ref('int_susenas_windows_dated') }} as windows
group by windows.susenas_year, by_day.opd_code, by_day.program_code, by_day.village_code
