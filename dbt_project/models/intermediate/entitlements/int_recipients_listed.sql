{{ config(materialized='view') }}
-- One row per programme, period and row of a recipient list that covers it, also of lists that count no more. listed_at is the
-- arrival of the list to which the row belongs: what a returned workbook mends belongs to the list that it mends.
with mended as (
    -- What a returned workbook mends was never meant: the mended row stands in its place, also where it names another person.
    select
        returned.row_id,
        returned.origin_row_id,
        families.arrival,
        origins.arrival as origin_arrival
    from {{ ref('int_rows_returned') }} as returned
    inner join {{ ref('stg_recipients__rows') }} as families on returned.row_id = families.row_id
    inner join {{ ref('stg_recipients__rows') }} as origins on returned.origin_row_id = origins.row_id
    where returned.is_known and families.is_accepted
),

mended_later as (
    select distinct families.row_id
    from {{ ref('stg_recipients__rows') }} as families
    left join {{ ref('int_rows_returned') }} as returned on families.row_id = returned.row_id
    inner join mended
        on coalesce(returned.origin_row_id, families.row_id) = mended.origin_row_id and families.arrival < mended.arrival
)

select
    lists.program_code,
    lists.period,
    lists.due_date,
    lists.dropped_on,
    lists.dropped_by,
    lists.arrival,
    coalesce(mended.origin_arrival, lists.arrival) as listed_at,
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
        and {{ is_period_listed('families', 'lists.period') }}
left join mended on families.row_id = mended.row_id
where
    families.is_accepted
    and families.row_id not in (select mended_later.row_id from mended_later)
