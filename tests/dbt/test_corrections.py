"""What a later file does to an earlier one, each branch with families of its own, judged by one build (31 March 2024)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.dbt.conftest import Warehouse, received

LIST, LOG, DESA_LOG = "dkp/beras/penerima", "dkp/beras/penyaluran", "woja/beras/penyaluran"
CASH = "dpmpd/blt-dd/penyaluran"
FEEDS = [
    (LIST, "dkp", "recipients", "beras", None, 7),
    (LOG, "dkp", "distribution", "beras", None, 7),
    (DESA_LOG, "dkp", "distribution", "beras", None, 7),
    (CASH, "dpmpd", "distribution", "blt_dd", None, 7),
]
VILLAGE = {"Nowa": "Woja", "Soro": "Kempo", "Hu'u": "Hu'u", "Kadindi": "Pekat", "Mbuju": "Kilo", "Tembalae": "Pajo", "Soriutu": "Manggalewa"}  # fmt: skip
Sent = dict[str, str]


def nik(name: str) -> str:
    """An invented NIK, the same for the same name: no district bears the number 99."""
    return f"5205991507{sum(ord(letter) * (place + 7) for place, letter in enumerate(name)) % 10**6:06}"


def listed(name: str, village: str = "Nowa", **more: Any) -> dict[str, Any]:
    return {"nik": nik(name), "name": name, "village": village, "district": VILLAGE[village], **more}


def given(name: str, day: str | None = "20/01/2024", amount: str = "10 kg", **more: Any) -> dict[str, Any]:
    return {
        "nik": nik(name), "name": name, "village": "Nowa", "district": "Woja", "period": "Januari 2024", "amount": amount,
        "delivered_on": day, "status": "sudah salur", **more,
    }  # fmt: skip


def at(submission: str, row: int) -> str:
    """The id of the row-th data row (1 is the first) of a submission."""
    return f"{submission}:1:{row + 1}"


FAMILIES = (
    "mended mended_twice refused_between void_undated void_by_id void_in_vain void_again voided_here revived two_bast two_days "
    "dated_later dated_otherwise two_senders split stranger_id failed_after arrears"
).split()


def _corrections(house: Warehouse) -> Sent:
    sent: Sent = {}
    sent["list"] = house.submit(LIST, [listed(name) for name in FAMILIES], received("2024-01-02"))
    sent["first"] = first = house.submit(LOG, [
        given("mended", village="Entah"), given("mended_twice", village="Entah"), given("refused_between", village="Entah"),
        given("void_undated", None), given("void_by_id"), given("void_again"), given("voided_here"), given("voided_here", status="batal"),
        given("revived"), given("two_bast", amount="4", bast_number="BA-1"), given("two_days", amount="4"), given("dated_later", None),
        given("dated_otherwise", None, amount="4"), given("split", amount="9", village="Entah"), given("failed_after"),
        given("failed_after"), given("arrears", period="Januari-Februari 2024", amount="20 kg", bast_number="R"),
    ], received("2024-02-01"))  # fmt: skip
    sent["second"] = second = house.submit(LOG, [
        given("mended", "21/01/2024", returned_row_id=at(first, 1)),
        given("mended_twice", "21/01/2024", village="Entah", returned_row_id=at(first, 2)),
        given("refused_between", "31/02/2024", returned_row_id=at(first, 3)),
        given("void_by_id", None, "", status="batal", returned_row_id=f" {at(first, 5)} "),
        given("split", amount="5", bast_number="1", returned_row_id=at(first, 14)), given("split", amount="5", bast_number="2", returned_row_id=at(first, 14)),
        given("stranger_id", returned_row_id="s9:1:7"),
    ], received("2024-02-02"))  # fmt: skip
    house.submit(LOG, [
        given("mended_twice", "22/01/2024", returned_row_id=at(second, 2)), given("refused_between", "22/01/2024", returned_row_id=at(second, 3)),
    ], received("2024-02-03"))  # fmt: skip
    sent["voids"] = house.submit(LOG, [
        given("void_undated", "25/01/2024", status="batal"), given("void_in_vain", status="batal"), given("void_again", status="batal"),
        given("revived", status="batal"), given("two_bast", amount="6", bast_number="ba 2"), given("two_days", "21/01/2024", "6"),
        given("dated_later", "25/01/2024"), given("dated_otherwise", "25/01/2024", "6"), given("failed_after", status="tidak hadir", amount=""),
    ], received("2024-02-04"))  # fmt: skip
    sent["voids_again"] = house.submit(LOG, [
        given("void_again", status="batal"), given("revived"), given("arrears", period="Januari-Februari 2024", amount="20 kg", bast_number="R"),
    ], received("2024-02-05"))  # fmt: skip
    sent["desa"] = house.submit(DESA_LOG, [given("two_senders", amount="8")], received("2024-02-06"))
    sent["office"] = house.submit(LOG, [given("two_senders", amount="10")], received("2024-02-07"))
    # Names a row of another programme: a folder speaks for its own programme only.
    house.submit(
        CASH, [given("mended", amount="300000", returned_row_id=at(first, 1))], received("2024-02-08")
    )
    return sent


def _revisions(house: Warehouse) -> Sent:
    """Logs of Soro and Hu'u: v1, and what may be a revision of it."""
    sent: Sent = {}

    def rows(names: str, village: str = "Soro", **more: Any) -> list[dict[str, Any]]:
        return [given(name, village=village, district=VILLAGE[village], **more) for name in names.split()]

    house.submit(LIST, [listed(name, "Soro") for name in "a b c d e".split()], received("2024-01-02"))
    sent["v1"] = house.submit(LOG, [*rows("a b c d f k"), *rows("h i", "Hu'u")], received("2024-02-10"))
    sent["v2"] = house.submit(
        LOG,
        [*rows("a k"), *rows("b", amount="8"), *rows("e"), *rows("f", amount="entah")],
        received("2024-02-11"),
    )
    sent["instalment"] = house.submit(LOG, rows("a b c d", day="05/02/2024", period="Februari 2024", amount="5", bast_number="1"), received("2024-02-12"))  # fmt: skip
    sent["instalment_2"] = house.submit(LOG, rows("a b c d", day="09/02/2024", period="Februari 2024", amount="5", bast_number="2"), received("2024-02-13"))  # fmt: skip
    sent["addition"] = house.submit(
        LOG, rows("a c", day="05/02/2024", period="Maret 2024"), received("2024-02-14")
    )
    sent["v3"] = house.submit(
        LOG, [*rows("a k"), *rows("b", amount="8"), *rows("e"), *rows("d")], received("2024-02-15")
    )
    sent["returned"] = house.submit(LOG, [{**row, "returned_row_id": at(sent["addition"], 1)} for row in rows("a", day="05/02/2024", period="Maret 2024")], received("2024-02-16"))  # fmt: skip
    return sent


