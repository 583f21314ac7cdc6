"""The life of a flag by days: new, worse, resolved, open again, in whatever order the days are judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.rules.base import FlagRule
from expectations.rules.deliveries import ExpectNoMissingDelivery
from include.quality.flags import WORSE_AFTER_DAYS, FlagsLeadNowhere, keep_flags
from include.warehouse.connection import reader, writer
from include.workspace import Workspace

MONDAY = date(2024, 2, 12)
TUESDAY = MONDAY + timedelta(days=1)
Put = Callable[..., None]


def judge(ws: Workspace, as_of: date) -> None:
    with writer(ws) as connection:
        keep_flags(connection, [ExpectNoMissingDelivery], as_of)


def _set(ws: Workspace, status: str) -> None:
    with writer(ws) as connection:
        connection.execute("update audit.delivery_accuracy set timing_status = ?", [status])


def _life(ws: Workspace) -> dict[str, Any]:
    with reader(ws) as connection:
        found = connection.execute(
            "select first_seen_on, last_seen_on, resolved_on, worsened_on, reopened_on, days_late, shortfall, "
            "first_days_late, first_shortfall, severity, first_severity from ledger.flags"
        )
        names = [column[0] for column in found.description]
        (row,) = found.fetchall()
    return dict(zip(names, row, strict=True))


def _late_by(ws: Workspace, days: int, shortfall: float = 10.0) -> date:
    """The family is so many days late, of which the day is returned."""
    with writer(ws) as connection:
        connection.execute(
            "update audit.delivery_accuracy set timing_status = 'missing', days_late = ?, entitled_amount = ?",
            [days, shortfall],
        )
    return date(2024, 2, 1) + timedelta(days=days)


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ((5, 10.0), (6, 10.0), False),  # a day more is no news
        ((6, 10.0), (7, 10.0), True),
        ((7, 10.0), (13, 10.0), False),
        ((13, 10.0), (14, 10.0), True),
        ((29, 10.0), (30, 10.0), True),
        ((30, 10.0), (60, 10.0), False),
        ((5, 10.0), (6, 10.02), True),
        ((5, 10.0), (6, 10.0 + 1e-9), False),  # what adding in another order gives
        ((5, 10.0), (6, 4.0), False),
    ],
)
def test_a_flag_got_worse(
    ws: Workspace, put: Put, before: tuple[int, float], after: tuple[int, float], worse: bool
) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy")
    judge(ws, _late_by(ws, *before))
    assert _life(ws)["worsened_on"] is None, "new is not worse"
    day = _late_by(ws, *after)
    judge(ws, day)
    judge(ws, day)
    life = _life(ws)
    assert life["worsened_on"] == (day if worse else None)
    assert (life["first_days_late"], life["first_shortfall"]) == before
    assert (life["days_late"], life["shortfall"]) == after


def test_a_flag_got_graver(ws: Workspace, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy", timing_status="missing", days_late=12)
    monkeypatch.setattr(ExpectNoMissingDelivery, "level", "warning")
    judge(ws, MONDAY)
    monkeypatch.setattr(ExpectNoMissingDelivery, "level", "critical")
    judge(ws, TUESDAY)
    monkeypatch.setattr(ExpectNoMissingDelivery, "level", "info")
    judge(ws, TUESDAY + timedelta(days=1))
    life = _life(ws)
    assert (life["worsened_on"], life["severity"], life["first_severity"]) == (TUESDAY, "info", "warning")


def test_days_in_another_order_make_the_same_life(ws: Workspace, put: Put) -> None:
    """Seen on day 8 and resolved on day 20; then day 5 and day 12 are judged: the flag opens earlier and stays resolved."""
    with writer(ws) as connection:
        put(connection, "delivery_accuracy")
    judge(ws, day_8 := _late_by(ws, 8))
    _set(ws, "on_time")
    judge(ws, date(2024, 2, 21))
    judge(ws, day_5 := _late_by(ws, 5))
    life = _life(ws)
    assert (life["first_seen_on"], life["last_seen_on"], life["resolved_on"]) == (
        day_5,
        day_8,
        date(2024, 2, 21),
    )
    assert (life["worsened_on"], life["reopened_on"], life["first_days_late"]) == (None, None, 5)
    _set(ws, "on_time")
    judge(ws, date(2024, 2, 7))
    assert _life(ws)["resolved_on"] == date(2024, 2, 21), "day 8 saw it still"
    judge(ws, date(2024, 2, 13))
    assert _life(ws)["resolved_on"] == date(2024, 2, 13), "it was gone by then already"


def test_an_earlier_day_is_no_step_to_be_crossed_again(ws: Workspace, put: Put) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy")
    for days in (6, 8, 5, 9):
        judge(ws, _late_by(ws, days))
    assert _life(ws)["worsened_on"] == date(2024, 2, 9)


def test_a_flag_that_comes_back_is_open_again_and_not_worse(ws: Workspace, put: Put) -> None:
    with writer(ws) as connection:
        put(connection, "delivery_accuracy")
    judge(ws, _late_by(ws, 3))
    _set(ws, "on_time")
    judge(ws, date(2024, 2, 6))
    judge(ws, _late_by(ws, 8, 20.0))
    life = _life(ws)
    assert (life["resolved_on"], life["reopened_on"], life["worsened_on"]) == (None, date(2024, 2, 9), None)
    judge(ws, _late_by(ws, 14, 20.0))
    assert _life(ws)["worsened_on"] == date(2024, 2, 15)


def test_the_dictionary_names_the_steps_of_getting_worse() -> None:
    sources = (Path(__file__).parents[2] / "dbt_project/models/audit/_audit__sources.yml").read_text("utf-8")
    first, second, third = WORSE_AFTER_DAYS
    assert f"keterlambatannya mencapai {first}, {second}, atau {third} hari" in sources


@pytest.mark.parametrize(
    "subject",
    ["'E9' as entitlement_id", "'s9:1:2' as delivery_id", "'s9' as submission_id"],
)
def test_a_flag_that_leads_nowhere_stops_the_run(ws: Workspace, put: Put, subject: str) -> None:
    class ExpectNothing(FlagRule):
        rule, table, level, policy, source = "astray", "audit.delivery_accuracy", "warning", "Uji.", "Uji"
        sql = f"select opd_code, program_code, {subject} from {{batch}}"

    with writer(ws) as connection:
        put(connection, "delivery_accuracy")
    with writer(ws) as connection, pytest.raises(FlagsLeadNowhere, match=r"astray \(1\)"):
        keep_flags(connection, [ExpectNothing], MONDAY)
