-- Each notion by itself: what BPS published, what was aimed at, and the gap. A year whose figure is not out yet is held against
-- the latest one before it, which is named; nothing is projected. Register counts are no rate: they have a table of their own.
-- What was not published yet on the day of judgement was not known.
with official_poverty as (
    {{ published('official_poverty') }}
),

official_extreme_poverty as (
    {{ published('official_extreme_poverty') }}
),

years as (
    select year from {{ source('reference', 'poverty_targets') }}
    union
    select year from official_poverty
    union
    select year from official_extreme_poverty
),

compared as (
    select
        years.year,
        official.poverty_rate as official_rate,
        official.poor_people as official_people,
        official.source as official_source,
        targets.poverty_rate as target_rate,
        targets.source as target_source,
        case when targets.year is not null then latest.year end as compared_year,
        case when targets.year is not null then latest.poverty_rate end as compared_rate,
        case when targets.year is not null then latest.poor_people end as compared_people,
        extreme.extreme_poverty_rate as extreme_official_rate,
        extreme.people as extreme_official_people,
        extreme.line as extreme_line,
        extreme.source as extreme_source,
        targets.extreme_poverty_rate as extreme_target_rate,
        case when targets.year is not null then latest_extreme.year end as extreme_compared_year,
        case when targets.year is not null then latest_extreme.extreme_poverty_rate end as extreme_compared_rate,
        case when targets.year is not null then latest_extreme.people end as extreme_compared_people,
        case when targets.year is not null then latest_extreme.line end as extreme_compared_line
    from years
    left join {{ source('reference', 'poverty_targets') }} as targets on years.year = targets.year
    left join official_poverty as official on years.year = official.year
    left join official_extreme_poverty as extreme on years.year = extreme.year
    asof left join official_poverty as latest on years.year >= latest.year
    asof left join official_extreme_poverty as latest_extreme on years.year >= latest_extreme.year
)

select
    year,
    official_rate,
    official_people,
    official_source,
    target_rate,
    target_source,
    compared_year,
    compared_rate,
    round(compared_rate - target_rate, 2) as gap_points,
    -- The people behind a point are those of the official figure itself.
    round(compared_people * (compared_rate - target_rate) / nullif(compared_rate, 0))::bigint as gap_people,
    extreme_official_rate,
    extreme_official_people,
    extreme_line,
    extreme_source,
    extreme_target_rate,
    extreme_compared_year,
    extreme_compared_rate,
    extreme_compared_line,
    round(extreme_compared_rate - extreme_target_rate, 2) as extreme_gap_points,
    round(
        extreme_compared_people * (extreme_compared_rate - extreme_target_rate) / nullif(extreme_compared_rate, 0)
    )::bigint as extreme_gap_people
from compared
