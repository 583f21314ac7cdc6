{{ config(materialized='view') }}
-- Every row of every landed file, once, and what became of it.
{%- set kinds = ['recipients', 'distribution', 'registry', 'gates', 'reviews'] %}
{%- for kind in kinds %}
select
    submission_id,
    sequence,
    '{{ kind }}' as kind,
    sheet,
    sheet_number,
    row_number,
    'data' as row_kind,
    case when is_accepted then 'accepted' else 'rejected' end as outcome,
    reason_codes,
    warning_codes,
    village_hint,
    hint
from {{ ref('stg_' ~ kind ~ '__rows') }}
union all
select
    submission_id,
    sequence,
    '{{ kind }}' as kind,
    sheet,
    sheet_number,
    row_number,
    row_kind,
    'skipped' as outcome,
    [] as reason_codes,
    [] as warning_codes,
    null as village_hint,
    null as hint
from {{ source('raw', kind) }}
where row_kind <> 'data'
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
