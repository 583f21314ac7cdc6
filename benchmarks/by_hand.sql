-- The table of accuracy by one script, as somebody would write it who has only these files and no wish for more: amounts and
-- days typed by their few spellings, the latest row of a key counts, totals added up by day, statuses. $list and $log are the
-- landed Parquet files of the lists and logs; table due holds the due date of each period.
create temp table entitlements as
with lists as (
    select nik_key, village, unnest(['2024-01', '2024-02', '2024-03', '2024-04', '2024-05']) as period
    from read_parquet($list)
)
select distinct on (nik_key, period) nik_key, period, village, 10.0 as entitled, due_date
from lists inner join due using (period);

create temp table amounts as
select amount, replace(regexp_extract(amount, '[0-9.,]+'), ',', '.')::double as typed
from (select distinct amount from read_parquet($log));

create temp table days as
select
    delivered_on,
    coalesce(
        try_strptime(delivered_on, '%d/%m/%Y'), try_strptime(delivered_on, '%Y-%m-%d'), try_strptime(delivered_on, '%d-%m-%y')
    )::date as typed
from (select distinct delivered_on from read_parquet($log) where delivered_on is not null);

create temp table deliveries as
select
    logs.nik_key, logs.period, amounts.typed as amount, days.typed as day, logs.submission_id, logs.row_number
from read_parquet($log) as logs
inner join amounts on logs.amount = amounts.amount
left join days on logs.delivered_on = days.delivered_on
where logs.status in ('tersalur', 'Sudah salur')
qualify row_number() over (partition by logs.nik_key, logs.period, days.typed order by logs.submission_id desc, logs.row_number) = 1;

create temp table accumulated as
select *, sum(amount) over (partition by nik_key, period order by day nulls last, submission_id, row_number) as so_far
from deliveries
where day is null or day <= $as_of;

create temp table accuracy as
with totals as (
    select nik_key, period, sum(amount) as delivered, min(day) filter (where so_far >= 9.99995) as completed_on
    from accumulated
    group by nik_key, period
)
select
    entitlements.*,
    coalesce(totals.delivered, 0) as delivered,
    totals.completed_on,
    case
        when coalesce(totals.delivered, 0) = 0 then 'none' when totals.delivered < 9.99995 then 'under'
        when totals.delivered > 10.00005 then 'over' else 'exact'
    end as amount_status,
    case
        when totals.completed_on <= entitlements.due_date then 'on_time' when totals.completed_on is not null then 'late'
        when totals.delivered >= 9.99995 then 'undated' when $as_of <= entitlements.due_date then 'pending'
        when totals.delivered > 0 then 'incomplete' else 'missing'
    end as timing_status,
    greatest(coalesce(totals.completed_on, $as_of) - entitlements.due_date, 0) as days_late
from entitlements
left join totals using (nik_key, period);
