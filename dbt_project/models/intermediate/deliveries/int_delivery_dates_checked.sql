{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- What is to be said of a log's column of dates as a whole. One row per submission, remark and detail.
-- Day and month are taken for swapped where dates fall outside what can be (before the first month that they are for, or
-- after the day of receipt), and every date that can be read both ways falls inside once it is swapped: a spreadsheet set
-- to American dates does that to the first twelve days of every month. Less than a tenth of the column is a slip of the
-- pen. Nothing is changed; a person decides.
with written as (
    select
        submission_id,
        sequence,
        received_on,
        periods[1] as first_period,
        delivered_on as read_day,
        delivered_on_sent,
        count(*) as row_count
    from {{ ref('stg_distribution__rows') }}
    where
        {{ is_pending() }}
        and delivery_status in ('delivered', 'void')
        and delivered_on_sent is not null
        and not is_date_from_title
        and delivered_from is null
    group by all
),

columns_dated as (
    select
        submission_id,
        sequence,
        sum(row_count) as dated_rows
    from written
    group by submission_id, sequence
),

ambiguous as (
    select
        submission_id,
        row_count,
        read_day,
        case
            when day(read_day) <= 12 then make_date(year(read_day), day(read_day), month(read_day))
            -- "02/25/2024" can be read in one way only, the American one.
            when read_day is null
                then try_cast(regexp_replace(
                    trim(delivered_on_sent), '^(\d{1,2})[-/.](1[3-9]|2\d|3[01])[-/.]((?:19|20)\d\d)$', '\3-\1-\2'
                ) as date)
        end as swapped_day,
        coalesce(strftime(read_day, '%d/%m/%Y'), trim(delivered_on_sent)) as written_day,
        coalesce((first_period || '-01')::date, received_on - 366) as earliest,
        received_on as latest
    from written
    where swapped_day is not null and swapped_day is distinct from read_day
),

swapped as (
    select
        submission_id,
        sum(row_count) as ambiguous_rows,
        sum(row_count) filter (where read_day is null or read_day not between earliest and latest) as outside_rows,
        sum(row_count) filter (where swapped_day between earliest and latest) as mended_rows,
        min(written_day || ' diduga ' || strftime(swapped_day, '%d/%m/%Y')) filter (
            where read_day is null or read_day not between earliest and latest
        ) as example
    from ambiguous
    group by submission_id
)

select
    swapped.submission_id,
    columns_dated.sequence,
    'dates_swapped_suspected' as code,
    swapped.outside_rows || ' dari ' || swapped.ambiguous_rows
    || ' tanggal berada di luar masa yang wajar dan menjadi wajar bila hari dan bulan ditukar, misalnya '
    || swapped.example as detail
from swapped
inner join columns_dated on swapped.submission_id = columns_dated.submission_id
where swapped.outside_rows * 10 >= columns_dated.dated_rows and swapped.mended_rows = swapped.ambiguous_rows
union all
select
    sheets.submission_id,
    sheets.sequence,
    'date_of_bast' as code,
    sheets.bast_date_header as detail
from {{ ref('stg_ledger__sheets') }} as sheets
where sheets.bast_date_header is not null and {{ is_pending('sheets') }}
