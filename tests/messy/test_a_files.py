"""A. File and sheet: cases 1 to 11."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt

from include.warehouse.connection import reader
from tests.messy.kit import (
    CASH,
    LIST,
    LIST_HEADER,
    LOG_HEADER,
    OTHER_REGISTRY,
    Drop,
    Messy,
    as_csv,
    folder,
    given,
    workbook,
    write_rows,
)

SHORT = ("NIK", "Nama", "Bulan", "Jumlah", "Tanggal", "Status")
WITHOUT_PERIOD = ("NIK", "Nama", "Desa", "Jumlah", "Tanggal", "Status")


def short(drop: Drop, serial: int, period: str = "Januari 2024", day: str = "05/02/2024") -> list[Any]:
    """A row under SHORT, which has no village."""
    person = drop.person(serial)
    return [person.nik, person.name, period, "10 kg", day, "sudah salur"]


# --- 1: the suffix lies


@given(1)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(9))
    rows = [LOG_HEADER, *(drop.row(person, number) for number, person in enumerate(drop.people(3), 1))]
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    drop.file("ekspor aplikasi.xls", f"<html><meta charset=utf-8><table>{cells}</table></html>")
    drop.file(
        "ekspor teks.xls", as_csv([LOG_HEADER, drop.row(drop.person(4)), drop.row(drop.person(5))], ";")
    )
    drop.file("templat dukcapil.xls", _old_workbook(drop))
    drop.file("rusak.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000))


def _old_workbook(drop: Drop) -> bytes:
    """A workbook in the form of Excel 97: an amount is merged over two rows."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    rows = [LOG_HEADER, drop.row(drop.person(6)), drop.row(drop.person(7), 2), drop.row(drop.person(8), 3)]
    for index, row in enumerate(rows):
        for position, value in enumerate(row):
            if (index, position) not in ((3, 7), (2, 7)):
                sheet.write(index, position, value)
    sheet.write_merge(2, 3, 7, 7, 20)
    book.save(buffer := io.BytesIO())
    return buffer.getvalue()


def test_case_01_html_under_the_name_of_a_workbook(messy: Messy) -> None:
    assert messy.submission(1, "ekspor aplikasi.xls")["status"] == "accepted"
    assert [row["amount"] for row in messy.deliveries(1, "ekspor aplikasi.xls")] == [10, 10, 10]


def test_case_01_csv_under_the_name_of_a_workbook(messy: Messy) -> None:
    about = messy.submission(1, "ekspor teks.xls")
    assert (about["status"], about["rows_read"], about["rows_accepted"]) == ("accepted", 2, 2)


def test_case_01_an_old_workbook_is_read_with_its_merged_cells(messy: Messy) -> None:
    about = messy.submission(1, "templat dukcapil.xls")
    assert (about["status"], about["rows_accepted"], about["rows_rejected"]) == ("partial", 1, 2)
    assert [row["reason_codes"] for row in messy.rejected(1, "templat dukcapil.xls")] == [
        ["amount_invalid"]
    ] * 2


def test_case_01_what_only_looks_like_one_is_refused_with_the_way_out(messy: Messy) -> None:
    about = messy.submission(1, "rusak.xls")
    assert (about["status"], about["reason"], about["rows_read"]) == ("rejected", "file_corrupt", 0)
    receipt = " ".join(str(cell.value) for row in messy.receipt(1, "rusak.xls").worksheets[0] for cell in row)
    assert "simpan ulang sebagai .xlsx" in receipt


# --- 2: unreadable


