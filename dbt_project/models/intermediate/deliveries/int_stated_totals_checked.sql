-- One row per submission whose table states a total: the total as written beside the sum of its rows, whatever became of
-- the rows, for the sender added them all up. A sheet's last total is the grand total.
with total_rows as (
    select
        totals.submission_id,
        totals.sheet_number,
        totals.row_number,
        totals.amount as amount_text,
        {{ cell_type('distribution', 'amount') }} as amount_cell,
        submissions.unit,
        submissions.pack_size
    from {{ source('raw', 'distribution') }} as totals
    inner join {{ ref('stg_ledger__submissions') }} as submissions on totals.submission_id = submissions.submission_id
    where totals.row_kind = 'total' and trim(coalesce(totals.amount, '')) <> ''
),

amounts as (
    {{ typed_amounts('(select distinct amount_text, amount_cell, unit, pack_size from total_rows)') }}
),

grand_totals as (
    select
        total_rows.submission_id,
        total_rows.sheet_number,
        total_rows.row_number,
        amounts.amount as stated_total
    from total_rows
    inner join amounts
        on
            total_rows.amount_text = amounts.amount_text
            and total_rows.amount_cell = amounts.amount_cell
            and total_rows.unit is not distinct from amounts.unit
            and total_rows.pack_size is not distinct from amounts.pack_size
    where amounts.amount is not null
    qualify
        row_number() over (partition by total_rows.submission_id, total_rows.sheet_number order by total_rows.row_number desc) = 1
),

by_sheet as (
    select
        grand_totals.submission_id,
        grand_totals.sheet_number,
        grand_totals.stated_total,
        coalesce(sum(logs.amount), 0) as computed_total
    from grand_totals
    left join {{ ref('stg_distribution__rows') }} as logs
        on
            grand_totals.submission_id = logs.submission_id
            and grand_totals.sheet_number = logs.sheet_number
            and grand_totals.row_number > logs.row_number
    group by all
)

select
    submission_id,
    sum(stated_total) as stated_total,
    sum(computed_total) as computed_total,
    bool_or(abs(stated_total - computed_total) > 0.01) as is_mismatch
from by_sheet
group by submission_id
