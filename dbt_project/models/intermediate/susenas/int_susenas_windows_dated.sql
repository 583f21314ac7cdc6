-- One row per SUSENAS window: how it stands on the day judged by, and the days that tell whether aid was bunched before it.
-- The year of a window is that of its cutoff, or the year judged in while that has not begun.
with dated as (
    select
        windows.*,
        parameters.as_of,
        (windows.cutoff - parameters.as_of)::integer as days_to_cutoff,
        case
            when parameters.as_of > windows.ends_on then 'closed'
            else windows.status
        end as window_state,
        least(year(parameters.as_of), year(windows.cutoff))::integer as service_year
    from {{ source('reference', 'susenas_windows') }} as windows
    cross join {{ source('reference', 'parameters') }} as parameters
),

spanned as (
    select
        *,
        make_date(service_year, 1, 1) as year_from,
        least(as_of, make_date(service_year, 12, 31)) as year_until,
        greatest(cutoff - {{ var('bunching_days') }} + 1, make_date(service_year, 1, 1))::date as bunching_from,
        least(cutoff, as_of, make_date(service_year, 12, 31)) as bunching_until
    from dated
),

measured as (
    select
        *,
        greatest(bunching_until - bunching_from + 1, 0)::integer as bunching_days,
        (year_until - year_from + 1)::integer as year_days
    from spanned
)

select
    *,
    -- What an even pace would complete on those days; nothing can be said before they begin.
    bunching_days / nullif(year_days, 0)::double as even_share,
    -- The window that everything turns to: the first that has not closed, else the last.
    row_number() over (
        order by window_state = 'closed', case when window_state <> 'closed' then starts_on end, starts_on desc
    ) = 1 as is_next,
    -- The last cutoff before which aid could be bunched already.
    bunching_days > 0 and row_number() over (order by bunching_days > 0 desc, cutoff desc) = 1 as is_last_approached
from measured
