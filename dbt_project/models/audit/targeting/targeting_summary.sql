with counted as (
    select
        families.village_code,
        count(*) filter (where families.is_registered) as families_registered,
        count(*) filter (where families.is_registered and families.welfare_decile is null) as families_decile_unknown,
        count(*) filter (where families.is_poor) as poor_families,
        count(*) filter (where families.is_poor and families.is_entitled) as poor_entitled,
        count(*) filter (where families.is_poor and families.has_received) as poor_received,
        count(*) filter (where families.is_poor and not families.is_entitled) as gap_families,
        count(*) filter (where families.welfare_decile = 1 and not families.is_entitled) as gap_decile_1,
        count(*) filter (
            where families.is_poor and not families.is_entitled and len({{ groups_of('families') }}) > 0
        ) as gap_vulnerable
    from {{ ref('int_families_reached') }} as families
    group by families.village_code
),

outside as (
    select
        village_code,
        count(distinct beneficiary_key) as recipients_outside
    from {{ ref('recipients_outside_registry') }}
    group by village_code
),

conflicts as (
    select
        village_code,
        count(distinct family_key) as families_in_conflict
    from {{ ref('combination_conflicts') }}
    group by village_code
),

-- What belongs to no known village has a line of its own: the lines must add up.
villages as (
    select
        village_code,
        village_name,
        district_code,
        district_name
    from {{ source('reference', 'villages') }}
    union all by name
    select null as village_code
    where
        exists (select 1 from counted where counted.village_code is null)
        or exists (select 1 from conflicts where conflicts.village_code is null)
),

by_village as (
    select
        villages.*,
        false as is_total,
        coalesce(counted.families_registered, 0)::bigint as families_registered,
        coalesce(counted.families_decile_unknown, 0)::bigint as families_decile_unknown,
        coalesce(counted.poor_families, 0)::bigint as poor_families,
        coalesce(counted.poor_entitled, 0)::bigint as poor_entitled,
        coalesce(counted.poor_received, 0)::bigint as poor_received,
        coalesce(counted.gap_families, 0)::bigint as gap_families,
        coalesce(counted.gap_decile_1, 0)::bigint as gap_decile_1,
        coalesce(counted.gap_vulnerable, 0)::bigint as gap_vulnerable,
        coalesce(outside.recipients_outside, 0)::bigint as recipients_outside,
        coalesce(conflicts.families_in_conflict, 0)::bigint as families_in_conflict
    from villages
    left join counted on villages.village_code is not distinct from counted.village_code
    left join outside on villages.village_code is not distinct from outside.village_code
    left join conflicts on villages.village_code is not distinct from conflicts.village_code
),

lines as (
    select * from by_village
    union all by name
    select
        true as is_total,
        coalesce(sum(families_registered), 0)::bigint as families_registered,
        coalesce(sum(families_decile_unknown), 0)::bigint as families_decile_unknown,
        coalesce(sum(poor_families), 0)::bigint as poor_families,
        coalesce(sum(poor_entitled), 0)::bigint as poor_entitled,
        coalesce(sum(poor_received), 0)::bigint as poor_received,
        coalesce(sum(gap_families), 0)::bigint as gap_families,
        coalesce(sum(gap_decile_1), 0)::bigint as gap_decile_1,
        coalesce(sum(gap_vulnerable), 0)::bigint as gap_vulnerable,
        coalesce(sum(recipients_outside), 0)::bigint as recipients_outside,
        coalesce(sum(families_in_conflict), 0)::bigint as families_in_conflict
    from by_village
),

measured as (
    select
        coalesce(village_code, '-') as row_key,
        unnest([
            { 'table_code': 'poor', 'whole': poor_families, 'part': gap_families },
            { 'table_code': 'outside', 'whole': recipients_outside, 'part': null },
            { 'table_code': 'conflict', 'whole': families_in_conflict, 'part': null }
        ]) as one
    from by_village
),

counts as (
    select
        measured.row_key,
        measured.one.table_code,
        measured.one.whole,
        measured.one.part,
        true as has_total
    from measured
),

shown as (
    select
        is_total,
        row_key,
        max(whole_public) filter (where table_code = 'poor') as poor_families_public,
        max(part_public) filter (where table_code = 'poor') as gap_families_public,
        max(whole_public) filter (where table_code = 'outside') as recipients_outside_public,
        max(whole_public) filter (where table_code = 'conflict') as families_in_conflict_public
    from {{ shown_counts('counts') }}
    group by is_total, row_key
)

select
    lines.village_code,
    lines.village_name,
    lines.district_code,
    lines.district_name,
    lines.is_total,
    lines.families_registered,
    lines.families_decile_unknown,
    lines.poor_families,
    lines.poor_entitled,
    lines.poor_received,
    lines.gap_families,
    lines.gap_decile_1,
    lines.gap_vulnerable,
    lines.recipients_outside,
    lines.families_in_conflict,
    case
        when lines.is_total then {{ public_part('lines.families_decile_unknown', 'lines.families_registered') }}
    end as families_decile_unknown_public,
    shown.poor_families_public::bigint as poor_families_public,
    shown.gap_families_public::bigint as gap_families_public,
    shown.recipients_outside_public::bigint as recipients_outside_public,
    shown.families_in_conflict_public::bigint as families_in_conflict_public,
    -- Parts of the gap, only for all villages together and where the other part is no small count either.
    case when lines.is_total then {{ public_part('lines.gap_decile_1', 'shown.gap_families_public') }} end
        as gap_decile_1_public,
    case when lines.is_total then {{ public_part('lines.gap_vulnerable', 'shown.gap_families_public') }} end
        as gap_vulnerable_public
from lines
cross join {{ source('reference', 'targeting') }} as targeting
inner join shown
    on
        lines.is_total = shown.is_total
        and (lines.is_total or coalesce(lines.village_code, '-') = shown.row_key)
