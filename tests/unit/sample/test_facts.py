"""The judge of the sample is the yardstick of others: here it is held against cases that one can count by
hand."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from include.config import Pause, Period, Program, Village
from include.sample.facts import Judge, Listing
from include.sample.shapes import Row

VILLAGE = Village(
    village_code="53.98.01.2001",
    village_name="Satu",
    district_code="53.98.01",
    district_name="Rantau",
    kind="desa",
    is_pocket=False,
    is_remote=False,
)
DUE = date(2024, 2, 10)


def program(**changes: object) -> Program:
    values: dict[str, object] = {
        "code": "beras",
        "name": "Beras",
        "unit": "kg",
        "opd": "dkp",
        "entitlement": 10,
        "tolerance": 0.0,
        "max_amount": 60,
        "unit_price_idr": 15000,
        "periods": [
            Period(period="2024-01", due_date=DUE),
            Period(period="2024-02", due_date=date(2024, 3, 10)),
        ],
    }
    return Program(**(values | changes))


def row(
    amount: object = 10,
    day: date | None = DUE,
    bast: str = "B1",
    periods: tuple[str, ...] = ("2024-01",),
    **more: object,
) -> Row:
    family = SimpleNamespace(number=1)
    return Row(family, VILLAGE, periods, "n", "k", "x", amount, day, bast=bast, **more)


def judged(
    *files: list[Row], as_of: date = date(2024, 2, 20), period: str = "2024-01", **changes: object
) -> tuple[str, str]:
    judge = Judge([program(**changes)], as_of)
    judge.take_list(
        Listing("beras", ("2024-01", "2024-02"), {VILLAGE.village_code: [SimpleNamespace(number=1)]})
    )
    for rows in files:
        judge.take_rows("beras", rows, has_bast=True)
    facts = judge.conclude().period("beras", period)
    assert facts.entitlements == 1
    (timing,), (amount,) = facts.timing, facts.amount
    return timing, amount


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([[row()]], ("on_time", "exact")),
        ([[row(day=date(2024, 2, 11))]], ("late", "exact")),
        ([[row(5), row(5, day=date(2024, 2, 12), bast="B2")]], ("late", "exact")),
        ([[row(5)]], ("incomplete", "under")),
        ([[]], ("missing", "none")),
        ([[row(day=None)]], ("undated", "exact")),
        ([[row(), row(bast="B2")]], ("on_time", "over")),
        ([[row(5)], [row(10)]], ("on_time", "exact")),
        ([[row(5, day=None)], [row(5, bast="B2")]], ("incomplete", "under")),
        ([[row(refused_for="date_invalid")]], ("missing", "none")),
        ([[row(None, None, delivered=False)]], ("missing", "none")),
        ([[row(20, periods=("2024-01", "2024-02"))]], ("on_time", "exact")),
    ],
)
def test_timing_and_amount(files, expected):
    assert judged(*files) == expected


def test_before_the_due_date_it_is_pending():
    assert judged([row(5)], as_of=DUE) == ("pending", "under")
    assert judged([], as_of=DUE, period="2024-02") == ("pending", "none")


def test_a_pause_after_the_due_date_is_nobodys_lateness():
    pause = Pause(start=date(2024, 2, 8), end=date(2024, 2, 14), reason="jeda")
    late = [row(day=date(2024, 2, 14))]
    assert judged(late) == ("late", "exact")
    assert judged(late, pauses=[pause]) == ("on_time", "exact")
    assert judged([row(day=date(2024, 2, 15))], pauses=[pause]) == ("late", "exact")


def test_tolerance_holds_for_completeness_and_amount():
    assert judged([row(9.5)], tolerance=0.05) == ("on_time", "exact")
    assert judged([row(9.4)], tolerance=0.05) == ("incomplete", "under")


def household(number: int, *, decile: int = 1, p3ke: bool = True, dtks: bool = True) -> SimpleNamespace:
    return SimpleNamespace(number=number, village=VILLAGE, decile=decile, in_p3ke=p3ke, in_dtks=dtks)


def test_who_is_reached_is_counted_from_the_lists_of_the_last_month_that_has_begun():
    listed, newcomer, left = household(1), household(2), household(3)
    families = [
        listed, newcomer, left, household(4, decile=5), household(5, p3ke=False), household(6, p3ke=False, dtks=False),
    ]  # fmt: skip
    judge = Judge([program()], date(2024, 2, 20))
    judge.take_list(Listing("beras", ("2024-01",), {VILLAGE.village_code: [listed, left, families[5]]}))
    judge.take_list(Listing("beras", ("2024-02",), {VILLAGE.village_code: [listed, newcomer, families[5]]}))
    facts = judge.conclude_targeting(families, {"p3ke"}, poor_deciles=4)
    assert (facts.registered, facts.poor, facts.poor_entitled) == (4, 3, 2)
    assert facts.gaps.total() == 1
    assert facts.listed_outside == 1
    assert facts.combinations == {"beras": 3, "none": 2}
    assert judge.conclude_targeting(families, {"p3ke", "dtsen"}, poor_deciles=5).gaps.total() == 3
    assert judge.conclude_targeting(families, set(), poor_deciles=4).registered == 0
    over = Judge([program()], date(2024, 4, 1))
    over.take_list(Listing("beras", ("2024-01",), {VILLAGE.village_code: [listed]}))
    assert over.conclude_targeting(families, {"p3ke"}, poor_deciles=4).poor_entitled == 0


def test_a_later_list_of_the_village_counts():
    judge = Judge([program()], DUE)
    judge.take_list(Listing("beras", ("2024-01",), {VILLAGE.village_code: [SimpleNamespace(number=1)]}))
    judge.take_list(Listing("beras", ("2024-01",), {VILLAGE.village_code: [SimpleNamespace(number=2)]}))
    judge.take_rows("beras", [row()], has_bast=True)
    facts = judge.conclude()
    assert facts.period("beras", "2024-01").timing == {"pending": 1}
    assert facts.unlisted == {"beras": 1}
