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
        and coalesce(counted.recipients_rest, 0) >= targeting.comparable_from as is_comparable
    from groups
    cross join programs
    cross join {{ source('reference', 'targeting') }} as targeting
    left join counted on groups.group_code = counted.group_code and programs.program_code = counted.program_code
),

-- Groups overlap, and no total of them is shown.
counts as (
    select
        program_code as table_code,
        group_code as row_key,
        coalesce(families_group, 0) as whole,
        coalesce(recipients_group, 0) as part,
        false as has_total
    from compared
)

select
    compared.group_code,
    compared.program_code,
    compared.program_name,
    compared.opd_code,
    {{ columns_of_side('group', '') }},
    {{ columns_of_side('rest', '_rest') }},
    {{ columns_of_side('unknown', '_unknown') }},
    {{ points_to_rest('poor_entitled', 'poor') }} as reach_gap_points,
    {{ points_to_rest('complete', 'entitled') }} as complete_gap_points,
    {{ points_to_rest('on_time', 'entitled') }} as gap_points,
    compared.is_comparable,
    shown.whole_public::bigint as families_public,
    shown.part_public::bigint as recipients_public,
    -- Beside the group an exact count would tell how many the rest are.
    {{ about_as_many('compared.families_unknown') }} as families_unknown_public,
    -- Of known recipients a rate is a count, and what a programme owes and has handed out to all is no secret.
    case when compared.is_comparable then {{ public_rate('complete_group', 'entitled_group') }} end as complete_rate_public,
    case when compared.is_comparable then {{ public_rate('on_time_group', 'entitled_group') }} end as on_time_rate_public,
    case
        when
            compared.is_comparable
            and {{ public_rate('on_time_group', 'entitled_group') }} is not null
            and {{ public_rate('on_time_rest', 'entitled_rest') }} is not null
            then {{ points_to_rest('on_time', 'entitled') }}
    end as gap_points_public,
    case
        when compared.is_comparable and compared.delayed_group >= targeting.small_cell
            then round(compared.days_late_group / compared.delayed_group, 1)
    end as mean_days_late_public
from compared
cross join {{ source('reference', 'targeting') }} as targeting
inner join {{ shown_counts('counts') }} as shown
    on compared.program_code = shown.table_code and compared.group_code = shown.row_key
