"""What is true in the sample: counted from what was planted, not by the code that is to find it out.

The rules are those of the contract's section 4, written a second time in the plainest way, over the files
that had arrived and could be read. So a test can hold the pipeline's result against them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from include.config import Program
from include.sample.people import Family
from include.sample.shapes import Row


@dataclass
class PeriodFacts:
    """How one programme's period really went."""

    opd: str
    program: str
    period: str
    due_date: date
    entitlements: int = 0
    timing: Counter[str] = field(default_factory=Counter)
    amount: Counter[str] = field(default_factory=Counter)

    @property
    def on_time(self) -> int:
        """Entitlements completed by the due date."""
        return self.timing["on_time"]

    @property
    def late(self) -> int:
        """Entitlements completed after it."""
        return self.timing["late"]

    @property
    def missing(self) -> int:
        """Entitlements that were due and got nothing."""
        return self.timing["missing"]


@dataclass
class TargetingFacts:
    """Who is registered, and whom the lists of that day reach; a family of the sample is one everywhere."""

    registered: int = 0
    poor: int = 0
    poor_entitled: int = 0
    gaps: Counter[str] = field(default_factory=Counter)  # by village code
    listed_outside: int = 0  # on a list of a month that has begun, in no registry
    combinations: Counter[str] = field(default_factory=Counter)


@dataclass
class Facts:
    """What was planted, as far as it had arrived by `as_of`."""

    as_of: date
    periods: list[PeriodFacts] = field(default_factory=list)
    files: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    refused_files: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)
    distribution_rows: int = 0
    nik_cut_by_excel: int = 0
    late_villages: list[tuple[str, str, str]] = field(default_factory=list)
    missing_villages: list[tuple[str, str, str]] = field(default_factory=list)
    reported_late: list[tuple[str, str, str]] = field(default_factory=list)
    totals_wrong: int = 0
    targeting: TargetingFacts | None = None

    def period(self, program: str, period: str) -> PeriodFacts:
        """The facts of one programme and period."""
        return next(facts for facts in self.periods if (facts.program, facts.period) == (program, period))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        plain |= {name: dict(value) for name, value in plain.items() if isinstance(value, Counter)}
        plain["as_of"] = self.as_of.isoformat()
        plain["targeting"] = vars(self.targeting) if self.targeting else None
        plain["periods"] = [
            vars(facts)
            | {
                "due_date": facts.due_date.isoformat(),
                "timing": dict(facts.timing),
                "amount": dict(facts.amount),
            }
            for facts in self.periods
        ]
        return plain


@dataclass(frozen=True)
class Listing:
    """A recipient list: who is entitled in which villages and periods, until a later list says otherwise."""

    program: str
    periods: tuple[str, ...]
    families: dict[str, list[Family]]