def _lists(house: Warehouse) -> Sent:
    sent: Sent = {}
    kk = "5205990101240001"
    sent["l1"] = house.submit(LIST, [
        listed("stays", "Kadindi"), listed("dropped_with", "Kadindi"), listed("dropped_without", "Kadindi"), listed("wrong_nik", "Kadindi", kk=kk),
        listed("other_village", "Mbuju"), listed("gone_and_back", "Kadindi"),
    ], received("2024-01-03"))  # fmt: skip
    sent["log"] = house.submit(LOG, [
        given("dropped_with", amount="4", village="Kadindi", district="Pekat"),
        {**given("wrong_nik", village="Kadindi", district="Pekat"), "kk": kk},
    ], received("2024-01-25"))  # fmt: skip
    # A returned workbook: one row mended (another NIK of the same family), one added by hand. The others stay listed.
    sent["mended"] = house.submit(LIST, [
        {**listed("right_nik", "Kadindi", kk=kk), "returned_row_id": at(sent["l1"], 4)}, listed("added_by_hand", "Kadindi"),
    ], received("2024-01-26"))  # fmt: skip
    # February only: January's list counts on.
    sent["february"] = house.submit(LIST, [listed("stays", "Kadindi"), listed("right_nik", "Kadindi", kk=kk)], received("2024-01-28"), title={"period": "Februari 2024"})  # fmt: skip
    sent["l2"] = house.submit(LIST, [
        listed("stays", "Kadindi"), listed("right_nik", "Kadindi", kk=kk), listed("replaced_soon", "Kadindi"),
    ], received("2024-02-01"), title={"period": "Januari-Maret 2024"})  # fmt: skip
    house.submit(
        LOG,
        [given("dropped_without", "10/02/2024", village="Kadindi", district="Pekat")],
        received("2024-02-11"),
    )
    sent["l3"] = house.submit(LIST, [
        listed("stays", "Kadindi"), listed("right_nik", "Kadindi", kk=kk), listed("gone_and_back", "Kadindi"),
        listed("in_the_place", "Kadindi", replaces_nik=nik("replaced_soon"), valid_from="01/03/2024", reason="meninggal"), listed("replaced_soon", "Kadindi", valid_to="29/02/2024"),
    ], received("2024-02-20"), title={"period": "Januari-Maret 2024"})  # fmt: skip
    # A column of theirs that is called "ID Baris" too makes no returned workbook of a list.
    house.submit(LIST, [listed("numbered_out", "Soriutu")], received("2024-01-03"))
    house.submit(LIST, [{**listed("numbered_in", "Soriutu"), "returned_row_id": "1"}], received("2024-01-04"))
    # All rows of the first list were refused; the mended ones are a list all the same.
    sent["refused"] = house.submit(
        LIST, [listed("late_listed", "Tembalae", period="bulan purnama")], received("2024-01-03")
    )
    house.submit(
        LIST,
        [{**listed("late_listed", "Tembalae"), "returned_row_id": at(sent["refused"], 1)}],
        received("2024-01-04"),
    )
    return sent


