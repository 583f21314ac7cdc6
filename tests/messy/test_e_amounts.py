"""E. Amounts and units: cases 47 to 57."""

from __future__ import annotations

from typing import Any

import pytest

from tests.messy.kit import CASH, CASH_LIST, LOG_HEADER, Drop, Messy, Person, given, workbook

MONTHS = ["2024-01", "2024-02", "2024-03"]


def cash(drop: Drop, name: str, rows: list[list[Any]], at: str = "2024-02-06T08:00") -> None:
    """Drops a log of cash, whose amounts are rupiah."""
    header = ["Jumlah (Rp)" if cell == "Jumlah (Kg)" else cell for cell in LOG_HEADER]
    drop.file(name, workbook({"Sheet1": [header, *rows]}), CASH, at)


def to_mend(messy: Messy, number: int, name: str) -> dict[str, dict[str, str]]:
    """The rows that a receipt sends back, by NIK."""
    lines = list(messy.receipt(number, name)["Baris Diperbaiki"].iter_rows(values_only=True))
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    return {row["NIK"]: row for row in rows}


def first_sheet(messy: Messy, number: int, name: str) -> str:
    """The text of a receipt's first sheet."""
    sheet = messy.receipt(number, name).worksheets[0]
    return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell)


def delivered(
    messy: Messy, people: list[Person], period: str = "2024-01", program: str = "beras"
) -> list[float]:
    return [messy.accuracy(person, period, program)["delivered_amount"] for person in people]


# --- 47

RUPIAH = [
    "Rp 300.000,00", "Rp. 300.000,-", "300,000", "300.000", "300000", 300000, "300 rb", "300 ribu", "Rp300.000.-", "0,3 juta", "tiga ratus ribu rupiah",
]  # fmt: skip
UNREADABLE = ["tiga ratos ribu", "3OO.000", "1.00.000", "± 300.000", "300.000/bln"]
KILOGRAMS = {"10": 10, "10,5": 10.5, "9,5 kg": 9.5, "10kg": 10, "10,000": 10, "sepuluh kilogram": 10}


@given(47)
def _(drop: Drop) -> None:
    people = drop.people(len(RUPIAH) + len(UNREADABLE))
    drop.recipients(people, CASH_LIST)
    rows = [drop.row(p, amount=amount) for p, amount in zip(people, [*RUPIAH, *UNREADABLE], strict=True)]
    cash(drop, "uang.xlsx", rows)
    people = drop.people(len(KILOGRAMS) + 1)
    drop.recipients(people)
    amounts = [*KILOGRAMS, "10.000"]
    drop.log("beras.csv", [drop.row(p, amount=a) for p, a in zip(people, amounts, strict=True)])


def test_case_47_rupiah_in_every_spelling_are_one_amount(messy: Messy) -> None:
    """Number words are read too, but only without a fault: `tiga ratus ribu` has one meaning, `tiga ratos ribu` none."""
    people = messy.drop(47).people(len(RUPIAH) + len(UNREADABLE))
    assert delivered(messy, people, program="blt_dd") == [300000] * len(RUPIAH) + [0] * len(UNREADABLE)
    assert [row["warning_codes"] for row in messy.rows(47, "uang.xlsx")] == [[]] * len(people)


def test_case_47_what_is_no_amount_is_refused_with_a_remedy(messy: Messy) -> None:
    rejected = messy.rejected(47, "uang.xlsx")
    assert [row["reason_codes"] for row in rejected] == [["amount_invalid"]] * len(UNREADABLE)
    about = messy.submission(47, "uang.xlsx")
    assert (about["status"], about["rows_accepted"], about["rows_rejected"]) == (
        "partial",
        len(RUPIAH),
        len(UNREADABLE),
    )
    row = to_mend(messy, 47, "uang.xlsx")[messy.drop(47).person(len(RUPIAH) + 1).nik]
    assert row["Jumlah diterima"] == "tiga ratos ribu"
    assert "Isi jumlah dengan angka saja, misalnya 300000 atau 10" in row["Cara memperbaiki"]


