with counted as (
    select
        persons.registry,
        persons.welfare_decile,
        count(distinct families.family_key) as families,
        count(*) as entries,
        count(*) filter (where families.row_id is null) as entries_without_family,
        min(persons.valid_from) as oldest_valid_from,
        max(persons.valid_from) as latest_valid_from,
        count(distinct persons.submission_id) as submissions,
        coalesce(bool_or(persons.snapshot_submission_id in (
            select compared.submission_id from {{ ref('int_registry_files_compared') }} as compared
            where compared.is_doubtful
        )), false) as has_doubtful_file
    from {{ ref('int_registry_persons') }} as persons
    left join {{ ref('int_registry_families') }} as families on persons.row_id = families.row_id
    where persons.is_current
    group by persons.registry, persons.welfare_decile
)

select
    counted.registry,
    counted.welfare_decile,
    counted.families,
    counted.entries,
    counted.entries_without_family,
    counted.oldest_valid_from,
    counted.latest_valid_from,
    counted.submissions,
    counted.has_doubtful_file,
    -- Beside the exact counts of poor families and of combinations an exact size would tell how many families are in one only.
    (
        round(sum(counted.families) over (partition by counted.registry) / (2 * targeting.small_cell)) * 2 * targeting.small_cell
    )::bigint as registry_families_public
from counted
cross join {{ source('reference', 'targeting') }} as targeting
