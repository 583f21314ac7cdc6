{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- One row per submission with rows: how many were read, and what became of them.
select
    submission_id,
    sequence,
    count(*) as rows_read,
    count_if(outcome = 'accepted') as rows_accepted,
    count_if(outcome = 'rejected') as rows_rejected,
    count_if(outcome = 'skipped') as rows_skipped
from {{ ref('rows_judged') }}
where {{ is_pending() }}
group by submission_id, sequence
