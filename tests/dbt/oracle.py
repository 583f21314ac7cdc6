"""The judgement of contract section 4 once more, in plain Python: small, slow, one family at a time, from the words of the page.

It shares nothing with the SQL but the question. `tests/dbt/test_oracle.py` holds both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil

LEAST = Decimal("0.0001")
"""The last decimal of an amount."""
RECENT_DAYS = 14
LAST_DAYS = 14
BUNCHED_FROM = 3


@dataclass(frozen=True)
class Program:
    """What is promised: amount a period, tolerance, due dates, pauses, and days until a log is late."""

    code: str
    entitlement: Decimal
    tolerance: Decimal
    due: dict[str, date]
    pauses: tuple[tuple[date, date], ...] = ()
    report_days: int = 7

    def paused(self, day: date) -> bool:
        return any(start <= day <= end for start, end in self.pauses)


@dataclass(frozen=True)
class Window:
    """A SUSENAS window; its cutoff is the day before the start."""

    start: date
    end: date
    scope_from: date
    visible_days: int

    @property
    def cutoff(self) -> date:
        return self.start - timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """One row of a log: what it says, and where it stands (submission, then row)."""

    submission: int
    number: int
    received_on: date
    periods: tuple[str, ...]
    amount: Decimal | None
    day: date | None
    status: str
    bast: str | None

    @property
    def key(self) -> str:
        """Number of the hand-over record, else the day, else nothing."""
        return f"bast {self.bast}" if self.bast else f"day {self.day}" if self.day else "undated"

    @property
    def place(self) -> tuple[int, int]:
        return self.submission, self.number


@dataclass(frozen=True)
class Listing:
    """A family's row in one list of its village: from when on it stands, and whom it says that the family replaces."""

    number: int
    received_on: date
    valid_from: date | None = None
    names: Family | None = None

    def covers(self, period: str) -> bool:
        return self.valid_from is None or f"{self.valid_from:%Y-%m}" <= period

    @property
    def begins_on(self) -> date:
        return self.valid_from or self.received_on


@dataclass(eq=False)
class Family:
    """Who is entitled to what, the lists that hold them out of those of their village, and the rows that name them.

    A place on the list is owed its aid once, whoever holds it. That somebody stands in another's place is said once; it
    holds in all later lists until one of them holds the replaced family again, in a place of its own.
    """

    program: Program
    village: str
    listed_amount: Decimal
    lists: dict[int, date]
    rows: list[Row] = field(default_factory=list)
    index: int = 0
    listings: list[Listing] = field(default_factory=list)
    named_by: list[Family] = field(default_factory=list)

    def listed_in(self, period: str) -> list[Listing]:
        return [one for one in self.listings if one.covers(period)]

    def is_listed(self, period: str) -> bool:
        return bool(self.listed_in(period))

    def dropped_on(self, period: str) -> date | None:
        """The day of the first list that holds the family no more."""
        last = max((one.number for one in self.listed_in(period)), default=-1)
        return next((day for number, day in sorted(self.lists.items()) if number > last), None)

    def held_by(self, period: str) -> int:
        """The last list that holds the family in a place of its own, not only to say who replaces it; -1: none does."""
        leaves = {one.number for heir in self.named_by for one in heir.listed_in(period) if one.names is self}
        return max(
            (one.number for one in self.listed_in(period) if one.names or one.number not in leaves),
            default=-1,
        )

    def replacements(self, period: str) -> list[Listing]:
        """What lists said of whom the family replaces, as far as it holds for this period."""
        return [
            one
            for one in self.listings
            if one.names
            and one.names.is_listed(period)
            and (one.covers(period) or one.number < self.held_by(period))
            and one.number >= one.names.held_by(period)
        ]

    def replaced(self, period: str) -> Family | None:
        """Whom the family replaces: who was named for this very period, else who was named last."""
        said = max(self.replacements(period), key=lambda one: (one.covers(period), one.number), default=None)
        return said.names if said else None

    def follows(self, period: str) -> Family | None:
        """Who held the place before: the replaced family, or another that replaced it too and had gone by then."""
        named = self.replaced(period)
        if named is None:
            return None
        told = min(one.number for one in self.replacements(period) if one.names is named)
        gone = [
            heir
            for heir in named.named_by
            if heir.replaced(period) is named and heir.dropped_on(period) and heir.held_by(period) < told
        ]
        return max(gone, key=lambda heir: (heir.held_by(period), heir.index), default=named)

    def left_on(self, period: str) -> date | None:
        """The day from which nothing more is owed: that of the replacement, else that of the list without the family."""
        replaced_on = [
            said.begins_on
            for heir in self.named_by
            if heir.replaced(period) is self
            for said in heir.replacements(period)
            if said.names is self
        ]
        return min(replaced_on, default=self.dropped_on(period))

    def is_entitled(self, period: str, day: date | None) -> bool:
        """Whether what comes on this day for this period goes to an entitlement."""
        left = self.left_on(period)
        return self.is_listed(period) and not (day and left and day > left)


