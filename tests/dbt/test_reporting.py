"""Which logs came, in time or not, also where an empty form is all that came; and what nothing at all says of a village."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.dbt.conftest import VILLAGES, Warehouse, received

LIST, LOG = "dkp/beras/penerima", "dkp/beras/penyaluran"
DESA = [(code, name, district) for code, name, _, district, kind in VILLAGES if kind == "desa"][:7]


def nil(
    house: Warehouse, day: str, place: tuple[str, str, str] | None, period: str | None = "Januari 2024"
) -> str:
    """An empty form, of a village or of all."""
    title = {
        "period": period,
        "village": place[1] if place else None,
        "district": place[2] if place else None,
    }
    return house.submit(
        LOG, [], received(day), reading_status="nil", sheets=[{"name": "Sheet1", "title": title}]
    )


def family(number: int, place: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    return {
        "nik": f"520599150785{number:04}",
        "name": f"warga {number}",
        "village": place[1],
        "district": place[2],
        **more,
    }


@pytest.fixture(scope="module")
def house(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """Due on 31 January, logs due on 7 February, seen on 10 February: one village for each way of reporting."""
    house = new_warehouse()
    house.configure("2024-02-10")
    house.submit(LIST, [family(n, place) for n, place in enumerate(DESA, start=1)], received("2024-01-02"))
    nil(house, "2024-02-07", DESA[0])
    nil(house, "2024-02-08", DESA[1])
    nil(house, "2024-02-03", DESA[2])
    nil(house, "2024-02-09", None, "Maret 2024")
    nil(house, "2024-02-09", DESA[2], "Maret 2024")
    # In time for January, but nobody can tell that they mean it; of a village that nobody knows; one sheet of two without a month.
    nil(house, "2024-01-30", None, None)
    nil(house, "2024-01-30", None, "bulan purnama")
    nil(house, "2024-01-30", ("", "Antah Berantah", DESA[0][2]))
    house.submit(
        LOG, [], received("2024-02-09"), reading_status="nil",
        sheets=[{"name": name, "title": {"period": period}} for name, period in (("A", "Maret 2024"), ("B", None))],
    )  # fmt: skip
    sent = {"period": "Januari 2024", "amount": "10 kg", "delivered_on": "30/01/2024"}
    house.submit(LOG, [family(3, DESA[2], **sent), family(4, DESA[3], **sent)], received("2024-02-08"))
    house.submit(LOG, [family(5, DESA[4], **sent)], received("2024-02-07"))
    house.build()
    return house


@pytest.mark.parametrize(
    ("place", "status"),
    [
        (0, "nil"),  # an empty form on the last day
        (1, "late"),  # one a day after it: as late as any log
        (2, "nil"),  # the empty form came in time, the filled one after it
        (3, "late"),
        (4, "received"),
        (5, "missing"),
    ],
)
def test_the_first_report_decides(house: Warehouse, place: int, status: str) -> None:
    found = house.rows(
        f"select log_status from audit.reporting_completeness where period = '2024-01' and village_code = '{DESA[place][0]}'"
    )
    assert found == [{"log_status": status}]


def test_an_empty_form_of_all_villages_and_one_of_a_village_are_one_row(house: Warehouse) -> None:
    found = house.rows(
        "select log_status, count(*) as n from audit.reporting_completeness where period = '2024-03' group by all"
    )
    assert found == [{"log_status": "nil", "n": len(DESA)}]


def test_an_empty_form_that_counts_for_nothing_says_so(house: Warehouse) -> None:
    """The months of January stay as they are: missing where no other report came (see above), never nil by a guess."""
    found = house.rows(
        "select warnings, json_extract_string(warning_details, '$[*].detail') as details, count(*)::integer as n "
        "from audit.submissions where kind = 'distribution' and rows_read = 0 group by all order by details"
    )
    assert [(row["warnings"], row["details"], row["n"]) for row in found] == [
        ([], [], 5),
        (["nil_report_not_counted"], ["bulan tidak dikenal"], 1),
        (["nil_report_not_counted"], ["bulan tidak disebut"], 1),
        (["nil_report_not_counted"], ["bulan tidak disebut (1 dari 2 lembar)"], 1),
        (["nil_report_not_counted"], ["desa tidak dikenal"], 1),
    ]


def test_no_pace_and_nothing_overdue_says_nothing_of_a_village(house: Warehouse) -> None:
    """What is due before the cutoff of 18 February: January. Of the next survey nobody can say anything yet."""
    overdue, done = DESA[5], DESA[4]
    verdict = {
        row["village_code"]: row["will_make_it"]
        for row in house.rows(
            "select village_code, will_make_it from audit.village_readiness where program_code = 'beras'"
        )
    }
    assert (verdict[overdue[0]], verdict[done[0]]) == (False, True)
    house.configure("2024-01-15")
    house.build()
    unknown = house.rows("select distinct will_make_it from audit.village_readiness where entitled > ready")
    assert unknown == [{"will_make_it": None}]
