-- One row per feed, period, village and recipient list that covers them; dropped_on is the day on which the next list
-- took its place, null for the list that counts.
with covered as (
    select distinct
        lists.feed,
        lists.program_code,
        lists.submission_id,
        lists.arrival,
        lists.received_on,
        lists.periods,
        coalesce(lists.village_code, '') as village_code
    from {{ ref('stg_recipients__rows') }} as lists
    where lists.is_accepted
),

-- A list that names no period covers all of its programme's.
by_period as (
    select distinct
        covered.feed,
        covered.program_code,
        covered.submission_id,
        covered.arrival,
        covered.received_on,
        covered.village_code,
        program_periods.period,
        program_periods.due_date
    from covered
    inner join {{ source('reference', 'program_periods') }} as program_periods
        on
            covered.program_code = program_periods.program_code
            and (covered.periods is null or list_contains(covered.periods, program_periods.period))
)

select
    *,
    lead(received_on) over (partition by feed, period, village_code order by arrival) as dropped_on
from by_period
