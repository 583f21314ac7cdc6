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
    {{ public_count('counted.families') }}::bigint as families_public,
    {{ public_count('counted.below_line') }}::bigint as families_below_line_public
from counted
cross join {{ source('reference', 'targeting') }} as targeting
