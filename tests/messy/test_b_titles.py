"""B. Title, header, totals, signature: cases 12 to 23."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from tests.messy.kit import CASH, LOG_HEADER, Drop, Messy, as_csv, given, workbook, write_rows

BARE = ("NIK", "Nama", "Jumlah (Kg)", "Status")
SIGNED = (
    ["", "", "", "Dompu, 7 Februari 2024"],
    ["", "Mengetahui,", "", "Yang menyerahkan"],
    ["", "Kepala Desa", "", "Petugas"],
    [],
    ["", "ttd", "", "ttd"],
    ["", "CONTOH PEJABAT, S.Sos", "", "CONTOH PETUGAS"],
    ["", "NIP. 197503122005011003", "", "NIP"],
    ["197503122005011003"],
)


def bare(drop: Drop, *serials: int) -> list[list[str]]:
    """Rows under BARE: everything else must come from the title."""
    return [[drop.person(serial).nik, drop.person(serial).name, "10", "sudah salur"] for serial in serials]


# --- 12: title rows


@given(12)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(12))
    village = drop.village

    def titled(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("Sheet1")
            sheet.merge_range(0, 0, 0, 3, "LAPORAN PENYALURAN BANTUAN PANGAN BERAS")
            sheet.merge_range(1, 0, 1, 3, "KABUPATEN DOMPU")
            pairs = (
                ("DESA", village.village_name),
                ("KECAMATAN", village.district_name),
                ("BULAN", "JANUARI S/D MARET 2024"),
            )
            for row, (label, value) in enumerate(pairs, 2):
                sheet.write_string(row, 0, label)
                sheet.write_string(row, 1, "\xa0:\xa0")
                sheet.write_string(row, 2, value.upper())
            sheet.write_string(5, 0, "Tanggal Penyaluran : 5 Februari 2024")
            write_rows(sheet, [BARE, *bare(drop, 1, 2)], first=7)

    drop.file("judul.xlsx", titled)
    conflicting = [
        ["DESA : NOWA"], ["BULAN : FEBRUARI 2024"], [], LOG_HEADER, drop.row(drop.person(3)),
        drop.row(drop.person(4), village="Nowa", district="Woja", period="Februari 2024"),
        drop.row(drop.person(5), village="", district=""),
    ]  # fmt: skip
    drop.file("berbeda.xlsx", workbook({"Sheet1": conflicting}))
    stage = [
        ["TAHUN ANGGARAN 2024"],
        ["TAHAP I"],
        LOG_HEADER,
        drop.row(drop.person(6)),
        drop.row(drop.person(7), period="April 2024"),
    ]
    drop.file("tahap.xlsx", workbook({"Sheet1": stage}))
    unknown = [["DESA : ENTAH BERANTAH"], ["BULAN : JANUARI 2024"], BARE, *bare(drop, 8)]
    drop.file("desa asing.xlsx", workbook({"Sheet1": unknown}))
    thousands = [["(dalam ribuan rupiah)"], LOG_HEADER, drop.row(drop.person(9), amount="300")]
    drop.file("ribuan.xlsx", workbook({"Sheet1": thousands}), feed=CASH)


def test_case_12_the_title_speaks_for_what_the_rows_lack(messy: Messy) -> None:
    rows = messy.rows(12, "judul.xlsx")
    assert {row["village_code"] for row in rows} == {messy.drop(12).village.village_code}
    assert {tuple(row["periods"]) for row in rows} == {("2024-01", "2024-02", "2024-03")}
    assert {str(row["delivered_on"]) for row in rows} == {"2024-02-05"}
    assert [row["warning_codes"] for row in rows] == [["date_from_title"]] * 2
    assert messy.submission(12, "judul.xlsx")["rows_accepted"] == 2


def test_case_12_the_rows_own_village_and_period_stand_and_the_contradiction_is_told(messy: Messy) -> None:
    rows = messy.rows(12, "berbeda.xlsx")
    assert [row["warning_codes"] for row in rows] == [
        ["village_conflict", "period_conflict"],
        [],
        ["period_conflict"],
    ]
    assert (rows[0]["village_code"], rows[0]["periods"]) == (messy.drop(12).village.village_code, ["2024-01"])
    assert rows[2]["village_code"] == rows[1]["village_code"] != rows[0]["village_code"]
    assert messy.remarks(12, "berbeda.xlsx") == {"village_conflict": "1 baris", "period_conflict": "2 baris"}
    assert messy.submission(12, "berbeda.xlsx")["rows_accepted"] == 3


def test_case_12_a_month_within_the_titles_stage_is_no_contradiction(messy: Messy) -> None:
    assert [row["warning_codes"] for row in messy.rows(12, "tahap.xlsx")] == [[], ["period_conflict"]]


def test_case_12_a_village_that_nobody_knows_is_named(messy: Messy) -> None:
    assert messy.remarks(12, "desa asing.xlsx")["title_village_unknown"] == "ENTAH BERANTAH"
    [row] = messy.rows(12, "desa asing.xlsx")
    assert (row["village_code"], row["reason_codes"]) == (None, [])
    assert "village_unknown" in row["warning_codes"]


def test_case_12_a_unit_in_the_title_is_told_and_never_multiplied_with(messy: Messy) -> None:
    assert messy.remarks(12, "ribuan.xlsx")["unit_stated"] == "dalam ribuan rupiah"
    assert messy.rows(12, "ribuan.xlsx")[0]["amount"] == 300


# --- 13: two header rows


@given(13)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(6))

    def grouped(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("Sheet1")
            for column, name in ((0, "No"), (1, "NIK"), (2, "Nama"), (9, "Status")):
                sheet.merge_range(0, column, 1, column, name)
            sheet.merge_range(0, 3, 0, 4, "Tempat dan Tanggal Lahir")
            sheet.merge_range(0, 5, 0, 6, "Jumlah")
            sheet.merge_range(0, 7, 0, 8, "Penyaluran")
            write_rows(
                sheet, [["", "", "", "Tempat Lahir", "Tgl/Bln/Th", "Kg", "Koli", "Bulan", "Tanggal"]], first=1
            )
            for number, person in enumerate(drop.people(2), 1):
                row = [
                    number,
                    person.nik,
                    person.name,
                    "Dompu",
                    "17/08/1985",
                    10,
                    1,
                    "Januari 2024",
                    "05/02/2024",
                    "sudah",
                ]
                write_rows(sheet, [row], first=1 + number)

    drop.file("dua baris.xlsx", grouped)


def test_case_13_both_header_rows_are_read_together(messy: Messy) -> None:
    rows = messy.rows(13, "dua baris.xlsx")
    assert [(row["amount"], str(row["delivered_on"]), row["periods"]) for row in rows] == [
        (10, "2024-02-05", ["2024-01"])
    ] * 2
    [sheet] = messy.manifest(13, "dua baris.xlsx")["sheets"]
    assert sheet["columns"]["amount"] == "Jumlah Kg"
    assert sheet["headers"][3:7] == [
        "Tempat dan Tanggal Lahir Tempat Lahir", "Tempat dan Tanggal Lahir Tgl/Bln/Th", "Jumlah Kg", "Jumlah Koli",
    ]  # fmt: skip


# --- 14: column numbers


@given(14)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(9))
    width = len(LOG_HEADER)
    drop.file(
        "kurung.xlsx",
        workbook({"S": [LOG_HEADER, [f"({n})" for n in range(1, width + 1)], drop.row(drop.person(1))]}),
    )
    drop.file(
        "minus.xlsx",
        workbook({"S": [LOG_HEADER, [-n for n in range(1, width + 1)], drop.row(drop.person(2))]}),
    )

    def formulas(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("S")
            write_rows(sheet, [LOG_HEADER])
            sheet.write_number(1, 0, 1)
            for column in range(1, width):
                sheet.write_formula(1, column, f"={chr(64 + column)}2+1", None, column + 1)
            write_rows(sheet, [drop.row(drop.person(3))], first=2)

    drop.file("rumus.xlsx", formulas)
    drop.file(
        "teks.csv",
        as_csv(
            [
                LOG_HEADER,
                ["1", "2", "3", "4", "5", "6", "7", "8 = 5 x 6", "9", "10"],
                drop.row(drop.person(4)),
            ]
        ),
    )


@pytest.mark.parametrize("name", ["kurung.xlsx", "minus.xlsx", "rumus.xlsx", "teks.csv"])
def test_case_14_column_numbers_are_no_row_and_no_amount(messy: Messy, name: str) -> None:
    about = messy.submission(14, name)
    assert (about["rows_read"], about["rows_accepted"], about["rows_rejected"], about["rows_skipped"]) == (
        2,
        1,
        0,
        1,
    )
    assert [row["amount"] for row in messy.rows(14, name)] == [10]


# --- 15: words of headers


@given(15)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(4))
    person, village = drop.person(1), drop.village
    header = [
        "NO.",
        "N I K",
        "NOMOR  KK",
        "Nama  KPM",
        "Ds/Kel",
        "Kec.",
        "Bln Alokasi",
        "Kuantum (Kg)",
        "Tgl. Terima",
        "Ket.",
        "RT/RW",
        "Gol. Darah",
    ]
    row = [
        1,
        person.nik,
        person.kk,
        person.name,
        village.village_name,
        village.district_name,
        "Jan-24",
        10,
        "05/02/2024",
        "sudah terima",
        "001/002",
        "O",
    ]
    drop.file("singkatan.xlsx", workbook({"S": [header, row]}))


def test_case_15_abbreviated_headers_are_understood_and_strange_ones_listed(messy: Messy) -> None:
    """A remembered mapping per sender is the feed's `columns`: the operator writes it there once, in the open."""
    [row] = messy.rows(15, "singkatan.xlsx")
    assert (row["amount"], row["periods"], str(row["delivered_on"]), row["delivery_status"], row["reason_codes"], row["warning_codes"]) == (
        10, ["2024-01"], "2024-02-05", "delivered", [], [],
    )  # fmt: skip
    assert row["village_code"] == messy.drop(15).village.village_code
    assert messy.remarks(15, "singkatan.xlsx") == {"columns_unknown": "RT/RW, Gol. Darah"}


