-- Vulnerable groups that get their aid on time more seldom than the rest, the furthest behind first.
select group_code, program_name, on_time_rate_public, gap_points_public
from audit.vulnerable_coverage
where gap_points_public < 0
order by gap_points_public, group_code, program_code
limit $most;
