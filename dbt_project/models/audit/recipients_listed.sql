{{ config(materialized='view') }}
-- One row per row of a recipient list that was accepted, as it was sent, without the person.
select
    families.submission_id,
    families.sheet,
    families.sheet_number,
    families.row_number,
    families.opd_code,
    families.program_code,
    families.beneficiary_key,
    families.village_code,
    families.periods,
    families.entitled_amount,
    families.valid_from,
    families.valid_to,
    families.warning_codes as warnings,
    {{ mask_digit_runs('families.village_sent') }} as village_sent,
    {{ mask_digit_runs('families.district_sent') }} as district_sent,
    {{ mask_figures('families.entitled_amount_sent') }} as entitled_amount_sent,
    {{ mask_digit_runs('families.period_sent') }} as period_sent,
    {{ mask_figures('families.valid_from_sent') }} as valid_from_sent,
    {{ mask_figures('families.valid_to_sent') }} as valid_to_sent
from {{ ref('stg_recipients__rows') }} as families
where families.is_accepted
