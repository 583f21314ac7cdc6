{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per programme, period and beneficiary: what the lists promise. A family that the counting list no longer
-- holds stays here with dropped_on, so that what it was given before is not called unexpected.
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
{%- set promised = 'program_code, period, beneficiary_key' %}
with listed as not materialized (
    select * from {{ ref('int_recipients_listed') }}
),

perhaps_repeated as (
    {{ likenesses_of_several('listed', promised) }}
),

latest as (
    select * from listed
    where hash({{ promised }}) not in (select perhaps_repeated.likeness from perhaps_repeated)
    union all
    select * from listed
    where hash({{ promised }}) in (select perhaps_repeated.likeness from perhaps_repeated)
    qualify
        row_number() over (
            partition by {{ promised }} order by dropped_on is null desc, arrival desc, sheet_number asc, row_number asc
        ) = 1
),

masked as (
    -- A family stands in a year of lists: each is masked once.
    select
        nik_text,
        {{ mask_nik('nik_text') }} as nik_masked
    from (select distinct nik_text from {{ ref('stg_recipients__rows') }} where nik_text is not null)
),

replaced as (
    select
        program_code,
        period,
        replaced_key as beneficiary_key,
        min(replaced_on) as replaced_on
    from {{ ref('int_entitlements_replacing') }}
    group by program_code, period, replaced_key
)

select
    {{ entitlement_id('latest', 'latest.beneficiary_key') }} as entitlement_id,
    latest.program_code,
    latest.period,
    latest.due_date,
    programs.opd_code,
    programs.unit,
    programs.tolerance,
    latest.beneficiary_key,
    latest.nik_key,
    latest.kk_key,
    latest.name_key,
    masked.nik_masked,
    latest.village_code,
    villages.district_code,
    coalesce(latest.entitled_amount, programs.entitlement) as listed_amount,
    coalesce(replaced.replaced_on, latest.dropped_on) as dropped_on,
    {{ entitlement_id('latest', 'replacing.predecessor_key') }} as replaces_entitlement_id,
    case when replaced.replaced_on is null then latest.dropped_by end as dropped_by_submission_id,
    latest.submission_id as recipient_submission_id,
    latest.sheet as recipient_sheet,
    latest.row_number as recipient_row_number
from latest
left join masked on latest.nik_text = masked.nik_text
inner join {{ source('reference', 'programs') }} as programs on latest.program_code = programs.program_code
left join {{ source('reference', 'villages') }} as villages on latest.village_code = villages.village_code
left join replaced
    on
        latest.program_code = replaced.program_code
        and latest.period = replaced.period
        and latest.beneficiary_key = replaced.beneficiary_key
left join {{ ref('int_entitlements_replacing') }} as replacing
    on
        latest.program_code = replacing.program_code
        and latest.period = replacing.period
        and latest.beneficiary_key = replacing.beneficiary_key
where
    {{ is_period_expected('programs', 'latest.due_date') }}
    -- Where only desa are eligible, a kelurahan's families are entitled to nothing (rule village_not_eligible).
    and coalesce({{ is_kind_eligible('programs', 'villages') }}, true)
{% endif %}
