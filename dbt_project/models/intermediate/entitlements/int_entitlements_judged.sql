{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='entitlement_id',
    pre_hook="{{ forget_touched() }}"
) }}
-- depends_on: {{ ref('int_entitlements_touched') }}
-- One row per entitlement: right amount, right time (contract, section 4).
with measured as (
    select
        entitlements.*,
        parameters.as_of,
        coalesce(entitlements.completed_on, parameters.as_of) as measured_until
    from {{ ref('int_entitlements_fulfilled') }} as entitlements
    cross join {{ source('reference', 'parameters') }} as parameters
    {%- if is_incremental() %}
    -- One set, not two conditions: DuckDB looks entitlements up in a set, but weighs an "or" for every one of them.
    where
        entitlements.entitlement_id in (
            select touched.entitlement_id from {{ ref('int_entitlements_touched') }} as touched
            union all
            -- What is not complete is another day later.
            select judged.entitlement_id
            from {{ this }} as judged
            cross join {{ source('reference', 'parameters') }} as days
            where judged.completed_on is null and days.as_of is distinct from days.judged_as_of
        )
    {%- endif %}
),

delayed as (
    select
        measured.*,
        greatest(coalesce(snoozed_untils.days_so_far - due_days.days_so_far, 0), 0)::integer as days_late,
        greatest(coalesce(snoozed_untils.working_days_so_far - due_days.working_days_so_far, 0), 0)::integer as working_days_late
    from measured
    left join {{ ref('int_program_days_counted') }} as due_days
        on measured.program_code = due_days.program_code and measured.due_date = due_days.day
    left join {{ ref('int_program_days_counted') }} as snoozed_untils
        on measured.program_code = snoozed_untils.program_code and measured.measured_until = snoozed_untils.day
)

select
    * exclude (as_of, measured_until),
    case
        when delivered_amount <= 0 then 'none'
        when delivered_amount < {{ complete_from('entitled_amount', 'tolerance') }} then 'under'
        when delivered_amount > entitled_amount * (1 + tolerance) + {{ rounding_of_amounts() }} then 'over'
        else 'exact'
    end as amount_status,
    case
        when completed_on is not null and days_late = 0 then 'on_time'
        when completed_on is not null then 'late'
        when is_complete then 'undated'
        when as_of <= due_date then 'pending'
        when delivered_amount > 0 then 'incomplete'
        else 'missing'
    end as timing_status,
    case
        when completed_on is null then null
        when is_completion_reported_in_time then 'verified'
        else 'claimed'
    end as timing_evidence
from delayed
