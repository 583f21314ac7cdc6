{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- One row per accepted log row and period, with the entitlement that it goes to: by NIK; else by KK where exactly one
-- entitlement has it; by name and village only where the row has neither.
-- Narrow, for it is read often: what a submission or a row says beside this is joined where it is shown (by row_key).
with entitlements as not materialized (
    select
        entitlements.entitlement_id,
        entitlements.program_code,
        entitlements.period,
        entitlements.nik_key,
        entitlements.kk_key,
        entitlements.name_key,
        entitlements.beneficiary_key,
        entitlements.village_code,
        entitlements.listed_amount,
        entitlements.dropped_on
    from {{ ref('int_entitlements_listed') }} as entitlements
),

log_rows as not materialized (
    select
        logs.sequence,
        logs.row_key,
        logs.program_code,
        logs.nik_key,
        logs.kk_key,
        logs.beneficiary_key,
        logs.village_code,
        logs.amount,
        logs.delivered_on,
        logs.delivery_status,
        logs.delivery_key,
        -- By name only where the row has nothing better. A key of its own, because a condition on one side of a left join
        -- would make DuckDB compare every row with every entitlement.
        case when logs.nik_key is null and logs.kk_key is null then logs.name_key end as lone_name_key,
        unnest(logs.periods) as period,
        len(logs.periods) as period_count
    from {{ ref('stg_distribution__rows') }} as logs
    where logs.is_accepted and {{ is_pending('logs') }}
),

-- Who has a NIK is entitled under it: one entitlement a NIK, programme and period. A second look at family card and name
-- is needed for few.
by_nik as not materialized (
    select * from entitlements
    where nik_key is not null
),

unplaced as (
    select
        log_rows.kk_key,
        log_rows.lone_name_key,
        case when log_rows.village_code is null then log_rows.beneficiary_key end as villageless_key
    from log_rows
    left join by_nik
        on
            log_rows.program_code = by_nik.program_code
            and log_rows.period = by_nik.period
            and log_rows.nik_key = by_nik.nik_key
    -- What reaches a family after the list has dropped it is not owed to it any more.
    where by_nik.entitlement_id is null or log_rows.delivered_on > by_nik.dropped_on
),

by_kk as (
    select
        program_code,
        period,
        kk_key,
        case
            when count_if(dropped_on is null) = 1 then min(entitlement_id) filter (where dropped_on is null)
            when count_if(dropped_on is null) = 0 and count(*) = 1 then min(entitlement_id)
        end as entitlement_id,
        case when count_if(dropped_on is null) = 0 then min(dropped_on) end as dropped_on
    from entitlements
    where kk_key in (select unplaced.kk_key from unplaced where unplaced.kk_key is not null)
    group by program_code, period, kk_key
),

by_name as (
    select
        program_code,
        period,
        name_key,
        village_code,
        case
            when count_if(dropped_on is null) = 1 then min(entitlement_id) filter (where dropped_on is null)
            when count_if(dropped_on is null) = 0 and count(*) = 1 then min(entitlement_id)
        end as entitlement_id,
        case when count_if(dropped_on is null) = 0 then min(dropped_on) end as dropped_on
    from entitlements
    where
        name_key in (select unplaced.lone_name_key from unplaced where unplaced.lone_name_key is not null)
        and village_code is not null
    group by program_code, period, name_key, village_code
),

others as (
    select
        entitlement_id,
        beneficiary_key,
        village_code,
        listed_amount
    from entitlements
    where
        entitlement_id in (select by_kk.entitlement_id from by_kk)
        or entitlement_id in (select by_name.entitlement_id from by_name)
),

candidates as not materialized (
    select
        log_rows.*,
        by_nik.beneficiary_key as nik_beneficiary_key,
        by_nik.village_code as nik_village_code,
        by_nik.listed_amount as nik_amount,
        case when log_rows.delivered_on > by_nik.dropped_on then null else by_nik.entitlement_id end as nik_entitlement_id,
        case when log_rows.delivered_on > by_kk.dropped_on then null else by_kk.entitlement_id end as kk_entitlement_id,
        case when log_rows.delivered_on > by_name.dropped_on then null else by_name.entitlement_id end as name_entitlement_id
    from log_rows
    left join by_nik
        on
            log_rows.program_code = by_nik.program_code
            and log_rows.period = by_nik.period
            and log_rows.nik_key = by_nik.nik_key
    left join by_kk
        on
            log_rows.program_code = by_kk.program_code
            and log_rows.period = by_kk.period
            and log_rows.kk_key = by_kk.kk_key
    left join by_name
        on
            log_rows.program_code = by_name.program_code
            and log_rows.period = by_name.period
            and log_rows.lone_name_key = by_name.name_key
            and log_rows.village_code = by_name.village_code
),

-- Where the list has somebody who is entitled to nothing (a kelurahan in a programme for desa): where the log names no village,
-- that one stands.
listed_places as (
    select
        program_code,
        beneficiary_key,
        arg_max(village_code, (arrival, row_key)) as village_code
    from {{ ref('stg_recipients__rows') }}
    where
        is_accepted
        and village_code is not null
        and beneficiary_key in (select unplaced.villageless_key from unplaced where unplaced.villageless_key is not null)
    group by program_code, beneficiary_key
),

matched as not materialized (
    select
        candidates.sequence,
        candidates.row_key,
        candidates.program_code,
        candidates.period,
        candidates.period_count,
        coalesce(candidates.nik_entitlement_id, candidates.kk_entitlement_id, candidates.name_entitlement_id) as entitlement_id,
        case
            when candidates.nik_entitlement_id is not null then 'nik'
            when candidates.kk_entitlement_id is not null then 'kk'
            when candidates.name_entitlement_id is not null then 'name_village'
        end as matched_by,
        case
            when candidates.nik_entitlement_id is not null then candidates.nik_beneficiary_key
            else coalesce(others.beneficiary_key, candidates.beneficiary_key)
        end as beneficiary_key,
        case
            when candidates.nik_entitlement_id is not null then candidates.nik_village_code
            else others.village_code
        end as entitled_village_code,
        coalesce(candidates.village_code, listed_places.village_code) as village_code,
        candidates.amount as row_amount,
        case
            when candidates.nik_entitlement_id is not null then candidates.nik_amount
            else coalesce(others.listed_amount, programs.entitlement)
        end as weight,
        programs.tolerance,
        candidates.delivered_on,
        candidates.delivery_status,
        candidates.delivery_key
    from candidates
    inner join {{ source('reference', 'programs') }} as programs on candidates.program_code = programs.program_code
    left join others on coalesce(candidates.kk_entitlement_id, candidates.name_entitlement_id) = others.entitlement_id
    left join listed_places
        on candidates.program_code = listed_places.program_code and candidates.beneficiary_key = listed_places.beneficiary_key
)

select
    sequence,
    row_key,
    period,
    period_count,
    entitlement_id,
    matched_by,
    beneficiary_key,
    entitled_village_code,
    coalesce(village_code, entitled_village_code) as village_code,
    row_amount,
    weight,
    {{ complete_from('weight', 'tolerance') }} as complete_from,
    delivered_on,
    delivery_status,
    delivery_key,
    hash(program_code, period, beneficiary_key) as group_hash
from matched
