with members as (
    select
        families.family_key,
        families.is_poor,
        unnest({{ memberships('families') }}, recursive := true)
    from {{ ref('int_families') }} as families
),

groups as (
    select unnest({{ vulnerable_groups().keys() | list }}) as group_code
),

programs as (
    select * from {{ source('reference', 'programs') }}
    where status <> 'planned'
),

counted as (
    select
        members.group_code,
        programs.program_code,
        {{ counted_by_side() }}
    from members
    cross join programs
    left join {{ ref('int_family_programs') }} as aid
        on members.family_key = aid.family_key and programs.program_code = aid.program_code
    group by members.group_code, programs.program_code
),

compared as (
    -- Every group and programme has its line, also where there is nobody.
    select
        groups.group_code,
        programs.program_code,
        programs.name as program_name,
        programs.opd_code,
        counted.* exclude (group_code, program_code),
        coalesce(counted.recipients_group, 0) >= targeting.comparable_from
        and coalesce(counted.recipients_rest, 0) >= targeting.comparable_from as is_comparable,
        {{ public_count('coalesce(counted.families_group, 0)', among='partition by programs.program_code') }} as families_public,
        {{ public_count('coalesce(counted.recipients_group, 0)', among='partition by programs.program_code') }}
            as recipients_public
    from groups
    cross join programs
    cross join {{ source('reference', 'targeting') }} as targeting
    left join counted on groups.group_code = counted.group_code and programs.program_code = counted.program_code
)

select
    group_code,
    program_code,
    program_name,
    opd_code,
    {{ columns_of_side('group', '') }},
    {{ columns_of_side('rest', '_rest') }},
    {{ columns_of_side('unknown', '_unknown') }},
    {{ points_to_rest('poor_entitled', 'poor') }} as reach_gap_points,
    {{ points_to_rest('complete', 'entitled') }} as complete_gap_points,
    {{ points_to_rest('on_time', 'entitled') }} as gap_points,
    is_comparable,
    families_public::bigint as families_public,
    recipients_public::bigint as recipients_public,
    case when is_comparable then {{ rate('on_time_group', 'entitled_group') }} end as on_time_rate_public,
    case when is_comparable then {{ points_to_rest('on_time', 'entitled') }} end as gap_points_public
from compared
