select
    persons.registry,
    persons.welfare_decile,
    count(distinct persons.household_key) as families,
    count(*) as entries,
    min(persons.valid_from) as oldest_valid_from,
    max(persons.valid_from) as latest_valid_from,
    count(distinct persons.submission_id) as submissions
from {{ ref('int_registry_persons') }} as persons
where persons.is_current
group by persons.registry, persons.welfare_decile
