"""The year of service beside the window: judged over twelve months, so that a cutoff early in February cannot hide a rush before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.dbt.conftest import VILLAGES, Warehouse, _last_day, received

RICE, CASH = "dkp/beras", "dpmpd/blt-dd"
MONTHS = [f"2024-{month:02}" for month in range(1, 13)] + ["2025-01"]
WINDOW = (
    2025,
    date(2025, 2, 8),
    date(2025, 2, 27),
    date(2025, 2, 7),
    date(2024, 2, 18),
    30,
    "official",
    None,
)
NOWA, OO = (VILLAGES[index] for index in (0, 4))
FAMILIES = 4


def _person(number: int, village: tuple[str, ...], **more: Any) -> dict[str, Any]:
    return {
        "nik": f"520599150793{number:04}",
        "name": f"warga {number}",
        "village": village[1],
        "district": village[3],
        **more,
    }


def _hand_out(
    house: Warehouse, feed: str, village: tuple[str, ...], first: int, days: dict[str, date]
) -> None:
    """Every month of `days` to all families of a village, in one log a month."""
    amount = "10" if feed == RICE else "300.000"
    for month, day in days.items():
        year, number = month.split("-")
        house.submit(
            f"{feed}/penyaluran",
            [
                _person(first + n, village, period=f"{number}/{year}", amount=amount, status="sudah salur",
                        delivered_on=day.strftime("%d/%m/%Y"))
                for n in range(FAMILIES)
            ],
            received(day.isoformat(), 1),
        )  # fmt: skip


@pytest.fixture(scope="module")
def house(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """Seen on the cutoff. Rice: nothing all year, all of it on 5 February. Cash: every month on its due date."""
    house = new_warehouse()
    house.configure(
        "2025-02-07",
        program_periods=[
            (program, month, _last_day(month)) for program in ("beras", "blt_dd") for month in MONTHS
        ],
        program_pauses=[],
        susenas_windows=[WINDOW],
    )
    for feed, village, first in ((RICE, NOWA, 1), (CASH, OO, 101)):
        house.submit(
            f"{feed}/penerima",
            [_person(first + n, village) for n in range(FAMILIES)],
            received("2024-01-02"),
        )
    _hand_out(house, RICE, NOWA, 1, dict.fromkeys(MONTHS, date(2025, 2, 5)))
    _hand_out(house, CASH, OO, 101, {month: _last_day(month) for month in MONTHS})
    house.build()
    return house


SERVICE = (
    "year_from, year_until, year_due, year_on_time, bunching_completed, completed_before_cutoff, before_cutoff_share, even_share, "
    "is_bunched"
)
YEAR = (date(2024, 2, 8), date(2025, 2, 7))
# Twelve due dates, 29 February 2024 to 31 January 2025. Of the rice all thirteen months came in the fortnight; of the cash twelve in
# the year, the last of them in the fortnight: handed out once a month, that is twice an even pace (14 of 366 days).
RUSHED = (*YEAR, 48, 0, 52, 52, 1.0, 0.0383, True)
EVEN = (*YEAR, 48, 48, 48, 4, 0.0833, 0.0383, False)


@pytest.mark.parametrize(
    ("table", "which"),
    [
        ("audit.village_readiness", "program_code = '{program}'"),
        ("audit.opd_scorecard", "program_code = '{program}'"),
        ("audit.village_summary", "village_code = '{village}'"),
    ],
)
def test_a_year_handed_out_in_the_last_days_before_a_cutoff_in_february_is_bunched(
    house: Warehouse, table: str, which: str
) -> None:
    for program, village, expected in (("beras", NOWA, RUSHED), ("blt_dd", OO, EVEN)):
        (found,) = house.rows(
            f"select {SERVICE} from {table} where {which.format(program=program, village=village[0])}"
        )
        assert tuple(found.values()) == expected


def test_the_window_alone_would_call_it_perfect(house: Warehouse) -> None:
    found = house.rows("select program_code, ready_rate from audit.village_readiness order by all")
    assert [tuple(row.values()) for row in found] == [("beras", 1.0), ("blt_dd", 1.0)]
