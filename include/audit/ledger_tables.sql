-- The tables that come from the ledger rather than from dbt, one statement each; the name is the audit table's.
-- $as_of: the day of the publication. What was first seen after that day is no matter of it.

-- name: alerts
select
    alert_id, recipient_role, opd_code, sent_at, status, subject, body_sha256, flags_new, flags_open, flags_resolved,
    kind, as_of, created_at, message_id, attempts, run_id,
    (
        coalesce(sent_at, created_at) at time zone 'UTC' at time zone (select timezone from warehouse.reference.parameters)
    )::date as sent_on
from warehouse.ledger.outbox
order by created_at, alert_id;

-- name: runs
select
    run_id, as_of, started_at, finished_at, versions, row_counts, outcome, started_by, seconds
from warehouse.ledger.runs
order by started_at, rowid;

-- name: flags
select
    flag_id, rule, severity, opd_code, program_code, period, village_code, entitlement_id, delivery_id, submission_id,
    first_seen_on, case when resolved_on <= $as_of then resolved_on end as resolved_on, district_code, days_late,
    shortfall, unit, detail, last_seen_on, blocked_by,
    case when worsened_on <= $as_of then worsened_on end as worsened_on,
    case when reopened_on <= $as_of then reopened_on end as reopened_on,
    first_severity, first_days_late, first_shortfall
from warehouse.ledger.flags
where first_seen_on <= $as_of
order by rule, opd_code, program_code, period, village_code, flag_id;

-- name: registry_matches
select
    left_key, right_key, match_probability, matched_by, left_registry, right_registry, decision, agreement,
    reviewed_by_submission_id, model_id, left_submission_id, right_submission_id
from warehouse.ledger.registry_matches
order by left_registry, left_key, right_key;

-- name: matching_models
select model_id, trained_on, learnt_from, settings
from warehouse.ledger.matching_models
where model_id in (select model_id from warehouse.ledger.registry_matches)
order by model_id;

-- name: reason_codes
select code, level, text, remedy
from warehouse.reference.reasons
order by level, code;

-- name: rules
select
    rules.rule, rules.severity, rules.past_fact, rules.policy, rules.source, outcome.outcome, outcome.failing_rows,
    outcome.evaluated_at
from warehouse.ledger.rules as rules
left join warehouse.ledger.rule_outcomes as outcome on rules.rule = outcome.rule and outcome.run_id = $run_id
order by rules.rule;

-- name: removals
select path, sha256, reason, removed_at, rows_sha256
from warehouse.ledger.removals
order by removed_at, path;

-- name: reveals
select beneficiary_key, revealed_at, revealed_by, reason
from warehouse.ledger.reveals
order by revealed_at, beneficiary_key;

-- name: erasures
select beneficiary_key, erased_at, erased_by, reason, rows_masked, submissions
from warehouse.ledger.erasures
order by erased_at, beneficiary_key;

-- name: replays
select replay_id, submission_id, replayed_at, replayed_by, reason, status_before, status_after, rows_before, rows_after
from warehouse.ledger.replays
order by replayed_at, replay_id, submission_id;

-- name: decisions
select decision_number, submission_id, question, decision, decided_at, decided_by, reason
from warehouse.ledger.decisions
order by decision_number;

-- name: alert_flags
select distinct
    alert_id,
    unnest(list_concat(
        json_extract_string(cast(state as json), '$.told.*[*]'), json_extract_string(cast(state as json), '$.counted[*]')
    )) as flag_id
from warehouse.ledger.outbox
where kind <> 'submission_notice' and json_valid(state)
order by alert_id, flag_id;

-- name: parameters
select as_of, regency_code, regency_name, province_name, timezone, extreme_poverty_line_idr_per_day
from warehouse.reference.parameters;

-- name: programs
select
    program_code, name, unit, opd_code, entitlement, tolerance, max_amount, unit_price_idr, status, status_from,
    max_periods_per_payment, pack_size, village_kinds, source
from warehouse.reference.programs
order by program_code;

-- name: program_periods
select program_code, period, due_date
from warehouse.reference.program_periods
order by program_code, period;

-- name: program_pauses
select program_code, starts_on, ends_on, reason
from warehouse.reference.program_pauses
order by program_code, starts_on;

-- name: program_stages
select program_code, stage, stage_year, period
from warehouse.reference.program_stages
order by program_code, stage_year, stage, period;

-- name: report_deadlines
select feed, opd_code, kind, program_code, registry, report_deadline_days
from warehouse.reference.feeds
order by feed;

-- name: susenas_windows
select susenas_year, starts_on, ends_on, cutoff, scope_from, visible_days, status, source
from warehouse.reference.susenas_windows
order by susenas_year;

-- name: calendar
select day, is_working_day, holiday_name
from warehouse.reference.calendar
order by day;