@given(2)
def _(drop: Drop) -> None:
    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole, {"in_memory": True}) as book:
        write_rows(book.add_worksheet("Data"), [LOG_HEADER, *([drop.row(drop.person(1))] * 300)])
    content = whole.getvalue()
    drop.file("terpotong.xlsx", content[: len(content) // 2])
    drop.file(
        "sandi.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(900)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(900),
    )
    drop.file("kosong.xlsx", b"")
    drop.file("~$laporan.xlsx", b"\x05Admin" + bytes(100))
    drop.file("laporan.xlsx.part", content)
    damaged = bytearray(content)
    damaged[len(damaged) // 3 : len(damaged) // 3 + 400] = bytes(400)
    drop.file("cacat.xlsx", bytes(damaged))


def test_case_02_what_cannot_be_read_is_refused_with_its_own_reason(messy: Messy) -> None:
    reasons = {
        name: messy.submission(2, name)["reason"]
        for name in ("terpotong.xlsx", "sandi.xlsx", "kosong.xlsx", "cacat.xlsx")
    }
    assert reasons == {
        "terpotong.xlsx": "file_corrupt", "sandi.xlsx": "file_encrypted", "kosong.xlsx": "file_empty", "cacat.xlsx": "file_corrupt",
    }  # fmt: skip
    assert {messy.submission(2, name)["rows_read"] for name in reasons} == {0}


def test_case_02_lock_files_and_unfinished_uploads_stay_where_they_are(messy: Messy) -> None:
    there = {path.name for path in (messy.drop(2).inbox / "dkp/beras/penyaluran" / folder(2)).iterdir()}
    assert there == {"~$laporan.xlsx", "laporan.xlsx.part"}
    assert (
        messy.audit("select * from audit.submissions where file_name like '%~$%' or file_name like '%.part'")
        == []
    )


def test_case_02_the_sender_is_told_in_the_receipt_and_by_mail(messy: Messy) -> None:
    receipt = " ".join(
        str(cell.value) for row in messy.receipt(2, "sandi.xlsx").worksheets[0] for cell in row
    )
    assert "DITOLAK" in receipt
    assert "kata sandi" in receipt
    # One mail a run and sender: of many files it names those that were refused first and counts the others.
    submission = messy.submission(2, "sandi.xlsx")["submission_id"]
    told = "list_contains(from_json(state->'items', '[\"varchar\"]'), ?)"
    with reader(messy.ws) as connection:
        mails = connection.execute(
            f"select eml_file from ledger.outbox where kind = 'submission_notice' and {told}", [submission]
        ).fetchall()
    [(letter,)] = mails
    assert (messy.ws.settings.outbox / letter).exists()


# --- 3: no table at all


@given(3)
def _(drop: Drop) -> None:
    drop.file("daftar tanda terima.pdf", b"%PDF-1.7\n1 0 obj\n")
    drop.file("foto.jpg", b"\xff\xd8\xff\xe0" + bytes(200))
    drop.file("hasil pindai.xlsx", b"%PDF-1.4\n1 0 obj\n")
    drop.file("surat.docx", _word("satu"))
    drop.file(
        "surat lama.xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900) + "WordDocument".encode("utf-16-le") + bytes(900),
    )
    drop.file("surat.xlsx", _word("lain"))


def _word(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as document:
        document.writestr("[Content_Types].xml", "<Types/>")
        document.writestr("word/document.xml", f"<w:document>NIK Nama Jumlah {text}</w:document>")
    return buffer.getvalue()


def test_case_03_scans_photos_and_letters_cannot_be_counted(messy: Messy) -> None:
    """Kept in the archive as everything is, but never attached to a delivery: nothing in a photo says to which."""
    details = {}
    for name in (
        "daftar tanda terima.pdf",
        "foto.jpg",
        "hasil pindai.xlsx",
        "surat.docx",
        "surat lama.xls",
        "surat.xlsx",
    ):
        about = messy.submission(3, name)
        assert (about["status"], about["reason"], about["rows_read"]) == (
            "rejected",
            "format_unsupported",
            0,
        ), name
        details[name] = about["reason_detail"]
        archived = messy.ws.settings.archive / about["sha256"][:2] / about["sha256"]
        assert archived.is_file()
    assert details == {
        "daftar tanda terima.pdf": ".pdf", "foto.jpg": ".jpg", "hasil pindai.xlsx": "PDF", "surat.docx": ".docx",
        "surat lama.xls": "Word", "surat.xlsx": "Word",
    }  # fmt: skip
    receipt = " ".join(str(cell.value) for row in messy.receipt(3, "foto.jpg").worksheets[0] for cell in row)
    assert "tidak dapat dihitung" in receipt
    assert "tabel Excel" in receipt


# --- 6: a sheet for each village


@given(6)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(9))
    sheets = {
        "Ds. Nowa": [SHORT, short(drop, 1)],
        "SORIUTU ": [SHORT, short(drop, 2)],
        "Sheet3": [SHORT, short(drop, 3)],
        "Desa Entah": [SHORT, short(drop, 4)],
        "Woja": [LOG_HEADER, drop.row(drop.person(5))],
    }
    drop.file("per desa.xlsx", workbook(sheets))
    names = ("NIK", "No. KK", "Nama")
    lists = {
        name: [names, [drop.person(serial).nik, drop.person(serial).kk, drop.person(serial).name]]
        for serial, name in enumerate(("Nowa", "Sheet2"), 6)
    }
    drop.file("daftar per desa.xlsx", workbook(lists), feed=LIST, at="2024-01-03T08:00")


def test_case_06_the_sheets_name_is_the_village_where_the_column_is_missing(messy: Messy) -> None:
    """Rows of a sheet without a village are kept, for the family's registered village stands; the sheet is named."""
    rows = messy.rows(6, "per desa.xlsx")
    assert [row["sheet"] for row in rows] == ["Ds. Nowa", "SORIUTU ", "Sheet3", "Desa Entah", "Woja"]
    assert [(row["village_code"] or "")[:8] for row in rows[:3]] == ["52.05.05", "52.05.07", ""]
    assert rows[0]["village_code"] != rows[1]["village_code"]
    assert messy.remarks(6, "per desa.xlsx")["title_village_unknown"] == "Desa Entah; Sheet3"
    assert messy.submission(6, "per desa.xlsx")["rows_accepted"] == 5
    placed = {row["sheet"]: row["village_code"] for row in messy.deliveries(6, "per desa.xlsx")}
    assert placed["Sheet3"] == messy.drop(6).village.village_code


def test_case_06_a_sheet_named_like_a_district_says_nothing_of_the_village(messy: Messy) -> None:
    assert messy.rows(6, "per desa.xlsx")[4]["warning_codes"] == []


def test_case_06_a_list_must_know_its_village(messy: Messy) -> None:
    """A list without a village entitles nobody anywhere: its sheet is left out, and named."""
    about = messy.submission(6, "daftar per desa.xlsx")
    assert (about["status"], about["rows_read"], about["rows_accepted"]) == ("accepted", 1, 1)
    assert messy.remarks(6, "daftar per desa.xlsx")["sheet_columns_missing"].startswith(
        "Desa/Kelurahan [lembar "
    )


# --- 7: hidden sheets, rows and columns; an old sheet left in


@given(7)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(20))
    drop.file("tersembunyi.xlsx", lambda path: _hidden(drop, path))
    old = [
        LOG_HEADER,
        drop.row(drop.person(10), period="Januari", day="05/02/2023"),
        drop.row(drop.person(11), period="Maret", day="05/02/2023"),
    ]
    new = [LOG_HEADER, drop.row(drop.person(12), period="Januari")]
    drop.file("sisa tahun lalu.xlsx", workbook({"BLT 2023": old, "BLT 2024": new}))
    drop.file("tersembunyi.ods", _ods(drop))


def _hidden(drop: Drop, path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        write_rows(
            sheet,
            [["DAFTAR"], LOG_HEADER, *(drop.row(drop.person(serial), serial) for serial in range(1, 7))],
        )
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.autofilter(1, 0, 7, 9)
        sheet.filter_column("A", "x < 4")
        for index in (5, 6, 7):
            sheet.set_row(index, None, None, {"hidden": True})
        sheet.set_column(8, 8, None, None, {"hidden": True})
        second = book.add_worksheet("Lama")
        write_rows(second, [LOG_HEADER, drop.row(drop.person(9))])
        second.hide()
        third = book.add_worksheet("Sangat lama")
        write_rows(third, [LOG_HEADER, drop.row(drop.person(9))])
        third.very_hidden()


def _ods(drop: Drop) -> bytes:
    """A sheet of another office program: one row filtered away, one struck through, one coloured, a date merged over two rows."""
    rows = [LOG_HEADER, *(drop.row(drop.person(serial), serial) for serial in range(13, 19))]
    styles = {3: "coret", 4: "kuning"}
    lines = []
    for index, row in enumerate(rows):
        kept = ' table:visibility="filter"' if index == 2 else ""
        style = f' table:style-name="{styles[index]}"' if index in styles else ""
        cells = []
        for position, value in enumerate(row):
            merged = (
                ' table:number-columns-spanned="1" table:number-rows-spanned="2"'
                if (index, position) == (5, 8)
                else ""
            )
            if (index, position) == (6, 8):
                cells.append("<table:covered-table-cell/>")
                continue
            cells.append(
                f'<table:table-cell office:value-type="string"{style}{merged}><text:p>{value}</text:p></table:table-cell>'
            )
        lines.append(f"<table:table-row{kept}>{''.join(cells)}</table:table-row>")
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
        ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"><office:automatic-styles>'
        '<style:style style:name="coret" style:family="table-cell"><style:text-properties style:text-line-through-style="solid"/></style:style>'
        '<style:style style:name="kuning" style:family="table-cell"><style:table-cell-properties fo:background-color="#ffff00"/></style:style>'
        '</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="Data">'
        f"{''.join(lines)}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as document:
        document.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        document.writestr("content.xml", content)
        document.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return buffer.getvalue()


def test_case_07_hidden_rows_are_read_and_marked(messy: Messy) -> None:
    about = messy.submission(7, "tersembunyi.xlsx")
    assert (about["status"], about["rows_accepted"]) == ("accepted", 6)
    assert [row["warning_codes"] for row in messy.rows(7, "tersembunyi.xlsx")] == [[]] * 3 + [
        ["row_hidden"]
    ] * 3
    assert [row["warnings"] for row in messy.deliveries(7, "tersembunyi.xlsx")][3:] == [["row_hidden"]] * 3
    remarks = messy.remarks(7, "tersembunyi.xlsx")
    assert remarks == {
        "columns_hidden": "Data: Tanggal Terima", "row_hidden": "3 baris", "sheet_hidden": "Lama; Sangat lama",
    }  # fmt: skip


def test_case_07_hidden_sheets_are_left_out_with_a_note(messy: Messy) -> None:
    assert messy.remarks(7, "tersembunyi.xlsx")["sheet_hidden"] == "Lama; Sangat lama"
    assert {row["sheet"] for row in messy.rows(7, "tersembunyi.xlsx")} == {"Data"}


def test_case_07_an_old_sheet_left_in_is_a_report_of_its_own_year(messy: Messy) -> None:
    """Its rows are read with their own year, never as this year's: what the programme does not have is refused, and the sheet
    is named. Refusing the sheet would lose a late report of a year that is still open."""
    assert messy.remarks(7, "sisa tahun lalu.xlsx")["sheet_other_year"] == "BLT 2023: 2023"
    rows = messy.rows(7, "sisa tahun lalu.xlsx")
    assert [(row["periods"], row["reason_codes"]) for row in rows] == [
        (["2023-01"], ["period_unknown"]), (["2023-03"], ["period_unknown"]), (["2024-01"], []),
    ]  # fmt: skip


def test_case_07_an_ods_file_has_the_same_marks(messy: Messy) -> None:
    rows = messy.rows(7, "tersembunyi.ods")
    assert [row["warning_codes"] for row in rows] == [
        [],
        ["row_hidden"],
        ["row_struck"],
        ["row_coloured"],
        [],
        [],
    ]
    assert {str(row["delivered_on"]) for row in rows} == {"2024-02-05"}
    assert messy.remarks(7, "tersembunyi.ods")["cells_merged"] == "Data: Tanggal Terima (1 baris)"


# --- 8: sheets beside the data


@given(8)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(6))
    beside = {
        "Petunjuk": [
            ["PETUNJUK PENGISIAN"],
            ["1.", "Isi NIK 16 angka"],
            ["2.", "Jangan mengubah judul kolom"],
        ],
        "Kode Data": [["Kode", "Arti"], ["1", "Sudah salur"], ["2", "Belum"]],
    }
    data = {
        "Data": [
            WITHOUT_PERIOD,
            *(
                [
                    drop.person(n).nik,
                    drop.person(n).name,
                    drop.village.village_name,
                    10,
                    "05/02/2024",
                    "sudah",
                ]
                for n in (1, 2)
            ),
        ]
    }
    about = [
        ["Nama Program", "Bantuan Pangan Beras"],
        ["Periode", "Januari 2024"],
        ["Kecamatan", drop.village.district_name],
    ]
    drop.file("templat.xlsx", workbook({**beside, **data, "Program": about}))
    drop.file(
        "templat lain.xlsx",
        workbook({**data, "Program": [["Program", ":", "BLT Dana Desa"], ["Periode", ":", "Januari 2024"]]}),
    )


def test_case_08_the_sheet_program_supplies_what_the_data_sheets_lack(messy: Messy) -> None:
    assert messy.submission(8, "templat.xlsx")["rows_accepted"] == 2
    assert [row["periods"] for row in messy.rows(8, "templat.xlsx")] == [["2024-01"], ["2024-01"]]
    assert messy.remarks(8, "templat.xlsx") == {
        "sheet_describes": "Program",
        "sheet_without_table": "Kode Data; Petunjuk",
    }


def test_case_08_another_programme_there_refuses_the_whole_file(messy: Messy) -> None:
    about = messy.submission(8, "templat lain.xlsx")
    assert (about["status"], about["reason"], about["reason_detail"]) == (
        "rejected",
        "wrong_program",
        "BLT Dana Desa",
    )


# --- 9: text files


@given(9)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(9), feed="dpmpd/blt-dd/penerima")
    header = ("NIK", "Nama", "Bulan", "Jumlah", "Tanggal", "Keterangan")
    amounts = ("Rp300.000,00", "300.000", "300000,00")
    rows = [
        [drop.person(n).nik, "MÜNIR", "Januari 2024", amounts[n % 3], "05/02/2024", "a, b"]
        for n in range(1, 9)
    ]
    for name, separator, encoding in (
        ("titik koma cp1252.csv", ";", "cp1252"), ("koma bom.csv", ",", "utf-8-sig"), ("tab utf16.txt", "\t", "utf-16"),
        ("tab.tsv", "\t", "utf-8"), ("garis.txt", "|", "utf-16-be"),
    ):  # fmt: skip
        drop.file(name, as_csv([header, *rows], separator).encode(encoding), feed=CASH)
    mixed = as_csv([header, *rows], ";").replace("\r\n", "\n", 4)
    drop.file("baris campur.csv", mixed, feed=CASH)
    unquoted = (
        "NIK;Nama;Bulan;Jumlah;Tanggal\n"
        + f"{drop.person(1).nik};BACO;Januari 2024;Rp300.000,00;05/02/2024\n"
    )
    drop.file("tanpa kutip.csv", unquoted, feed=CASH)


def test_case_09_separator_and_encoding_come_from_the_content(messy: Messy) -> None:
    for name in (
        "titik koma cp1252.csv",
        "koma bom.csv",
        "tab utf16.txt",
        "tab.tsv",
        "garis.txt",
        "baris campur.csv",
    ):
        rows = messy.rows(9, name)
        assert [row["amount"] for row in rows] == [300_000] * 8, name
        assert {(row["name_text"], row["notes"]) for row in rows} == {("MÜNIR", "a, b")}, name


def test_case_09_a_decimal_comma_never_splits(messy: Messy) -> None:
    [row] = messy.rows(9, "tanpa kutip.csv")
    assert (row["amount_sent"], row["amount"], row["delivered_on_sent"]) == (
        "Rp300.000,00",
        300_000,
        "05/02/2024",
    )


# --- 10: nothing delivered yet


@given(10)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(2))
    form = [
        ["LAPORAN PENYALURAN BERAS"], [f"DESA : {drop.village.village_name}"], ["BULAN : JANUARI 2024"], [], LOG_HEADER, [1], [2], [],
        ["", "", "", "Mengetahui,"], ["", "", "", "Kepala Desa"], ["", "", "", "NIP. 197503122005011003"],
    ]  # fmt: skip
    drop.file("nihil.xlsx", workbook({"Laporan": form}), at="2024-01-31T08:00")


