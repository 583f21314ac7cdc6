-- What the regencies add up to, and how they and their OPDs stand beside one another. Only what is shown is added up, so that no
-- total gives away what is hidden. Kilograms and rupiah are never added to one another.
create temp macro summed() as table
select
    programs.regency_code,
    programs.opd_code,
    any_value(programs.opd_name) as opd_name,
    count(*) as programs,
    count(*) filter (where programs.is_hidden) as programs_hidden,
    coalesce(sum(programs.entitlements), 0)::bigint as entitlements,
    coalesce(sum(programs.timing_on_time), 0)::bigint as timing_on_time,
    coalesce(sum(programs.timing_late), 0)::bigint as timing_late,
    coalesce(sum(programs.timing_pending), 0)::bigint as timing_pending,
    coalesce(sum(programs.timing_incomplete), 0)::bigint as timing_incomplete,
    coalesce(sum(programs.timing_missing), 0)::bigint as timing_missing,
    coalesce(sum(programs.timing_undated), 0)::bigint as timing_undated,
    coalesce(sum(programs.amount_exact), 0)::bigint as amount_exact,
    coalesce(sum(programs.entitled_amount) filter (where programs.unit = 'kg'), 0) as entitled_kg,
    coalesce(sum(programs.delivered_amount) filter (where programs.unit = 'kg'), 0) as delivered_kg,
    coalesce(sum(programs.entitled_amount) filter (where programs.unit = 'IDR'), 0) as entitled_idr,
    coalesce(sum(programs.delivered_amount) filter (where programs.unit = 'IDR'), 0) as delivered_idr,
    coalesce(sum(programs.year_due), 0)::bigint as year_due,
    coalesce(sum(programs.year_on_time), 0)::bigint as year_on_time,
    coalesce(sum(windows.entitled), 0)::bigint as window_entitled,
    coalesce(sum(windows.ready), 0)::bigint as window_ready,
    sum(programs.logs_expected - programs.logs_pending)::bigint as logs_due,
    sum(programs.logs_missing)::bigint as logs_missing
from audit.programs as programs
left join audit.susenas_readiness as windows
    on
        programs.regency_code = windows.regency_code
        and programs.opd_code = windows.opd_code
        and programs.program_code = windows.program_code
        and programs.susenas_year = windows.susenas_year
group by grouping sets ((programs.regency_code, programs.opd_code), (programs.regency_code), ());

-- A rate is judged by the year of its publication: another year's is not set beside this one's.
create temp macro is_ranked(denominator, as_of) as denominator > 0 and year(as_of) = year(getvariable('today'));

-- Among those that are ranked; who shares a rate shares a place.
create temp macro place(on_time, due, as_of) as if(
    is_ranked(due, as_of),
    rank() over (partition by is_ranked(due, as_of) order by on_time / nullif(due, 0) desc),
    null
);

create temp macro rate(part, whole) as round(part / nullif(whole, 0), 4);

create table audit.opds as
with rated as (
    select
        publications.regency_code,
        publications.regency_name,
        publications.as_of,
        summed.* exclude (regency_code),
        rate(summed.year_on_time, summed.year_due) as year_on_time_rate,
        rate(summed.window_ready, summed.window_entitled) as window_ready_rate
    from summed() as summed
    inner join audit.publications as publications on summed.regency_code = publications.regency_code
    where summed.opd_code is not null
)

select
    place(rated.year_on_time, rated.year_due, rated.as_of) as place,
    rated.*
from rated
order by place nulls last, rated.regency_code, rated.opd_code;

create table audit.regencies as
with rated as (
    select
        publications.regency_code,
        publications.regency_name,
        publications.status,
        publications.is_counted,
        publications.as_of,
        summed.* exclude (regency_code, opd_code, opd_name),
        rate(summed.year_on_time, summed.year_due) as year_on_time_rate,
        rate(summed.window_ready, summed.window_entitled) as window_ready_rate
    from audit.publications as publications
    left join summed() as summed
        on publications.regency_code = summed.regency_code and summed.opd_code is null
)

select
    place(rated.year_on_time, rated.year_due, rated.as_of) as place,
    rated.*
from rated
order by place nulls last, rated.regency_code;

create table audit.province as
select
    getvariable('province_name') as province_name,
    getvariable('timezone') as timezone,
    getvariable('today')::date as rolled_up_on,
    getvariable('now')::timestamp as rolled_up_at,
    counted.*,
    getvariable('unusable')::bigint as entries_unusable,
    summed.* exclude (regency_code, opd_code, opd_name),
    rate(summed.year_on_time, summed.year_due) as year_on_time_rate,
    rate(summed.window_ready, summed.window_entitled) as window_ready_rate
from (
    select
        count(*) as regencies_listed,
        count(*) filter (where is_counted) as regencies_counted,
        count(*) filter (where status = 'old') as regencies_old,
        min(as_of) as earliest_as_of,
        max(as_of) as latest_as_of
    from audit.publications
) as counted
cross join summed() as summed
where summed.regency_code is null and summed.opd_code is null;
