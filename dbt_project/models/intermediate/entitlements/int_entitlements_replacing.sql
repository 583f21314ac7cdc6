{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per programme, period and person listed in the place of another. A list need not say it again: what an earlier one said
-- holds, also of a person whom a later one drops, until a list that came later holds the replaced person again.
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
with concerned as (
    select * from {{ ref('int_recipients_listed') }}
    where
        beneficiary_key in (
            select heirs.beneficiary_key
            from {{ ref('stg_recipients__rows') }} as heirs
            where heirs.is_accepted and heirs.replaces_nik_key is not null
            union
            select replaced.replaces_nik_key
            from {{ ref('stg_recipients__rows') }} as replaced
            where replaced.is_accepted and replaced.replaces_nik_key is not null
        )
),

tellings as (
    select
        *,
        coalesce(valid_from, received_on) as replaced_on
    from concerned
    where replaces_nik_key is not null
),

leavings as (
    select distinct
        program_code,
        period,
        replaces_nik_key as beneficiary_key,
        arrival
    from tellings
),

-- The last list that held a person in a place of his own. One that names him only to say who replaces him did not.
persons as (
    select
        concerned.program_code,
        concerned.period,
        concerned.beneficiary_key,
        bool_or(concerned.dropped_on is null) as is_still_listed,
        coalesce(
            max(
                case
                    when concerned.replaces_nik_key is not null then concerned.arrival
                    when leavings.beneficiary_key is null then concerned.listed_at
                end
            ),
            0
        ) as held_at
    from concerned
    left join leavings
        on
            concerned.program_code = leavings.program_code
            and concerned.period = leavings.period
            and concerned.beneficiary_key = leavings.beneficiary_key
            and concerned.listed_at = leavings.arrival
    group by concerned.program_code, concerned.period, concerned.beneficiary_key
),

-- What a list said of some periods holds for those in which only a later list holds who replaces.
remembered as (
    select
        heirs.program_code,
        heirs.period,
        heirs.beneficiary_key,
        heirs.is_still_listed,
        heirs.held_at,
        tellings.replaces_nik_key as replaced_key,
        tellings.replaced_on,
        tellings.arrival,
        heirs.period = tellings.period as is_of_period
    from persons as heirs
    inner join tellings
        on
            heirs.program_code = tellings.program_code
            and heirs.beneficiary_key = tellings.beneficiary_key
            and (heirs.period = tellings.period or heirs.held_at > tellings.arrival)
    inner join persons as replaced
        on
            heirs.program_code = replaced.program_code
            and heirs.period = replaced.period
            and tellings.replaces_nik_key = replaced.beneficiary_key
            and tellings.arrival >= replaced.held_at
),

-- Nobody follows himself: who is replaced was held by no later list than who replaces him, and those of one list who replace each
-- other in a ring are not read as replacing anybody (staging).
replacing as (
    select
        program_code,
        period,
        beneficiary_key,
        is_still_listed,
        held_at,
        replaced_key,
        min(replaced_on) as replaced_on,
        min(arrival) as told_at
    from remembered
    group by program_code, period, beneficiary_key, is_still_listed, held_at, replaced_key
    qualify
        row_number() over (
            partition by program_code, period, beneficiary_key
            order by bool_or(is_of_period) desc, max(arrival) desc, replaced_key
        ) = 1
),

-- Whoever replaces somebody whose place another held in between, and holds no more, follows that other.
between_them as (
    select
        replacing.program_code,
        replacing.period,
        replacing.beneficiary_key,
        arg_max(earlier.beneficiary_key, (earlier.held_at, earlier.beneficiary_key)) as predecessor_key
    from replacing
    inner join replacing as earlier
        on
            replacing.program_code = earlier.program_code
            and replacing.period = earlier.period
            and replacing.replaced_key = earlier.replaced_key
            and not earlier.is_still_listed
            and replacing.told_at > earlier.held_at
    group by replacing.program_code, replacing.period, replacing.beneficiary_key
)

select
    replacing.program_code,
    replacing.period,
    replacing.beneficiary_key,
    replacing.replaced_key,
    replacing.replaced_on,
    coalesce(between_them.predecessor_key, replacing.replaced_key) as predecessor_key
from replacing
left join between_them
    on
        replacing.program_code = between_them.program_code
        and replacing.period = between_them.period
        and replacing.beneficiary_key = between_them.beneficiary_key
{% endif %}
