{{ config(materialized='view') }}
-- One row per row of a file that is no data. What it says is not repeated here: a signature names somebody.
select
    skipped.submission_id,
    submissions.file_name,
    submissions.feed,
    submissions.opd_code,
    submissions.program_code,
    skipped.kind,
    skipped.sheet,
    skipped.sheet_number,
    skipped.row_number,
    skipped.row_kind
from {{ ref('rows_judged') }} as skipped
inner join {{ ref('stg_ledger__submissions') }} as submissions on skipped.submission_id = submissions.submission_id
where skipped.outcome = 'skipped'
