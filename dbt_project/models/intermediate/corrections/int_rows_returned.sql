-- One row per row of a returned workbook that names the row it mends. A mended row may be mended again: all of them go back to
-- the row that was sent first. Only a row of an earlier submission of the same programme or registry can be meant; anything
-- else was typed by hand.
with recursive returned as (
    {%- for kind in ['distribution', 'recipients', 'registry'] %}
    select
        '{{ kind }}' as kind,
        rows_sent.submission_id,
        {{ 'rows_sent.registry' if kind == 'registry' else 'rows_sent.program_code' }} as belongs_to,
        rows_sent.arrival,
        rows_sent.row_id,
        rows_sent.row_key,
        trim(rows_sent.returned_row_id) as named_row_id,
        named.sequence::bigint as named_sequence,
        try_cast(split_part(trim(rows_sent.returned_row_id), ':', 2) as integer) as named_sheet_number,
        try_cast(split_part(trim(rows_sent.returned_row_id), ':', 3) as integer) as named_row_number
    from {{ ref('stg_' ~ kind ~ '__rows') }} as rows_sent
    left join {{ ref('stg_ledger__submissions') }} as named
        on split_part(trim(rows_sent.returned_row_id), ':', 1) = named.submission_id
    -- A sender's own column of that name holds other things.
    where rows_sent.returned_row_id is not null and regexp_full_match(trim(rows_sent.returned_row_id), '\w+:\d+:\d+')
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

named as (
    select
        *,
        case
            when named_sheet_number < 1024 and named_row_number < 67108864
                then named_sequence * 68719476736 + named_sheet_number::bigint * 67108864 + named_row_number
        end as named_row_key
    from returned
),

sent as (
    {%- for kind in ['distribution', 'recipients', 'registry'] %}
    select
        rows_sent.row_key,
        {{ 'rows_sent.registry' if kind == 'registry' else 'rows_sent.program_code' }} as belongs_to,
        rows_sent.arrival
    from {{ ref('stg_' ~ kind ~ '__rows') }} as rows_sent
    where rows_sent.row_key in (select named.named_row_key from named)
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

known as (
    select
        named.*,
        sent.row_key is not null as is_known
    from named
    left join sent
        on
            named.named_row_key = sent.row_key
            and named.belongs_to = sent.belongs_to
            and named.arrival > sent.arrival
),

traced as (
    select
        known.row_id,
        known.named_row_id as origin_row_id,
        known.named_row_key as origin_row_key,
        1 as steps
    from known
    where known.is_known
    union all
    select
        traced.row_id,
        known.named_row_id as origin_row_id,
        known.named_row_key as origin_row_key,
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
    known.row_key,
    known.is_known,
    arg_max(traced.origin_row_id, traced.steps) as origin_row_id,
    arg_max(traced.origin_row_key, traced.steps) as origin_row_key
from known
left join traced on known.row_id = traced.row_id
group by all