class Judge:
    """Takes in lists and rows in their order of arrival, then counts."""

    def __init__(self, programs: Iterable[Program], as_of: date) -> None:
        self.programs = {program.code: program for program in programs}
        self.facts = Facts(as_of)
        # programme and period -> village -> families; of the latest list
        self._listed: dict[tuple[str, str], dict[str, list[Family]]] = {}
        # programme and period -> family -> key of the delivery -> (amount, day)
        self._given: dict[tuple[str, str], dict[int, dict[str, tuple[float, date | None]]]] = {}

    def take_list(self, listing: Listing) -> None:
        """A later list replaces an earlier one, village by village."""
        for period in listing.periods:
            self._listed.setdefault((listing.program, period), {}).update(listing.families)

    def take_rows(self, program: str, rows: Sequence[Row], has_bast: bool) -> None:
        """Rows of a log that could be read; the same key in a later file supersedes."""
        self.facts.distribution_rows += len(rows)
        for row in rows:
            if row.refused_for:
                self.facts.refused[row.refused_for] += 1
                continue
            self.facts.nik_cut_by_excel += isinstance(row.nik, int) and row.nik % 10 == 0
            if not row.delivered or not isinstance(row.amount, (int, float)):
                continue
            day = row.day if isinstance(row.day, date) else None
            key = row.bast if has_bast and row.bast else str(day)
            for period in row.periods:
                deliveries = self._given.setdefault((program, period), {}).setdefault(row.family.number, {})
                self._take_delivery(deliveries, key, row.amount / len(row.periods), day)

    @staticmethod
    def _take_delivery(
        deliveries: dict[str, tuple[float, date | None]], key: str, amount: float, day: date | None
    ) -> None:
        """The same key supersedes, and a later row supersedes an undated one of the same amount."""
        for other in [
            k for k, (given, on) in deliveries.items() if on is None and given == amount and k != key
        ]:
            del deliveries[other]
        deliveries[key] = (amount, day)

    def conclude(self) -> Facts:
        """Judges every entitlement of the lists that have arrived."""
        for (code, period), villages in sorted(self._listed.items()):
            program = self.programs[code]
            due = next(item.due_date for item in program.periods if item.period == period)
            facts = PeriodFacts(program.opd, code, period, due)
            given = self._given.get((code, period), {})
            listed: set[int] = set()
            for families in villages.values():
                for family in families:
                    listed.add(family.number)
                    timing, amount = self._judge(program, due, given.get(family.number, {}))
                    facts.timing[timing] += 1
                    facts.amount[amount] += 1
            facts.entitlements = len(listed)
            self.facts.periods.append(facts)
            self.facts.unlisted[code] += len(given.keys() - listed)
        return self.facts

    def conclude_targeting(
        self, families: Sequence[Family], registries: AbstractSet[str], poor_deciles: int
    ) -> TargetingFacts:
        """Holds the registries that have arrived (p3ke, dtks, dtsen) against the lists, in their state of `as_of`."""
        entitled = {code: self._entitled(program) for code, program in self.programs.items()}
        ever_listed = {
            family.number
            for (_, period), villages in self._listed.items()
            for listed in villages.values()
            for family in listed
            if period <= f"{self.facts.as_of:%Y-%m}"
        }
        facts = TargetingFacts()
        for family in families:
            is_registered = ("p3ke" in registries and family.in_p3ke) or (
                bool(registries - {"p3ke"}) and family.in_dtks
            )
            programs = sorted(code for code, numbers in entitled.items() if family.number in numbers)
            facts.registered += is_registered
            facts.listed_outside += not is_registered and family.number in ever_listed
            if is_registered and family.decile <= poor_deciles:
                facts.poor += 1
                facts.poor_entitled += bool(programs)
                facts.gaps[family.village.village_code] += not programs
            if is_registered or programs:
                facts.combinations[" + ".join(programs) or "none"] += 1
        return facts

    def _entitled(self, program: Program) -> set[int]:
        """On the list of the last month that has begun, village by village, while the programme runs."""
        today = self.facts.as_of
        periods = sorted(program.periods, key=lambda item: item.period)
        is_over = program.status not in ("active", "planned") and (
            program.status_from is None or program.status_from <= today
        )
        last_due = max(item.due_date for item in periods)
        if is_over or max(f"{last_due:%Y-%m-%d}", f"{periods[-1].period}-31") < f"{today:%Y-%m-%d}":
            return set()
        latest: dict[str, list[Family]] = {}
        for item in periods:
            if item.period <= f"{today:%Y-%m}":
                latest.update(self._listed.get((program.code, item.period), {}))
        return {family.number for listed in latest.values() for family in listed}

    def _judge(
        self, program: Program, due: date, deliveries: dict[str, tuple[float, date | None]]
    ) -> tuple[str, str]:
        enough = program.entitlement * (1 - program.tolerance) - 1e-9
        total = sum(amount for amount, _ in deliveries.values())
        completed = self._completed_on(deliveries, enough)
        if completed is not None:
            timing = (
                "on_time"
                if completed <= due + timedelta(days=_pause_days(program, due, completed))
                else "late"
            )
        elif total >= enough:
            timing = "undated"
        elif self.facts.as_of <= due:
            timing = "pending"
        else:
            timing = "incomplete" if total > 0 else "missing"
        return timing, self._amount_status(program, total)

    @staticmethod
    def _completed_on(deliveries: dict[str, tuple[float, date | None]], enough: float) -> date | None:
        running = 0.0
        for amount, day in sorted(
            (item for item in deliveries.values() if item[1]), key=lambda item: item[1] or date.min
        ):
            running += amount
            if running >= enough:
                return day
        return None

    @staticmethod
    def _amount_status(program: Program, total: float) -> str:
        if total <= 0:
            return "none"
        off = total - program.entitlement
        if abs(off) <= program.entitlement * program.tolerance + 1e-9:
            return "exact"
        return "over" if off > 0 else "under"


def _pause_days(program: Program, due: date, completed: date) -> int:
    """Days after the due date, up to completion, on which the programme was paused."""
    return sum(
        1
        for offset in range(1, (completed - due).days + 1)
        if any(pause.start <= due + timedelta(days=offset) <= pause.end for pause in program.pauses)
    )
