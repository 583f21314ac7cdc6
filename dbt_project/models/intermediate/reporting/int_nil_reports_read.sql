-- One row per table of an empty form of a distribution feed: for which village (null: every village) and months it reports that
-- nothing was delivered. Without a month, or with a village that nobody knows, it reports for nobody, and its sender must hear
-- so: a month is never guessed from the day of receipt, for then a late form would answer for the month after it.
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
        sheets.submission_id,
        sheets.program_code,
        sheets.received_at,
        sheets.received_on,
        sheets.period_text,
        sheets.village_text,
        places.village_code,
        coalesce(list_intersect(typed_periods.named, typed_periods.program_periods), []) as periods
    from sheets
    left join typed_periods
        on
            sheets.program_code = typed_periods.program_code
            and sheets.period_text = typed_periods.period_text
            and sheets.title_year is not distinct from typed_periods.title_year
            and sheets.receipt_year = typed_periods.receipt_year
    left join {{ ref('stg_places__spellings') }} as places
        on sheets.village_text = places.village_text and sheets.district_text = places.district_text
)

select
    submission_id,
    program_code,
    received_at,
    received_on,
    village_code,
    periods,
    case
        when period_text = '' then 'bulan tidak disebut'
        when len(periods) = 0 then 'bulan tidak dikenal'
        when village_text <> '' and village_code is null then 'desa tidak dikenal'
    end as why_not_counted
from placed
