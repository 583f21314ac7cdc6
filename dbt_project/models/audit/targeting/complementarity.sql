with days as (
    -- The months of this year that have begun: what is promised or given for them is spread over all their days.
    select
        as_of,
        date_trunc('year', as_of)::date as from_on,
        last_day(as_of) as until_on,
        last_day(as_of) - date_trunc('year', as_of)::date + 1 as days,
        extreme_poverty_line_idr_per_day as line_idr_per_day
    from {{ source('reference', 'parameters') }}
),

families as (
    select
        families.*,
        days.*,
        families.promised_idr / families.household_size / days.days as promised_per_day,
        families.received_idr / families.household_size / days.days as received_per_day
    from {{ ref('int_families_reached') }} as families
    cross join days
),

counted as (
    select
        programs,
        any_value(from_on) as from_on,
        any_value(until_on) as until_on,
        any_value(days) as days,
        any_value(line_idr_per_day) as line_idr_per_day,
        count(*) as families,
        count(*) filter (where is_poor) as poor_families,
        count(*) filter (where welfare_decile = 1) as decile_1_families,
        count(*) filter (where not is_registered) as families_unregistered,
        count(*) filter (where household_size > 0) as families_size_known,
        count(*) filter (where coalesce(household_size, 0) <= 0) as families_size_unknown,
        coalesce(sum(household_size) filter (where household_size > 0), 0) as persons,
        sum(promised_idr) filter (where household_size > 0) as promised_idr,
        sum(received_idr) filter (where household_size > 0) as received_idr,
        count(*) filter (where promised_per_day < line_idr_per_day) as below_line,
        count(*) filter (where received_per_day < line_idr_per_day) as below_line_received
    from families
    group by programs
),

counts as (
    select
        'combination' as table_code,
        array_to_string(programs, ' + ') as row_key,
        families as whole,
        below_line as part,
        false as has_total
    from counted
),

-- All villages together say how many poor families are on a list and how many are not: beside the combinations that tells how
-- many families are there that are not poor.
others as (
    select
        summary.gap_families_public is null as hides_none,
        coalesce(sum(counted.families - counted.poor_families) filter (where len(counted.programs) = 0), 0)
        between 1 and any_value(limits.small_cell) - 1 as few_unlisted,
        coalesce(sum(counted.families - counted.poor_families) filter (where len(counted.programs) > 0), 0)
        between 1 and any_value(limits.small_cell) - 1 as few_listed
    from {{ ref('targeting_summary') }} as summary
    cross join {{ source('reference', 'targeting') }} as limits
    left join counted on true
    where summary.is_total
    group by summary.gap_families_public
),

fewest as (
    select programs
    from counted
    where len(programs) > 0
    order by families, programs
    limit 1
),

-- How many a programme aids is known, and a combination would be what is left of it: all that share a programme are hidden
-- together.
hidden as (
    with recursive reached as (
        select counted.programs
        from counted
        inner join {{ shown_counts('counts') }} as shown on array_to_string(counted.programs, ' + ') = shown.row_key
        where shown.whole_public is null
        union
        select fewest.programs
        from fewest
        inner join others on others.few_listed
        union
        select counted.programs
        from counted
        inner join reached on list_has_any(counted.programs, reached.programs)
    )

    select programs from reached
    union
    select []
    from others
    where few_unlisted or hides_none
)

select
    case when len(counted.programs) = 0 then 'none' else array_to_string(counted.programs, ' + ') end as combination,
    counted.programs,
    coalesce(
        (
            select string_agg(programs.name, ' dan ' order by programs.program_code)
            from {{ source('reference', 'programs') }} as programs
            where list_contains(counted.programs, programs.program_code)
        ), 'tanpa program'
    ) as combination_name,
    counted.families,
    counted.poor_families,
    counted.decile_1_families,
    counted.families_unregistered,
    counted.families_size_known,
    counted.families_size_unknown,
    counted.persons::bigint as persons,
    counted.from_on,
    counted.until_on,
    counted.days::integer as days,
    round(counted.promised_idr / nullif(counted.persons, 0) / counted.days, 2) as value_idr_per_person_per_day,
    round(counted.received_idr / nullif(counted.persons, 0) / counted.days, 2) as received_idr_per_person_per_day,
    counted.line_idr_per_day,
    round(counted.promised_idr / nullif(counted.persons, 0) / counted.days / counted.line_idr_per_day, 4) as line_share,
    round(counted.received_idr / nullif(counted.persons, 0) / counted.days / counted.line_idr_per_day, 4)
        as received_line_share,
    counted.below_line as families_below_line,
    counted.below_line_received as families_below_line_received,
    case when kept.programs is null then counted.families end as families_public,
    case when kept.programs is null then shown.part_public end::bigint as families_below_line_public,
    -- Where counts are hidden for the sake of a few families the share still tells, if a hundredth of it gives none away.
    case
        when counted.families_size_known >= 200 * targeting.small_cell
            then round(counted.below_line / counted.families_size_known, 2)
    end as below_line_share_public,
    least(counted.families, counted.families_size_known) >= targeting.small_cell as is_value_public
from counted
cross join {{ source('reference', 'targeting') }} as targeting
left join hidden as kept on counted.programs = kept.programs
inner join {{ shown_counts('counts') }} as shown on array_to_string(counted.programs, ' + ') = shown.row_key
