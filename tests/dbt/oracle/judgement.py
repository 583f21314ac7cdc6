"""What is owed to a family for a period, whether it came whole and in time, and what came beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tests.dbt.oracle.payments import Delivery, Payments, amount_of, marks
from tests.dbt.oracle.world import Family

Key = tuple[int, str]
"""A family's index, and a period."""


@dataclass
class Judgement:
    """What the audit database must say of one entitlement; `reported_on`: when the log came that tells of its completion."""

    delivered: Decimal
    entitled: Decimal
    completed_on: date | None
    amount_status: str
    timing_status: str
    timing_evidence: str | None
    days_late: int
    working_days_late: int
    reported_on: date | None


def owed_to(payments: Payments, family: Family, period: str, as_of: date) -> Decimal:
    """What the list promises, without what those who held the place before have received for that period."""
    enough = family.listed_amount * (1 - family.program.tolerance)
    received, before = Decimal(0), family.follows(period)
    while before:
        received += amount_of(payments.counted_for(before, period, as_of))
        before = before.follows(period)
    if received <= 0:
        return family.listed_amount
    return Decimal(0) if received >= enough else family.listed_amount - received


def judge_all(payments: Payments, as_of: date, working: set[date]) -> dict[Key, Judgement]:
    return {
        (family.index, period): one
        for family in payments.world.families
        for period in payments.world.periods
        if (one := judge(payments, family, period, as_of, working))
    }


def judge(
    payments: Payments, family: Family, period: str, as_of: date, working: set[date]
) -> Judgement | None:
    """The judgement, or None where there is no entitlement, or nothing was given and nothing is owed."""
    if not family.has_entitlement(period):
        return None
    program = family.program
    counted = payments.counted_for(family, period, as_of)
    delivered = amount_of(counted)
    owed = owed_to(payments, family, period, as_of)
    has_left = family.left_on(period) is not None
    if (has_left or owed == 0) and delivered <= 0:
        return None
    entitled = min(owed, delivered) if has_left else owed
    completing = _completing(counted, owed * (1 - program.tolerance))
    completed_on = completing.row.day if completing else None
    if has_left and completed_on is None and all(one.row.day for one in counted):
        completing = counted[-1]
        completed_on = completing.row.day
    complete = has_left or completing is not None
    due = program.due[period]
    late = _days(due, completed_on or as_of, lambda day: not program.paused(day))
    return Judgement(
        delivered,
        entitled,
        completed_on,
        _amount_status(delivered, entitled, program.tolerance),
        _timing_status(completed_on, late, complete, as_of <= due, delivered),
        _evidence(completed_on, completing, program.report_days),
        late,
        _days(due, completed_on or as_of, lambda day: not program.paused(day) and day in working),
        completing.row.received_on if completed_on and completing else None,
    )


def _completing(counted: list[Delivery], enough: Decimal) -> Delivery | None:
    """The delivery with which the running total reached the entitlement; undated ones stand last."""
    total = Decimal(0)
    for one in counted:
        total += one.amount or Decimal(0)
        if total >= enough:
            return one
    return None


def _amount_status(delivered: Decimal, entitled: Decimal, tolerance: Decimal) -> str:
    if delivered <= 0:
        return "none"
    if delivered < entitled * (1 - tolerance):
        return "under"
    return "over" if delivered > entitled * (1 + tolerance) else "exact"


def _timing_status(
    completed_on: date | None, late: int, complete: bool, not_due: bool, delivered: Decimal
) -> str:
    if completed_on:
        return "late" if late else "on_time"
    if complete:
        return "undated"
    if not_due:
        return "pending"
    return "incomplete" if delivered > 0 else "missing"


def _evidence(completed_on: date | None, completing: Delivery | None, report_days: int) -> str | None:
    if completed_on is None:
        return None
    if completing and completing.row.day:
        in_time = completing.row.received_on <= completing.row.day + timedelta(days=report_days)
        return "verified" if in_time else "claimed"
    return "claimed"


def _days(after: date, until: date, counts) -> int:
    """Days after one day up to and with another that count."""
    return sum(1 for offset in range(1, (until - after).days + 1) if counts(after + timedelta(days=offset)))


def unexpected(payments: Payments, as_of: date) -> dict[tuple[str, int, int, str], str]:
    """Deliveries that go to no entitlement or beyond one, by programme, submission, row and period, and which of these it is."""
    found = {
        (one.row.program.code, *one.row.place, one.period): _why_not_entitled(payments, one)
        for one in payments.counted(as_of)
        # A month that takes no share of a payment was given nothing.
        if one.family is None and ((one.amount or 0) > 0 or len(one.row.periods) == 1)
    }
    return found | dict.fromkeys(_duplicates(payments, as_of), "duplicate")


def _why_not_entitled(payments: Payments, one: Delivery) -> str:
    """Whom any list of a programme that has stopped names, by whatever the row is to be found by, is no stranger to it."""
    if one.row.program.runs(one.period):
        return "not_listed"
    named = [family for mark in marks(one.row) for family in payments.named.listed(one.row, mark)]
    return "not_running" if any(family.is_listed(one.period) for family in named) else "not_listed"


def _duplicates(payments: Payments, as_of: date) -> set[tuple[str, int, int, str]]:
    """What came when all that its row pays was complete already."""
    beyond: set[tuple[str, int, int, str]] = set()
    paid: set[tuple[str, int, int, str]] = set()
    for family in payments.world.families:
        for period in (one for one in payments.world.periods if family.has_entitlement(one)):
            enough = owed_to(payments, family, period, as_of) * (1 - family.program.tolerance)
            total = Decimal(0)
            for one in payments.counted_for(family, period, as_of):
                place = (family.program.code, *one.row.place, period)
                paid.add(place)
                if total >= enough:
                    beyond.add(place)
                total += one.amount or Decimal(0)
    still_owed = {place[:3] for place in paid - beyond}
    return {place for place in beyond if place[:3] not in still_owed}