def test_case_10_an_empty_form_is_a_nil_report_and_not_a_missing_one(messy: Messy) -> None:
    about = messy.submission(10, "nihil.xlsx")
    assert (about["status"], about["rows_accepted"], about["rows_rejected"]) == ("accepted", 0, 0)
    assert about["rows_read"] == about["rows_skipped"] == 6
    assert messy.manifest(10, "nihil.xlsx")["reading_status"] == "nil"
    assert list(messy.remarks(10, "nihil.xlsx")) == ["nil_report"]
    reported = messy.audit(
        "select log_status from audit.reporting_completeness where program_code = 'beras' and period = '2024-01' and village_code = ?",
        messy.drop(10).village.village_code,
    )
    assert [row["log_status"] for row in reported] == ["nil"]


# --- 11: formatted to the bottom


@given(11)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(3))

    def to_the_bottom(path: Path) -> None:
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet("Data")
            border = book.add_format({"border": 1})
            write_rows(sheet, [LOG_HEADER, *(drop.row(drop.person(serial), serial) for serial in (1, 2, 3))])
            for index in range(4, 1_048_576, 5_000):
                sheet.write_blank(index, 0, None, border)
            sheet.write_blank(1_048_575, 9, None, border)

    drop.file("sampai bawah.xlsx", to_the_bottom)


