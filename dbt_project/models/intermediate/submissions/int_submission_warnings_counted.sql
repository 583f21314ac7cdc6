{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- One row per submission, sheet and remark on its rows: on how many.
select
    submission_id,
    sequence,
    sheet,
    sheet_number,
    code,
    count(*) as number_of_rows
from (
    select
        judged.submission_id,
        judged.sequence,
        judged.sheet,
        judged.sheet_number,
        unnest(judged.warning_codes) as code
    from {{ ref('rows_judged') }} as judged
    where judged.outcome <> 'skipped' and len(judged.warning_codes) > 0 and {{ is_pending('judged') }}
)
group by all
