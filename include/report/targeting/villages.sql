-- Where most poor families are in no programme, of the counts that may be shown.
select village_name, district_name, gap_families_public
from audit.targeting_summary
where not is_total and village_code is not null and gap_families_public > 0
order by gap_families_public desc, village_code
limit $most;
