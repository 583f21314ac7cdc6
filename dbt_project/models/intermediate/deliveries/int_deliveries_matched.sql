-- One row per accepted log row and period, matched to its entitlement: by NIK; else by KK where exactly one entitlement
-- has it; by name and village only where the row has neither. The amount of a row that pays several periods is shared
-- over them in proportion to what each entitles to, to the cent.
with entitlements as (
    select * from {{ ref('int_entitlements_listed') }}
),

log_rows as (
    select
        logs.row_id,
        logs.submission_id,
        logs.arrival,
        logs.sheet,
        logs.sheet_number,
        logs.row_number,
        logs.opd_code,
        logs.program_code,
        logs.unit,
        logs.received_on,
        logs.report_deadline_days,
        logs.nik_text,
        logs.name_text,
        logs.amount_sent,
        logs.bast_number,
        logs.nik_key,
        logs.kk_key,
        logs.name_key,
        logs.beneficiary_key,
        logs.village_code,
        logs.amount,
        logs.delivered_on,
        logs.delivered_from,
        logs.is_date_from_title,
        logs.delivery_status,
        logs.failure_reasons,
        logs.is_via_proxy,
        logs.delivery_key,
        logs.warning_codes,
        -- By name only where the row has nothing better. A key of its own, because a condition on one side of a left join
        -- would make DuckDB compare every row with every entitlement.
        case when logs.nik_key is null and logs.kk_key is null then logs.name_key end as lone_name_key,
        unnest(logs.periods) as period,
        len(logs.periods) as period_count
    from {{ ref('stg_distribution__rows') }} as logs
    where logs.is_accepted
),

by_nik as (
    select
        program_code,
        period,
        nik_key,
        -- Never among several: one NIK, one beneficiary, unless a list holds it under another key too.
        case when count(*) = 1 then min(entitlement_id) end as entitlement_id,
        min(dropped_on) as dropped_on
    from entitlements
    where nik_key is not null
    group by program_code, period, nik_key
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
    where kk_key is not null
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
    where name_key is not null and village_code is not null
    group by program_code, period, name_key, village_code
),

candidates as (
    select
        log_rows.*,
        -- What reaches a family after the list has dropped it is not owed to it any more.
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

matched as (
    select
        candidates.* exclude (
            beneficiary_key, village_code, amount, nik_key, kk_key, name_key, lone_name_key,
            nik_entitlement_id, kk_entitlement_id, name_entitlement_id
        ),
        candidates.amount as row_amount,
        entitlements.entitlement_id,
        case
            when candidates.nik_entitlement_id is not null then 'nik'
            when candidates.kk_entitlement_id is not null then 'kk'
            when candidates.name_entitlement_id is not null then 'name_village'
        end as matched_by,
        coalesce(entitlements.beneficiary_key, candidates.beneficiary_key) as beneficiary_key,
        coalesce(candidates.village_code, entitlements.village_code) as village_code,
        coalesce(entitlements.listed_amount, programs.entitlement) as weight
    from candidates
    inner join {{ source('reference', 'programs') }} as programs on candidates.program_code = programs.program_code
    left join entitlements
        on
            coalesce(candidates.nik_entitlement_id, candidates.kk_entitlement_id, candidates.name_entitlement_id)
            = entitlements.entitlement_id
),

single as (
    select
        *,
        row_amount as amount
    from matched
    where period_count = 1
),

shared as (
    -- The running share is rounded, not the share: so the parts always add up to the whole.
    select
        * exclude (weight_in_all, weight_so_far),
        round(
            round(row_amount * weight_so_far / weight_in_all, 2)
            - round(row_amount * (weight_so_far - weight) / weight_in_all, 2),
            2
        )
            as amount
    from (
        select
            *,
            sum(weight) over (partition by row_id) as weight_in_all,
            sum(weight) over (partition by row_id order by period) as weight_so_far
        from matched
        where period_count > 1
    )
)

-- Both halves have the same columns, which the linter cannot see behind the stars.
select  -- noqa: AM07
    *,
    row_id as delivery_id
from single
union all by name
select
    *,
    row_id || ':' || period as delivery_id
from shared
