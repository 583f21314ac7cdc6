{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per programme, period and beneficiary: what the lists promise. A family that the counting list no longer
-- holds stays here with dropped_on, so that what it was given before is not called unexpected.
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
with mended as (
    -- What a returned workbook mends was never meant: the mended row stands in its place, also where it names another person.
    select
        returned.origin_row_id,
        families.arrival
    from {{ ref('int_rows_returned') }} as returned
    inner join {{ ref('stg_recipients__rows') }} as families on returned.row_id = families.row_id
    where returned.is_known and families.is_accepted
),

mended_later as (
    select distinct families.row_id
    from {{ ref('stg_recipients__rows') }} as families
    left join {{ ref('int_rows_returned') }} as returned on families.row_id = returned.row_id
    inner join mended
        on coalesce(returned.origin_row_id, families.row_id) = mended.origin_row_id and families.arrival < mended.arrival
),

listed as (
    select
        lists.program_code,
        lists.period,
        lists.due_date,
        lists.dropped_on,
        lists.dropped_by,
        lists.arrival,
        families.received_on,
        families.submission_id,
        families.sheet,
        families.sheet_number,
        families.row_number,
        families.beneficiary_key,
        families.nik_key,
        families.kk_key,
        families.name_key,
        families.nik_text,
        families.replaces_nik_key,
        families.valid_from,
        families.village_code,
        families.entitled_amount
    from {{ ref('stg_recipients__rows') }} as families
    inner join {{ ref('int_recipient_lists_ranked') }} as lists
        on
            families.submission_id = lists.submission_id
            and coalesce(families.village_code, '') = lists.village_code
            and (families.periods is null or list_contains(families.periods, lists.period))
    where
        families.is_accepted
        and families.row_id not in (select mended_later.row_id from mended_later)
        and (families.valid_from is null or strftime(families.valid_from, '%Y-%m') <= lists.period)
        and (families.valid_to is null or strftime(families.valid_to, '%Y-%m') >= lists.period)
),

latest as (
    select
        *,
        'E' || left(md5(program_code || '|' || period || '|' || beneficiary_key), 16) as entitlement_id
    from listed
    qualify
        row_number() over (
            partition by program_code, period, beneficiary_key
            order by dropped_on is null desc, arrival desc, sheet_number asc, row_number asc
        ) = 1
),

masked as (
    -- A family stands in a year of lists: each is masked once.
    select
        nik_text,
        {{ mask_nik('nik_text') }} as nik_masked
    from (select distinct nik_text from {{ ref('stg_recipients__rows') }} where nik_text is not null)
),

-- Whom somebody replaces: few, so that they are looked up among few.
identified as (
    select
        program_code,
        period,
        nik_key,
        entitlement_id
    from latest
    where nik_key in (select heirs.replaces_nik_key from latest as heirs where heirs.replaces_nik_key is not null)
),

replaced as (
    select
        latest.program_code,
        latest.period,
        latest.replaces_nik_key as nik_key,
        min(coalesce(latest.valid_from, latest.received_on)) as replaced_on
    from latest
    where latest.replaces_nik_key is not null and latest.dropped_on is null
    group by latest.program_code, latest.period, latest.replaces_nik_key
)

select
    latest.entitlement_id,
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
    predecessors.entitlement_id as replaces_entitlement_id,
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
        and latest.nik_key = replaced.nik_key
left join identified as predecessors
    on
        latest.program_code = predecessors.program_code
        and latest.period = predecessors.period
        and latest.replaces_nik_key = predecessors.nik_key
        and latest.dropped_on is null
where
    {{ is_period_expected('programs', 'latest.due_date') }}
    -- Where only desa are eligible, a kelurahan's families are entitled to nothing (rule village_not_eligible).
    and coalesce({{ is_kind_eligible('programs', 'villages') }}, true)
{% endif %}
