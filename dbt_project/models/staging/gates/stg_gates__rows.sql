-- One row per upstream step that a village reports (APBDes adopted, recipient list decreed, funds received). A blank date, or
-- "belum", says that the step has not been taken yet.
with submissions as (
    select * from {{ ref('stg_ledger__submissions') }}
    where kind = 'gates'
),

sent as (
    select
        gates.*,
        submissions.arrival,
        submissions.feed,
        submissions.opd_code,
        submissions.program_code as feed_program_code,
        submissions.received_on,
        coalesce(gates.reached_on, '') as date_text,
        {{ cell_type('gates', 'reached_on') }} as date_cell,
        {{ own_or_title('gates', 'village') }} as village_text,
        coalesce(gates.title_district, '') as district_text,
        regexp_replace(lower(coalesce(gates.milestone, '')), '[^a-z0-9]', '', 'g') as spelling,
        -- Only a title that names a year alone states the budget year: a monthly report names its own month.
        try_cast(nullif(regexp_extract(
            {{ squeezed('gates.title_period') }},
            '^(?:(?:tahun anggaran|tahun|ta|t\.a\.?|periode)\b\s*[.:]?\s*)*(20\d\d)$', 1
        ), '') as integer) as stated_year
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

programs as (
    select * from {{ source('reference', 'programs') }}
),

-- A row that names no programme, in a feed of none, speaks for all programmes of its OPD.
concerned as (
    select
        sent.*,
        coalesce(named.program_code, sent.feed_program_code) as program_code,
        trim(coalesce(sent.program, '')) <> ''
        and (
            named.program_code is null
            or named.opd_code <> sent.opd_code
            or named.program_code <> coalesce(sent.feed_program_code, named.program_code)
        ) as is_other_program
    from sent
    left join programs as named
        on {{ squeezed('sent.program') }} in (lower(named.program_code), lower(named.name))
),

steps as (
    select
        program_gates.*,
        programs.opd_code,
        -- Programmes that share their steps name them once.
        row_number() over (
            partition by programs.opd_code, program_gates.name order by program_gates.program_code
        ) = 1 as is_first_of_its_name
    from {{ source('reference', 'program_gates') }} as program_gates
    inner join programs on program_gates.program_code = programs.program_code
),

-- What each programme concerned, or the OPD as a whole, knows by way of steps.
asked as (
    select distinct
        opd_code,
        program_code,
        spelling
    from concerned
),

recognised as (
    select
        asked.opd_code,
        asked.program_code,
        asked.spelling,
        min(steps.milestone) filter (where list_contains(steps.spellings, asked.spelling)) as known_milestone,
        max(steps.lead_months) filter (where list_contains(steps.spellings, asked.spelling)) as lead_months,
        count(steps.milestone) as steps_configured,
        string_agg(
            '"' || steps.name || '"', ', ' order by steps.program_code, steps.position
        ) filter (where asked.program_code is not null or steps.is_first_of_its_name) as step_names
    from asked
    left join steps
        on asked.opd_code = steps.opd_code and (asked.program_code is null or asked.program_code = steps.program_code)
    group by asked.opd_code, asked.program_code, asked.spelling
),

typed as (
    select
        concerned.*,
        dates.typed_date,
        dates.is_date_blank or regexp_matches({{ squeezed('concerned.date_text') }}, '^(belum|blm)\b') as is_not_reached_yet,
        dates.is_weekday_contradicted,
        places.village_code,
        places.village_hint,
        coalesce(places.is_other_regency, false) as is_other_regency,
        case
            when recognised.steps_configured = 0 then concerned.spelling
            else recognised.known_milestone
        end as milestone_code,
        recognised.steps_configured,
        recognised.step_names,
        coalesce(
            concerned.stated_year,
            year(coalesce(dates.typed_date, concerned.received_on) + to_months(coalesce(recognised.lead_months, 0)))
        )::integer as budget_year
    from concerned
    left join dates on concerned.date_text = dates.date_text and concerned.date_cell = dates.date_cell
    left join places on concerned.village_text = places.village_text and concerned.district_text = places.district_text
    left join recognised
        on
            concerned.opd_code = recognised.opd_code
            and concerned.program_code is not distinct from recognised.program_code
            and concerned.spelling = recognised.spelling
),

numbered as (
    select
        *,
        -- A row that cannot be read does not take the place of one below it that can.
        count_if(is_not_reached_yet or typed_date <= received_on) over (
            partition by submission_id, program_code, village_code, milestone_code, budget_year
            order by sheet_number, row_number
            rows between unbounded preceding and 1 preceding
        ) as mentions_above
    from typed
),

judged as (
    select
        *,
        {{ codes_where([
            ('wrong_region', 'is_other_regency'),
            ('wrong_program', 'is_other_program'),
            ('milestone_unknown', "coalesce(milestone_code, '') = ''"),
            ('milestone_village_unknown', 'village_code is null and not is_other_regency'),
            ('milestone_repeated', "mentions_above > 0 and village_code is not null and coalesce(milestone_code, '') <> ''"),
            ('date_invalid', 'not is_not_reached_yet and typed_date is null'),
            ('date_in_future', 'typed_date > received_on'),
        ]) }} as reason_codes,
        {{ codes_where([
            ('milestones_not_configured', 'steps_configured = 0'),
            ('weekday_mismatch', 'is_weekday_contradicted'),
            ('row_hidden', "contains(row_marks, 'h')"),
            ('row_struck', "contains(row_marks, 's')"),
            ('row_coloured', "contains(row_marks, 'c')"),
        ]) }} as warning_codes
    from numbered
)

select
    submission_id,
    sequence,
    arrival,
    sheet,
    sheet_number,
    row_number,
    feed,
    opd_code,
    received_on,
    village as village_sent,
    milestone as milestone_sent,
    reached_on as reached_on_sent,
    notes,
    village_code,
    village_hint,
    case
        when list_contains(reason_codes, 'milestone_unknown') and steps_configured > 0
            then 'Tahapan yang dikenal: ' || step_names || '.'
    end as hint,
    program_code,
    milestone_code as milestone,
    budget_year,
    typed_date as reached_on,
    reason_codes,
    warning_codes,
    len(reason_codes) = 0 as is_accepted
from judged