@pytest.fixture(scope="module")
def built(new_warehouse: Callable[[], Warehouse]) -> tuple[Warehouse, Sent]:
    house = new_warehouse()
    house.configure("2024-03-31", feeds=FEEDS)
    sent = _corrections(house) | _revisions(house) | _lists(house)
    report = house.build()
    assert set(report.models.values()) == {"success", "pass"}
    return house, sent


def deliveries(house: Warehouse, name: str, period: str = "2024-01") -> list[dict[str, Any]]:
    return house.rows(
        f"select * from audit.deliveries where beneficiary_key = 'nik:{nik(name)}' and program_code = 'beras' and period = '{period}' "
        "order by received_on, row_number"
    )


STORIES = [
    # family, the amounts in their order, how each ended, what counts
    ("mended", [10, 10], ["returned_row", None], 10),
    ("mended_twice", [10, 10, 10], ["returned_row", "returned_row", None], 10),
    ("refused_between", [10, 10], ["returned_row", None], 10),
    ("void_undated", [10, 10], ["voided", None], 0),
    ("void_by_id", [10, None], ["returned_row", None], 0),
    ("void_in_vain", [10], [None], 0),
    ("void_again", [10, 10, 10], ["voided", "voided", None], 0),
    ("voided_here", [10, 10], ["voided", None], 0),
    ("revived", [10, 10, 10], ["voided", "corrected", None], 10),
    ("two_bast", [4, 6], [None, None], 10),
    ("two_days", [4, 6], [None, None], 10),
    ("dated_later", [10, 10], ["dated", None], 10),
    ("dated_otherwise", [4, 6], [None, None], 10),
    ("two_senders", [8, 10], ["corrected", None], 10),
    ("split", [9, 5, 5], ["returned_row", None, None], 10),
    ("stranger_id", [10], [None], 10),
    ("failed_after", [10, None], ["corrected", None], 0),
    ("arrears", [10, 10], ["corrected", None], 10),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story[0])