def test_case_47_kilograms_have_a_decimal_comma_and_ten_thousand_of_them_are_left_to_a_person(
    messy: Messy,
) -> None:
    people = messy.drop(47).people(len(KILOGRAMS) + 1)
    assert delivered(messy, people) == [*KILOGRAMS.values(), 0]
    *_, last = messy.rows(47, "beras.csv")
    assert (last["amount"], last["reason_codes"]) == (10000, ["amount_implausible"])
    assert last["warning_codes"] == ["amount_unit_suspected"]
    mend = to_mend(messy, 47, "beras.csv")[people[-1].nik]["Cara memperbaiki"]
    assert mend.endswith("Mungkin yang dimaksud: jumlah tertulis dibagi 1.000.")


# --- 48


@given(48)
def _(drop: Drop) -> None:
    lost, three, right = drop.people(3)
    drop.recipients([lost, three, right], CASH_LIST)
    cash(drop, "ribuan.xlsx", [
        drop.row(lost, amount=300), drop.row(three, amount=900, period="Januari-Maret 2024"), drop.row(right, amount=300000),
    ])  # fmt: skip


def test_case_48_thousands_that_a_spreadsheet_dropped_are_suspected_and_never_put_back(messy: Messy) -> None:
    drop = messy.drop(48)
    assert [row["warning_codes"] for row in messy.rows(48, "ribuan.xlsx")] == [
        ["amount_unit_suspected"], ["amount_unit_suspected"], [],
    ]  # fmt: skip
    assert messy.submission(48, "ribuan.xlsx")["status"] == "accepted"
    assert delivered(messy, drop.people(3), program="blt_dd") == [300, 300, 300000]
    judged = messy.accuracy(drop.person(1), program="blt_dd")
    assert (judged["amount_status"], judged["timing_status"]) == ("under", "incomplete")
    rows = to_mend(messy, 48, "ribuan.xlsx")
    assert set(rows) == {drop.person(1).nik, drop.person(2).nik}
    assert all(
        row["Cara memperbaiki"].endswith(
            "Mungkin yang dimaksud: jumlah tertulis dikali 1.000 (ribuan rupiah)."
        )
        for row in rows.values()
    )


# --- 49


@given(49)
def _(drop: Drop) -> None:
    said, unsaid, village = drop.people(3)
    drop.recipients([said, unsaid, village])
    drop.log("ton.xlsx", [
        drop.row(said, amount="0,01 ton"), drop.row(unsaid, amount=0.01), drop.row(village, amount="277,390 ton"),
    ])  # fmt: skip


def test_case_49_tonnes_are_kilograms_where_they_are_said_and_suspected_where_not(messy: Messy) -> None:
    """A unit beside the figure is read, for the sender said it; a bare figure that would fit as tonnes is only suspected."""
    said, unsaid, village = messy.rows(49, "ton.xlsx")
    assert (said["amount"], said["warning_codes"], said["reason_codes"]) == (10, [], [])
    assert (unsaid["amount"], unsaid["warning_codes"], unsaid["reason_codes"]) == (
        0.01,
        ["amount_unit_suspected"],
        [],
    )
    assert unsaid["hint"] == "Mungkin yang dimaksud: jumlah tertulis dikali 1.000 (ton)."
    assert (village["amount"], village["reason_codes"]) == (277390, ["amount_implausible"])
    assert delivered(messy, messy.drop(49).people(3)) == [10, 0.01, 0]


# --- 50


@given(50)
def _(drop: Drop) -> None:
    people = drop.people(4)
    drop.recipients(people)
    rupiah, first, second, missing = people
    drop.log("rupiah.xlsx", [
        drop.row(rupiah, amount=150000), drop.row(first), drop.row(second), drop.row(missing, amount=None),
        ["JUMLAH", None, None, None, None, None, None, 150030],
    ])  # fmt: skip


