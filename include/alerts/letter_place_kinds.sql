-- What is wrong in each village, kind by kind: one row a village and rule. A family counts once, however many periods it
-- waits for; what is overdue or incomplete is not told as about to miss the SUSENAS cutoff as well.
select
    flags.village_code,
    flags.rule,
    count(distinct accuracy.beneficiary_key) as families,
    count(distinct flags.delivery_id) as deliveries,
    count(distinct flags.submission_id) as files,
    1 as villages,
    count(*) as flags,
    coalesce(bool_or(villages.kind = 'kelurahan'), false) as has_kelurahan,
    coalesce(list(distinct flags.period order by flags.period) filter (where flags.period is not null), []) as periods
from letter_flags as flags
left join audit.delivery_accuracy as accuracy on flags.entitlement_id = accuracy.entitlement_id
left join reference.villages on flags.village_code = villages.village_code
where
    flags.opd_code = $opd_code
    and flags.change <> 'resolved'
    and not flags.past_fact
    and flags.village_code is not null
    and not (
        flags.rule = 'susenas_at_risk'
        and exists (
            select 1
            from letter_flags as graver
            where
                graver.entitlement_id = flags.entitlement_id
                and graver.change <> 'resolved'
                and graver.rule in ('delivery_missing', 'delivery_incomplete')
        )
    )
group by flags.village_code, flags.rule
order by flags.village_code, flags.rule;