# --- 16: twice the same header


@given(16)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(4))
    one, two = drop.people(2)
    twice = ("NIK", "Nama", "Bulan", "Jumlah", "Jumlah", "Tanggal", "Status")
    drop.file(
        "jumlah dua kali.xlsx",
        workbook({"S": [twice, [one.nik, one.name, "Januari 2024", 10, 30, "05/02/2024", "sudah"]]}),
    )

    def grouped(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("S")
            sheet.merge_range(0, 0, 0, 1, "Penerima")
            sheet.merge_range(0, 2, 0, 3, "Pengambil")
            write_rows(sheet, [[None, None, None, None, "Bulan", "Jumlah", "Tanggal", "Status"]])
            write_rows(sheet, [["NIK", "Nama", "NIK", "Nama"]], first=1)
            taker = drop.person(3)
            write_rows(
                sheet,
                [[two.nik, two.name, taker.nik, taker.name, "Januari 2024", 10, "05/02/2024", "sudah"]],
                first=2,
            )

    drop.file("penerima dan pengambil.xlsx", grouped)


def test_case_16_of_two_equal_headers_the_left_one_is_taken_and_the_tie_told(messy: Messy) -> None:
    """Asking would leave the whole file uncounted; the receipt names both columns, and a corrected file supersedes."""
    [row] = messy.rows(16, "jumlah dua kali.xlsx")
    assert row["amount"] == 10
    assert messy.remarks(16, "jumlah dua kali.xlsx") == {
        "columns_ambiguous": "Jumlah diterima: Jumlah, Jumlah"
    }


def test_case_16_a_group_above_tells_the_recipient_from_the_taker(messy: Messy) -> None:
    [row] = messy.rows(16, "penerima dan pengambil.xlsx")
    drop = messy.drop(16)
    assert (row["nik_text"], row["name_text"], row["received_by"]) == (
        drop.person(2).nik,
        drop.person(2).name,
        drop.person(3).name,
    )
    assert "columns_ambiguous" not in messy.remarks(16, "penerima dan pengambil.xlsx")


# --- 17 and 18: printed pages and totals


@given(17)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(4))
    rows = [drop.row(person, number) for number, person in enumerate(drop.people(4), 1)]
    drop.file("halaman.xlsx", workbook({"S": [LOG_HEADER, *rows[:2], [], LOG_HEADER, *rows[2:]]}))


