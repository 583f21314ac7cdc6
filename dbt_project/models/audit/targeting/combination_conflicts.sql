with asked_about as (
    select * from {{ source('reference', 'combinations') }}
    where verdict <> 'allowed'
),

-- Most families are in one programme: months are counted of the few that are in two of a pair.
in_both as (
    select distinct first_ones.family_key
    from asked_about
    inner join {{ ref('int_family_programs') }} as first_ones on asked_about.program_code = first_ones.program_code
    inner join {{ ref('int_family_programs') }} as others
        on asked_about.other_program_code = others.program_code and first_ones.family_key = others.family_key
),

aided as (
    select
        recipients.family_key,
        judged.program_code,
        judged.opd_code,
        judged.period,
        min(judged.beneficiary_key) as beneficiary_key,
        min(judged.village_code) as village_code,
        bool_or(judged.delivered_amount > 0) as has_received
    from {{ ref('int_entitlements_judged') }} as judged
    inner join {{ ref('int_recipient_families') }} as recipients on judged.beneficiary_key = recipients.beneficiary_key
    cross join {{ source('reference', 'parameters') }} as parameters
    where
        (judged.period || '-01')::date <= parameters.as_of
        and recipients.family_key in (select in_both.family_key from in_both)
    group by recipients.family_key, judged.program_code, judged.opd_code, judged.period
)

select
    pairs.verdict,
    aided.family_key,
    aided.program_code,
    aided.opd_code,
    arg_max(aided.beneficiary_key, aided.period) as beneficiary_key,
    arg_max(aided.village_code, aided.period) as village_code,
    others.program_code as other_program_code,
    others.opd_code as other_opd_code,
    arg_max(others.beneficiary_key, aided.period) as other_beneficiary_key,
    arg_max(others.village_code, aided.period) as other_village_code,
    count(*) as periods,
    min(aided.period) as first_period,
    max(aided.period) as last_period,
    count(*) filter (where aided.has_received and others.has_received) as periods_received,
    any_value(pairs.source) as source
from asked_about as pairs
inner join aided on pairs.program_code = aided.program_code
inner join aided as others
    on
        pairs.other_program_code = others.program_code
        and aided.family_key = others.family_key
        and aided.period = others.period
group by
    pairs.verdict, aided.family_key, aided.program_code, aided.opd_code, others.program_code, others.opd_code