@dataclass(frozen=True)
class Delivery:
    """A row's share for one period."""

    row: Row
    amount: Decimal | None

    @property
    def order(self) -> tuple[date, tuple[int, int]]:
        return self.row.day or date.max, self.row.place


@dataclass
class Judgement:
    """What the audit database must say of one entitlement."""

    delivered: Decimal
    entitled: Decimal
    completed_on: date | None
    amount_status: str
    timing_status: str
    timing_evidence: str | None
    days_late: int
    working_days_late: int
    susenas_status: str | None = None
    susenas_visibility: str | None = None


@dataclass
class Service:
    """A village's programme over twelve months: due and on time; completed, how much of it in the last days; None: not to be judged."""

    due: int = 0
    on_time: int = 0
    completed: int = 0
    before_cutoff: int = 0
    is_bunched: bool | None = None


def accepted(family: Family) -> list[Row]:
    """Without rows of the future, and without those that repeat an earlier row of the same submission."""
    sound = [
        row
        for row in sorted(family.rows, key=lambda row: row.place)
        if not (row.status in ("delivered", "void") and row.day and row.day > row.received_on)
    ]
    kept, seen = [], set()
    for row in sound:
        marks = {(row.submission, row.key, row.status == "void", period) for period in row.periods}
        if not marks & seen:
            kept.append(row)
        seen |= marks
    return kept


def shares(family: Family, row: Row) -> dict[str, Decimal | None]:
    """A payment for several periods in equal parts, rounded to the last decimal; the parts add up to the payment.

    A period without an entitlement has no part where another one has an entitlement.
    """
    if row.amount is None:
        return dict.fromkeys(row.periods)
    sharing = [one for one in sorted(row.periods) if family.is_entitled(one, row.day)] or sorted(row.periods)
    count = len(sharing)
    until = [(row.amount * part / count).quantize(LEAST, ROUND_HALF_UP) for part in range(count + 1)]
    parts = {period: until[part + 1] - until[part] for part, period in enumerate(sharing)}
    return {period: parts.get(period, Decimal(0)) for period in row.periods}


def standing(deliveries: list[Delivery]) -> list[Delivery]:
    """What no later submission corrects, dates or voids, and no void of the same submission withdraws."""
    return [one for one in deliveries if not any(_supersedes(other, one, deliveries) for other in deliveries)]


def _supersedes(other: Delivery, one: Delivery, every: list[Delivery]) -> bool:
    if other.row.key == one.row.key:
        if other.row.submission > one.row.submission:
            return True
        last = max(each.row.submission for each in every if each.row.key == one.row.key)
        return (
            other.row.submission == one.row.submission == last
            and other.row.status == "void"
            and one.row.status != "void"
        )
    undated = one.row.status == "delivered" and one.row.day is None
    return (
        undated
        and other.row.submission > one.row.submission
        and other.row.status in ("delivered", "void")
        and other.amount == one.amount
    )


def counted_for(family: Family, period: str, as_of: date) -> list[Delivery]:
    """What counts for an entitlement, in the order of its days, undated deliveries last."""
    deliveries = [
        Delivery(row, shares(family, row)[period]) for row in accepted(family) if period in row.periods
    ]
    return sorted(
        (
            one
            for one in standing(deliveries)
            if one.row.status == "delivered"
            and family.is_entitled(period, one.row.day)
            and (one.row.day is None or one.row.day <= as_of)
        ),
        key=lambda one: one.order,
    )


def amount_of(counted: list[Delivery]) -> Decimal:
    return sum((one.amount or Decimal(0) for one in counted), Decimal(0))


def owed_to(family: Family, period: str, as_of: date) -> Decimal:
    """What the list promises, without what those who held the place before have received for that period."""
    enough = family.listed_amount * (1 - family.program.tolerance)
    received, before = Decimal(0), family.follows(period)
    while before:
        received += amount_of(counted_for(before, period, as_of))
        before = before.follows(period)
    if received <= 0:
        return family.listed_amount
    return Decimal(0) if received >= enough else family.listed_amount - received


