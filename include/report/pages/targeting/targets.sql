-- Official figures and targets by year, latest first. Three notions of poverty, never mixed.
select
    targets.year,
    targets.official_rate,
    targets.official_people,
    targets.official_source,
    targets.target_rate,
    targets.target_source,
    targets.compared_year,
    targets.gap_points,
    targets.gap_people,
    targets.extreme_official_rate,
    targets.extreme_line,
    targets.extreme_source,
    targets.extreme_target_rate,
    targets.extreme_compared_year,
    targets.extreme_gap_points,
    targets.extreme_gap_people
from audit.poverty_targets as targets
order by targets.year desc;
