"""Random months, judged by dbt and by the plain-Python oracle: every amount, day, status and flag must be the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import Any

import pytest

from expectations.registry import RULES
from tests.dbt import oracle
from tests.dbt.conftest import Warehouse
from tests.dbt.oracle_months import FAMILIES, WINDOWS, configure, invent, stories, submit

# Rules on files as wholes, on units, on steps and on combinations are no part of these months.
NOT_PLAYED = {
    "unit_suspected", "reject_rate_high", "total_mismatch", "village_not_eligible", "recipient_marked_deceased",
    "paid_before_gate", "combination_not_allowed", "combination_to_ask",
}  # fmt: skip
MATCHED_BY = {"nik": "nik", "card": "kk", "name": "name_village"}


class Comparison:
    """Holds what dbt and the rules found on a day against the oracle."""

    def __init__(self, house: Warehouse, world: oracle.World, payments: oracle.Payments, as_of: date) -> None:
        self.house, self.world, self.payments, self.as_of = house, world, payments, as_of
        working = {
            row["day"] for row in house.rows("select day from reference.calendar where is_working_day")
        }
        self.raised: set[str] = set()
        self.expected = oracle.judge_all(payments, as_of, working)
        self.places = {
            row["entitlement_id"]: (int(row["beneficiary_key"][-5:]), row["period"])
            for row in house.rows(
                "select entitlement_id, beneficiary_key, period from audit.delivery_accuracy"
            )
        }
        self.submissions = {
            row["submission_id"]: row["log"]
            for row in house.rows(
                "select submission_id, dense_rank() over (order by received_at)::integer - 1 as log from ledger.submissions "
                "where kind = 'distribution' and reading_status = 'landed'"
            )
        }

    def everything(self) -> None:
        self.judgements()
        self.matches()
        self.unexpected()
        self.logs()
        for window in WINDOWS:
            self.readiness(window)
            self.villages(window)
        self.flags()

    def judgements(self) -> None:
        found = _once(
            (self.places[row["entitlement_id"]], row)
            for row in self.house.rows("select * from audit.delivery_accuracy")
        )
        assert found.keys() == self.expected.keys()
        columns = {
            "delivered": "delivered_amount",
            "entitled": "entitled_amount",
            "reported_on": "completing_received_on",
        }
        wrong = [
            (key, column, f"dbt: {row[column]}", f"oracle: {value}", self.world.families[key[0]])
            for key, one in self.expected.items()
            for row in [found[key]]
            for name, value in vars(one).items()
            for column in [columns.get(name, name)]
            if name != "reported_on" or one.completed_on
            if not _alike(row[column], value)
        ]
        assert not wrong, f"{len(wrong)} differences, the first: {wrong[0]}"

    def matches(self) -> None:
        """By which mark each delivery found its family, and whether it still stands."""
        found = _once(
            (self._delivery(row), (row["matched_by"], row["is_current"]))
            for row in self.house.rows("select * from audit.deliveries")
        )
        standing = {id(one) for group in self.payments.standing.values() for one in group}
        expected = {
            (one.row.program.code, *one.row.place, one.period): (
                MATCHED_BY.get(one.found_by),
                id(one) in standing,
            )
            for group in self.payments.groups.values()
            for one in group
        }
        _same(found, expected)

    def unexpected(self) -> None:
        found = _once(
            (self._delivery(row), row["kind"])
            for row in self.house.rows("select * from audit.unexpected_deliveries")
        )
        _same(found, oracle.unexpected(self.payments, self.as_of))

    def logs(self) -> None:
        found = _once(
            ((row["program_code"], row["period"], row["village_code"]), row["log_status"])
            for row in self.house.rows("select * from audit.reporting_completeness")
        )
        _same(found, oracle.log_statuses(self.payments, self.expected, self.as_of))

    def readiness(self, window: oracle.Window) -> None:
        found = _once(
            (self.places[row["entitlement_id"]], (row["susenas_status"], row["susenas_visibility"]))
            for row in self.house.rows(
                f"select * from audit.susenas_readiness where susenas_year = {window.year}"
            )
        )
        _same(found, oracle.readiness(window, self.expected, self.world.families, self.as_of))

    def villages(self, window: oracle.Window) -> None:
        """Pace, projection and prospect of every village, and the twelve months beside the window, with what was bunched."""
        rows = self.house.rows(
            "select village_code, program_code, families, entitled, ready, incomplete, overdue, pace_per_day, "
            "projected_completion_date, will_make_it, year_due, year_on_time, bunching_completed, completed_before_cutoff, "
            f"is_bunched from audit.village_readiness where susenas_year = {window.year}"
        )
        found = _once(
            ((row.pop("village_code"), row.pop("program_code")), list(row.values())) for row in rows
        )
        seen = (window, self.expected, self.world.families, self.as_of)
        ready = {place: oracle.Readiness(*figures[:8]) for place, figures in found.items()}
        _same(ready, oracle.villages_ready(*seen))
        service = {place: oracle.Service(*figures[8:]) for place, figures in found.items()}
        _same(service, oracle.served(*seen))

    def flags(self) -> None:
        """One flag each for all that the rules concern, and none for anything else."""
        expected = oracle.flags(self.payments, self.expected, WINDOWS, self.as_of)
        played = {rule.rule: rule for rule in RULES if rule.rule not in NOT_PLAYED}
        assert set(expected) <= set(played)
        for name, rule in played.items():
            found = _once((self._subject(name, row), True) for row in self.house.rows(rule.flag_sql()))
            _same(found, dict.fromkeys(expected[name], True), name)
        self.raised = {name for name in played if expected[name]}

    def _subject(self, rule: str, row: dict[str, Any]) -> tuple[Any, ...]:
        """A flag's subject as the oracle names it."""
        if rule.startswith("log_"):
            return row["program_code"], row["period"], row["village_code"]
        if rule == "backdating_suspected":
            return self._completed[row["delivery_id"], row["period"]]
        if row.get("delivery_id") is None:
            return self.places[row["entitlement_id"]]
        delivery = self._delivery(row | {"row_number": int(row["delivery_id"].split(":")[2])})
        return delivery[:3] if rule == "period_cap_exceeded" else delivery

    def _delivery(self, row: dict[str, Any]) -> tuple[str, int, int, str]:
        """A delivery as the oracle names it."""
        return row["program_code"], self.submissions[row["submission_id"]], row["row_number"], row["period"]

    @cached_property
    def _completed(self) -> dict[tuple[str, str], tuple[int, str]]:
        return {
            (row["completing_delivery_id"], row["period"]): self.places[row["entitlement_id"]]
            for row in self.house.rows(
                "select * from audit.delivery_accuracy where completing_delivery_id is not null"
            )
        }


