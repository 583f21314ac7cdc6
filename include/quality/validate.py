"""Validates the deliveries: every rule evaluated, its outcome recorded, its flags brought to the day."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from include import clock
from include.quality.check import Outcome, Suites, Verdict, evaluate
from include.quality.flags import keep_flags
from include.warehouse.connection import place_of, put, transaction, writer, writing_lock
from include.warehouse.judged import finish_transformation
from include.warehouse.ledger import naive_utc, require_current_run

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.quality")


@dataclass
class ValidationReport:
    """What the rules said; a rule that could not be evaluated is in `not_evaluated` and in no count."""

    outcomes: dict[str, Verdict] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)
    not_evaluated: list[str] = field(default_factory=list)


def validate(ws: Workspace, as_of: date, run_id: str, suites: Suites | None = None) -> ValidationReport:
    """Evaluates the registered rules with Great Expectations, keeps outcomes and flags, writes the Data Docs."""
    if suites is None:
        # Imported here: Great Expectations takes seconds, and nobody else needs it.
        from expectations.registry import SUITES

        suites = SUITES
    rules = [rule for suite in suites.values() for rule in suite]
    # GX reads through a connection of its own, so the writer's place is held but the file is not yet open.
    with writing_lock(ws, "validate"):
        with writer(ws, "validate") as connection:
            require_current_run(connection, run_id)
            finish_transformation(connection, run_id)
        outcomes = evaluate(place_of(ws.settings), suites, ws.settings.report / "data_docs")
        verdicts = {outcome.rule: outcome.verdict for outcome in outcomes}
        evaluated = [rule for rule in rules if verdicts[rule.rule] != "not_evaluated"]
        with writer(ws, "validate") as connection, transaction(connection):
            flags = keep_flags(connection, evaluated, as_of)
            _record(connection, run_id, outcomes)
            _keep_rules(connection, suites)
    for outcome in outcomes:
        if outcome.verdict == "not_evaluated":
            log.error("rule %s could not be evaluated", outcome.rule)
    log.info("evaluated %d of %d rules, %d flags", len(evaluated), len(rules), sum(flags.values()))
    not_evaluated = [outcome.rule for outcome in outcomes if outcome.verdict == "not_evaluated"]
    return ValidationReport(verdicts, flags, not_evaluated)


def _record(connection: duckdb.DuckDBPyConnection, run_id: str, outcomes: Iterable[Outcome]) -> None:
    now = naive_utc(clock.now())
    for outcome in outcomes:
        put(
            connection,
            "ledger.rule_outcomes",
            ("run_id", "rule"),
            {
                "run_id": run_id,
                "rule": outcome.rule,
                "severity": outcome.severity,
                "outcome": outcome.verdict,
                "failing_rows": outcome.failing_rows,
                "error": outcome.error,
                "evaluated_at": now,
            },
        )


def _keep_rules(connection: duckdb.DuckDBPyConnection, suites: Suites) -> None:
    """The rules themselves as rows, for whoever must say why a flag was raised without importing them."""
    registered = [rule.rule for rules in suites.values() for rule in rules]
    connection.execute("delete from ledger.rules where rule not in (select unnest(?))", [registered])
    for name, rules in suites.items():
        for rule in rules:
            put(
                connection,
                "ledger.rules",
                ("rule",),
                {
                    "rule": rule.rule,
                    "severity": rule.level,
                    "past_fact": rule.past_fact,
                    "policy": rule.policy,
                    "source": rule.source,
                    "suite": name,
                    "sql": rule.sql,
                },
            )