def test_case_50_kilograms_that_are_rupiah_are_refused_with_the_price_as_a_hint(messy: Messy) -> None:
    rupiah, *_ = messy.rows(50, "rupiah.xlsx")
    assert (rupiah["reason_codes"], rupiah["warning_codes"]) == (
        ["amount_implausible"],
        ["amount_unit_suspected"],
    )
    mend = to_mend(messy, 50, "rupiah.xlsx")[messy.drop(50).person(1).nik]["Cara memperbaiki"]
    assert mend.endswith("Mungkin yang dimaksud: jumlah tertulis dibagi 15.000 (nilai dalam rupiah).")


def test_case_50_a_missing_amount_is_missing_and_the_stated_total_shows_what_it_would_be(
    messy: Messy,
) -> None:
    *_, missing = messy.rows(50, "rupiah.xlsx")
    assert (missing["amount"], missing["reason_codes"]) == (None, ["amount_invalid"])
    detail = "Sheet1, baris 6: tertulis 150.030, terhitung 150.020, selisih 10"
    assert messy.remarks(50, "rupiah.xlsx")["total_mismatch"] == detail
    about = messy.submission(50, "rupiah.xlsx")
    assert (about["stated_total"], about["computed_total"]) == (150030, 150020)
    assert detail in first_sheet(messy, 50, "rupiah.xlsx")


# --- 51


@given(51)
def _(drop: Drop) -> None:
    people = drop.people(3)
    drop.recipients(people)
    three, one, none = people
    drop.log("periode.xlsx", [
        drop.row(three, amount="30 kg", period="Januari-Maret 2024"), drop.row(one, amount="30 kg"), drop.row(none, amount="30 kg", period=None),
    ])  # fmt: skip


def test_case_51_a_quantity_is_of_the_months_that_its_row_names_and_of_no_others(messy: Messy) -> None:
    """30 kg for three months are 10 kg a month; 30 kg for one month are too much; without a month they are nobody's."""
    three, one, none = messy.drop(51).people(3)
    assert [delivered(messy, [three], month) for month in MONTHS] == [[10], [10], [10]]
    assert [messy.accuracy(one, month)["amount_status"] for month in MONTHS] == ["over", "none", "none"]
    [refused] = messy.rejected(51, "periode.xlsx")
    assert (refused["row_number"], refused["reason_codes"]) == (4, ["period_unknown"])
    assert delivered(messy, [none]) == [0]


# --- 52

TWO_MONTHS = ["20 kg", "2 karung", "2x10", "2 koli", "2 zak", "2 karung @ 10 kg", 20]


@given(52)
def _(drop: Drop) -> None:
    people = drop.people(len(TWO_MONTHS) + 4)
    drop.recipients(people)
    both = "Januari dan Februari 2024"
    spelled = people[: len(TWO_MONTHS)]
    rows = [drop.row(p, amount=amount, period=both) for p, amount in zip(spelled, TWO_MONTHS, strict=True)]
    bare, many, counted, weighed = people[len(TWO_MONTHS) :]
    rows += [drop.row(bare, amount=2, period=both), drop.row(many, amount="40 karung", period=both)]
    drop.log("karung.xlsx", [*rows, ["JUMLAH", None, None, None, None, None, None, "542 kg"]])
    header = ["Jumlah (Karung)" if cell == "Jumlah (Kg)" else cell for cell in LOG_HEADER]
    drop.file("kolom karung.xlsx", workbook({"Sheet1": [
        header, drop.row(counted, amount=2, period=both), drop.row(weighed, amount="20 kg", period=both),
        ["JUMLAH", None, None, None, None, None, None, 4],
    ]}))  # fmt: skip


