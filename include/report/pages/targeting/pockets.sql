-- Pockets of poverty and remote villages: those with most families left first.
select
    pockets.village_code,
    pockets.village_name,
    pockets.district_name,
    pockets.is_pocket,
    pockets.is_remote,
    pockets.is_computed_pocket,
    pockets.poor_families_public,
    pockets.remaining_public,
    pockets.reach_rate_public,
    pockets.on_time,
    pockets.entitled
from audit.pocket_coverage as pockets
order by pockets.remaining_public desc nulls last, pockets.village_code;
