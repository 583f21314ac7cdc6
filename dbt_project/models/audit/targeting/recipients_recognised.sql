with listed as (
    select
        beneficiary_key,
        arg_min(
            {
                'opd_code': opd_code,
                'nik_text': nik_text,
                'village_code': village_code,
                'submission_id': submission_id,
                'sheet': sheet,
                'row_number': row_number
            },
            row_key
        ) as first
    from {{ ref('stg_recipients__rows') }}
    where is_accepted
    group by beneficiary_key
)

select
    listed.first.opd_code,
    recognised.beneficiary_key,
    recognised.person_key,
    {{ mask_nik('listed.first.nik_text') }} as nik_masked,
    listed.first.village_code,
    villages.village_name,
    recognised.known_by,
    listed.first.submission_id,
    listed.first.sheet,
    listed.first.row_number,
    entries.registry,
    {{ mask_nik('entries.nik_text') }} as registry_nik_masked,
    entries.submission_id as registry_submission_id,
    entries.sheet as registry_sheet,
    entries.row_number as registry_row_number
from {{ ref('int_recipients_recognised') }} as recognised
inner join listed on recognised.beneficiary_key = listed.beneficiary_key
inner join {{ ref('stg_registry__rows') }} as entries on recognised.row_id = entries.row_id
left join {{ source('reference', 'villages') }} as villages on listed.first.village_code = villages.village_code