def test_case_17_a_header_on_every_page_is_no_row(messy: Messy) -> None:
    about = messy.submission(17, "halaman.xlsx")
    assert (about["rows_read"], about["rows_accepted"], about["rows_skipped"]) == (6, 4, 2)


def _total(label: str, amount: int | str) -> list[int | str]:
    return ["", label, "", "", "", "", "", amount, "", ""]


@given(18)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(8))
    rows = [drop.row(person, number, amount=10) for number, person in enumerate(drop.people(4), 1)]
    sound = [
        LOG_HEADER,
        *rows[:2],
        _total("Sub Jumlah RT 03", 20),
        _total("Jumlah dipindahkan", 20),
        *rows[2:],
        _total("JUMLAH", 40),
    ]
    drop.file("benar.xlsx", workbook({"S": sound}))
    later = [drop.row(drop.person(serial), serial, amount=10) for serial in (5, 6)]
    drop.file("salah.xlsx", workbook({"S": [LOG_HEADER, *later, _total("TOTAL", "50 kg")]}))


def test_case_18_totals_are_no_rows_but_a_check(messy: Messy) -> None:
    about = messy.submission(18, "benar.xlsx")
    assert (about["rows_read"], about["rows_accepted"], about["rows_skipped"]) == (7, 4, 3)
    assert (about["stated_total"], about["computed_total"]) == (40, 40)
    assert messy.remarks(18, "benar.xlsx") == {}


