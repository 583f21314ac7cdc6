"""The rows of a log: what was handed out, and the mistakes that are planted among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from include.sample.people import Family
from include.sample.shapes import Layout, Row

if TYPE_CHECKING:
    from include.config import Program, Village

_NOT_HANDED_OUT = ("tidak hadir", "tidak hadir", "meninggal", "pindah", "belum")

# Of a thousand ordinary rows: not handed out, too little, too much, no date, NIK in a numeric cell.
_FAILED, _UNDER, _OVER, _UNDATED, _NUMERIC, _PROXY = 0.010, 0.017, 0.018, 0.020, 0.025, 0.045


@dataclass(frozen=True)
class Drop:
    """One delivery to a village: on a day, to these families, `portion` of what is due to each."""

    village: Village
    day: date
    families: tuple[Family, ...]
    bast: str
    portion: float


@dataclass(frozen=True)
class Plants:
    """What may go wrong in a log; `mistyped` is the number of amounts that a correction will mend."""

    ordinary: bool = False
    wrong_rows: bool = False
    strangers: bool = False
    mistyped: int = 0


def make_rows(
    program: Program,
    layout: Layout,
    periods: tuple[str, ...],
    drops: Sequence[Drop],
    strangers: Sequence[Family],
    plants: Plants,
    received: date,
    rng: Random,
) -> tuple[list[Row], list[int]]:
    """The rows of a log, in the order of its villages, and the numbers of the mistyped ones."""
    due = program.entitlement * len(periods)
    rows: list[Row] = []
    for drop in drops:
        amount = _whole(due * drop.portion)
        made = [
            Row(
                family,
                drop.village,
                periods,
                family.nik,
                family.kk,
                family.name,
                amount,
                drop.day,
                bast=drop.bast,
            )
            for family in drop.families
        ]
        if plants.ordinary:
            for row in made:
                _ordinary_trouble(row, layout, rng)
        rows += made
    if plants.strangers and drops:
        rows += _unlisted(layout, periods, drops, strangers, due, rng)
    mistyped = _mistype(rows, plants.mistyped, rng)
    if plants.wrong_rows and not layout.total:
        _plant_wrong_rows(rows, layout, program, received, set(mistyped), rng)
    return rows, mistyped


def _whole(amount: float) -> float:
    return int(amount) if amount == int(amount) else amount


def _scale(row: Row, factor: float) -> None:
    if isinstance(row.amount, (int, float)):
        row.amount = _whole(row.amount * factor)


def _ordinary_trouble(row: Row, layout: Layout, rng: Random) -> None:
    """What happens to a few rows in any list."""
    draw = rng.random()
    if draw < _FAILED:
        if "status" in layout.fields:
            row.status, row.delivered = rng.choice(_NOT_HANDED_OUT), False
            row.amount = row.day = None
    elif draw < _UNDER:
        _scale(row, rng.choice((0.5, 0.8, 0.9, 0.95)))
    elif draw < _OVER:
        _scale(row, 1.5)
    elif draw < _PROXY:
        _careless_typing(row, layout, draw, rng)


def _careless_typing(row: Row, layout: Layout, draw: float, rng: Random) -> None:
    """The date forgotten, the NIK in a numeric cell, a remark."""
    if draw < _UNDATED and "day" in layout.fields:
        row.day = None
    elif _UNDATED <= draw < _NUMERIC and layout.is_workbook and "kk" in layout.fields:
        # Excel keeps fifteen digits of what is typed; a program may write all sixteen.
        row.nik = int(row.nik) if rng.random() < 0.5 else int(row.nik) // 10 * 10
    elif draw >= _NUMERIC and "notes" in layout.fields:
        row.notes = rng.choice(("diwakili anak", "diwakili istri", "diantar ke rumah (sakit)"))


def _unlisted(
    layout: Layout,
    periods: tuple[str, ...],
    drops: Sequence[Drop],
    strangers: Sequence[Family],
    due: float,
    rng: Random,
) -> list[Row]:
    """Families that are on no list and were served all the same."""
    served = {drop.village.village_code: drop for drop in drops}
    # Without a village column a row can only tell of a village that the file has.
    fit = [f for f in strangers if "village" in layout.fields or f.village.village_code in served]
    handed_out = sum(len(drop.families) for drop in drops)
    count = max(int(rng.random() < 0.4), round(handed_out * 0.0015))
    rows = []
    for family in rng.sample(fit, min(count, len(fit))):
        drop = served.get(family.village.village_code, drops[0])
        rows.append(
            Row(
                family,
                family.village,
                periods,
                family.nik,
                family.kk,
                family.name,
                _whole(due),
                drop.day,
                bast=drop.bast,
            )
        )
    return rows


def _mistype(rows: list[Row], count: int, rng: Random) -> list[int]:
    """Halves the amount of some rows; a correction will mend them."""
    fit = _sound(rows)
    chosen = sorted(rng.sample(fit, min(count, len(fit))))
    for number in chosen:
        _scale(rows[number], 0.5)
    return chosen


def _sound(rows: Sequence[Row]) -> list[int]:
    return [
        number
        for number, row in enumerate(rows)
        if row.delivered
        and isinstance(row.amount, (int, float))
        and isinstance(row.day, date)
        and isinstance(row.nik, str)
    ]


# --- rows that must be refused


def _plant_wrong_rows(
    rows: list[Row], layout: Layout, program: Program, received: date, untouched: set[int], rng: Random
) -> None:
    """Breaks a few rows, each in one way that its layout can hold."""
    fit = [number for number in _sound(rows) if number not in untouched]
    breakers = list(_breakers(layout, program, received).items())
    count = min(len(fit), max(int(rng.random() < 0.7), round(len(rows) * 0.002)))
    for number in sorted(rng.sample(fit, count), reverse=True):
        reason, spoil = rng.choice(breakers)
        if reason == "duplicate_row":
            rows.insert(number + 1, replace(rows[number], refused_for=reason))
        else:
            spoil(rows[number])
            rows[number].refused_for = reason


def _breakers(layout: Layout, program: Program, received: date) -> dict[str, Callable[[Row], None]]:
    """How to spoil a row so that it is refused for exactly one reason."""

    def change(**values: object) -> Callable[[Row], None]:
        def spoil(row: Row) -> None:
            for name, value in values.items():
                setattr(row, name, value)

        return spoil

    ways = {
        "duplicate_row": change(),
        "amount_invalid": change(amount="lihat lampiran"),
        "identity_missing": change(nik="", kk="", name=""),
    }
    if program.max_amount is not None:
        ways["amount_implausible"] = change(amount=_whole(program.max_amount * 10))
    if "day" in layout.fields:
        ways["date_invalid"] = change(day=f"31/02/{received.year}")
        ways["date_in_future"] = change(day=received + timedelta(days=45))
    if "period" in layout.fields:
        ways["period_unknown"] = change(period_as_typed="Tahap Khusus")
    if "status" in layout.fields:
        ways["status_unknown"] = change(status="menunggu konfirmasi")
    return ways
