-- Of the families to whom nothing is recorded as handed out: those in villages whose log has not come either, so that nobody
-- can tell whether they got it; and in how many villages the log has come. One row. A family of an unknown village is in none of
-- the villages that the sentence counts.
select
    count(distinct accuracy.beneficiary_key) filter (where logs.log_status in ('missing', 'pending')) as families,
    count(distinct flags.village_code) filter (where logs.log_status in ('missing', 'pending')) as villages,
    count(distinct flags.village_code) filter (where logs.log_status not in ('missing', 'pending')) as villages_reported,
    coalesce(
        bool_or(villages.kind = 'kelurahan') filter (where logs.log_status in ('missing', 'pending')), false
    ) as has_kelurahan
from letter_flags as flags
inner join audit.delivery_accuracy as accuracy on flags.entitlement_id = accuracy.entitlement_id
inner join audit.reporting_completeness as logs
    on
        flags.opd_code = logs.opd_code
        and flags.program_code = logs.program_code
        and flags.period = logs.period
        and flags.village_code = logs.village_code
left join reference.villages on flags.village_code = villages.village_code
where
    flags.opd_code = $opd_code
    and flags.change <> 'resolved'
    and flags.rule = 'delivery_missing';
