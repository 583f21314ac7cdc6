-- How many counts of villages and of pockets are hidden.
select
    (select count(*) from audit.targeting_summary where not is_total and gap_families_public is null) as villages,
    (select count(*) from audit.pocket_coverage where remaining_public is null) as pockets;
