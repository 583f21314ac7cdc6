{{ config(materialized='view') }}
select
    entitlements.entitlement_id,
    windows.susenas_year,
    entitlements.opd_code,
    entitlements.program_code,
    entitlements.period,
    entitlements.village_code,
    entitlements.district_code,
    windows.starts_on,
    windows.ends_on,
    windows.cutoff,
    windows.status as window_status,
    windows.window_state,
    windows.window_state = 'closed' as is_window_closed,
    windows.days_to_cutoff,
    entitlements.due_date,
    entitlements.completed_on,
    entitlements.timing_status,
    case
        when entitlements.completed_on <= windows.cutoff then 'ready'
        when windows.as_of > windows.cutoff then 'missed'
        when windows.as_of > entitlements.due_date or paces.projected_completion_date > windows.cutoff then 'at_risk'
        else 'on_track'
    end as susenas_status,
    case
        when entitlements.completed_on is null then 'none'
        when entitlements.completed_on > windows.ends_on then 'after_window'
        when entitlements.completed_on < windows.starts_on - windows.visible_days then 'too_early'
        else 'visible'
    end as susenas_visibility
from {{ ref('int_entitlements_judged') }} as entitlements
inner join {{ ref('int_susenas_windows_dated') }} as windows
    on entitlements.due_date > windows.scope_from and entitlements.due_date <= windows.cutoff
left join {{ ref('int_villages_paced') }} as paces
    on
        windows.susenas_year = paces.susenas_year
        and entitlements.program_code = paces.program_code
        and entitlements.village_code is not distinct from paces.village_code