def test_case_52_packs_are_kilograms_by_the_programmes_pack(messy: Messy) -> None:
    people = messy.drop(52).people(len(TWO_MONTHS))
    for month in MONTHS[:2]:
        assert delivered(messy, people, month) == [10] * len(people)
    assert {messy.accuracy(person)["amount_status"] for person in people} == {"exact"}
    *_, bare, many = messy.rows(52, "karung.xlsx")
    assert (bare["amount"], bare["warning_codes"]) == (2, ["amount_unit_suspected"])
    assert bare["hint"] == "Mungkin yang dimaksud: jumlah tertulis dikali 10 (banyaknya karung)."
    assert (many["amount"], many["reason_codes"]) == (400, ["amount_implausible"])
    assert "total_mismatch" not in messy.submission(52, "karung.xlsx")["warnings"]


def test_case_52_a_figure_below_a_header_of_packs_counts_packs(messy: Messy) -> None:
    drop = messy.drop(52)
    people = [drop.person(len(TWO_MONTHS) + 3), drop.person(len(TWO_MONTHS) + 4)]
    assert [row["amount"] for row in messy.rows(52, "kolom karung.xlsx")] == [20, 20]
    assert delivered(messy, people, "2024-02") == [10, 10]
    about = messy.submission(52, "kolom karung.xlsx")
    assert (about["stated_total"], about["computed_total"]) == (40, 40)
    assert "total_mismatch" not in about["warnings"]


# --- 53


@given(53)
def _(drop: Drop) -> None:
    people = drop.people(4)
    drop.recipients(people, CASH_LIST)
    three, six, short, one = people
    cash(drop, "rapel.xlsx", [
        drop.row(three, amount="Rp900.000", period="Januari-Maret 2024", day="12/03/2024"),
        drop.row(six, amount="Rp1.800.000", period="Januari s/d Juni 2024 (dirapel)", day="12/03/2024"),
        drop.row(short, amount="Rp500.000", period="Jan, Feb, Mar 2024", day="12/03/2024"),
        drop.row(one, amount="Rp1.500.000", period="Januari 2024", day="12/03/2024"),
    ], at="2024-03-13T08:00")  # fmt: skip


def test_case_53_one_payment_for_several_months_is_shared_over_them(messy: Messy) -> None:
    three, six, short, one = messy.drop(53).people(4)
    assert messy.submission(53, "rapel.xlsx")["status"] == "accepted"
    assert [delivered(messy, [three], month, "blt_dd") for month in MONTHS] == [[300000]] * 3
    months = [f"2024-{number:02}" for number in range(1, 7)]
    assert [delivered(messy, [six], month, "blt_dd") for month in months] == [[300000]] * 6
    shares = [delivered(messy, [short], month, "blt_dd")[0] for month in MONTHS]
    assert (sum(shares), max(shares) - min(shares)) == (500000, pytest.approx(0.0001))
    assert messy.accuracy(one, program="blt_dd")["amount_status"] == "over"


def test_case_53_months_to_come_and_the_number_of_months_at_once_are_kept_for_the_rules(messy: Messy) -> None:
    """That it is more than three months at once, and paid before its months, is a flag on a row that stands."""
    paid = [row for row in messy.deliveries(53, "rapel.xlsx") if row["row_number"] == 3]
    assert [(row["period"], row["period_count"], row["row_amount"]) for row in paid] == [
        (f"2024-{number:02}", 6, 1800000) for number in range(1, 7)
    ]
    assert messy.accuracy(messy.drop(53).person(2), "2024-06", "blt_dd")["timing_status"] == "on_time"


# --- 54

LEVIES = {
    "dipotong biaya angkut 5.000": True, "Potongan RT": True, "pungutan 5rb": True, "uang lelah petugas": True, "iuran kebersihan": True,
    "tanpa potongan": False, "tidak dipungut biaya": False, "pemerataan": False, "lengkap": False,
}  # fmt: skip


