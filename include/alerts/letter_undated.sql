-- Complete, but only with deliveries without a date: one row a programme and period, in the shape of letter_findings.
-- No rule flags it, so it comes from the audit table itself.
select
    accuracy.opd_code,
    accuracy.program_code,
    programs.name as program_name,
    accuracy.period,
    periods.due_date,
    'undated' as rule,
    false as past_fact,
    count(*) as flags,
    0 as flags_new,
    count(distinct accuracy.entitlement_id) as families,
    count(distinct accuracy.village_code) as villages,
    0 as deliveries,
    0 as files,
    coalesce(bool_or(villages.kind = 'kelurahan'), false) as has_kelurahan,
    null as days_late,
    programs.unit,
    null as amount
from audit.delivery_accuracy as accuracy
left join reference.programs on accuracy.program_code = programs.program_code
left join reference.program_periods as periods
    on accuracy.program_code = periods.program_code and accuracy.period = periods.period
left join reference.villages on accuracy.village_code = villages.village_code
where accuracy.opd_code = $opd_code and accuracy.timing_status = 'undated'
group by all
order by accuracy.program_code, accuracy.period;
