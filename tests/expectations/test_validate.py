"""The run of the rules: what could not be checked is said, flags have a life, pages name no person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from expectations.registry import RULES, SUITES
from expectations.rules.base import FlagRule
from expectations.rules.deliveries import ExpectNoLateDelivery, ExpectNoMissingDelivery
from include.quality import check
from include.quality import validate as quality
from include.warehouse.connection import reader, writer
from include.warehouse.ledger import RunOvertaken
from include.workspace import Workspace

MONDAY = date(2024, 2, 12)
TUESDAY = MONDAY + timedelta(days=1)
MISSING = {"timing": (ExpectNoMissingDelivery,)}
LATE = {"timing": (ExpectNoLateDelivery,)}
Put = Callable[..., None]


class ExpectNothingFromAMissingColumn(FlagRule):
    """A rule whose SQL does not fit the table."""

    rule, table, level = "broken_column", "audit.delivery_accuracy", "warning"
    policy, source = "Uji.", "Uji"
    sql = "select no_such_column from {batch}"


class ExpectNothingFromAFailingCast(FlagRule):
    """A rule whose SQL fails on the data."""

    rule, table, level = "broken_cast", "audit.delivery_accuracy", "warning"
    policy, source = "Uji.", "Uji"
    sql = "select opd_code, cast(entitlement_id as integer) as days_late from {batch}"


def validate(ws: Workspace, as_of: date, run_id: str, *suites: Any) -> quality.ValidationReport:
    """Validates as the run that has loaded last, as the pipeline does."""
    with writer(ws) as connection:
        connection.execute("update reference.parameters set run_id = ?, as_of = ?", [run_id, as_of])
    return quality.validate(ws, as_of, run_id, *suites)


def test_a_run_that_was_overtaken_leaves_the_flags_alone(ws: Workspace, put: Put) -> None:
    validate(ws, MONDAY, "run-1")
    with pytest.raises(RunOvertaken):
        quality.validate(ws, MONDAY, "run-0")


def test_a_flag_that_came_and_went_untold_within_a_day_is_no_flag(ws: Workspace, put: Put) -> None:
    _set(ws, "missing")
    validate(ws, MONDAY, "run-1", MISSING)
    _set(ws, "on_time")
    validate(ws, MONDAY, "run-2", MISSING)
    assert _flags(ws) == []


def _flags(ws: Workspace) -> list[Any]:
    with reader(ws) as connection:
        return connection.execute(
            "select entitlement_id, first_seen_on, last_seen_on, resolved_on from ledger.flags order by 1"
        ).fetchall()


def _set(ws: Workspace, status: str) -> None:
    with writer(ws) as connection:
        connection.execute("update audit.delivery_accuracy set timing_status = ?, days_late = 12", [status])


@pytest.mark.parametrize("broken", [ExpectNothingFromAMissingColumn, ExpectNothingFromAFailingCast])
def test_a_broken_rule_is_neither_pass_nor_fail_and_harms_no_other(
    ws: Workspace, put: Put, broken: type[FlagRule]
) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy", timing_status="missing", days_late=12)
    report = validate(ws, MONDAY, "run-1", {"timing": (broken, ExpectNoMissingDelivery)})
    assert report.outcomes == {broken.rule: "not_evaluated", "delivery_missing": "failed"}
    assert report.not_evaluated == [broken.rule]
    assert report.flags == {"delivery_missing": 1}
    with reader(ws) as connection:
        recorded = connection.execute(
            "select rule, outcome, failing_rows, error from ledger.rule_outcomes order by rule"
        )
        (first, second) = recorded.fetchall()
    assert first[:3] == (broken.rule, "not_evaluated", None)
    assert first[3]
    assert second == ("delivery_missing", "failed", 1, None)


def test_flags_of_a_rule_that_could_not_be_evaluated_stay_open(ws: Workspace, put: Put) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy", timing_status="missing", days_late=12)
    validate(ws, MONDAY, "run-1")
    with writer(ws) as connection:
        connection.execute("drop table audit.delivery_accuracy")
    report = validate(ws, TUESDAY, "run-2")
    assert "delivery_missing" in report.not_evaluated
    assert report.outcomes["log_missing"] == "passed"
    assert _flags(ws) == [("E1", MONDAY, MONDAY, None)]


def test_a_rule_that_gx_loses_is_missed(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run_suite = check._run_suite

    def losing(*args: Any) -> dict[str, check.Outcome]:
        found = run_suite(*args)
        found.pop("log_missing", None)
        return found

    monkeypatch.setattr(check, "_run_suite", losing)
    report = validate(ws, MONDAY, "run-1")
    assert report.not_evaluated == ["log_missing"]
    assert set(report.outcomes) == {rule.rule for rule in RULES}


def test_nothing_built_yet_is_not_a_pass(ws: Workspace) -> None:
    with writer(ws) as connection:
        connection.execute("drop schema audit cascade")
        connection.execute("drop schema intermediate cascade")
    report = validate(ws, MONDAY, "run-1")
    assert set(report.not_evaluated) == {rule.rule for rule in RULES}


def test_the_life_of_a_flag(ws: Workspace, put: Put) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy", timing_status="missing", days_late=12)
    validate(ws, MONDAY, "run-1", MISSING)
    assert _flags(ws) == [("E1", MONDAY, MONDAY, None)]
    validate(ws, TUESDAY, "run-2", MISSING)
    assert _flags(ws) == [("E1", MONDAY, TUESDAY, None)]
    _set(ws, "on_time")
    wednesday, thursday = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)
    validate(ws, wednesday, "run-3", MISSING)
    assert _flags(ws) == [("E1", MONDAY, TUESDAY, wednesday)]
    validate(ws, thursday, "run-4", MISSING)
    assert _flags(ws) == [("E1", MONDAY, TUESDAY, wednesday)]
    _set(ws, "missing")
    validate(ws, thursday, "run-5", MISSING)
    assert _flags(ws) == [("E1", MONDAY, thursday, None)]


def test_judging_an_earlier_day_resolves_nothing_of_later_days(ws: Workspace, put: Put) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy", timing_status="missing", days_late=12)
    validate(ws, TUESDAY, "run-1", MISSING)
    _set(ws, "pending")
    validate(ws, MONDAY, "run-2", MISSING)
    assert _flags(ws) == [("E1", TUESDAY, TUESDAY, None)]


def test_a_past_fact_is_open_until_told_and_then_history(ws: Workspace, put: Put) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy", timing_status="late", days_late=1)
    validate(ws, MONDAY, "run-1", LATE)
    validate(ws, TUESDAY, "run-2", LATE)
    assert _flags(ws) == [("E1", MONDAY, TUESDAY, None)]
    with writer(ws) as connection:
        (flag_id,) = connection.execute("select flag_id from ledger.flags").fetchone()
        state = json.dumps({"mode": "send", "told": {"warning": [flag_id]}, "resolved": []})
        connection.execute(
            "insert into ledger.outbox values ('a', 'digest', 'opd', '', '', 'dkp', 's', 'x', 'm', 'h', 'f', ?, 'run-2', "
            "now()::timestamp, now()::timestamp, 'sent', 1, null, 1, 1, 0, ?)",
            [TUESDAY, state],
        )
    wednesday = TUESDAY + timedelta(days=1)
    validate(ws, wednesday, "run-3", LATE)
    validate(ws, wednesday + timedelta(days=1), "run-4", LATE)
    assert _flags(ws) == [("E1", MONDAY, wednesday + timedelta(days=1), wednesday)]


def test_the_same_run_again_changes_nothing(ws: Workspace, put: Put) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy", timing_status="missing", days_late=12)
    first = validate(ws, MONDAY, "run-1")
    second = validate(ws, MONDAY, "run-1")
    assert first == second
    with reader(ws) as connection:
        assert connection.execute("select count(*) from ledger.rule_outcomes").fetchone() == (len(RULES),)
        assert connection.execute("select count(*) from ledger.rules").fetchone() == (len(RULES),)


def test_data_docs_show_every_suite_and_no_person(ws: Workspace, put: Put) -> None:
    with writer(ws) as connection:
        put(connection, "intermediate.int_deliveries_current")
        put(connection, "unexpected_deliveries")
        put(
            connection,
            "delivery_accuracy",
            timing_status="missing",
            days_late=12,
            nik_masked="520501******9001",
        )
    validate(ws, MONDAY, "run-1")
    validate(ws, MONDAY, "run-2")
    pages = {
        path: path.read_text(encoding="utf-8") for path in (ws.settings.report / "data_docs").rglob("*.html")
    }
    assert ws.settings.report / "data_docs" / "index.html" in pages
    text = "\n".join(pages.values())
    for name in SUITES:
        assert sum(name in path.name for path in pages) == 2, "one page of rules, one of the last results"
    for rule in RULES:
        assert rule.policy in text
    assert "******" not in text
    assert "A*****" not in text
    assert not re.search(r"(?<!\d)\d{16}(?!\d)", text)


def test_every_failing_row_is_a_flag_also_beyond_what_great_expectations_lists(ws: Workspace) -> None:
    with writer(ws) as connection:
        connection.execute(
            "insert into audit.delivery_accuracy by name select 'E' || i as entitlement_id, 'beras' as program_code, "
            "'2024-01' as period, 'dkp' as opd_code, 'k' || i as beneficiary_key, '52.05.01.2001' as village_code, "
            "10.0 as entitled_amount, 0.0 as delivered_amount, 12 as days_late, 'kg' as unit, 'none' as amount_status, "
            "case when i % 10 = 0 then 'missing' else 'on_time' end as timing_status from range(30000) as r (i)"
        )
    validate(ws, MONDAY, "run-1")
    assert validate(ws, TUESDAY, "run-2").flags["delivery_missing"] == 3_000
