-- The latest target that a figure can be held against.
select
    year, target_rate, compared_year, compared_rate, gap_points, gap_people, extreme_target_rate, extreme_compared_year,
    extreme_compared_rate, extreme_compared_line
from audit.poverty_targets
where target_rate is not null and compared_rate is not null
order by year desc
limit 1;
