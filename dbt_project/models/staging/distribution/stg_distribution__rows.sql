{{ config(materialized='view') }}
-- One row per data row of a distribution log, with all that is wrong with it: what the row says of itself, and what other rows
-- say of it. A view: keeping the rows a second time would cost more than joining the few remarks each time.
select
    typed.submission_id,
    typed.sequence,
    submissions.arrival,
    typed.sheet,
    typed.sheet_number,
    typed.row_number,
    typed.row_key,
    typed.submission_id || ':' || typed.sheet_number || ':' || typed.row_number as row_id,
    typed.returned_row_id,
    submissions.feed,
    submissions.opd_code,
    submissions.program_code,
    submissions.unit,
    submissions.received_on,
    submissions.report_deadline_days,

    -- as sent
    typed.nik_text,
    typed.kk_text,
    typed.name_text,
    typed.village_sent,
    typed.district_sent,
    typed.period_sent,
    typed.amount_sent,
    typed.delivered_on_sent,
    typed.status_sent,
    typed.bast_number,
    typed.received_by,
    typed.notes,

    -- as understood
    typed.nik_key,
    typed.kk_key,
    typed.name_key,
    typed.beneficiary_key,
    typed.village_code,
    typed.village_hint,
    nullif(concat_ws(
        ' ',
        'Pada baris ini ' || typed.nik_problem || '.',
        compared.hint,
        'Mungkin yang dimaksud: ' || typed.suspected_unit || '.'
    ), '') as hint,
    typed.periods,
    typed.amount,
    typed.delivered_on,
    typed.delivered_from,
    typed.is_date_from_title,
    typed.delivery_status,
    typed.failure_reasons,
    typed.is_via_proxy,
    typed.delivery_key,
    case
        when len(coalesce(compared.reason_codes, [])) = 0 then typed.reason_codes
        else
            list_concat(
                typed.reason_codes,
                list_filter(compared.reason_codes, lambda code: not list_contains(typed.reason_codes, code))
            )
    end as reason_codes,
    case
        when compared.row_key is null then typed.warning_codes
        else list_concat(typed.warning_codes, compared.warning_codes)
    end as warning_codes,
    len(typed.reason_codes) = 0 and len(coalesce(compared.reason_codes, [])) = 0 as is_accepted
from {{ ref('stg_distribution__typed') }} as typed
inner join {{ ref('stg_ledger__submissions') }} as submissions on typed.sequence = submissions.sequence
left join {{ ref('stg_distribution__compared') }} as compared on typed.row_key = compared.row_key
