-- What the regencies add up to, and how they and their OPDs stand beside one another. Only what is shown is added up, so that no
-- total gives away what is hidden. Kilograms and rupiah are never added to one another.

-- The window that the province faces on the day of the roll-up: the first that has not closed, else the last, as
-- int_susenas_windows_dated says it of a regency's day. SUSENAS is one survey for all: where regencies have been told of different
-- days, official ones hold before estimated ones, then those of whoever was judged last.
create temp macro window_faced() as (
    select told.susenas_year
    from (
        select windows.*
        from audit.susenas_windows as windows
        inner join audit.publications as publications on windows.regency_code = publications.regency_code
        qualify row_number() over (
            partition by windows.susenas_year
            order by windows.status = 'official' desc, publications.as_of desc, windows.regency_code
        ) = 1
    ) as told
    order by
        told.ends_on < getvariable('today'),
        case when told.ends_on >= getvariable('today') then told.starts_on end,
        told.starts_on desc
    limit 1
);

-- The window whose last days were looked at for bunching: the last that any of those judged of late has approached.
create temp macro window_approached() as (
    select max(programs.bunching_susenas_year)
    from audit.programs as programs
    inner join audit.publications as publications on programs.regency_code = publications.regency_code
    where publications.is_year_counted
);

-- The one place that says whose figures of the year and of the window are set beside one another and added up: of the publications
-- whose twelve months end within a month of the roll-up's day (else they are hardly the same months), and of those that face the
-- roll-up's window.
update audit.publications set
    is_year_counted = is_counted and as_of >= getvariable('today')::date - interval 1 month,
    is_window_counted = is_counted and susenas_year is not distinct from window_faced();

-- Of those alone; a regency or an OPD without any has no figure.
create temp macro added(figure, is_theirs) as if(
    bool_or(is_theirs),
    coalesce(sum(figure) filter (where is_theirs), 0)::bigint,
    null
);

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
    added(programs.year_due, publications.is_year_counted) as year_due,
    added(programs.year_on_time, publications.is_year_counted) as year_on_time,
    added(if(programs.is_weighed, 1, 0), publications.is_year_counted) as programs_weighed,
    added(if(programs.is_weighed and programs.is_bunched, 1, 0), publications.is_year_counted) as programs_bunched,
    added(windows.entitled, publications.is_window_counted) as window_entitled,
    added(windows.ready, publications.is_window_counted) as window_ready,
    sum(programs.logs_expected - programs.logs_pending)::bigint as logs_due,
    sum(programs.logs_missing)::bigint as logs_missing
from (
    select
        *,
        is_bunched is not null and bunching_susenas_year is not distinct from window_approached() as is_weighed
    from audit.programs
) as programs
inner join audit.publications as publications on programs.regency_code = publications.regency_code
left join audit.susenas_readiness as windows
    on
        programs.regency_code = windows.regency_code
        and programs.opd_code = windows.opd_code
        and programs.program_code = windows.program_code
        and programs.susenas_year = windows.susenas_year
group by grouping sets ((programs.regency_code, programs.opd_code), (programs.regency_code), ());

-- Among those of whom something fell due in the year; who shares a rate shares a place.
create temp macro place(on_time, due) as if(
    due > 0,
    rank() over (partition by coalesce(due > 0, false) order by on_time / nullif(due, 0) desc),
    null
);

create temp macro rate(part, whole) as round(part / nullif(whole, 0), 4);

create table audit.opds as
with rated as (
    select
        publications.regency_code,
        publications.regency_name,
        publications.as_of,
        publications.susenas_year,
        publications.is_year_counted,
        publications.is_window_counted,
        summed.* exclude (regency_code),
        rate(summed.year_on_time, summed.year_due) as year_on_time_rate,
        rate(summed.window_ready, summed.window_entitled) as window_ready_rate
    from summed() as summed
    inner join audit.publications as publications on summed.regency_code = publications.regency_code
    where summed.opd_code is not null
)

select
    place(rated.year_on_time, rated.year_due) as place,
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
        publications.susenas_year,
        publications.is_year_counted,
        publications.is_window_counted,
        summed.* exclude (regency_code, opd_code, opd_name),
        rate(summed.year_on_time, summed.year_due) as year_on_time_rate,
        rate(summed.window_ready, summed.window_entitled) as window_ready_rate
    from audit.publications as publications
    left join summed() as summed
        on publications.regency_code = summed.regency_code and summed.opd_code is null
)

select
    place(rated.year_on_time, rated.year_due) as place,
    rated.*
from rated
order by place nulls last, rated.regency_code;

create table audit.province as
select
    getvariable('province_name') as province_name,
    getvariable('timezone') as timezone,
    getvariable('today')::date as rolled_up_on,
    getvariable('now')::timestamp as rolled_up_at,
    window_faced() as susenas_year,
    window_approached() as bunching_susenas_year,
    counted.*,
    getvariable('unusable')::bigint as entries_unusable,
    summed.* exclude (regency_code, opd_code, opd_name) replace (
        coalesce(summed.year_due, 0) as year_due,
        coalesce(summed.year_on_time, 0) as year_on_time,
        coalesce(summed.programs_weighed, 0) as programs_weighed,
        coalesce(summed.programs_bunched, 0) as programs_bunched,
        coalesce(summed.window_entitled, 0) as window_entitled,
        coalesce(summed.window_ready, 0) as window_ready
    ),
    rate(summed.year_on_time, summed.year_due) as year_on_time_rate,
    rate(summed.window_ready, summed.window_entitled) as window_ready_rate
from (
    select
        count(*) as regencies_listed,
        count(*) filter (where is_counted) as regencies_counted,
        count(*) filter (where status = 'old') as regencies_old,
        count(*) filter (where is_counted and not is_year_counted) as regencies_other_year,
        count(*) filter (where is_counted and not is_window_counted) as regencies_other_window,
        min(as_of) as earliest_as_of,
        max(as_of) as latest_as_of
    from audit.publications
) as counted
cross join summed() as summed
where summed.regency_code is null and summed.opd_code is null;
