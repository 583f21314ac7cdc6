-- Where, at a glance: one row a village, worst first. A family counts once, however many periods it waits for.
with flagged as (
    select
        flags.village_code,
        flags.entitlement_id,
        accuracy.beneficiary_key,
        accuracy.unit,
        greatest(accuracy.entitled_amount - accuracy.delivered_amount, 0) as owed,
        bool_or(flags.counts = 'families') as unfinished,
        bool_or(flags.amount = 'outstanding') as short,
        max(flags.days_late) as days_late,
        count(*) as flags
    from letter_flags as flags
    left join audit.delivery_accuracy as accuracy on flags.entitlement_id = accuracy.entitlement_id
    where
        flags.opd_code = $opd_code
        and flags.change <> 'resolved'
        and not flags.past_fact
        and flags.village_code is not null
    group by all
)

select
    flagged.village_code,
    villages.village_name,
    villages.district_name,
    villages.kind,
    count(distinct flagged.beneficiary_key) filter (where flagged.unfinished) as families,
    coalesce(sum(flagged.owed) filter (where flagged.short and flagged.unit = 'IDR'), 0)::double as owed_rupiah,
    coalesce(sum(flagged.owed) filter (where flagged.short and flagged.unit = 'kg'), 0)::double as owed_kg,
    max(flagged.days_late) as days_late,
    sum(flagged.flags)::bigint as flags
from flagged
left join reference.villages on flagged.village_code = villages.village_code
group by all
order by families desc, days_late desc nulls last, flags desc, village_name;
