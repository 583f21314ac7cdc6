with gaps as (
    select
        families.*,
        {{ groups_of('families') }} as vulnerable_groups
    from {{ ref('int_families_reached') }} as families
    where families.is_poor and not families.is_entitled
)

select
    gaps.family_key,
    gaps.beneficiary_key,
    {{ mask_nik('entries.nik_text') }} as nik_masked,
    gaps.registry,
    gaps.registries,
    gaps.welfare_decile,
    gaps.household_size,
    gaps.village_code,
    villages.village_name,
    gaps.district_code,
    villages.district_name,
    gaps.is_lone_elderly,
    gaps.has_disability,
    gaps.has_migrant_worker,
    gaps.is_female_headed,
    gaps.vulnerable_groups,
    gaps.has_received,
    gaps.is_listed as was_listed,
    -- Families alike in all of this share a place: who comes first among them is for the musdes to say.
    rank() over (
        partition by gaps.village_code
        order by
            gaps.welfare_decile asc, len(gaps.vulnerable_groups) desc, gaps.has_received asc, len(gaps.registries) desc
    )::integer as musdes_rank,
    list_concat(
        ['decile_' || gaps.welfare_decile],
        gaps.vulnerable_groups,
        list_filter([
            case when not gaps.has_received then 'never_received' end,
            case when gaps.is_listed then 'formerly_listed' end,
            case when len(gaps.registries) > 1 then 'in_several_registries' end
        ], entry -> entry is not null)
    ) as musdes_reasons,
    entries.submission_id,
    entries.sheet,
    entries.row_number
from gaps
left join {{ ref('stg_registry__rows') }} as entries on gaps.row_id = entries.row_id
left join {{ source('reference', 'villages') }} as villages on gaps.village_code = villages.village_code
