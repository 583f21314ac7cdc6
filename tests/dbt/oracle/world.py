"""What an invented regency hands out, to whom, and what its OPDs send: lists, logs and empty forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

LEAST = Decimal("0.0001")
"""The last decimal of an amount."""

Payee = tuple[str, ...]
"""By whom deliveries are grouped: the entitled family, else what the row says of itself."""


@dataclass(frozen=True)
class Program:
    """What is promised: amount a period, tolerance, due dates, pauses, days until a log is late, most periods at once.

    What falls due from `stops_on` on is not handed out any more.
    """

    code: str
    entitlement: Decimal
    tolerance: Decimal
    due: dict[str, date]
    pauses: tuple[tuple[date, date], ...] = ()
    report_days: int = 7
    most_periods: int | None = None
    stops_on: date | None = None

    def paused(self, day: date) -> bool:
        return any(start <= day <= end for start, end in self.pauses)

    def runs(self, period: str) -> bool:
        return self.stops_on is None or self.due[period] < self.stops_on

    def log_due(self, period: str) -> date:
        return self.due[period] + timedelta(days=self.report_days)


@dataclass(frozen=True)
class Window:
    """A SUSENAS window; its cutoff is the day before the start."""

    year: int
    start: date
    end: date
    scope_from: date
    visible_days: int

    @property
    def cutoff(self) -> date:
        return self.start - timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """One row of a log: what it says, whom it names and how, and where it stands (submission, then row).

    `nik`, `card` and `name` are numbers of invented people, cards and names.
    """

    program: Program
    submission: int
    number: int
    received_on: date
    periods: tuple[str, ...]
    amount: Decimal | None
    day: date | None
    status: str
    bast: str | None
    nik: int | None
    card: int | None
    name: int
    village: str | None

    @property
    def key(self) -> str:
        """Number of the hand-over record, else the day, else nothing."""
        return f"bast {self.bast}" if self.bast else f"day {self.day}" if self.day else "undated"

    @property
    def place(self) -> tuple[int, int]:
        return self.submission, self.number

    @property
    def payee(self) -> Payee:
        """Who the row says was paid, before anybody looks into a list."""
        if self.nik is not None:
            return "nik", str(self.nik)
        if self.card is not None:
            return "card", str(self.card)
        return "name", str(self.name), self.village or ""


@dataclass(frozen=True)
class NilForm:
    """An empty form: nothing was handed out in these months, in one village or in all of them."""

    program: Program
    received_on: date
    village: str | None
    periods: tuple[str, ...]


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
    """Who is entitled to what, and the lists that hold them out of those of their village.

    A place on the list is owed its aid once, whoever holds it. That somebody stands in another's place is said once; it
    holds in all later lists until one of them holds the replaced family again, in a place of its own.
    """

    program: Program
    village: str
    listed_amount: Decimal
    lists: dict[int, date]
    index: int
    card: int
    name: int
    listings: list[Listing] = field(default_factory=list)
    named_by: list[Family] = field(default_factory=list)

    @property
    def payee(self) -> Payee:
        return "nik", str(self.index)

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

    def has_entitlement(self, period: str) -> bool:
        return self.is_listed(period) and self.program.runs(period)

    def is_entitled(self, period: str, day: date | None) -> bool:
        """Whether what comes on this day for this period goes to an entitlement."""
        left = self.left_on(period)
        return self.has_entitlement(period) and not (day and left and day > left)


@dataclass
class World:
    """All of it."""

    families: list[Family]
    rows: list[Row]
    nil_forms: list[NilForm]
    periods: tuple[str, ...]
