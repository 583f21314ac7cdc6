-- What is taken over from the regencies as it is, filled one regency after the other.
create schema audit;
create table audit.publications (
    regency_code varchar not null,
    regency_name varchar not null,
    status varchar not null,
    reason varchar,
    is_counted boolean not null,
    publication_number bigint,
    as_of date,
    published_at timestamp,
    age_hours bigint,
    chain_hash varchar,
    susenas_year integer,
    -- Both are known when all are in (totals.sql).
    is_year_counted boolean,
    is_window_counted boolean
);
create table audit.programs (
    regency_code varchar not null,
    opd_code varchar not null,
    opd_name varchar,
    program_code varchar not null,
    program_name varchar,
    unit varchar,
    is_hidden boolean not null,
    families bigint,
    entitlements bigint,
    timing_on_time bigint,
    timing_late bigint,
    timing_pending bigint,
    timing_incomplete bigint,
    timing_missing bigint,
    timing_undated bigint,
    amount_exact bigint,
    amount_under bigint,
    amount_over bigint,
    amount_none bigint,
    entitled_amount double,
    delivered_amount double,
    year_due bigint,
    year_on_time bigint,
    bunching_susenas_year integer,
    bunching_completed bigint,
    completed_before_cutoff bigint,
    is_bunched boolean,
    logs_expected bigint,
    logs_pending bigint,
    logs_missing bigint,
    susenas_year integer
);
create table audit.susenas_windows (
    regency_code varchar not null,
    susenas_year integer not null,
    starts_on date not null,
    ends_on date not null,
    cutoff date not null,
    status varchar not null
);
create table audit.susenas_readiness (
    regency_code varchar not null,
    susenas_year integer not null,
    opd_code varchar not null,
    program_code varchar not null,
    window_state varchar,
    cutoff date,
    days_to_cutoff integer,
    villages bigint,
    villages_not_in_time bigint,
    is_hidden boolean not null,
    entitled bigint,
    ready bigint,
    incomplete bigint,
    overdue bigint
);
create table audit.missing_logs (
    regency_code varchar not null,
    opd_code varchar not null,
    program_code varchar not null,
    period varchar not null,
    villages_expected bigint not null,
    villages_missing bigint not null,
    log_due_on date,
    days_overdue integer
);