def test_case_11_rows_that_only_bear_a_format_are_no_rows(messy: Messy) -> None:
    about = messy.submission(11, "sampai bawah.xlsx")
    assert (about["status"], about["rows_read"], about["rows_accepted"]) == ("accepted", 3, 3)
    assert messy.remarks(11, "sampai bawah.xlsx") == {}


# --- the wrong folder (issue 3, point 3)


@given(6)
def _(drop: Drop) -> None:
    people = drop.people(12)[9:]
    village = drop.village
    plain = [
        LIST_HEADER,
        *([p.nik, p.kk, p.name, village.village_name, village.district_name] for p in people),
    ]
    drop.file(
        "daftar di map penyaluran.xlsx",
        workbook({"Daftar": [["DAFTAR PENERIMA BANTUAN PANGAN BERAS 2024"], [], *plain]}),
    )
    drop.file(
        "laporan di map penerima.xlsx",
        workbook({"Laporan": [LOG_HEADER, *(drop.row(p) for p in people)]}),
        feed=LIST,
    )
    kilograms = ("NIK", "Nama", "Desa", "Bulan", "Jumlah (Kg)", "Tanggal", "Status")
    rice = [[p.nik, p.name, village.village_name, "Januari 2024", 10, "05/02/2024", "sudah"] for p in people]
    drop.file("beras di map tunai.xlsx", workbook({"Laporan": [kilograms, *rice]}), feed=CASH)
    titled = [["DAFTAR PENERIMA BANTUAN PANGAN 2024"], [], *plain]
    drop.file("penerima di map data rujukan.xlsx", workbook({"Daftar": titled}), feed=OTHER_REGISTRY)
    registry = (*LIST_HEADER, "Desil", "Jumlah Anggota Keluarga", "Disabilitas")
    drop.file(
        "data di map rujukan lain.xlsx",
        workbook({"Data": [["Data P3KE Individu"], registry, *([*row, 1, 4, "tidak"] for row in plain[1:])]}),
        feed=OTHER_REGISTRY,
    )
    drop.file(
        "data rujukan tanpa nama.csv",
        as_csv(
            [
                ("NIK", "Penerima BPNT", "Penerima PKH", "Desa", "Kecamatan", "Desil"),
                *([row[0], "Ya", "Tidak", row[3], row[4], 1] for row in plain[1:]),
            ]
        ),
        feed=OTHER_REGISTRY,
    )
    drop.file(
        "p3ke di map penerima.csv",
        as_csv([registry, *([*row, 1, 4, "tidak"] for row in plain[1:])]),
        feed=LIST,
    )


