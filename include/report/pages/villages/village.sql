-- One village as the summary knows it; null stands for what belongs to no known village.
select
    villages.village_code,
    villages.village_name,
    villages.district_name,
    villages.village_kind,
    villages.is_pocket,
    villages.is_remote,
    villages.families,
    villages.year_due,
    villages.year_on_time,
    villages.window_entitled,
    villages.window_ready,
    villages.susenas_year,
    villages.bunching_susenas_year,
    villages.bunching_completed,
    villages.completed_before_cutoff,
    villages.even_share,
    villages.is_bunched
from audit.village_summary as villages
where villages.village_code is not distinct from $village;
