-- Of how many villages the count is too small to be shown.
select count(*) as villages
from audit.targeting_summary as summary
where not summary.is_total and summary.gap_families_public is null;
