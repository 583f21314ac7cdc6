"""Cases in which a plausible reading of the contract judged wrongly: one house, one story a family, built once.

Day of judgement: 31 March 2024. Aid falls due on the last day of its month; the programme "sembako" is paused from March on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from expectations.rules.recipients import (
    ExpectEligibleVillage,
    ExpectEveryRecipientListed,
    ExpectNoDeceasedRecipient,
    ExpectNoDuplicateDelivery,
    ExpectProgramToRun,
)
from tests.dbt.conftest import Warehouse, _last_day, received

RICE, CASH, FOOD = "dkp/beras", "dpmpd/blt-dd", "dkp/sembako"
MONTHS = [f"2024-{month:02}" for month in range(1, 13)]
PROGRAMS = [
    ("beras", "Beras", "kg", "dkp", 10.0, 0.0, 120.0, 15000.0, "active", None, None, 10.0, [], None),
    ("blt_dd", "BLT", "IDR", "dpmpd", 300000.0, 0.0, 3600000.0, 1.0, "active", None, 3, None, ["desa"], None),
    ("sembako", "Sembako", "IDR", "dkp", 200000.0, 0.0, 3600000.0, 1.0, "paused", "2024-03-01", None, None, [], None),
]  # fmt: skip
NAMES = (
    "dead heir twice half_owed late_entry given_up replaced replacing half_replaced half_replacing both_replaced both_replacing "
    "dropped kelurahan stopped unlisted voided kept "
    "first second third told not_told refused between named back not_back mended its_heir moved moved_heir "
    "itself left right ring_a ring_b ring_c after_ring"
).split()
# Each replaces the one before: in nine places by a column that slipped, in eight from hand to hand.
SLIPPED, HANDED = [f"slipped_{turn}" for turn in range(10)], [f"handed_{turn}" for turn in range(9)]
NAMES += SLIPPED + HANDED
NIK = {name: f"52059915079{number:05}" for number, name in enumerate(NAMES, start=1)}


def _person(name: str, **more: Any) -> dict[str, Any]:
    return {"nik": NIK[name], "name": f"warga {name}", "village": "Nowa", "district": "Woja", **more}


def _given(name: str, amount: str, day: str, period: str = "Januari 2024", **more: Any) -> dict[str, Any]:
    return _person(name, amount=amount, delivered_on=day, period=period, status="sudah salur", **more)


@pytest.fixture(scope="module")
def house(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    house = new_warehouse()
    house.configure(
        "2024-03-31",
        programs=PROGRAMS,
        program_periods=[(code, month, _last_day(month)) for code, *_ in PROGRAMS for month in MONTHS],
    )
    house.insert(
        "reference.feeds",
        [(f"{FOOD}/penerima", "dkp", "recipients", "sembako", None, 7), (f"{FOOD}/penyaluran", "dkp", "distribution", "sembako", None, 7)],
    )  # fmt: skip
    _send_lists(house)
    _send_logs(house)
    house.build()
    return house


def _send_lists(house: Warehouse) -> None:
    replaced = [_person(name) for name in ("replaced", "half_replaced", "both_replaced")]
    replacing = [
        _person(
            name.replace("replaced", "replacing"),
            replaces_nik=NIK[name],
            valid_from="10/01/2024",
            reason="pindah",
        )
        for name in ("replaced", "half_replaced", "both_replaced")
    ]
    house.submit(
        f"{RICE}/penerima",
        [_person("dead"), {**_person("heir"), "name": "Siti (alm)"}, *replaced, *replacing],
        received("2024-01-02"),
    )
    soriutu = {"village": "Soriutu", "district": "Manggalewa"}
    for day, names in (("2024-01-02", ("dropped", "voided", "kept")), ("2024-01-20", ("voided", "kept"))):
        house.submit(f"{RICE}/penerima", [_person(name) | soriutu for name in names], received(day))
    house.submit(
        f"{CASH}/penerima",
        [
            *(_person(name) for name in ("dead", "twice", "half_owed")),
            _person("late_entry", valid_from="01/02/2024"),
            _person("kelurahan", village="Kandai II"),
        ],
        received("2024-01-02"),
    )
    house.submit(f"{FOOD}/penerima", [_person("stopped")], received("2024-01-02"))
    _send_successions(house)


def _send_successions(house: Warehouse) -> None:
    """Three lists of one village, the workbook that mends a row of the second, and a list whose replacements go in a circle."""
    anamina = {"village": "Anamina", "district": "Manggalewa"}

    def placed(name: str, instead_of: str | None = None, **more: Any) -> dict[str, Any]:
        told = {"replaces_nik": NIK[instead_of], "reason": "pindah"} if instead_of else {}
        return _person(name, **anamina, **told, **more)

    def send(day: str, *rows: dict[str, Any]) -> str:
        return house.submit(f"{RICE}/penerima", list(rows), received(day))

    send("2024-01-03", *map(placed, ("first", "told", "refused", "back", "mended", "moved")))
    second = send(
        "2024-02-05", placed("mended"), placed("second", "first"), placed("not_told", "told"), placed("between", "refused"),
        placed("not_back", "back"), placed("its_heir", "mended"), placed("moved_heir", "moved", valid_from="10/02/2024"),
    )  # fmt: skip
    send("2024-02-06", placed("mended", returned_row_id=f"{second}:1:2"))
    send(
        "2024-03-05", placed("third", "second"), placed("not_told"), placed("named", "refused"), placed("back"), placed("not_back"),
        placed("its_heir", "mended"), placed("mended"), placed("moved_heir"),
    )  # fmt: skip
    tembalae = {"village": "Tembalae", "district": "Pajo"}
    circle = {"itself": "itself", "left": "right", "right": "left", "ring_a": "ring_b", "ring_b": "ring_c", "ring_c": "ring_a",
              "after_ring": "ring_a"}  # fmt: skip
    send("2024-01-04", *(placed(name, other) | tembalae for name, other in circle.items()))
    kadindi = {"village": "Kadindi", "district": "Pekat"}
    chain = [*zip(SLIPPED, [None, *SLIPPED], strict=False), *zip(HANDED, [None, *HANDED], strict=False)]
    send("2024-01-04", *(placed(name, other) | kadindi for name, other in chain))


def _send_logs(house: Warehouse) -> None:
    house.submit(
        f"{RICE}/penyaluran",
        [
            _given("replaced", "10", "05/01/2024"),
            _given("half_replaced", "4", "05/01/2024"),
            _given("half_replacing", "6", "14/01/2024"),
            _given("both_replaced", "10", "05/01/2024"),
            _given("both_replacing", "10", "14/01/2024"),
            _given("dropped", "5", "15/01/2024"),
        ],
        received("2024-01-16"),
    )
    soriutu = {"village": "Soriutu", "district": "Manggalewa"}
    house.submit(
        f"{RICE}/penyaluran",
        [_given("voided", "10", "22/01/2024") | soriutu, _given("kept", "10", "22/01/2024") | soriutu],
        received("2024-01-25"),
    )
    house.submit(
        f"{RICE}/penyaluran",
        [
            _person("dead", period="Januari 2024", status="meninggal"),
            {**_given("heir", "10", "20/01/2024"), "name": "Siti (alm)"},
        ],
        received("2024-02-05"),
    )
    house.submit(
        f"{RICE}/penyaluran",
        [{**_given("voided", "", "22/01/2024") | soriutu, "status": "batal"}],
        received("2024-02-06"),
    )
    house.submit(
        f"{CASH}/penyaluran",
        [
            _given("dead", "300.000", "03/02/2024"),
            _given("dead", "600.000", "20/02/2024", "Feb-Mar 2024"),
            _given("twice", "600.000", "06/02/2024", "Jan-Feb 2024", bast_number="1"),
            _given("twice", "600.000", "14/02/2024", "Jan-Feb 2024", bast_number="2"),
            _given("half_owed", "300.000", "10/01/2024"),
            _given("half_owed", "600.000", "14/02/2024", "Jan-Feb 2024"),
            _given("late_entry", "600.000", "20/03/2024", "Jan-Mar 2024"),
            {
                **_given("kelurahan", "300.000", "20/03/2024"),
                "village": "",
                "district": "",
            },
        ],
        received("2024-03-25"),
    )
    received_in_january = (
        "first",
        "told",
        "refused",
        "back",
        "mended",
        "moved",
        "itself",
        "left",
        "right",
        "ring_b",
    )
    house.submit(
        f"{RICE}/penyaluran", [_given(name, "10", "20/01/2024") for name in received_in_january], received("2024-01-26")
    )  # fmt: skip
    in_february = {"second": "10", "between": "4", "its_heir": "10", "mended": "10"}
    house.submit(
        f"{RICE}/penyaluran",
        [_given(name, amount, "20/02/2024", "Februari 2024") for name, amount in in_february.items()],
        received("2024-02-26"),
    )
    house.submit(
        f"{FOOD}/penyaluran",
        [_given("stopped", "200.000", "20/03/2024", "Maret 2024"), _given("unlisted", "200.000", "20/03/2024", "Maret 2024")],
        received("2024-03-25"),
    )  # fmt: skip


def _accuracy(house: Warehouse, name: str, program: str, columns: str) -> dict[str, tuple[Any, ...]]:
    found = house.rows(
        f"select period, {columns} from audit.delivery_accuracy "
        f"where beneficiary_key = 'nik:{NIK[name]}' and program_code = '{program}' and period <= '2024-03'"
    )
    return {row.pop("period"): tuple(row.values()) for row in found}


def _flagged(house: Warehouse, rule: Any) -> list[tuple[Any, ...]]:
    names = {f"nik:{number}": name for name, number in NIK.items()}
    found = house.rows(
        f"select d.beneficiary_key, f.program_code, f.period, f.village_code, f.detail from ({_with_detail(rule)}) f "
        "inner join audit.deliveries d using (delivery_id) order by all"
    )
    return [(names[row.pop("beneficiary_key")], *row.values()) for row in found]


def _with_detail(rule: Any) -> str:
    return f"select * from (select null::varchar as detail where false) union all by name ({rule.flag_sql()})"


NOWA, KANDAI = "52.05.05.2001", "52.05.05.1001"


def test_a_payment_to_the_dead_is_told_once_a_programme(house: Warehouse) -> None:
    """The rice log of 5 February says so: cash of 3 February is no matter of it, that of 20 February is, in both its months."""
    assert _flagged(house, ExpectNoDeceasedRecipient) == [
        ("dead", "blt_dd", "2024-02", NOWA, "dilaporkan meninggal paling lambat 5 Februari 2024, 2 penyaluran"),
        ("heir", "beras", "2024-01", NOWA, "nama bertanda meninggal, 1 penyaluran"),
    ]  # fmt: skip


def test_arrears_paid_twice_are_a_duplicate_unless_one_month_was_owed(house: Warehouse) -> None:
    assert _flagged(house, ExpectNoDuplicateDelivery) == [
        ("twice", "blt_dd", "2024-01", NOWA, None),
        ("twice", "blt_dd", "2024-02", NOWA, None),
        ("both_replacing", "beras", "2024-01", NOWA, None),
    ]


def test_a_month_without_an_entitlement_takes_no_share_of_arrears(house: Warehouse) -> None:
    assert _accuracy(house, "late_entry", "blt_dd", "delivered_amount, amount_status, timing_status") == {
        "2024-02": (300000.0, "exact", "late"),
        "2024-03": (300000.0, "exact", "on_time"),
    }


def test_one_quota_is_owed_once_when_a_replacement_comes_in_mid_month(house: Warehouse) -> None:
    columns = "entitled_amount, delivered_amount, amount_status, timing_status"
    assert _accuracy(house, "replaced", "beras", columns) == {"2024-01": (10.0, 10.0, "exact", "on_time")}
    assert _accuracy(house, "replacing", "beras", columns) == {
        "2024-02": (10.0, 0.0, "none", "missing"),
        "2024-03": (10.0, 0.0, "none", "pending"),
    }
    assert _accuracy(house, "half_replaced", "beras", columns) == {"2024-01": (4.0, 4.0, "exact", "on_time")}
    assert _accuracy(house, "half_replacing", "beras", columns)["2024-01"] == (6.0, 6.0, "exact", "on_time")
    assert _accuracy(house, "both_replacing", "beras", "entitled_amount, amount_status")["2024-01"] == (
        0.0,
        "over",
    )


def _owed(house: Warehouse, name: str) -> dict[str, tuple[float, str]]:
    """By month to March: what is owed, and how it stands."""
    return _accuracy(house, name, "beras", "entitled_amount, timing_status")


WHOLE = {"2024-02": (10.0, "missing"), "2024-03": (10.0, "pending")}


def test_an_heir_whom_a_later_list_drops_passes_on_what_the_place_received(house: Warehouse) -> None:
    assert _owed(house, "first") == {"2024-01": (10.0, "on_time")}
    assert _owed(house, "second") == {"2024-02": (10.0, "on_time")}
    assert _owed(house, "third") == {"2024-03": (10.0, "pending")}


def test_a_later_list_need_not_say_again_who_replaces_whom(house: Warehouse) -> None:
    assert _owed(house, "told") == {"2024-01": (10.0, "on_time")}
    assert _owed(house, "not_told") == WHOLE
    # Nor whence: January, which only the later list gives to the heir, was the other's.
    assert _owed(house, "moved") == {"2024-01": (10.0, "on_time")}
    assert _owed(house, "moved_heir") == WHOLE


def test_who_replaces_the_first_holder_follows_the_one_who_held_the_place_in_between(
    house: Warehouse,
) -> None:
    assert _owed(house, "between") == {"2024-02": (4.0, "on_time")}
    assert _owed(house, "named") == {"2024-02": (6.0, "missing"), "2024-03": (10.0, "pending")}


def test_a_replacement_ends_when_a_later_list_holds_the_replaced_family_again(house: Warehouse) -> None:
    assert _owed(house, "back") == {"2024-01": (10.0, "on_time")} | WHOLE
    assert _owed(house, "not_back") == {"2024-01": (10.0, "missing")} | WHOLE


def test_a_list_that_holds_the_replaced_family_only_to_name_its_heir_does_not_hold_it_again(
    house: Warehouse,
) -> None:
    """Nor does the workbook that mends its row."""
    assert _owed(house, "mended") == {"2024-01": (10.0, "on_time")}
    assert _owed(house, "its_heir") == {"2024-02": (10.0, "on_time"), "2024-03": (10.0, "pending")}
    assert ("mended", "beras", "2024-02", NOWA, None) in _flagged(house, ExpectEveryRecipientListed)


def test_replacements_that_go_in_a_circle_take_nothing_from_anybody(house: Warehouse) -> None:
    for name in ("itself", "left", "right", "ring_b"):
        assert _owed(house, name) == {"2024-01": (10.0, "on_time")} | WHOLE
    # Nor does a replacement that leads into the circle.
    for name in ("ring_a", "ring_c", "after_ring"):
        assert _owed(house, name) == {"2024-01": (10.0, "missing")} | WHOLE
    remarked = house.rows(
        "select row_number from marts.rows_judged where kind = 'recipients' and warning_codes = ['replacement_incomplete'] order by all"
    )
    # Those of the circle, and in a list of its own those of the column that slipped.
    assert sorted(row["row_number"] for row in remarked) == sorted([*range(2, 9), *range(3, 12)])


def test_a_column_that_slipped_by_a_row_takes_nothing_from_anybody(house: Warehouse) -> None:
    assert {name: len(_owed(house, name)) for name in SLIPPED} == dict.fromkeys(SLIPPED, 3)
    # As often as a place may go from hand to hand, its last holder is owed it alone.
    assert [name for name in HANDED if _owed(house, name)] == HANDED[-1:]


def test_what_a_dropped_family_got_has_the_evidence_of_its_last_delivery(house: Warehouse) -> None:
    ((status, evidence, delivery, submission),) = _accuracy(
        house, "dropped", "beras", "timing_status, timing_evidence, completing_delivery_id, completing_submission_id"
    ).values()  # fmt: skip
    assert (status, evidence) == ("on_time", "verified")
    assert delivery.startswith(f"{submission}:1:")


def test_a_kelurahan_in_a_programme_for_desa_is_told_on_list_and_log(house: Warehouse) -> None:
    assert _flagged(house, ExpectEligibleVillage) == [("kelurahan", "blt_dd", "2024-01", KANDAI, None)]
    assert house.rows(
        "select row_number, warning_codes from marts.rows_judged "
        "where kind = 'recipients' and list_contains(warning_codes, 'village_kind_not_eligible')"
    ) == [{"row_number": 6, "warning_codes": ["village_kind_not_eligible"]}]


def test_a_listed_family_paid_while_the_programme_rests_is_no_stranger(house: Warehouse) -> None:
    assert _flagged(house, ExpectProgramToRun) == [("stopped", "sembako", "2024-03", NOWA, None)]
    assert ("unlisted", "sembako", "2024-03", NOWA, None) in _flagged(house, ExpectEveryRecipientListed)
    assert "stopped" not in {name for name, *_ in _flagged(house, ExpectEveryRecipientListed)}
    assert house.rows(
        "select deliveries_not_listed, deliveries_not_running from audit.opd_scorecard where program_code = 'sembako'"
    ) == [{"deliveries_not_listed": 1, "deliveries_not_running": 1}]


def test_a_lone_void_is_no_revision_that_drops_rows(house: Warehouse) -> None:
    codes = {
        code
        for row in house.rows("select warnings from audit.submissions where warnings is not null")
        for code in ("revision_drops_rows", "revision_received")
        if code in str(row["warnings"])
    }
    assert codes == {"revision_received"}
