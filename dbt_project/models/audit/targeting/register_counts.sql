select
    persons.registry,
    persons.welfare_decile,
    count(distinct families.family_key) as families,
    count(*) as entries,
    count(*) filter (where families.row_id is null) as entries_without_family,
    min(persons.valid_from) as oldest_valid_from,
    max(persons.valid_from) as latest_valid_from,
    count(distinct persons.submission_id) as submissions
from {{ ref('int_registry_persons') }} as persons
left join {{ ref('int_registry_families') }} as families on persons.row_id = families.row_id
where persons.is_current
group by persons.registry, persons.welfare_decile
