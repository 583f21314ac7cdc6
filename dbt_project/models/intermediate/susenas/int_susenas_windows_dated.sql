-- One row per SUSENAS window: how it stands on the day judged by, the twelve months of service up to its cutoff (or up to that
-- day), and their last days before the cutoff, which tell whether aid was bunched there. A calendar year would not do: before a
-- cutoff early in a year it is but a few weeks, of which the last days are a large part by themselves.
with dated as (
    select
        windows.*,
        parameters.as_of,
        (windows.cutoff - parameters.as_of)::integer as days_to_cutoff,
        case
            when parameters.as_of > windows.ends_on then 'closed'
            else windows.status
        end as window_state,
        least(windows.cutoff, parameters.as_of) as year_until
    from {{ source('reference', 'susenas_windows') }} as windows
    cross join {{ source('reference', 'parameters') }} as parameters
),

spanned as (
    select
        *,
        {{ first_of_twelve_months('year_until') }} as year_from,
        (cutoff - {{ var('bunching_days') }} + 1)::date as bunching_from
    from dated
),

approached as (
    select
        *,
        as_of >= bunching_from as is_approached
    from spanned
)

select
    *,
    -- The window that everything turns to: the first that has not closed, else the last.
    row_number() over (
        order by window_state = 'closed', case when window_state <> 'closed' then starts_on end, starts_on desc
    ) = 1 as is_next,
    -- The last cutoff before which aid could be bunched already.
    is_approached and row_number() over (order by is_approached desc, cutoff desc) = 1 as is_last_approached
from approached
