-- One row per village, programme and SUSENAS window: how many entitlements in scope are ready, how quickly the village has
-- completed them lately, and when the rest will be done at that pace. No recent delivery projects nothing.
{%- set recent_days = 14 %}
with scoped as (
    select
        windows.susenas_year,
        windows.cutoff,
        windows.starts_on,
        windows.ends_on,
        windows.status as window_status,
        entitlements.program_code,
        entitlements.opd_code,
        entitlements.village_code,
        entitlements.district_code,
        entitlements.beneficiary_key,
        entitlements.completed_on,
        entitlements.due_date,
        parameters.as_of
    from {{ ref('int_entitlements_judged') }} as entitlements
    cross join {{ source('reference', 'parameters') }} as parameters
    inner join {{ source('reference', 'susenas_windows') }} as windows
        on entitlements.due_date > windows.scope_from and entitlements.due_date <= windows.cutoff
),

counted as (
    select
        susenas_year,
        program_code,
        opd_code,
        village_code,
        district_code,
        cutoff,
        starts_on,
        ends_on,
        window_status,
        as_of,
        count(distinct beneficiary_key) as families,
        count(*) as entitled,
        count_if(coalesce(completed_on <= cutoff, false)) as ready,
        count_if(completed_on is null) as incomplete,
        count_if(completed_on is null and due_date < as_of) as overdue,
        -- Not count_if: it answers nothing, not zero, where nobody was complete.
        count(*) filter (where completed_on > as_of - {{ recent_days }} and completed_on <= as_of) as recent
    from scoped
    group by all
)

select
    * exclude (recent),
    recent / {{ recent_days }}.0 as pace_per_day,
    case
        when incomplete = 0 then as_of
        -- Not by the pace, whose fraction would make a day of what divides evenly: 17 left at 17 in 14 days take 14 days, not 15.
        when recent > 0 and incomplete * {{ recent_days }} / recent < 3650
            then as_of + ceil(incomplete * {{ recent_days }} / recent)::integer
    end as projected_completion_date
from counted