def test_a_file_of_the_wrong_feed_is_refused_whole_and_told_what_it_is(messy: Messy) -> None:
    found = {
        name: (about["status"], about["reason"], about["reason_detail"], about["rows_read"])
        for name in (
            "daftar di map penyaluran.xlsx",
            "laporan di map penerima.xlsx",
            "beras di map tunai.xlsx",
            "p3ke di map penerima.csv",
            "penerima di map data rujukan.xlsx",
            "data di map rujukan lain.xlsx",
        )
        for about in [messy.submission(6, name)]
    }
    assert found == {
        "daftar di map penyaluran.xlsx": ("rejected", "wrong_feed", "isinya daftar penerima", 0),
        "laporan di map penerima.xlsx": ("rejected", "wrong_feed", "isinya laporan penyaluran", 0),
        "beras di map tunai.xlsx": (
            "rejected",
            "wrong_program",
            'Bantuan Pangan Beras (kolom "Jumlah (Kg)")',
            0,
        ),
        "p3ke di map penerima.csv": ("rejected", "wrong_feed", "isinya daftar registri", 0),
        "penerima di map data rujukan.xlsx": ("rejected", "wrong_feed", "isinya daftar penerima", 0),
        "data di map rujukan lain.xlsx": ("rejected", "wrong_feed", "isinya data P3KE", 0),
    }


def test_a_registry_without_names_is_refused_and_told_so(messy: Messy) -> None:
    about = messy.submission(6, "data rujukan tanpa nama.csv")
    assert (about["status"], about["reason"]) == ("rejected", "columns_missing")
    assert "Nama" in about["reason_detail"]
