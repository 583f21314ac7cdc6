-- The sums behind the subject: one row a rule, over what is new or still open. A family counts once.
select
    flags.rule,
    any_value(flags.past_fact) as past_fact,
    count(*) as flags,
    count(distinct accuracy.beneficiary_key) as families,
    count(distinct flags.village_code) as villages,
    count(distinct flags.delivery_id) as deliveries,
    count(distinct flags.submission_id) as files,
    coalesce(bool_or(villages.kind = 'kelurahan'), false) as has_kelurahan,
    list(distinct flags.program_code) filter (where flags.program_code is not null) as programs,
    list(distinct flags.period) filter (where flags.period is not null) as periods
from letter_flags as flags
left join audit.delivery_accuracy as accuracy on flags.entitlement_id = accuracy.entitlement_id
left join reference.villages on flags.village_code = villages.village_code
where flags.opd_code = $opd_code and flags.change <> 'resolved'
group by flags.rule;
