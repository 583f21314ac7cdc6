-- The registries in force, and about how many families each holds.
select
    counts.registry,
    any_value(counts.registry_families_public) as families_public,
    sum(counts.entries_without_family)::bigint as entries_without_family,
    bool_or(counts.has_doubtful_file) as has_doubtful_file,
    min(counts.oldest_valid_from) as oldest_valid_from,
    max(counts.latest_valid_from) as latest_valid_from
from audit.register_counts as counts
group by counts.registry
order by counts.registry;