def _alike(found: Any, expected: Any) -> bool:
    if isinstance(expected, Decimal):
        return abs(Decimal(str(found)) - expected) < oracle.LEAST / 2
    return bool(found == expected)


def _once(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """The pairs by their keys, none of which may come twice."""
    listed = list(pairs)
    found = dict(listed)
    assert len(found) == len(listed)
    return found


def _same(found: dict[Any, Any], expected: dict[Any, Any], what: str = "") -> None:
    """Equal, or told by the few first differences."""
    wrong = {
        key: (found.get(key, "nothing"), expected.get(key, "nothing"))
        for key in found.keys() | expected.keys()
        if found.get(key, "nothing") != expected.get(key, "nothing")
    }
    assert not wrong, f"{what} {len(wrong)} differences (dbt, oracle), such as {list(wrong.items())[:3]}"


def play(new_warehouse: Callable[[], Warehouse], seed: int, days: tuple[str, ...]) -> None:
    world = invent(Random(seed))
    assert len(stories(world.families)) == 4
    payments = oracle.Payments(world)
    house = new_warehouse()
    configure(house)
    submit(house, world)
    met: set[tuple[str, Any]] = set()
    raised: set[str] = set()
    for as_of in days:
        with house.open() as connection:
            connection.execute("update reference.parameters set as_of = ?", [as_of])
        house.build()
        comparison = Comparison(house, world, payments, date.fromisoformat(as_of))
        assert len(comparison.expected) > 1.5 * FAMILIES
        comparison.everything()
        met |= statuses(house)
        raised |= comparison.raised
    # A comparison that never meets a status, or a rule that finds nothing, proves nothing about it.
    assert met >= STATUSES, STATUSES - met
    assert raised == {rule.rule for rule in RULES} - NOT_PLAYED


def statuses(house: Warehouse) -> set[tuple[str, Any]]:
    return {
        (column, row[column])
        for table, columns in MET.items()
        for column in columns
        for row in house.rows(f"select distinct {column} from audit.{table}")
    }


MET = {
    "delivery_accuracy": {
        "amount_status": ("exact", "under", "over", "none"),
        "timing_status": ("on_time", "late", "incomplete", "missing", "pending", "undated"),
    },
    "deliveries": {"matched_by": ("nik", "kk", "name_village", None)},
    "unexpected_deliveries": {"kind": ("not_listed", "not_running", "duplicate")},
    "reporting_completeness": {"log_status": ("received", "nil", "late", "missing", "pending")},
    "susenas_readiness": {
        "susenas_status": ("ready", "missed", "at_risk", "on_track"),
        "susenas_visibility": ("visible", "too_early", "after_window", "none"),
    },
    "village_readiness": {"will_make_it": (True, False, None), "is_bunched": (True, False, None)},
}
STATUSES = {
    (column, value) for columns in MET.values() for column, values in columns.items() for value in values
}


def test_random_months_are_judged_as_the_oracle_judges_them(new_warehouse: Callable[[], Warehouse]) -> None:
    play(new_warehouse, 5205, ("2024-02-16", "2024-04-30"))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12))
def test_many_random_months(new_warehouse: Callable[[], Warehouse], seed: int) -> None:
    play(new_warehouse, seed, ("2024-02-05", "2024-02-16", "2024-03-12", "2024-04-30"))