def duplicates(family: Family, periods: tuple[str, ...], as_of: date) -> set[tuple[tuple[int, int], str]]:
    """Rows, by place and period, that came when all that they pay was complete already."""
    beyond, paid = set(), set()
    for period in (one for one in periods if family.is_listed(one)):
        enough = owed_to(family, period, as_of) * (1 - family.program.tolerance)
        total = Decimal(0)
        for one in counted_for(family, period, as_of):
            paid.add((one.row.place, period))
            if total >= enough:
                beyond.add((one.row.place, period))
            total += one.amount or Decimal(0)
    still_owed = {place for place, _ in paid - beyond}
    return {(place, period) for place, period in beyond if place not in still_owed}


def judge(family: Family, period: str, as_of: date, working: set[date]) -> Judgement | None:
    """The judgement, or None where there is no entitlement, or nothing was given and nothing is owed."""
    if not family.is_listed(period):
        return None
    program = family.program
    counted = counted_for(family, period, as_of)
    delivered = amount_of(counted)
    owed = owed_to(family, period, as_of)
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


def ready_for(
    window: Window, found: dict[tuple[int, str], Judgement], families: list[Family], as_of: date
) -> None:
    """Adds the SUSENAS status and visibility of every entitlement in the window's scope."""
    scoped = {
        key: one
        for key, one in found.items()
        if window.scope_from < families[key[0]].program.due[key[1]] <= window.cutoff
    }
    villages: dict[tuple[str, str], list[Judgement]] = {}
    for (index, _), one in scoped.items():
        villages.setdefault((families[index].village, families[index].program.code), []).append(one)
    for (index, period), one in scoped.items():
        family = families[index]
        together = villages[family.village, family.program.code]
        projected = _projected(together, as_of)
        if one.completed_on and one.completed_on <= window.cutoff:
            one.susenas_status = "ready"
        elif as_of > window.cutoff:
            one.susenas_status = "missed"
        elif as_of > family.program.due[period] or (projected and projected > window.cutoff):
            one.susenas_status = "at_risk"
        else:
            one.susenas_status = "on_track"
        one.susenas_visibility = _visibility(one.completed_on, window)


def _projected(together: list[Judgement], as_of: date) -> date | None:
    """When the village will be done at the pace of the last two weeks; None where there is no pace."""
    remaining = sum(one.completed_on is None for one in together)
    if not remaining:
        return as_of
    recent = sum(
        one.completed_on is not None and as_of - timedelta(days=RECENT_DAYS) < one.completed_on <= as_of
        for one in together
    )
    return as_of + timedelta(days=ceil(remaining * RECENT_DAYS / recent)) if recent else None


def served(
    window: Window, found: dict[tuple[int, str], Judgement], families: list[Family], as_of: date
) -> dict[tuple[str, str], Service]:
    """The twelve months up to the cutoff, or up to the day judged by, of every village and programme."""
    until = min(as_of, window.cutoff)
    villages: dict[tuple[str, str], Service] = {}
    for (index, period), one in found.items():
        family = families[index]
        service = villages.setdefault((family.village, family.program.code), Service())
        due = family.program.due[period]
        is_due = due < as_of and _is_in_year(due, until)
        service.due += is_due
        service.on_time += is_due and one.timing_status == "on_time"
        is_completed = one.completed_on is not None and _is_in_year(one.completed_on, until)
        service.completed += is_completed
        service.before_cutoff += (
            is_completed and one.completed_on > window.cutoff - timedelta(days=LAST_DAYS)  # type: ignore[operator]
        )
    for (_, program), service in villages.items():
        first = min(period for index, period in found if families[index].program.code == program)
        service.is_bunched = _is_bunched(service, date.fromisoformat(f"{first}-01"), window, as_of)
    return villages


def _is_in_year(day: date, until: date) -> bool:
    return date(until.year - 1, until.month, until.day) < day <= until


def _is_bunched(service: Service, begun: date, window: Window, as_of: date) -> bool | None:
    """Against an even pace over the days of the year on which the programme was under way."""
    until = min(as_of, window.cutoff)
    days = sum(_is_in_year(begun + timedelta(days=n), until) for n in range((until - begun).days + 1))
    if not service.completed or days < BUNCHED_FROM * LAST_DAYS:
        return None
    if Fraction(service.before_cutoff, service.completed) >= BUNCHED_FROM * Fraction(LAST_DAYS, days):
        return True
    return False if as_of >= window.cutoff else None


def _visibility(completed_on: date | None, window: Window) -> str:
    if completed_on is None:
        return "none"
    if completed_on > window.end:
        return "after_window"
    return "too_early" if completed_on < window.start - timedelta(days=window.visible_days) else "visible"
