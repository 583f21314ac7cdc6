-- One row per programme, period and village (null: every village) for which an empty form was handed in: a report that
-- nothing was delivered, which is not the same as no report.
with sheets as (
    select
        submissions.submission_id,
        submissions.program_code,
        submissions.received_at,
        submissions.received_on,
        year(submissions.received_on)::varchar as receipt_year,
        coalesce(sheets.sheet ->> '$.title.period', '') as period_text,
        't' as period_cell,
        nullif(regexp_extract(sheets.sheet ->> '$.title.period', '(20\d\d)', 1), '') as title_year,
        coalesce(sheets.sheet ->> '$.title.village', '') as village_text,
        coalesce(sheets.sheet ->> '$.title.district', '') as district_text
    from {{ ref('stg_ledger__submissions') }} as submissions
    cross join unnest(from_json(submissions.sheets, '["json"]')) as sheets (sheet)
    where submissions.reading_status = 'nil' and submissions.kind = 'distribution'
),

{{ typed_periods('(select distinct program_code, period_text, period_cell, title_year, receipt_year from sheets)') }},

placed as (
    select
        sheets.program_code,
        sheets.received_at,
        sheets.received_on,
        places.village_code,
        unnest(list_intersect(typed_periods.named, typed_periods.program_periods)) as period
    from sheets
    inner join typed_periods
        on
            sheets.program_code = typed_periods.program_code
            and sheets.period_text = typed_periods.period_text
            and sheets.title_year is not distinct from typed_periods.title_year
            and sheets.receipt_year = typed_periods.receipt_year
    left join {{ ref('stg_places__spellings') }} as places
        on sheets.village_text = places.village_text and sheets.district_text = places.district_text
    -- A village that nobody knows reports for nobody.
    where sheets.village_text = '' or places.village_code is not null
)

select
    program_code,
    period,
    village_code,
    min(received_at) as first_log_received_at,
    min(received_on) as first_log_received_on
from placed
group by program_code, period, village_code
