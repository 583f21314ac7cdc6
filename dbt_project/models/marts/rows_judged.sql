-- Every row of every landed file, once, and what became of it.
{%- set kinds = ['recipients', 'distribution', 'registry', 'gates'] %}
with data_rows as (
    {%- for kind in kinds %}
    select
        submission_id,
        sheet_number,
        row_number,
        is_accepted,
        reason_codes,
        warning_codes,
        village_hint,
        {{ 'hint' if kind == 'distribution' else 'null::varchar as hint' }}
    from {{ ref('stg_' ~ kind ~ '__rows') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

raw_rows as (
    {%- for kind in kinds %}
    select
        '{{ kind }}' as kind,
        submission_id,
        sheet,
        sheet_number,
        row_number,
        row_kind
    from {{ source('raw', kind) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    raw_rows.submission_id,
    raw_rows.kind,
    raw_rows.sheet,
    raw_rows.sheet_number,
    raw_rows.row_number,
    raw_rows.row_kind,
    case
        when data_rows.is_accepted then 'accepted'
        when data_rows.is_accepted is not null then 'rejected'
        else 'skipped'
    end as outcome,
    coalesce(data_rows.reason_codes, []) as reason_codes,
    coalesce(data_rows.warning_codes, []) as warning_codes,
    data_rows.village_hint,
    data_rows.hint
from raw_rows
left join data_rows
    on
        raw_rows.submission_id = data_rows.submission_id
        and raw_rows.sheet_number = data_rows.sheet_number
        and raw_rows.row_number = data_rows.row_number
