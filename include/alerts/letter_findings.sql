-- What is wrong: one row a programme, period and rule, over what is new or still open.
select
    flags.opd_code,
    flags.program_code,
    programs.name as program_name,
    flags.period,
    periods.due_date,
    flags.rule,
    flags.past_fact,
    count(*) as flags,
    count(*) filter (where flags.change = 'new') as flags_new,
    count(distinct flags.entitlement_id) as families,
    count(distinct flags.village_code) as villages,
    count(distinct flags.delivery_id) as deliveries,
    count(distinct flags.submission_id) as files,
    coalesce(bool_or(villages.kind = 'kelurahan'), false) as has_kelurahan,
    max(flags.days_late) as days_late,
    programs.unit,
    case any_value(flags.amount)
        when 'outstanding' then sum(greatest(accuracy.entitled_amount - accuracy.delivered_amount, 0))
        when 'excess' then sum(greatest(accuracy.delivered_amount - accuracy.entitled_amount, 0))
    end::double as amount
from letter_flags as flags
left join audit.delivery_accuracy as accuracy on flags.entitlement_id = accuracy.entitlement_id
left join reference.programs on flags.program_code = programs.program_code
left join reference.program_periods as periods
    on flags.program_code = periods.program_code and flags.period = periods.period
left join reference.villages on flags.village_code = villages.village_code
where
    flags.opd_code = $opd_code
    and flags.change <> 'resolved'
group by all
order by flags.program_code, flags.period, flags.rule;
