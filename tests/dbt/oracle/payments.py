"""To whom each row of a log goes, what each month gets of it, and which rows still stand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tests.dbt.oracle.world import LEAST, Family, Payee, Row, World


@dataclass(frozen=True)
class Delivery:
    """A row's share for one period, the family to whose entitlement it goes, if any, and by which mark that was found."""

    row: Row
    period: str
    amount: Decimal | None
    family: Family | None
    found_by: str | None

    @property
    def payee(self) -> Payee:
        return self.family.payee if self.family else self.row.payee

    @property
    def order(self) -> tuple[date, tuple[int, int]]:
        return self.row.day or date.max, self.row.place

    @property
    def village(self) -> str | None:
        """Of which village the row speaks."""
        return self.family.village if self.family else self.row.village


class Payments:
    """All deliveries of a world, matched and shared."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.accepted = accepted(world.rows)
        self.named = _Register(world.families)
        self.groups: dict[tuple[str, Payee, str], list[Delivery]] = defaultdict(list)
        for row in self.accepted:
            for one in self._deliveries(row):
                self.groups[row.program.code, one.payee, one.period].append(one)
        self.standing = {key: standing(found) for key, found in self.groups.items()}

    def _deliveries(self, row: Row) -> list[Delivery]:
        found = {period: self.named.entitled(row, period) for period in row.periods}
        parts = shares(row, {period: family for period, (family, _) in found.items()})
        return [Delivery(row, period, parts[period], *found[period]) for period in row.periods]

    def counted(self, as_of: date) -> list[Delivery]:
        """What was handed out by a day, as far as nothing later says otherwise; undated deliveries count."""
        return [
            one
            for group in self.standing.values()
            for one in group
            if one.row.status == "delivered" and (one.row.day is None or one.row.day <= as_of)
        ]

    def counted_for(self, family: Family, period: str, as_of: date) -> list[Delivery]:
        """What counts for an entitlement, in the order of its days, undated deliveries last."""
        return sorted(
            (
                one
                for one in self.standing.get((family.program.code, family.payee, period), [])
                if one.family is family
                and one.row.status == "delivered"
                and (one.row.day is None or one.row.day <= as_of)
            ),
            key=lambda one: one.order,
        )


class _Register:
    """Finds the family that a row means: by NIK, else by family card, by name and village only where it has neither."""

    def __init__(self, families: list[Family]) -> None:
        self._found: dict[tuple[str, Payee], list[Family]] = defaultdict(list)
        for family in families:
            for mark in (
                family.payee,
                ("card", str(family.card)),
                ("name", str(family.name), family.village),
            ):
                self._found[family.program.code, mark].append(family)

    def listed(self, row: Row, mark: Payee) -> list[Family]:
        """Families of the row's programme that bear a mark."""
        return self._found.get((row.program.code, mark), [])

    def entitled(self, row: Row, period: str) -> tuple[Family | None, str | None]:
        """The family to whose entitlement a row goes, and by which mark it was found."""
        for mark in marks(row):
            one = _only(self.listed(row, mark), period)
            if one and one.is_entitled(period, row.day):
                return one, mark[0]
        return None, None


def marks(row: Row) -> list[Payee]:
    """By what a row's family is looked for, the best first."""
    if row.nik is None and row.card is None:
        return [("name", str(row.name), row.village or "")]
    found: list[Payee] = [("nik", str(row.nik))] if row.nik is not None else []
    return found + ([("card", str(row.card))] if row.card is not None else [])


def _only(bearers: list[Family], period: str) -> Family | None:
    """The one that a mark means: never one among several; who has left steps back for who stays."""
    found = [one for one in bearers if one.has_entitlement(period)]
    staying = [one for one in found if one.left_on(period) is None]
    meant = staying or found
    return meant[0] if len(meant) == 1 else None


def accepted(rows: list[Row]) -> list[Row]:
    """Without rows of the future, and without those that repeat an earlier row of the same submission."""
    sound = [
        row
        for row in sorted(rows, key=lambda row: row.place)
        if not (row.status in ("delivered", "void") and row.day and row.day > row.received_on)
    ]
    kept, seen = [], set()
    for row in sound:
        marks = {
            (row.program.code, row.submission, row.payee, row.key, row.status == "void", period)
            for period in row.periods
        }
        if not marks & seen:
            kept.append(row)
        seen |= marks
    return kept


def shares(row: Row, families: dict[str, Family | None]) -> dict[str, Decimal | None]:
    """A payment for several periods in proportion to what each entitles to, rounded to the last decimal.

    The parts add up to the payment. A period without an entitlement has no part where another one has an entitlement.
    """
    if row.amount is None or len(row.periods) == 1:
        return dict.fromkeys(row.periods, row.amount)
    somebody = any(families.values())
    weights = {
        period: family.listed_amount if family else Decimal(0) if somebody else row.program.entitlement
        for period, family in families.items()
    }
    parts: dict[str, Decimal | None] = {}
    so_far, paid = Decimal(0), Decimal(0)
    for period in sorted(weights):
        so_far += weights[period]
        until = (row.amount * so_far / sum(weights.values())).quantize(LEAST, ROUND_HALF_UP)
        parts[period] = until - paid
        paid = until
    return parts


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


def amount_of(counted: list[Delivery]) -> Decimal:
    return sum((one.amount or Decimal(0) for one in counted), Decimal(0))
