-- The warehouse's own tables: what was sent (raw), what happened (ledger), what is configured (reference).
-- Everything else in warehouse.duckdb is built from these three by dbt and can be thrown away.
-- Statements are idempotent: they run at every opening for writing.

create schema if not exists raw;
create schema if not exists ledger;
create schema if not exists reference;

-- raw: every row of every landed file, as text, appended once (see load.py). Columns beside the canonical ones:
--   sequence        the submission's place in the ledger
--   row_kind        data | total | repeated_header | column_numbers | blank | signature | heading | note
--   cell_types      one letter a canonical column, in the order of include.ingest.columns: t text, n number,
--                   d date, b boolean, e error, h from a family's heading, m an amount merged over several rows,
--                   p parted from a cell that held NIK and KK (the cell is in extra), - absent (no such column in the
--                   file), . blank
--   row_marks       how the sheet shows a data row: h hidden, s struck through, c coloured unlike most; and p where its
--                   column "Jenis Bantuan" names another programme; null for none of these
--   title_*         what the title rows above the table (or the sheet's name) state, null where they state nothing
--   *_key           HMAC-SHA256 of the normalised value, null where it is no usable identity
--   extra           JSON object: the columns that the feed does not know, header -> text
create table if not exists raw.recipients (
    submission_id varchar not null, sequence integer not null, sheet varchar not null, sheet_number integer not null,
    row_number integer not null, row_kind varchar not null, cell_types varchar not null, row_marks varchar,
    nik varchar, kk varchar, name varchar, village varchar, district varchar, entitled_amount varchar, period varchar,
    replaces_nik varchar, valid_from varchar, valid_to varchar, reason varchar,
    returned_row_id varchar,
    nik_key varchar, kk_key varchar, name_key varchar, replaces_nik_key varchar,
    title_period varchar, title_village varchar, title_district varchar, title_date varchar, extra varchar
);
create table if not exists raw.distribution (
    submission_id varchar not null, sequence integer not null, sheet varchar not null, sheet_number integer not null,
    row_number integer not null, row_kind varchar not null, cell_types varchar not null, row_marks varchar,
    nik varchar, kk varchar, name varchar, village varchar, district varchar, period varchar, amount varchar,
    delivered_on varchar, status varchar, bast_number varchar, received_by varchar, notes varchar,
    returned_row_id varchar,
    nik_key varchar, kk_key varchar, name_key varchar,
    title_period varchar, title_village varchar, title_district varchar, title_date varchar, extra varchar
);
create table if not exists raw.registry (
    submission_id varchar not null, sequence integer not null, sheet varchar not null, sheet_number integer not null,
    row_number integer not null, row_kind varchar not null, cell_types varchar not null, row_marks varchar,
    nik varchar, kk varchar, name varchar, birth_date varchar, gender varchar, village varchar, district varchar,
    welfare_decile varchar, household_size varchar, is_head varchar, lives_alone varchar, disability varchar,
    migrant_worker varchar, female_head varchar, family_id varchar, welfare_percentile varchar, dukcapil_match varchar,
    returned_row_id varchar,
    nik_key varchar, kk_key varchar, name_key varchar,
    title_period varchar, title_village varchar, title_district varchar, title_date varchar, extra varchar
);
create table if not exists raw.gates (
    submission_id varchar not null, sequence integer not null, sheet varchar not null, sheet_number integer not null,
    row_number integer not null, row_kind varchar not null, cell_types varchar not null, row_marks varchar,
    village varchar, milestone varchar, reached_on varchar, program varchar, notes varchar,
    returned_row_id varchar,
    title_period varchar, title_village varchar, title_district varchar, title_date varchar, extra varchar
);

create table if not exists raw.reviews (
    submission_id varchar not null, sequence integer not null, sheet varchar not null, sheet_number integer not null,
    row_number integer not null, row_kind varchar not null, cell_types varchar not null, row_marks varchar,
    pair_id varchar, decision varchar, notes varchar,
    returned_row_id varchar,
    title_period varchar, title_village varchar, title_district varchar, title_date varchar, extra varchar
);

-- ledger: append only, but for outcomes that come later (receipts, e-mails, the end of a run, a flag's life).
-- All times are UTC.
create table if not exists ledger.submissions (
    sequence integer primary key, submission_id varchar not null unique,
    feed varchar, opd_code varchar, program_code varchar, kind varchar, registry varchar,
    file_name varchar not null, sha256 varchar not null, size_bytes bigint not null,
    received_at timestamp not null, received_source varchar not null,       -- clock | replay
    reading_status varchar not null,                                         -- landed | nil | rejected | duplicate
    reason varchar, reason_detail varchar,                                   -- a code of reasons.yml; what exactly
    warnings varchar not null,                                               -- JSON list of {code, detail}
    sheets varchar not null,                                                 -- JSON list: header, columns, title, stated total
    rows_read bigint not null, rows_data bigint not null, rows_skipped bigint not null,
    previous_hash varchar not null, chain_hash varchar not null,
    run_id varchar, loaded_at timestamp not null, receipt_number varchar, receipt_written_at timestamp,
    manifest_sha256 varchar,                                                 -- of the manifest in landing/, byte for byte
    rows_reread bigint                                                       -- what a rebuild read instead of rows_read, which is chained
);
create table if not exists ledger.runs (
    run_id varchar primary key, as_of date not null, started_at timestamp not null, finished_at timestamp,
    outcome varchar not null,                                                -- running | succeeded | failed
    started_by varchar not null,                                             -- command | files | schedule | person
    versions varchar not null, row_counts varchar, seconds varchar           -- JSON objects
);
create table if not exists ledger.transformations (                          -- what dbt was asked for (judged.py)
    run_id varchar not null, as_of date not null, context varchar not null,
    pending_from integer not null, last_sequence integer not null, why_whole varchar,
    begun_at timestamp not null, finished_at timestamp,
    tables varchar                                                           -- JSON: table -> [rows, hash], when it was finished
);
create table if not exists ledger.rule_outcomes (
    run_id varchar not null, rule varchar not null, severity varchar not null,
    outcome varchar not null,                                                -- passed | failed | not_evaluated
    failing_rows bigint, error varchar, evaluated_at timestamp not null, primary key (run_id, rule)
);
create table if not exists ledger.rules (                                    -- as registered at the last validation
    rule varchar primary key, severity varchar not null, past_fact boolean not null, policy varchar not null,
    source varchar not null, suite varchar not null, sql varchar not null
);
create table if not exists ledger.flags (
    flag_id varchar primary key, rule varchar not null, severity varchar not null, opd_code varchar, program_code varchar,
    period varchar, village_code varchar, district_code varchar, entitlement_id varchar, delivery_id varchar,
    submission_id varchar, days_late integer, shortfall double, unit varchar, detail varchar,
    first_seen_on date not null, last_seen_on date not null, resolved_on date,
    blocked_by varchar,                                                      -- a milestone of reference.program_gates
    worsened_on date, reopened_on date,
    first_severity varchar, first_days_late integer, first_shortfall double, -- as on first_seen_on
    last_severity varchar, last_days_late integer, last_shortfall double     -- as on last_seen_on, whatever day is judged now
);
create table if not exists ledger.registry_matches (
    left_key varchar not null, right_key varchar not null, left_registry varchar not null, right_registry varchar not null,
    match_probability double not null, matched_by varchar not null,          -- nik | probability | review
    decision varchar not null,                                               -- accepted | review | rejected
    agreement varchar not null,                                              -- JSON: what was compared -> how far it agrees
    reviewed_by_submission_id varchar,                                       -- the workbook in which an operator decided
    model_id varchar,                                                        -- ledger.matching_models; null for equal NIK
    left_submission_id varchar not null, right_submission_id varchar not null
);
create table if not exists ledger.matchings (                                -- which snapshots were matched, pairs or none
    snapshot varchar primary key, matched_at timestamp not null, pairs bigint not null, to_review bigint not null,
    model_id varchar not null
);
create table if not exists ledger.matching_models (                          -- Splink's settings with the trained parameters
    model_id varchar primary key, trained_at timestamp not null, trained_on varchar not null,  -- ledger.matchings.snapshot
    learnt_from varchar not null, settings varchar not null                  -- JSON
);
create table if not exists ledger.publications (
    publication_number integer primary key, published_at timestamp not null, run_id varchar not null, as_of date not null,
    file_name varchar not null, row_counts varchar not null,                 -- JSON: table -> rows
    table_hashes varchar not null,                                           -- JSON: table -> {rows, sha256} (audit/fingerprint.py)
    sequence integer not null, submission_chain_hash varchar not null,       -- the last submission that it knew
    row_hash varchar not null, previous_file_sha256 varchar not null,
    previous_hash varchar not null, chain_hash varchar not null,
    file_sha256 varchar not null, current_sha256 varchar not null,           -- as kept in history/; as it lies in audit/
    retired_at timestamp
);
-- Whose identity was shown to whom, and why (include/audit/reveal.py).
create table if not exists ledger.reveals (
    beneficiary_key varchar not null, revealed_at timestamp not null, revealed_by varchar not null, reason varchar not null
);
-- Whose identity was taken out of the home, and why (include/erase.py): rows and submissions that spoke of it.
create table if not exists ledger.erasures (
    beneficiary_key varchar not null, erased_at timestamp not null, erased_by varchar not null, reason varchar not null,
    rows_masked integer not null, submissions integer not null
);
-- Which submissions were read anew, on whose word and why (include/replay.py); rows and outcome as read before and since.
create table if not exists ledger.replays (
    replay_id varchar not null, submission_id varchar not null, replayed_at timestamp not null, replayed_by varchar not null,
    reason varchar not null, status_before varchar not null, status_after varchar not null, rows_before bigint not null,
    rows_after bigint not null, primary key (replay_id, submission_id)
);
-- What a person decided about a submission that was doubted (include/decisions.py); the last word on each counts.
create table if not exists ledger.decisions (
    decision_number integer primary key, submission_id varchar not null, question varchar not null, decision varchar not null,        -- keep | set_aside
    decided_at timestamp not null, decided_by varchar not null, reason varchar not null
);
create table if not exists ledger.decisions_asked (
    submission_id varchar primary key, asked_at timestamp not null, run_id varchar not null
);
-- What left the home on purpose: expired by retention.yml, or erased. Its SHA-256 and its place in the chain stay.
create table if not exists ledger.removals (
    path varchar not null, sha256 varchar, reason varchar not null, removed_at timestamp not null,
    rows_sha256 varchar                        -- of landed rows: the fingerprint of those that the warehouse keeps alone since
);
-- Receipts, brief and LAPORAN.md, as they were handed out (include/audit/papers.py).
create table if not exists ledger.papers (
    path varchar primary key, sha256 varchar not null, noted_at timestamp not null
);
create table if not exists ledger.outbox (
    alert_id varchar primary key,
    kind varchar not null,                     -- digest | reminder | escalation | heartbeat | submission_notice |
                                               -- engineer_notice | coordinator_notice
    recipient_role varchar not null, recipients varchar not null, cc varchar not null, opd_code varchar,
    subject varchar not null, body_sha256 varchar not null, message_id varchar not null, state_hash varchar not null,
    eml_file varchar not null, as_of date not null, run_id varchar, created_at timestamp not null, sent_at timestamp,
    status varchar not null,                                                 -- queued | sent (the To address has it) | failed | written (not to be sent)
    attempts integer not null default 0, error varchar,
    flags_new integer not null, flags_open integer not null, flags_resolved integer not null,
    state varchar not null                     -- JSON: what this mail told (flag ids, items, steps), for "what changed"
);
-- What the SMTP server said to each address at each attempt: a mail is tried again only for those still waiting.
create table if not exists ledger.outbox_attempts (
    alert_id varchar not null, attempt integer not null, attempted_at timestamp not null, address varchar not null,
    outcome varchar not null,                                                -- accepted | refused | deferred | unanswered
    reply varchar not null
);

-- reference: the configuration as rows, replaced whole at every run in one transaction (reference.py).
create table if not exists reference.parameters (
    as_of date not null, run_id varchar not null, regency_code varchar not null, regency_name varchar not null,
    province_name varchar not null, timezone varchar not null, extreme_poverty_line_idr_per_day double not null,
    -- Which submissions the transformed tables lack (judged.py), and by which day what they hold was judged: null for none.
    pending_from integer not null, judged_as_of date
);
create table if not exists reference.villages (
    village_code varchar, village_name varchar, district_code varchar, district_name varchar, kind varchar,
    is_pocket boolean, is_remote boolean
);
create table if not exists reference.village_aliases (
    alias varchar, district_name varchar, village_code varchar, noted_by varchar, noted_on date
);
create table if not exists reference.opds (opd_code varchar, name varchar, head_title varchar);
create table if not exists reference.programs (
    program_code varchar, name varchar, unit varchar, opd_code varchar, entitlement double, tolerance double,
    max_amount double, unit_price_idr double, status varchar, status_from date, max_periods_per_payment integer,
    pack_size double, village_kinds varchar[], source varchar
);
create table if not exists reference.program_periods (program_code varchar, period varchar, due_date date);
create table if not exists reference.program_stages (program_code varchar, stage varchar, stage_year integer, period varchar);
create table if not exists reference.program_pauses (program_code varchar, starts_on date, ends_on date, reason varchar);
create table if not exists reference.program_gates (                         -- the steps before a delivery, in their order
    program_code varchar, position integer, milestone varchar, name varchar, spellings varchar[], lead_months integer
);
create table if not exists reference.feeds (
    feed varchar, opd_code varchar, kind varchar, program_code varchar, registry varchar, report_deadline_days integer
);
create table if not exists reference.susenas_windows (
    susenas_year integer, starts_on date, ends_on date, cutoff date, scope_from date, visible_days integer,
    status varchar, source varchar
);
create table if not exists reference.poverty_targets (
    year integer, poverty_rate double, extreme_poverty_rate double, source varchar
);
create table if not exists reference.official_poverty (
    year integer, poverty_rate double, poor_people bigint, source varchar, published_on date
);
create table if not exists reference.official_extreme_poverty (
    year integer, extreme_poverty_rate double, people bigint, line varchar, source varchar, published_on date
);
create table if not exists reference.targeting (                             -- one row
    poor_deciles integer, poorest_deciles integer, pocket_share double, elderly_age integer, small_cell integer,
    comparable_from integer, registry_loss_share double, registry_loss_from integer, registry_whole_share double,
    registry_shifted_share double, registry_shifted_from integer
);
create table if not exists reference.combinations (                          -- a pair once, its codes in their alphabet's order
    program_code varchar, other_program_code varchar, verdict varchar, source varchar
);
create table if not exists reference.snoozes (
    opd_code varchar, program_code varchar, rule varchar, snoozed_until date, reason varchar
);
create table if not exists reference.calendar (day date, is_working_day boolean, holiday_name varchar);
create table if not exists reference.reasons (
    code varchar, level varchar, text varchar, remedy varchar, is_urgent boolean
);