@given(54)
def _(drop: Drop) -> None:
    people = drop.people(len(LEVIES) + 3)
    drop.recipients(people)
    shown, rest = people[: len(LEVIES)], people[len(LEVIES) :]
    rows = [[*drop.row(p, amount="9,5 kg"), note] for p, note in zip(shown, LEVIES, strict=True)]
    half, exact, charged = rest
    rows += [[*drop.row(half, amount="5 kg"), "pemerataan"], [*drop.row(exact), "ambil sendiri"]]
    drop.file("kurang.xlsx", workbook({"Sheet1": [[*LOG_HEADER, "Keterangan"], *rows]}))
    drop.file("potongan.xlsx", workbook({"Sheet1": [
        [*LOG_HEADER, "Potongan (Rp)"], [*drop.row(charged), 5000], [*drop.row(exact, period="Februari 2024"), 0],
        [*drop.row(half, period="Februari 2024"), "-"],
    ]}))  # fmt: skip


def test_case_54_what_is_short_is_short_and_a_levy_is_the_first_remark(messy: Messy) -> None:
    """Sharing out ("pemerataan") is a shortage, not a levy: nobody took anything. Said not to be taken is not taken."""
    people = messy.drop(54).people(len(LEVIES) + 2)
    rows = messy.rows(54, "kurang.xlsx")
    assert ["levy_suspected" in row["warning_codes"] for row in rows] == [*LEVIES.values(), False, False]
    assert {len(row["warning_codes"]) for row in rows} == {0, 1}
    assert delivered(messy, people) == [9.5] * len(LEVIES) + [5, 10]
    assert [messy.accuracy(person)["amount_status"] for person in people] == ["under"] * (len(LEVIES) + 1) + [
        "exact"
    ]
    assert messy.submission(54, "kurang.xlsx")["status"] == "accepted"
    noticed = first_sheet(messy, 54, "kurang.xlsx").partition("Yang perlu diperhatikan\n")[2]
    assert noticed.startswith(
        f"{sum(LEVIES.values())} baris\nKeterangan atau kolom lain menyebut potongan, pungutan, atau biaya"
    )


def test_case_54_a_filled_column_of_levies_is_one_too(messy: Messy) -> None:
    assert [row["warning_codes"] for row in messy.rows(54, "potongan.xlsx")] == [["levy_suspected"], [], []]


# --- 56

NOTHING = ["-5", -5, "nihil", "-", None, 0, "kosong"]


@given(56)
def _(drop: Drop) -> None:
    people = drop.people(len(NOTHING) + 3)
    drop.recipients(people)
    said_yes, waiting = people[: len(NOTHING)], people[len(NOTHING) :]
    rows = [drop.row(p, amount=amount) for p, amount in zip(said_yes, NOTHING, strict=True)]
    rows += [
        drop.row(p, amount=amount, day=None, status="belum")
        for p, amount in zip(waiting, ["-", 0, 10], strict=True)
    ]
    drop.log("nihil.xlsx", rows)


def test_case_56_delivered_without_an_amount_is_neither_nothing_nor_the_norm(messy: Messy) -> None:
    people = messy.drop(56).people(len(NOTHING))
    rejected = messy.rejected(56, "nihil.xlsx")
    assert [row["reason_codes"] for row in rejected] == [["amount_invalid"]] * len(NOTHING)
    assert all(row["reason"].startswith("Jumlah tidak dicatat") for row in rejected)
    assert {messy.accuracy(person)["amount_status"] for person in people} == {"none"}


def test_case_56_not_yet_delivered_needs_no_amount_and_counts_none(messy: Messy) -> None:
    waiting = messy.drop(56).people(len(NOTHING) + 3)[len(NOTHING) :]
    found = messy.deliveries(56, "nihil.xlsx")
    assert [(row["delivery_status"], row["is_counted"], row["warnings"]) for row in found] == [
        ("not_yet", False, [])
    ] * 3
    assert delivered(messy, waiting) == [0, 0, 0]
