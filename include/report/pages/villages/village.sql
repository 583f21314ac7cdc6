-- One village as the summary knows it; null stands for what belongs to no known village.
select
    villages.village_code,
    villages.village_name,
    villages.district_name,
    villages.village_kind,
    villages.is_pocket,
    villages.is_remote,
    villages.families
from audit.village_summary as villages
where villages.village_code is not distinct from $village;
