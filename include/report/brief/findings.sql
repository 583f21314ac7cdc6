-- What is open and can still be mended: one row an OPD, rule and whether its e-mails are snoozed; what is snoozed is not asked
-- for, here as little as in the e-mails. What is complete only with undated deliveries is no flag, yet the OPD has to send
-- the dates.
with told as (
    select
        flags.*,
        accuracy.beneficiary_key,
        accuracy.unit as amount_unit,
        case alert_rules.amount
            when 'outstanding' then greatest(accuracy.entitled_amount - accuracy.delivered_amount, 0)
            when 'excess' then greatest(accuracy.delivered_amount - accuracy.entitled_amount, 0)
        end as amount
    from told_flags as flags
    left join alert_rules on flags.rule = alert_rules.rule
    left join audit.delivery_accuracy as accuracy on flags.entitlement_id = accuracy.entitlement_id
    where flags.resolved_on is null and flags.opd_code is not null
),

sums as (
    select opd_code, rule, is_snoozed, amount_unit, sum(amount)::double as amount
    from told
    where amount > 0
    group by all
),

amounts as (
    select opd_code, rule, is_snoozed, list((amount_unit, amount)) as amounts
    from sums
    group by all
),

counted as (
    select
        told.opd_code,
        told.rule,
        told.is_snoozed,
        list(distinct told.severity) as severities,
        count(*) as flags,
        count(distinct told.beneficiary_key) as families,
        count(distinct told.village_code) as villages,
        count(distinct told.delivery_id) as deliveries,
        count(distinct told.submission_id) as files,
        coalesce(bool_or(villages.village_kind = 'kelurahan'), false) as has_kelurahan
    from told
    left join audit.village_summary as villages on told.village_code = villages.village_code
    group by all
)

select counted.*, coalesce(amounts.amounts, []) as amounts
from counted
left join amounts
    on
        counted.opd_code = amounts.opd_code
        and counted.rule = amounts.rule
        and counted.is_snoozed = amounts.is_snoozed
union all by name
select
    accuracy.opd_code,
    'undated' as rule,
    false as is_snoozed,
    ['warning'] as severities,
    count(*) as flags,
    count(distinct accuracy.beneficiary_key) as families,
    count(distinct accuracy.village_code) as villages,
    0 as deliveries,
    0 as files,
    coalesce(bool_or(villages.village_kind = 'kelurahan'), false) as has_kelurahan,
    [] as amounts
from audit.delivery_accuracy as accuracy
left join audit.village_summary as villages on accuracy.village_code = villages.village_code
where accuracy.timing_status = 'undated'
group by accuracy.opd_code;
