{{ config(materialized='view') }}
-- One row per data row of a list, log or registry: whose it is, as written and as understood. Who may know it asks here, to show
-- it for a named purpose (include/audit/reveal.py) or to erase it (include/erase.py).
{%- for kind in ['recipients', 'distribution', 'registry'] %}
select
    '{{ kind }}' as kind,
    row_id,
    submission_id,
    sheet_number,
    row_number,
    nik_text,
    kk_text,
    name_text,
    village_code,
    nik_key,
    kk_key,
    name_key,
    beneficiary_key,
    {{ 'year(birth_date)' if kind == 'registry' else 'null' }}::integer as birth_year
from {{ ref('stg_' ~ kind ~ '__rows') }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
