"""What the rules must flag: subjects by rule. An entitlement is a family and a period, a delivery its row, a log its village."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from tests.dbt.oracle.judgement import Judgement, Key, unexpected
from tests.dbt.oracle.payments import Delivery, Payments
from tests.dbt.oracle.reporting import log_statuses
from tests.dbt.oracle.survey import readiness, villages_ready
from tests.dbt.oracle.world import Family, Window

OF_DELIVERIES = {
    "not_listed": "recipient_not_listed",
    "not_running": "program_not_running",
    "duplicate": "delivery_duplicate",
}

Flags = dict[str, set[tuple[Any, ...]]]


def flags(payments: Payments, found: dict[Key, Judgement], windows: list[Window], as_of: date) -> Flags:
    families = payments.world.families
    raised: Flags = defaultdict(set)
    for key, one in found.items():
        for rule in _of_entitlement(one, families[key[0]], key[1]):
            raised[rule].add(key)
    raised["susenas_at_risk"] = {
        key for window in windows for key in _at_risk(window, found, families, as_of)
    }
    for delivery, kind in unexpected(payments, as_of).items():
        raised[OF_DELIVERIES[kind]].add(delivery)
    for place, status in log_statuses(payments, found, as_of).items():
        if status in ("missing", "late"):
            raised[f"log_{status}"].add(place)
    counted = payments.counted(as_of)
    raised["paid_before_period"] = {
        (one.row.program.code, *one.row.place, one.period)
        for one in counted
        if one.row.day and one.row.day < date.fromisoformat(f"{one.period}-01")
    }
    raised["period_cap_exceeded"] = _beyond_cap(counted)
    return raised


def _of_entitlement(one: Judgement, family: Family, period: str) -> list[str]:
    rules = []
    if one.timing_status in ("missing", "late", "incomplete") and one.days_late > 0:
        rules.append(f"delivery_{one.timing_status}")
    if one.amount_status in ("under", "over"):
        rules.append(f"amount_{one.amount_status}")
    claimed = one.timing_status == "on_time" and one.timing_evidence == "claimed"
    if claimed and one.reported_on and one.reported_on > family.program.log_due(period):
        rules.append("backdating_suspected")
    return rules


def _at_risk(window: Window, found: dict[Key, Judgement], families: list[Family], as_of: date) -> set[Key]:
    """At risk by a delay that no pause excuses, or by a pace that is too slow."""
    villages = villages_ready(window, found, families, as_of)
    return {
        key
        for key, (status, _) in readiness(window, found, families, as_of).items()
        for projected in [villages[families[key[0]].village, families[key[0]].program.code].projected]
        if status == "at_risk" and (found[key].days_late > 0 or (projected and projected > window.cutoff))
    }


def _beyond_cap(counted: list[Delivery]) -> set[tuple[Any, ...]]:
    """Payments of more periods than allowed: all that one family got on one day; of undated rows each is one. By its first row."""
    payees: dict[tuple[str, int, int], Delivery] = {}
    for one in sorted(counted, key=lambda one: (one.family is None, one.period)):
        payees.setdefault((one.row.program.code, *one.row.place), one)
    paid: dict[tuple[Any, ...], list[Delivery]] = defaultdict(list)
    for one in counted:
        row = one.row
        payee = payees[row.program.code, *row.place].payee
        paid[row.program.code, payee, row.day, None if row.day else row.place].append(one)
    return {
        (together[0].row.program.code, *min(one.row.place for one in together))
        for together in paid.values()
        for most in [together[0].row.program.most_periods]
        if most and len({one.period for one in together}) > most
    }
