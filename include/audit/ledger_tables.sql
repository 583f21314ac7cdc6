-- The tables that come from the ledger rather than from dbt, one statement each; the name is the audit table's.
-- $as_of: the day of the publication. What was first seen after that day is no matter of it.

-- name: alerts
select
    alert_id, recipient_role, opd_code, sent_at, status, subject, body_sha256, flags_new, flags_open, flags_resolved,
    kind, as_of, created_at, message_id, attempts, run_id
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
    shortfall, unit, detail, last_seen_on
from warehouse.ledger.flags
where first_seen_on <= $as_of
order by rule, opd_code, program_code, period, village_code, flag_id;

-- name: registry_matches
select left_key, right_key, match_probability, matched_by, left_registry, right_registry
from warehouse.ledger.registry_matches
order by left_registry, left_key, right_key;

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
select path, sha256, reason, removed_at
from warehouse.ledger.removals
order by removed_at, path;
