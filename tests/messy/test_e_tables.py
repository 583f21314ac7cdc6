"""E. Amounts that are not a row's own: cases 55 and 57."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from tests.messy.kit import LOG_HEADER, Drop, Messy, given, workbook, write_rows

AMOUNT, DAY = 7, 8


@given(55)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(30))
    people = drop.people(30)

    def merged(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("Data")
            rows = [drop.row(person, number, amount=10) for number, person in enumerate(people[:6], 1)]
            for row in rows[1:4]:
                row[AMOUNT] = row[DAY] = None
            write_rows(sheet, [LOG_HEADER, *rows])
            sheet.merge_range(2, AMOUNT, 4, AMOUNT, 30)
            sheet.merge_range(2, DAY, 4, DAY, "06/02/2024")
            sheet.merge_range(8, 1, 9, 3, "Mengetahui, Kepala Desa")

    drop.file("sel gabungan.xlsx", merged)
    total = [drop.row(person, number, amount=50) for number, person in enumerate(people[6:11], 1)]
    drop.file("total desa diulang.xlsx", workbook({"Data": [LOG_HEADER, *total]}))
    arrears = [
        drop.row(person, number, amount=30, period="Januari-Maret 2024")
        for number, person in enumerate(people[11:14], 1)
    ]
    drop.file("rapel.xlsx", workbook({"Data": [LOG_HEADER, *arrears]}))
    excessive = [drop.row(person, number, amount=100) for number, person in enumerate(people[14:24], 1)]
    drop.file("total desa besar.xlsx", workbook({"Data": [LOG_HEADER, *excessive]}))


def test_case_55_a_merged_amount_is_nobodys(messy: Messy) -> None:
    """Thirty kilograms may be each family's or all three's: not even the first row gets them."""
    rows = messy.rows(55, "sel gabungan.xlsx")
    assert [(row["reason_codes"], row["warning_codes"]) for row in rows] == [
        ([], []), *[(["amount_invalid"], ["amount_merged"])] * 3, ([], []), ([], []),
    ]  # fmt: skip
    assert [row["amount"] for row in messy.deliveries(55, "sel gabungan.xlsx")] == [10, 10, 10]
    [sheet] = [
        one for one in messy.receipt(55, "sel gabungan.xlsx").worksheets if one.title == "Baris Diperbaiki"
    ]
    assert sum("sel gabungan" in str(row[2].value) for row in sheet) == 3


def test_case_55_a_merged_day_holds_for_all_its_rows_and_is_told(messy: Messy) -> None:
    assert [str(row["delivered_on"])[-2:] for row in messy.rows(55, "sel gabungan.xlsx")] == [
        "05",
        "06",
        "06",
        "06",
        "05",
        "05",
    ]
    remarks = messy.remarks(55, "sel gabungan.xlsx")
    assert remarks == {"cells_merged": "Data: Tanggal Terima (2 baris)", "amount_merged": "3 baris"}


def test_case_55_the_villages_total_on_every_row_is_refused(messy: Messy) -> None:
    """Five families with fifty kilograms each, where five are entitled to fifty together: within max_amount, yet no family's."""
    about = messy.submission(55, "total desa diulang.xlsx")
    assert (about["status"], about["rows_rejected"], about["reason"]) == ("rejected", 5, "all_rows_rejected")
    assert {tuple(row["reason_codes"]) for row in messy.rejected(55, "total desa diulang.xlsx")} == {
        ("amount_implausible",)
    }
    assert messy.remarks(55, "total desa diulang.xlsx") == {"amount_total_repeated": "5 baris"}
    assert messy.remarks(55, "total desa besar.xlsx") == {"amount_total_repeated": "10 baris"}


def test_case_55_three_families_with_three_months_each_are_no_repeated_total(messy: Messy) -> None:
    assert messy.submission(55, "rapel.xlsx")["rows_accepted"] == 3
    assert messy.remarks(55, "rapel.xlsx") == {}


@given(57)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(4))
    one, two = drop.people(2)
    both = ("NIK", "Nama", "Bulan", "Alokasi (Kg)", "Realisasi (Kg)", "Tanggal", "Status")
    drop.file(
        "alokasi dan realisasi.xlsx",
        workbook({"S": [both, [one.nik, one.name, "Januari 2024", 10, 9, "05/02/2024", "sudah"]]}),
    )
    plan = ("NIK", "Nama", "Desa", "Bulan", "Alokasi (Kg)")
    drop.file(
        "hanya alokasi.xlsx",
        workbook({"S": [plan, [two.nik, two.name, drop.village.village_name, "Januari 2024", 10]]}),
    )
    claimed = ("NIK", "Nama", "Bulan", "Jatah", "Tanggal", "Status")
    drop.file(
        "jatah sudah.xlsx",
        workbook({"S": [claimed, [two.nik, two.name, "Januari 2024", 10, "05/02/2024", "sudah"]]}),
    )


def test_case_57_of_plan_and_delivery_only_the_delivery_counts(messy: Messy) -> None:
    [delivery] = messy.deliveries(57, "alokasi dan realisasi.xlsx")
    assert delivery["amount"] == 9
    assert messy.remarks(57, "alokasi dan realisasi.xlsx") == {"column_planned": "Alokasi (Kg)"}
    assert messy.accuracy(messy.drop(57).person(1))["delivered_amount"] == 9


def test_case_57_a_plan_alone_is_no_delivery_whatever_its_status_says(messy: Messy) -> None:
    """There is no table of plans: what families are due comes from the recipient lists. So the file is refused, saying why."""
    for name, column in (("hanya alokasi.xlsx", "Alokasi (Kg)"), ("jatah sudah.xlsx", "Jatah")):
        about = messy.submission(57, name)
        assert (about["status"], about["reason"]) == ("rejected", "columns_missing"), name
        assert about["reason_detail"].startswith(f"Jumlah diterima (kolom rencana {column} tidak dihitung) [")
    assert messy.accuracy(messy.drop(57).person(2))["delivered_amount"] == 0
