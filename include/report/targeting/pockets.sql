-- Pockets and remote villages with most poor families left, of the counts that may be shown.
select village_name, district_name, remaining_public
from audit.pocket_coverage
where remaining_public > 0
order by remaining_public desc, village_code
limit $most;
