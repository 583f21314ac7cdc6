-- One row per row of a returned workbook that names the row it mends. A mended row may be mended again: all of them go back to
-- the row that was sent first. Only a row of an earlier submission can be meant; anything else was typed by hand.
with recursive returned as (
    {%- for kind in ['distribution', 'recipients'] %}
    select
        '{{ kind }}' as kind,
        submission_id,
        program_code,
        arrival,
        row_id,
        trim(returned_row_id) as named_row_id
    from {{ ref('stg_' ~ kind ~ '__rows') }}
    -- A sender's own column of that name holds other things.
    where regexp_full_match(trim(returned_row_id), '\w+:\d+:\d+')
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

sent as (
    {%- for kind in ['distribution', 'recipients'] %}
    select
        rows_sent.row_id,
        rows_sent.program_code,
        rows_sent.arrival
    from {{ ref('stg_' ~ kind ~ '__rows') }} as rows_sent
    where rows_sent.row_id in (select returned.named_row_id from returned)
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

known as (
    select
        returned.*,
        sent.row_id is not null as is_known
    from returned
    left join sent
        on
            returned.named_row_id = sent.row_id
            and returned.program_code = sent.program_code
            and returned.arrival > sent.arrival
),

traced as (
    select
        known.row_id,
        known.named_row_id as origin_row_id,
        1 as steps
    from known
    where known.is_known
    union all
    select
        traced.row_id,
        known.named_row_id as origin_row_id,
        traced.steps + 1 as steps
    from traced
    inner join known on traced.origin_row_id = known.row_id
    where known.is_known
)

select
    known.kind,
    known.submission_id,
    known.arrival,
    known.row_id,
    known.is_known,
    arg_max(traced.origin_row_id, traced.steps) as origin_row_id
from known
left join traced on known.row_id = traced.row_id
group by all
