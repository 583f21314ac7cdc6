{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per feed, period, village and recipient file that covers them. dropped_on is the day on which the next list took its
-- place (dropped_by), null for the list that counts. A returned workbook holds only the rows that were to be mended: it adds
-- them to the list that counts and takes nobody's place.
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
with covered as (
    select distinct
        lists.feed,
        lists.program_code,
        lists.submission_id,
        lists.arrival,
        lists.received_on,
        lists.periods,
        coalesce(lists.village_code, '') as village_code,
        lists.submission_id not in (select returned.submission_id from {{ ref('int_rows_returned') }} as returned) as is_list
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
        covered.is_list,
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
    min(received_on) filter (where is_list) over later_lists as dropped_on,
    arg_min(submission_id, arrival) filter (where is_list) over later_lists as dropped_by
from by_period
window
    later_lists as (
        partition by feed, period, village_code order by arrival rows between 1 following and unbounded following
    )
{% endif %}
