-- The registries in force: whom they leave without a family, and whether a file of theirs looks wrong.
select
    registry, bool_or(has_doubtful_file) as has_doubtful_file, sum(entries_without_family)::bigint as entries_without_family
from audit.register_counts
group by registry
order by registry;
