{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- One row per log, programme, period and village of which it speaks: the village in which the family is entitled (a family of
-- an unknown village is awaited there, whatever village its log names), else the log's own.
select distinct
    placed.sequence,
    submissions.program_code,
    placed.period,
    case when placed.entitlement_id is null then placed.village_code else placed.entitled_village_code end as village_code
from {{ ref('int_deliveries_placed') }} as placed
inner join {{ ref('stg_ledger__submissions') }} as submissions on placed.sequence = submissions.sequence
where {{ is_pending('placed') }}
