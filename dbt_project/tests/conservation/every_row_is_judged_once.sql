-- Nothing vanishes and nothing is counted twice: as many rows judged as landed, submission by submission, and every data
-- row accepted or rejected.
with landed as (
    {%- for kind in ['recipients', 'distribution', 'registry', 'gates'] %}
    select
        submission_id,
        count(*) as rows_landed,
        count_if(row_kind = 'data') as data_rows
    from {{ source('raw', kind) }}
    group by submission_id
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

judged as (
    select
        submission_id,
        count(*) as rows_judged,
        count_if(outcome <> 'skipped') as data_rows
    from {{ ref('rows_judged') }}
    group by submission_id
),

ledger as (
    select
        submission_id,
        rows_read
    from {{ ref('stg_ledger__submissions') }}
    where reading_status in ('landed', 'nil')
)

select
    coalesce(landed.submission_id, judged.submission_id, ledger.submission_id) as submission_id,
    landed.rows_landed,
    judged.rows_judged,
    ledger.rows_read
from landed
full outer join judged on landed.submission_id = judged.submission_id
full outer join ledger on coalesce(landed.submission_id, judged.submission_id) = ledger.submission_id
where
    landed.rows_landed is distinct from judged.rows_judged
    or landed.data_rows is distinct from judged.data_rows
    or ledger.rows_read is distinct from coalesce(landed.rows_landed, 0)