def test_what_becomes_of_a_delivery_that_is_spoken_of_again(built, story) -> None:
    house, _ = built
    name, amounts, how, counted = story
    rows = deliveries(house, name)
    assert [row["amount"] for row in rows] == amounts
    assert [row["superseded_how"] for row in rows] == how
    assert [row["is_current"] for row in rows] == [one is None for one in how]
    assert sum(row["amount"] for row in rows if row["is_counted"]) == counted


def test_what_superseded_a_delivery_can_be_followed(built) -> None:
    house, sent = built
    by_id = {row["delivery_id"]: row for row in house.rows("select * from audit.deliveries")}
    first, second, third = deliveries(house, "mended_twice")
    assert first["superseded_by"] == second["superseded_by"] == third["delivery_id"]
    void_undated = deliveries(house, "void_undated")[0]
    assert by_id[void_undated["superseded_by"]]["delivery_status"] == "void"
    of_the_desa, of_the_office = deliveries(house, "two_senders")
    assert (of_the_desa["submission_id"], of_the_office["submission_id"]) == (sent["desa"], sent["office"])
    assert of_the_desa["superseded_by"] == of_the_office["delivery_id"]
    superseded = [row for row in by_id.values() if not row["is_current"]]
    assert superseded
    assert all(by_id[row["superseded_by"]]["received_on"] >= row["received_on"] for row in superseded)


def test_the_same_row_twice_in_one_file_counts_once(built) -> None:
    house, sent = built
    refused = house.rows("select submission_id, row_number, reason_codes from audit.rejected_rows where submission_id = '" + sent["first"] + "'")  # fmt: skip
    assert refused == [{"submission_id": sent["first"], "row_number": 17, "reason_codes": ["duplicate_row"]}]


def test_a_row_id_does_not_reach_into_another_programme(built) -> None:
    house, _ = built
    cash = house.rows("select is_current, amount from audit.deliveries where program_code = 'blt_dd'")
    assert cash == [{"is_current": True, "amount": 300000}]
    assert deliveries(house, "mended")[-1]["is_current"]


def remarks(house: Warehouse, submission: str) -> dict[str, str]:
    (row,) = house.rows(f"select warning_details from audit.submissions where submission_id = '{submission}'")
    return {entry["code"]: entry["detail"] for entry in json.loads(row["warning_details"])}


@pytest.mark.parametrize(
    ("which", "code", "detail"),
    [
        ("second", "returned_row_unknown", "1 baris"),
        ("voids", "void_without_delivery", "1 baris"),
        ("voids_again", "void_without_delivery", None),
        ("voids_again", "revision_drops_rows", None),
        ("office", "reported_elsewhere", "1 baris dari map woja/beras/penyaluran (TT-{desa}), 1 di antaranya berbeda"),
        ("desa", "reported_elsewhere", None),
        ("office", "revision_received", None),
        # Soro: a, b, k of six repeated: a revision. c is left out, d came back in v3, f is refused. Hu'u is not spoken of.
        ("v2", "revision_received", "dibandingkan dengan TT-{v1} 2 baris sama, 1 baris berubah, 1 baris tidak muncul lagi"),
        ("v2", "revision_drops_rows", "1 baris dari TT-{v1}"),
        ("v3", "revision_drops_rows", None),
        ("v1", "revision_drops_rows", None),
        ("instalment_2", "revision_received", None),
        ("instalment_2", "revision_drops_rows", None),
        ("addition", "revision_drops_rows", None),
        ("returned", "revision_drops_rows", None),
        ("returned", "revision_received", None),
        ("l2", "list_drops_families", "3 keluarga (Kadindi 3)"),
        ("l3", "list_drops_families", None),
        ("mended", "list_drops_families", None),
    ],
)  # fmt: skip
def test_the_sender_is_told(built, which: str, code: str, detail: str | None) -> None:
    house, sent = built
    found = remarks(house, sent[which]).get(code)
    assert found == (detail and detail.format(**sent))


