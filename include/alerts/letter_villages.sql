-- Where: one row a village, programme and period with something new or still open. An entitlement that breaks several
-- rules is one family and is owed once.
with flagged as (
    select
        flags.village_code,
        flags.program_code,
        flags.period,
        flags.entitlement_id,
        -- A letter about logs alone says nothing of families, not that there are none: these are null then, and so are their sums.
        bool_or(flags.rule in ('delivery_missing', 'due_soon')) filter (where flags.rule <> 'log_due_soon') as missing,
        bool_or(flags.amount = 'outstanding') filter (where flags.rule <> 'log_due_soon') as short,
        bool_or(flags.amount = 'excess') filter (where flags.rule <> 'log_due_soon') as excess,
        bool_or(flags.rule in ('log_missing', 'log_due_soon')) as no_log,
        max(flags.days_late) filter (where not flags.past_fact) as days_late,
        count(*) filter (where flags.entitlement_id is null and flags.rule not in ('log_missing', 'log_due_soon')) as other_flags
    from letter_flags as flags
    where flags.opd_code = $opd_code and flags.change <> 'resolved' and flags.village_code is not null
    group by all
),

summed as (
    select
        flagged.village_code,
        flagged.program_code,
        flagged.period,
        sum(flagged.missing::integer)::bigint as families_missing,
        sum((flagged.short and not flagged.missing)::integer)::bigint as families_short,
        sum(flagged.excess::integer)::bigint as families_excess,
        sum(
            case
                when flagged.short then greatest(accuracy.entitled_amount - accuracy.delivered_amount, 0)
                when not flagged.short then 0
            end
        )::double as outstanding,
        bool_or(flagged.no_log) as no_log,
        max(flagged.days_late) as days_late,
        sum(flagged.other_flags)::bigint as other_flags
    from flagged
    left join audit.delivery_accuracy as accuracy on flagged.entitlement_id = accuracy.entitlement_id
    group by all
),

entitled as (
    select
        village_code,
        program_code,
        period,
        count(*) as entitled,
        count(*) filter (where timing_status in ('on_time', 'late')) as complete,
        count(*) filter (where timing_status = 'undated') as undated
    from audit.delivery_accuracy
    where opd_code = $opd_code
    group by all
)

select
    villages.district_name,
    villages.village_name,
    villages.kind,
    summed.village_code,
    summed.program_code,
    programs.name as program_name,
    programs.unit,
    summed.period,
    periods.due_date,
    coalesce(entitled.entitled, 0) as entitled,
    coalesce(entitled.complete, 0) as complete,
    coalesce(entitled.undated, 0) as undated,
    summed.families_missing,
    summed.families_short,
    summed.families_excess,
    summed.outstanding,
    summed.no_log,
    summed.days_late,
    summed.other_flags
from summed
left join entitled
    on summed.village_code = entitled.village_code
    and summed.program_code = entitled.program_code
    and summed.period = entitled.period
left join reference.villages on summed.village_code = villages.village_code
left join reference.programs on summed.program_code = programs.program_code
left join reference.program_periods as periods
    on summed.program_code = periods.program_code and summed.period = periods.period
order by program_code, period, district_name, village_name;
