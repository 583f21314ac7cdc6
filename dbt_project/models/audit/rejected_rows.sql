{{ config(materialized='view') }}
with refused as (
    select * from {{ ref('rows_judged') }}
    where outcome = 'rejected'
),

-- Persons are masked, and so is any long number that hides in another column; free text may name somebody too.
as_sent as (
    select
        submission_id,
        sheet_number,
        row_number,
        beneficiary_key,
        periods,
        to_json({
            'nik': {{ mask_nik('nik_text') }}, 'kk': {{ mask_nik('kk_text') }}, 'name': {{ mask_name('name_text') }},
            'village': {{ mask_digit_runs('village_sent') }}, 'district': {{ mask_digit_runs('district_sent') }},
            'period': {{ mask_digit_runs('period_sent') }}, 'amount': {{ mask_figures('amount_sent') }},
            'delivered_on': {{ mask_figures('delivered_on_sent') }}, 'status': {{ mask_digit_runs('status_sent') }},
            'bast_number': {{ mask_digit_runs('bast_number') }}, 'received_by': {{ mask_name('received_by') }},
            'notes': {{ mask_name('notes') }}
        })::varchar as raw_masked
    from {{ ref('stg_distribution__rows') }}
    where not is_accepted
    union all
    select
        submission_id,
        sheet_number,
        row_number,
        beneficiary_key,
        periods,
        to_json({
            'nik': {{ mask_nik('nik_text') }}, 'kk': {{ mask_nik('kk_text') }}, 'name': {{ mask_name('name_text') }},
            'village': {{ mask_digit_runs('village_sent') }}, 'district': {{ mask_digit_runs('district_sent') }},
            'entitled_amount': {{ mask_figures('entitled_amount_sent') }}, 'period': {{ mask_digit_runs('period_sent') }},
            'replaces_nik': {{ mask_nik('replaces_nik_text') }}, 'valid_from': {{ mask_figures('valid_from_sent') }},
            'valid_to': {{ mask_figures('valid_to_sent') }}, 'reason': {{ mask_name('reason') }}
        })::varchar as raw_masked
    from {{ ref('stg_recipients__rows') }}
    where not is_accepted
    union all
    select
        submission_id,
        sheet_number,
        row_number,
        null as beneficiary_key,
        null as periods,
        to_json({
            'nik': {{ mask_nik('nik_text') }}, 'kk': {{ mask_nik('kk_text') }}, 'name': {{ mask_name('name_text') }},
            'birth_date': left(regexp_replace(birth_date_sent, '[0-9]', '*', 'g'), 20),
            'village': {{ mask_digit_runs('village_sent') }}, 'district': {{ mask_digit_runs('district_sent') }}
        })::varchar as raw_masked
    from {{ ref('stg_registry__rows') }}
    where not is_accepted
    union all
    select
        submission_id,
        sheet_number,
        row_number,
        null as beneficiary_key,
        null as periods,
        to_json({
            'village': {{ mask_digit_runs('village_sent') }}, 'milestone': {{ mask_digit_runs('milestone_sent') }},
            'reached_on': {{ mask_figures('reached_on_sent') }}, 'notes': {{ mask_name('notes') }}
        })::varchar as raw_masked
    from {{ ref('stg_gates__rows') }}
    where not is_accepted
    union all
    select
        submission_id,
        sheet_number,
        row_number,
        null as beneficiary_key,
        null as periods,
        to_json({
            'pair_id': pair_id, 'decision': {{ mask_name('decision_sent') }}, 'notes': {{ mask_name('notes') }}
        })::varchar as raw_masked
    from {{ ref('stg_reviews__rows') }}
    where not is_accepted
),

reason_texts as (
    select
        refused.submission_id,
        refused.sheet_number,
        refused.row_number,
        string_agg(coalesce(reasons.text, refused.reason_code), '; ' order by refused.place) as reason
    from (
        select
            submission_id,
            sheet_number,
            row_number,
            unnest(reason_codes) as reason_code,
            generate_subscripts(reason_codes, 1) as place
        from refused
    ) as refused
    left join {{ source('reference', 'reasons') }} as reasons on refused.reason_code = reasons.code
    group by refused.submission_id, refused.sheet_number, refused.row_number
)

select
    refused.submission_id,
    submissions.file_name,
    submissions.feed,
    submissions.opd_code,
    submissions.program_code,
    refused.kind,
    refused.sheet,
    refused.sheet_number,
    refused.row_number,
    refused.reason_codes,
    reason_texts.reason,
    as_sent.raw_masked,
    as_sent.beneficiary_key,
    as_sent.periods
from refused
inner join {{ ref('stg_ledger__submissions') }} as submissions on refused.submission_id = submissions.submission_id
left join as_sent
    on
        refused.submission_id = as_sent.submission_id
        and refused.sheet_number = as_sent.sheet_number
        and refused.row_number = as_sent.row_number
left join reason_texts
    on
        refused.submission_id = reason_texts.submission_id
        and refused.sheet_number = reason_texts.sheet_number
        and refused.row_number = reason_texts.row_number