def test_a_row_left_out_still_stands_and_is_named(built) -> None:
    house, sent = built
    (row,) = deliveries(house, "c")
    assert row["is_counted"]
    named = house.rows(f"select * from intermediate.int_deliveries_revised where submission_id = '{sent['v2']}' order by earlier_row_number")  # fmt: skip
    assert [(one["how"], one["earlier_row_number"], one["earlier_amount"], one["new_amount"]) for one in named] == [
        ("same", 2, 10, 10), ("changed", 3, 10, 8), ("left_out", 4, 10, None), ("same", 7, 10, 10),
    ]  # fmt: skip
    assert {one["earlier_submission_id"] for one in named} == {sent["v1"]}


def accuracy(house: Warehouse, name: str, period: str = "2024-01") -> dict[str, Any] | None:
    rows = house.rows(f"select * from audit.delivery_accuracy where beneficiary_key = 'nik:{nik(name)}' and period = '{period}' and program_code = 'beras'")  # fmt: skip
    return rows[0] if rows else None


def test_instalments_of_one_month_add_up(built) -> None:
    house, _ = built
    assert accuracy(house, "e", "2024-02")["delivered_amount"] == 0
    assert accuracy(house, "a", "2024-02")["delivered_amount"] == 10
    assert accuracy(house, "a", "2024-03")["delivered_amount"] == 10


@pytest.mark.parametrize(
    ("name", "periods"),
    [
        # Which periods up to March a family is judged for.
        ("stays", ["2024-01", "2024-02", "2024-03"]),
        ("dropped_with", ["2024-01"]),
        ("dropped_without", []),
        ("wrong_nik", []),
        ("right_nik", ["2024-01", "2024-02", "2024-03"]),
        ("added_by_hand", []),
        ("other_village", ["2024-01", "2024-02", "2024-03"]),
        ("gone_and_back", ["2024-01", "2024-02", "2024-03"]),
        ("replaced_soon", ["2024-01", "2024-02"]),
        ("in_the_place", ["2024-03"]),
        ("numbered_out", []),
        ("numbered_in", ["2024-01", "2024-02", "2024-03"]),
        ("late_listed", ["2024-01", "2024-02", "2024-03"]),
    ],
)
def test_the_latest_list_counts_per_period_and_village(built, name: str, periods: list[str]) -> None:
    house, _ = built
    found = house.rows(
        f"select period from audit.delivery_accuracy where beneficiary_key = 'nik:{nik(name)}' and period <= '2024-03' "
        "and program_code = 'beras' order by period"
    )
    assert [row["period"] for row in found] == periods


def test_after_march_the_first_list_counts_on_with_its_mended_row(built) -> None:
    house, _ = built
    found = house.rows(
        "select beneficiary_key from audit.delivery_accuracy where village_code = '52.05.06.2001' and period = '2024-04' order by all"
    )
    names = "stays dropped_with dropped_without right_nik added_by_hand gone_and_back".split()
    assert {row["beneficiary_key"] for row in found} == {f"nik:{nik(name)}" for name in names}


def test_a_dropped_family_keeps_what_it_was_given_and_is_owed_nothing_more(built) -> None:
    house, _ = built
    row = accuracy(house, "dropped_with")
    assert (row["entitled_amount"], row["delivered_amount"], row["amount_status"]) == (4, 4, "exact")
    late = house.rows(f"select kind from audit.unexpected_deliveries where beneficiary_key = 'nik:{nik('dropped_without')}'")  # fmt: skip
    assert late == [{"kind": "not_listed"}]


def test_a_delivery_under_the_wrong_nik_finds_the_mended_family_by_its_kk(built) -> None:
    house, _ = built
    row = accuracy(house, "right_nik")
    assert (row["delivered_amount"], row["completed_on"]) == (10, date(2024, 1, 20))
    assert deliveries(house, "right_nik")[0]["matched_by"] == "kk"
