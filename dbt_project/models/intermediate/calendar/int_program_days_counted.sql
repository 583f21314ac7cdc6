-- One row per programme and day: how many days, and how many working days, have passed up to and with that day, the
-- programme's pauses taken off. The delay between two days is a difference of two rows.
with bounds as (
    select
        least(min(program_periods.due_date), any_value(parameters.as_of)) as first_day,
        greatest(max(program_periods.due_date), any_value(parameters.as_of)) as last_day
    from {{ source('reference', 'program_periods') }} as program_periods
    cross join {{ source('reference', 'parameters') }} as parameters
),

days as (
    select unnest(generate_series(first_day::timestamp, last_day::timestamp, interval 1 day))::date as day
    from bounds
),

programs as (
    select distinct program_code
    from {{ source('reference', 'program_periods') }}
),

paused as (
    select distinct
        pauses.program_code,
        days.day
    from {{ source('reference', 'program_pauses') }} as pauses
    inner join days on days.day between pauses.starts_on and pauses.ends_on
),

marked as (
    select
        programs.program_code,
        days.day,
        paused.day is not null as is_paused,
        -- Beyond the calendar that was configured, Monday to Friday.
        coalesce(calendar.is_working_day, isodow(days.day) < 6) as is_working_day
    from programs
    cross join days
    left join paused on programs.program_code = paused.program_code and days.day = paused.day
    left join {{ source('reference', 'calendar') }} as calendar on days.day = calendar.day
)

select
    program_code,
    day,
    count_if(not is_paused) over (partition by program_code order by day) as days_so_far,
    count_if(not is_paused and is_working_day) over (partition by program_code order by day) as working_days_so_far
from marked
