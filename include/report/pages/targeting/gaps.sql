-- Poor families whom no programme reaches, by village: those with a count that may be shown, most first.
select
    summary.village_code,
    summary.village_name,
    summary.district_name,
    summary.poor_families_public,
    summary.gap_families_public
from audit.targeting_summary as summary
where not summary.is_total and summary.village_code is not null and summary.gap_families_public > 0
order by summary.gap_families_public desc, summary.village_code;
