with counted as (
    select
        families.village_code,
        count(*) filter (where families.is_registered) as families_registered,
        count(*) filter (where families.welfare_decile is not null) as families_with_decile,
        count(*) filter (where families.is_poorest) as poorest_families,
        count(*) filter (where families.is_poor) as poor_families,
        count(*) filter (where families.is_poor and families.is_entitled) as reached,
        count(*) filter (where families.is_poor and families.has_received) as received,
        count(*) filter (where families.is_poor and not families.is_entitled) as remaining
    from {{ ref('int_families_reached') }} as families
    group by families.village_code
),

timed as (
    select
        judged.village_code,
        count(*) filter (where judged.due_date < parameters.as_of) as entitled,
        count(*) filter (where judged.due_date < parameters.as_of and judged.timing_status = 'on_time') as on_time
    from {{ ref('int_entitlements_judged') }} as judged
    cross join {{ source('reference', 'parameters') }} as parameters
    group by judged.village_code
),

villages as (
    select
        villages.*,
        counted.* exclude (village_code),
        timed.entitled,
        timed.on_time,
        -- Of a few families a share says nothing.
        coalesce(
            counted.families_with_decile >= targeting.comparable_from
            and counted.poorest_families >= targeting.pocket_share * counted.families_with_decile,
            false
        ) as is_computed_pocket
    from {{ source('reference', 'villages') }} as villages
    cross join {{ source('reference', 'targeting') }} as targeting
    left join counted on villages.village_code = counted.village_code
    left join timed on villages.village_code = timed.village_code
),

pockets as (
    select * from villages
    where is_pocket or is_remote or is_computed_pocket
)

select
    pockets.village_code,
    pockets.village_name,
    pockets.district_code,
    pockets.district_name,
    pockets.kind as village_kind,
    pockets.is_pocket,
    pockets.is_remote,
    pockets.is_computed_pocket,
    coalesce(pockets.families_registered, 0)::bigint as families_registered,
    coalesce(pockets.families_with_decile, 0)::bigint as families_with_decile,
    coalesce(pockets.poorest_families, 0)::bigint as poorest_families,
    {{ rate('pockets.poorest_families', 'pockets.families_with_decile') }} as poorest_share,
    coalesce(pockets.poor_families, 0)::bigint as poor_families,
    coalesce(pockets.reached, 0)::bigint as reached,
    coalesce(pockets.received, 0)::bigint as received,
    coalesce(pockets.remaining, 0)::bigint as remaining,
    {{ rate('pockets.reached', 'pockets.poor_families') }} as reach_rate,
    coalesce(pockets.entitled, 0)::bigint as entitled,
    coalesce(pockets.on_time, 0)::bigint as on_time,
    {{ rate('pockets.on_time', 'pockets.entitled') }} as on_time_rate,
    rank() over (order by coalesce(pockets.remaining, 0) desc)::integer as remaining_rank,
    summary.poor_families_public,
    summary.gap_families_public as remaining_public,
    case
        when summary.gap_families_public is not null
            then round(pockets.reached / nullif(pockets.poor_families, 0), 4)
    end as reach_rate_public
from pockets
inner join {{ ref('targeting_summary') }} as summary on pockets.village_code = summary.village_code
