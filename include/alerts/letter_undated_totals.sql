-- The sum of letter_undated in the shape of letter_totals: at most one row. A family counts once.
select
    'undated' as rule,
    false as past_fact,
    count(*) as flags,
    count(distinct accuracy.beneficiary_key) as families,
    count(distinct accuracy.village_code) as villages,
    0 as deliveries,
    0 as files,
    coalesce(bool_or(villages.kind = 'kelurahan'), false) as has_kelurahan
from audit.delivery_accuracy as accuracy
left join reference.villages on accuracy.village_code = villages.village_code
where accuracy.opd_code = $opd_code and accuracy.timing_status = 'undated'
having count(*) > 0;
