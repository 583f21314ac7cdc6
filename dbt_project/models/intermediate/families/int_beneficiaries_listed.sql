{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per beneficiary whom a list names, in whatever month: the family cards it stands under, and the village where it was
-- listed last. Lists change on few days: what is asked of them on every other day is asked of this, and not of each month anew.
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
select
    beneficiary_key,
    list_distinct(list(kk_key)) as kk_keys,
    arg_max(village_code, period) as village_code,
    coalesce(max(period) filter (where village_code is not null), max(period)) as period
from {{ ref('int_entitlements_listed') }}
group by beneficiary_key
{% endif %}
