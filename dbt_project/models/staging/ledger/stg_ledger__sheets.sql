-- One row per sheet that was read: what a column's header says of every value below it.
with sheets as (
    select
        submission_id,
        sequence,
        kind,
        unnest(from_json(sheets, '["json"]')) as sheet
    from {{ ref('stg_ledger__submissions') }}
    where kind in ('distribution', 'recipients')
),

headers as (
    select
        submission_id,
        sequence,
        kind,
        (sheet ->> 'number')::integer as sheet_number,
        sheet ->> '$.headers' as all_headers,
        coalesce(sheet ->> '$.columns.amount', sheet ->> '$.columns.entitled_amount', '') as amount_header,
        {{ squeezed("sheet ->> '$.columns.period'") }} as period_header,
        {{ squeezed("sheet ->> '$.columns.delivered_on'") }} as date_header
    from sheets
)

select
    submission_id,
    sequence,
    sheet_number,
    {{ counts_packs('amount_header') }} as is_in_packs,
    -- What a bare "1" below it counts. A header that names several states none.
    case
        when regexp_matches(period_header, '\b(bulan|bln)\b') and regexp_matches(period_header, '\b(tahap|triwulan|tw)\b') then ''
        when regexp_matches(period_header, '\b(triwulan|tw)\b') then 'triwulan'
        when regexp_matches(period_header, '\btahap\b') then 'tahap'
        when regexp_matches(period_header, '\b(bulan|bln)\b') then 'bulan'
        else ''
    end as period_noun,
    regexp_matches(all_headers, '(?i)\b(?:{{ levy_words() | trim }})') as has_levy_column,
    -- The handing over to the village comes before the family's receipt, and speaks for it only where nothing else does.
    case
        when
            kind = 'distribution'
            and regexp_matches(date_header, '\b(bast|ba|berita acara)\b')
            and not regexp_matches(replace(date_header, 'serah terima', ''), 'terima|salur|bayar|ambil|realisasi')
            then date_header
    end as bast_date_header
from headers
qualify row_number() over (partition by submission_id, sheet_number order by period_header desc) = 1
