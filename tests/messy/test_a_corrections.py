"""A. The same file again, and revisions: cases 4 and 5."""

from __future__ import annotations

import json
from typing import Any

from tests.messy.kit import LIST, LIST_HEADER, Drop, Messy, as_csv, given

BEFORE, AFTER = "2024-02-06T08:00", "2024-02-09T08:00"


def _lines(messy: Messy, number: int, name: str, sheet: str) -> list[tuple[Any, ...]]:
    return list(messy.receipt(number, name)[sheet].iter_rows(values_only=True))


def _details(messy: Messy, number: int, name: str) -> dict[str, str]:
    """What is remarked on a file, with its details."""
    remarks = json.loads(messy.submission(number, name)["warning_details"])
    return {remark["code"]: remark["detail"] for remark in remarks}


def _facts(messy: Messy, number: int, name: str) -> dict[str, str]:
    return {row[0]: row[1] for row in _lines(messy, number, name, "Tanda Terima") if row[1]}


@given(4)
def _(drop: Drop) -> None:
    people = drop.people(4)
    drop.recipients(people)
    rows = [drop.row(person, number) for number, person in enumerate(people, start=1)]
    first = drop.log("salur.csv", rows, at=BEFORE)
    drop.file("salur (1).csv", first.read_bytes(), at=AFTER)
    # One amount mended, one family more: nearly the same, under another name.
    revised = [*rows[:1], drop.row(people[1], 2, amount="9 kg"), *rows[2:], drop.row(drop.person(5), 5)]
    drop.log("salur FINAL fix rev2.csv", revised, at="2024-02-10T08:00")


def test_case_04_the_same_file_renamed_changes_nothing_and_says_when_it_came(messy: Messy) -> None:
    again, first = messy.submission(4, "salur (1).csv"), messy.submission(4, "salur.csv")
    assert (again["status"], again["reason"], again["rows_accepted"]) == (
        "duplicate",
        "received_before",
        0,
    )
    assert messy.deliveries(4, "salur (1).csv") == []
    facts = _facts(messy, 4, "salur (1).csv")
    assert facts["HASIL"] == "SUDAH PERNAH DITERIMA"
    assert facts["Sudah diterima"] == "tanggal Selasa, 6 Februari 2024 pukul 08.00 WITA"
    assert facts["Nomor waktu itu"] == first["receipt_number"]
    assert facts["Hasil waktu itu"] == "DITERIMA"


def test_case_04_a_nearly_identical_file_is_a_revision_and_the_difference_is_told(messy: Messy) -> None:
    first = messy.submission(4, "salur.csv")
    revised = messy.submission(4, "salur FINAL fix rev2.csv")
    assert (revised["status"], revised["rows_accepted"]) == ("accepted", 5)
    assert _details(messy, 4, "salur FINAL fix rev2.csv") == {
        "revision_received": f"dibandingkan dengan {first['receipt_number']} 3 baris sama, 1 baris berubah"
    }
    assert [row["superseded_how"] for row in messy.deliveries(4, "salur.csv")] == ["corrected"] * 4
    amounts = [messy.accuracy(person)["delivered_amount"] for person in messy.drop(4).people(4)]
    assert amounts == [10, 9, 10, 10], "replaced, never added"
    changed = _lines(messy, 4, "salur FINAL fix rev2.csv", "Perubahan")[-1]
    assert changed[:5] == (
        "BERUBAH",
        "3",
        None,
        "10 kg, 05-02-2024, sudah salur",
        "9 kg, 05-02-2024, sudah salur",
    )
    assert changed[6] == first["receipt_number"]


@given(5)
def _(drop: Drop) -> None:
    kept, changed, gone, voided = drop.people(4)
    drop.recipients(drop.people(4), at="2024-01-02T08:00")
    drop.log("v1.xlsx", [drop.row(person) for person in (kept, changed, gone, voided)], at=BEFORE)
    drop.log(
        "v2.xlsx",
        [drop.row(kept), drop.row(changed, amount="8 kg"), drop.row(voided, status="batal")],
        at=AFTER,
    )
    place = [drop.village.village_name, drop.village.district_name]
    shorter = [[person.nik, person.kk, person.name, *place] for person in (kept, changed, voided)]
    drop.file("penerima v2.csv", as_csv([LIST_HEADER, *shorter]), LIST, "2024-02-12T08:00")


def test_case_05_a_row_that_a_revision_drops_stands_on_and_the_receipt_names_it(messy: Messy) -> None:
    first = messy.submission(5, "v1.xlsx")
    kept, changed, gone, voided = messy.deliveries(5, "v1.xlsx")
    assert [row["superseded_how"] for row in (kept, changed, gone, voided)] == [
        "corrected",
        "corrected",
        None,
        "voided",
    ]
    assert gone["is_counted"]
    later = {row["delivery_id"]: row for row in messy.deliveries(5, "v2.xlsx")}
    assert later[changed["superseded_by"]]["amount"] == 8
    assert later[voided["superseded_by"]]["delivery_status"] == "void"
    assert _details(messy, 5, "v2.xlsx") == {
        "revision_received": f"dibandingkan dengan {first['receipt_number']} 1 baris sama, 2 baris berubah, 1 baris tidak muncul lagi",
        "revision_drops_rows": f"1 baris dari {first['receipt_number']}",
    }
    lines = [
        line[:5]
        for line in _lines(messy, 5, "v2.xlsx", "Perubahan")
        if line[0] in ("TIDAK MUNCUL LAGI", "BERUBAH")
    ]
    assert lines == [
        ("TIDAK MUNCUL LAGI", "4", "Sheet1", "10 kg, 05-02-2024, sudah salur", None),
        ("BERUBAH", "3", "Sheet1", "10 kg, 05-02-2024, sudah salur", "8 kg, 05-02-2024, sudah salur"),
        ("BERUBAH", "5", "Sheet1", "10 kg, 05-02-2024, sudah salur", "10 kg, 05-02-2024, batal"),
    ]


def test_case_05_a_family_that_a_new_list_drops_keeps_what_it_was_given(messy: Messy) -> None:
    gone = messy.drop(5).person(3)
    assert messy.accuracy(gone)["entitled_amount"] == messy.accuracy(gone)["delivered_amount"] == 10
    assert _details(messy, 5, "penerima v2.csv") == {
        "list_drops_families": f"1 keluarga ({messy.drop(5).village.village_name} 1)"
    }
    dropped = _lines(messy, 5, "penerima v2.csv", "Perubahan")[-1]
    assert dropped[:2] == ("TIDAK TERCANTUM LAGI", "4")
    february = messy.audit(
        "select count(*) as n from audit.delivery_accuracy where village_code = ? and period = '2024-02'",
        messy.drop(5).village.village_code,
    )
    assert february == [{"n": 3}], "it is owed nothing more"
