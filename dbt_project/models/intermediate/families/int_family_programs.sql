-- One row per family and programme of which a list or a delivery speaks. Two notions of being reached, kept apart:
--   is_entitled  the family stands on the list of a programme that runs on the day of judgement, for the last month of its
--                village's list that has begun;
--   received     whatever was handed out to it up to that day, listed or not.
-- Values are those of the months of this year that have begun, in rupiah (a kilogram at the programme's price).
with spans as (
    select
        program_code,
        (min(period) || '-01')::date as begins_on,
        greatest(max(due_date), last_day((max(period) || '-01')::date)) as ends_on
    from {{ source('reference', 'program_periods') }}
    group by program_code
),

running as (
    select
        programs.program_code,
        spans.begins_on <= parameters.as_of
        and parameters.as_of <= spans.ends_on
        and (
            programs.status = 'active'
            or programs.status <> 'planned' and programs.status_from > parameters.as_of
        ) as is_running
    from {{ source('reference', 'programs') }} as programs
    inner join spans on programs.program_code = spans.program_code
    cross join {{ source('reference', 'parameters') }} as parameters
),

entitlements as (
    select
        recipients.family_key,
        judged.program_code,
        judged.opd_code,
        judged.period,
        judged.village_code,
        judged.dropped_on is null as is_standing,
        judged.due_date < parameters.as_of as is_due,
        judged.timing_status,
        judged.days_late,
        judged.delivered_amount,
        judged.completed_on,
        (judged.period || '-01')::date <= parameters.as_of as has_begun,
        year((judged.period || '-01')::date) = year(parameters.as_of) as is_of_this_year,
        judged.entitled_amount * programs.unit_price_idr as promised_idr,
        judged.delivered_amount * programs.unit_price_idr as received_idr
    from {{ ref('int_entitlements_judged') }} as judged
    inner join {{ ref('int_recipient_families') }} as recipients on judged.beneficiary_key = recipients.beneficiary_key
    inner join {{ source('reference', 'programs') }} as programs on judged.program_code = programs.program_code
    cross join {{ source('reference', 'parameters') }} as parameters
),

latest_months as (
    select
        program_code,
        village_code,
        max(period) as period
    from entitlements
    where is_standing and has_begun
    group by program_code, village_code
),

by_list as (
    select
        entitlements.family_key,
        entitlements.program_code,
        any_value(entitlements.opd_code) as opd_code,
        bool_or(entitlements.is_standing and entitlements.period = latest_months.period and running.is_running) as is_entitled,
        count(*) filter (where entitlements.is_due) as entitled,
        count(*) filter (where entitlements.is_due and entitlements.timing_status in ('on_time', 'late', 'undated')) as complete,
        count(*) filter (where entitlements.is_due and entitlements.timing_status = 'on_time') as on_time,
        count(*) filter (where entitlements.is_due and entitlements.days_late > 0) as delayed,
        coalesce(sum(entitlements.days_late) filter (where entitlements.is_due), 0) as days_late,
        coalesce(bool_or(entitlements.delivered_amount > 0), false) as has_received,
        coalesce(sum(entitlements.promised_idr) filter (
            where entitlements.has_begun and entitlements.is_of_this_year
        ), 0) as promised_idr,
        coalesce(sum(entitlements.received_idr) filter (
            where entitlements.has_begun and entitlements.is_of_this_year
        ), 0) as received_idr
    from entitlements
    left join latest_months
        on
            entitlements.program_code = latest_months.program_code
            and entitlements.village_code is not distinct from latest_months.village_code
    left join running on entitlements.program_code = running.program_code
    group by entitlements.family_key, entitlements.program_code
),

outside_lists as (
    select
        recipients.family_key,
        unexpected.program_code,
        any_value(programs.opd_code) as opd_code,
        coalesce(sum(unexpected.amount * programs.unit_price_idr) filter (
            where
            (unexpected.period || '-01')::date <= parameters.as_of
            and year((unexpected.period || '-01')::date) = year(parameters.as_of)
        ), 0) as received_idr
    from {{ ref('unexpected_deliveries') }} as unexpected
    inner join {{ ref('int_recipient_families') }} as recipients on unexpected.beneficiary_key = recipients.beneficiary_key
    inner join {{ source('reference', 'programs') }} as programs on unexpected.program_code = programs.program_code
    cross join {{ source('reference', 'parameters') }} as parameters
    where unexpected.kind = 'not_listed'
    group by recipients.family_key, unexpected.program_code
)

select
    coalesce(by_list.family_key, outside_lists.family_key) as family_key,
    coalesce(by_list.program_code, outside_lists.program_code) as program_code,
    coalesce(by_list.opd_code, outside_lists.opd_code) as opd_code,
    coalesce(by_list.is_entitled, false) as is_entitled,
    by_list.family_key is not null as is_listed,
    coalesce(by_list.entitled, 0) as entitled,
    coalesce(by_list.complete, 0) as complete,
    coalesce(by_list.on_time, 0) as on_time,
    coalesce(by_list.delayed, 0) as delayed,
    coalesce(by_list.days_late, 0) as days_late,
    coalesce(by_list.has_received, false) or outside_lists.family_key is not null as has_received,
    {{ rounded_amount('coalesce(by_list.promised_idr, 0)') }}::double as promised_idr,
    {{ rounded_amount('coalesce(by_list.received_idr, 0) + coalesce(outside_lists.received_idr, 0)') }}::double as received_idr
from by_list
full outer join outside_lists
    on by_list.family_key = outside_lists.family_key and by_list.program_code = outside_lists.program_code