def test_case_18_a_difference_is_told_with_both_figures(messy: Messy) -> None:
    about = messy.submission(18, "salah.xlsx")
    assert (about["status"], about["rows_accepted"], about["stated_total"], about["computed_total"]) == (
        "accepted",
        2,
        50,
        20,
    )
    assert messy.remarks(18, "salah.xlsx") == {
        "total_mismatch": "S, baris 4: tertulis 50, terhitung 20, selisih 30"
    }
    flags = messy.audit(
        "select rule from audit.flags where submission_id = ? and rule = 'total_mismatch'",
        about["submission_id"],
    )
    assert len(flags) == 1


# --- 19: formulas and errors


@given(19)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(8))

    def never_opened(path: Path) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        rows = [drop.row(drop.person(serial), serial, amount=10) for serial in range(1, 5)]
        for row in [LOG_HEADER, *rows, _total("JUMLAH", "=SUM(H2:H5)")]:
            sheet.append(row)
        sheet["H4"] = "=5+5"
        sheet["H5"] = "#REF!"
        sheet["H5"].data_type = "e"
        book.save(path)

    drop.file("belum dihitung.xlsx", never_opened)

    def cached(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("S")
            write_rows(
                sheet,
                [LOG_HEADER, drop.row(drop.person(5), amount=None), drop.row(drop.person(6), amount=10)],
            )
            sheet.write_formula(1, 7, "=5*2", None, 10)
            sheet.write_formula(3, 1, '="JUML"&"AH"', None, "JUMLAH")
            sheet.write_formula(3, 7, "=SUM(H2:H3)", None, 20)

    drop.file("sudah dihitung.xlsx", cached)


def test_case_19_errors_and_formulas_without_a_result_are_missing_with_a_note(messy: Messy) -> None:
    rows = messy.rows(19, "belum dihitung.xlsx")
    assert [row["amount"] for row in rows] == [10, 10, None, None]
    assert [row["reason_codes"] for row in rows] == [[], [], ["amount_invalid"], ["amount_invalid"]]
    assert messy.remarks(19, "belum dihitung.xlsx") == {
        "cells_error": "Sheet: 1 sel (H5)",
        "formulas_uncomputed": "Sheet: 2 sel (H4, H6)",
    }
    about = messy.submission(19, "belum dihitung.xlsx")
    assert (about["status"], about["stated_total"], about["rows_skipped"]) == ("partial", None, 1)


def test_case_19_stored_results_are_read_and_nothing_is_calculated(messy: Messy) -> None:
    assert [row["amount"] for row in messy.rows(19, "sudah dihitung.xlsx")] == [10, 10]
    about = messy.submission(19, "sudah dihitung.xlsx")
    assert (about["stated_total"], about["computed_total"]) == (20, 20)
    assert messy.remarks(19, "sudah dihitung.xlsx") == {}


# --- 20 and 21: what stands below


@given(20)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(6))
    titles = [["BULAN : JANUARI 2024"], BARE]
    drop.file("tanda tangan.xlsx", workbook({"S": [*titles, *bare(drop, 1, 2), [], *SIGNED]}))
    drop.file(
        "nip di kolom nik.xlsx",
        workbook({"S": [*titles, *bare(drop, 3), ["Kepala Desa"], ["197503122005011003", "CONTOH PEJABAT"]]}),
    )
    drop.file("di bawahnya.csv", as_csv([*titles, *bare(drop, 4), *SIGNED, *bare(drop, 5)]))


