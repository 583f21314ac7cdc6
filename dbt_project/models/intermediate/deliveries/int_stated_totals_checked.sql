{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- One row per total that a table states, beside the sum of its rows, whatever became of them, for the sender added them
-- all up. A total may be of the whole table so far or of the rows below any earlier total (a village, a page): it agrees
-- if it is one of these sums, else the nearest stands beside it. A sheet's last total is the grand total.
{%- set columns = {'distribution': ('amount', 'amount'), 'recipients': ('entitled_amount', 'entitled_amount')} %}
with total_rows as (
    {%- for kind, (sent, typed) in columns.items() %}
    select
        totals.submission_id,
        totals.sequence,
        totals.sheet,
        totals.sheet_number,
        totals.row_number,
        totals.{{ sent }} as amount_text,
        {{ cell_type(kind, sent) }} as amount_cell,
        submissions.unit,
        submissions.pack_size,
        coalesce(sheets.is_in_packs, false) as is_in_packs
    from {{ source('raw', kind) }} as totals
    inner join {{ ref('stg_ledger__submissions') }} as submissions on totals.submission_id = submissions.submission_id
    left join {{ ref('stg_ledger__sheets') }} as sheets
        on totals.submission_id = sheets.submission_id and totals.sheet_number = sheets.sheet_number
    where totals.row_kind = 'total' and {{ is_pending('totals') }} and trim(coalesce(totals.{{ sent }}, '')) <> ''
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

amounts as (
    {{ typed_amounts('(select distinct amount_text, amount_cell, unit, pack_size, is_in_packs from total_rows)', 'is_in_packs') }}
),

totals as (
    select
        total_rows.submission_id,
        total_rows.sequence,
        total_rows.sheet,
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
            and total_rows.is_in_packs = amounts.is_in_packs
    where amounts.amount is not null
),

data_rows as (
    {%- for kind, (sent, typed) in columns.items() %}
    select
        submission_id,
        sheet_number,
        row_number,
        {{ typed }} as amount
    from {{ ref('stg_' ~ kind ~ '__rows') }}
    where {{ is_pending() }} and submission_id in (select totals.submission_id from totals)
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

summands as (
    select
        submission_id,
        sheet_number,
        row_number,
        coalesce(amount, 0) as amount,
        false as is_total
    from data_rows
    union all
    select
        submission_id,
        sheet_number,
        row_number,
        0 as amount,
        true as is_total
    from totals
),

running as (
    select
        submission_id,
        sheet_number,
        row_number,
        is_total,
        sum(amount) over (partition by submission_id, sheet_number order by row_number) as sum_so_far,
        count_if(not is_total) over (partition by submission_id, sheet_number order by row_number) as rows_so_far
    from summands
),

beginnings as (
    select
        submission_id,
        sheet_number,
        row_number,
        sum_so_far,
        rows_so_far
    from running
    where is_total
    union all
    select distinct
        submission_id,
        sheet_number,
        0 as row_number,
        0 as sum_so_far,
        0 as rows_so_far
    from totals
),

sums as (
    -- What stands before each total, from the table's beginning (row 0) or from an earlier total on.
    select
        ends.submission_id,
        ends.sheet_number,
        ends.row_number,
        ends.sum_so_far - beginnings.sum_so_far as sum_of_rows,
        -- A cent, and what rounding each row may cost.
        0.01 + (ends.rows_so_far - beginnings.rows_so_far) * {{ rounding_of_amounts() }} as allowed
    from running as ends
    inner join beginnings
        on
            ends.submission_id = beginnings.submission_id
            and ends.sheet_number = beginnings.sheet_number
            and ends.row_number > beginnings.row_number
    where ends.is_total
)

select
    totals.submission_id,
    totals.sequence,
    totals.sheet,
    totals.sheet_number,
    totals.row_number,
    totals.stated_total,
    {{ rounded_amount('arg_min(sums.sum_of_rows, abs(totals.stated_total - sums.sum_of_rows))') }} as computed_total,
    min(abs(totals.stated_total - sums.sum_of_rows) - sums.allowed) > 0 as is_mismatch,
    totals.row_number = max(totals.row_number) over (partition by totals.submission_id, totals.sheet_number) as is_grand_total
from totals
inner join sums
    on
        totals.submission_id = sums.submission_id
        and totals.sheet_number = sums.sheet_number
        and totals.row_number = sums.row_number
group by totals.submission_id, totals.sequence, totals.sheet, totals.sheet_number, totals.row_number, totals.stated_total
