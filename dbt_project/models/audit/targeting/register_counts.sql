with counted as (
    select
        registry,
        welfare_decile,
        count(distinct household_key) as families,
        count(*) as entries,
        min(valid_from) as oldest_valid_from,
        max(valid_from) as latest_valid_from,
        count(distinct submission_id) as submissions
    from {{ ref('int_registry_persons') }}
    where is_current
    group by registry, welfare_decile
)

select
    counted.registry,
    counted.welfare_decile,
    counted.families,
    counted.entries,
    counted.oldest_valid_from,
    counted.latest_valid_from,
    counted.submissions,
    -- Beside the exact counts of poor families and of combinations an exact size would tell how many families are in one only.
    (
        round(sum(counted.families) over (partition by counted.registry) / (2 * targeting.small_cell)) * 2 * targeting.small_cell
    )::bigint as registry_families_public
from counted
cross join {{ source('reference', 'targeting') }} as targeting
