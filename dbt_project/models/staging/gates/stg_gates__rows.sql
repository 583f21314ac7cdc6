-- One row per upstream step that a village has reached (APBDes adopted, recipient list decreed, funds received).
with submissions as (
    select * from {{ ref('stg_ledger__submissions') }}
    where kind = 'gates'
),

sent as (
    select
        gates.*,
        submissions.arrival,
        submissions.feed,
        submissions.received_on,
        coalesce(gates.reached_on, '') as date_text,
        {{ cell_type('gates', 'reached_on') }} as date_cell,
        {{ own_or_title('gates', 'village') }} as village_text,
        coalesce(gates.title_district, '') as district_text
    from {{ source('raw', 'gates') }} as gates
    inner join submissions on gates.submission_id = submissions.submission_id
    where gates.row_kind = 'data'
),

dates as (
    {{ typed_dates('(select distinct date_text, date_cell from sent)') }}
),

places as (
    select * from {{ ref('stg_places__spellings') }}
),

judged as (
    select
        sent.*,
        dates.typed_date,
        places.village_code,
        places.village_hint,
        programs.program_code,
        {{ codes_where([
            ('wrong_region', 'coalesce(places.is_other_regency, false)'),
            ('wrong_program', "trim(coalesce(sent.program, '')) <> '' and programs.program_code is null"),
            ('date_invalid', 'not dates.is_date_blank and dates.typed_date is null'),
            ('date_in_future', 'dates.typed_date > sent.received_on'),
        ]) }} as reason_codes,
        {{ codes_where([
            ('village_unknown', 'places.village_code is null and not coalesce(places.is_other_regency or places.is_ambiguous, false)'),
            ('village_ambiguous', 'coalesce(places.is_ambiguous, false)'),
            ('weekday_mismatch', 'dates.is_weekday_contradicted'),
            ('row_hidden', "contains(sent.row_marks, 'h')"),
            ('row_struck', "contains(sent.row_marks, 's')"),
            ('row_coloured', "contains(sent.row_marks, 'c')"),
        ]) }} as warning_codes
    from sent
    left join dates on sent.date_text = dates.date_text and sent.date_cell = dates.date_cell
    left join places on sent.village_text = places.village_text and sent.district_text = places.district_text
    left join {{ source('reference', 'programs') }} as programs
        on {{ squeezed('sent.program') }} in (lower(programs.program_code), lower(programs.name))
)

select
    submission_id,
    sequence,
    arrival,
    sheet,
    sheet_number,
    row_number,
    feed,
    village as village_sent,
    milestone as milestone_sent,
    reached_on as reached_on_sent,
    notes,
    village_code,
    village_hint,
    null::varchar as hint,
    program_code,
    {{ squeezed('milestone') }} as milestone,
    typed_date as reached_on,
    reason_codes,
    warning_codes,
    len(reason_codes) = 0 as is_accepted
from judged
