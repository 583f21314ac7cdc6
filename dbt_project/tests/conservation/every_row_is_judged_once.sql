-- Nothing vanishes and nothing is counted twice: as many rows judged as landed, submission by submission, and every data
-- row accepted or rejected. What was landed is counted anew only for submissions that this run has judged.
with landed as (
    {%- for kind in ['recipients', 'distribution', 'registry', 'gates', 'reviews'] %}
    select
        sequence,
        count(*) as rows_landed,
        count_if(row_kind = 'data') as data_rows
    from {{ source('raw', kind) }}
    where sequence >= (select parameters.pending_from from {{ source('reference', 'parameters') }} as parameters)
    group by sequence
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

judged as (
    select * from {{ ref('int_submission_rows_counted') }}
),

ledger as (
    select
        submissions.sequence,
        submissions.submission_id,
        submissions.rows_read,
        submissions.sequence >= parameters.pending_from as is_pending
    from {{ ref('stg_ledger__submissions') }} as submissions
    cross join {{ source('reference', 'parameters') }} as parameters
    where submissions.reading_status in ('landed', 'nil')
)

select
    ledger.submission_id,
    ledger.rows_read,
    landed.rows_landed,
    judged.rows_read as rows_judged
from ledger
full outer join landed on ledger.sequence = landed.sequence
full outer join judged on coalesce(ledger.sequence, landed.sequence) = judged.sequence
where
    ledger.rows_read is distinct from coalesce(judged.rows_read, 0)
    or judged.rows_read is distinct from judged.rows_accepted + judged.rows_rejected + judged.rows_skipped
    or (
        ledger.is_pending
        and (
            ledger.rows_read is distinct from coalesce(landed.rows_landed, 0)
            or landed.data_rows is distinct from judged.rows_accepted + judged.rows_rejected
        )
    )