def test_case_20_the_signature_block_is_no_data_and_its_date_no_delivery(messy: Messy) -> None:
    about = messy.submission(20, "tanda tangan.xlsx")
    assert (about["rows_read"], about["rows_accepted"], about["rows_rejected"], about["rows_skipped"]) == (
        11,
        2,
        0,
        9,
    )
    assert [row["delivered_on"] for row in messy.rows(20, "tanda tangan.xlsx")] == [None, None]
    assert messy.remarks(20, "tanda tangan.xlsx") == {"date_undated": "2 baris"}


def test_case_20_the_number_of_an_official_is_no_nik(messy: Messy) -> None:
    about = messy.submission(20, "nip di kolom nik.xlsx")
    assert (about["rows_accepted"], about["rows_rejected"], about["rows_skipped"]) == (1, 0, 2)


def test_case_20_a_row_below_the_signatures_is_not_lost(messy: Messy) -> None:
    assert messy.submission(20, "di bawahnya.csv")["rows_accepted"] == 2
    assert messy.remarks(20, "di bawahnya.csv")["rows_after_signature"] == "1 baris"


@given(21)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(3))
    rows = [
        LOG_HEADER,
        drop.row(drop.person(1)),
        drop.row(drop.person(2), 2),
        ["###"],
        ["Catatan:"],
        ["1. Tulis NIK sebagai teks"],
        ["2. Jumlah dalam kg"],
    ]
    drop.file("akhir.xlsx", workbook({"S": rows}))


def test_case_21_the_end_marker_ends_the_data(messy: Messy) -> None:
    about = messy.submission(21, "akhir.xlsx")
    assert (about["rows_read"], about["rows_accepted"], about["rows_rejected"], about["rows_skipped"]) == (
        6,
        2,
        0,
        4,
    )


# --- 22: families


@given(22)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(3))
    first, second = drop.people(2)
    header = ("No", "NIK", "Nama", "Bulan", "Jumlah", "Tanggal", "Status")
    rows = [
        header,
        [f"No. KK : {first.kk}   Alamat : Dusun Contoh RT 01"],
        [1, first.nik, first.name, "Januari 2024", 10, "05/02/2024", "sudah"],
        [f"No. KK : {second.kk}", "", "", "Alamat : Dusun Contoh RT 02"],
        [1, "", second.name, "Januari 2024", 10, "05/02/2024", "sudah"],
    ]
    drop.file("per keluarga.xlsx", workbook({"S": rows}))


def test_case_22_a_familys_heading_gives_its_number_to_the_members_below(messy: Messy) -> None:
    about = messy.submission(22, "per keluarga.xlsx")
    assert (about["rows_read"], about["rows_accepted"], about["rows_skipped"]) == (4, 2, 2)
    drop = messy.drop(22)
    assert [row["kk_text"] for row in messy.rows(22, "per keluarga.xlsx")] == [
        drop.person(1).kk,
        drop.person(2).kk,
    ]
    assert [row["matched_by"] for row in messy.deliveries(22, "per keluarga.xlsx")] == ["nik", "kk"]
    assert messy.remarks(22, "per keluarga.xlsx") == {"kk_from_heading": "S"}


# --- 23: gaps


@given(23)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(5))
    one, two, three, four, _ = drop.people(5)
    rows = [LOG_HEADER, drop.row(one, 1), drop.row(two, 2), [], [], drop.row(three, 1), drop.row(four, 7)]
    drop.file("nomor berulang.xlsx", workbook({"S": rows}))


def test_case_23_rows_are_told_apart_by_their_place_not_their_number(messy: Messy) -> None:
    about = messy.submission(23, "nomor berulang.xlsx")
    assert (about["rows_read"], about["rows_accepted"], about["rows_skipped"]) == (6, 4, 2)
    assert [row["row_number"] for row in messy.rows(23, "nomor berulang.xlsx")] == [2, 3, 6, 7]
    assert messy.remarks(23, "nomor berulang.xlsx") == {}


# --- dates of a workbook from an old Mac count from 1904


@given(14)
def _(drop: Drop) -> None:
    def from_a_mac(path: Path) -> None:
        with xlsxwriter.Workbook(str(path), {"date_1904": True, "default_date_format": "dd/mm/yyyy"}) as book:
            sheet = book.add_worksheet("S")
            write_rows(sheet, [LOG_HEADER, drop.row(drop.person(5), day=None)])
            sheet.write_datetime(1, 8, date(2024, 2, 5))

    drop.file("mac.xlsx", from_a_mac)


def test_date_cells_of_a_1904_workbook_are_the_days_they_show(messy: Messy) -> None:
    assert str(messy.rows(14, "mac.xlsx")[0]["delivered_on"]) == "2024-02-05"
