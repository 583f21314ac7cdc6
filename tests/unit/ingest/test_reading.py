"""Files as OPDs make them, from their bytes to landed rows."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from include.ingest.columns import CANONICAL, landing_columns
from include.ingest.manifest import Manifest
from include.ingest.readers import text
from include.ingest.submission import ingest_claim
from include.ingest.table import schema
from include.privacy import kk_key, name_key, nik_key
from include.workspace import Workspace

from .conftest import (
    CASH,
    HEADER,
    LIST,
    LOG,
    REGISTRY,
    Inbox,
    as_csv,
    codes,
    extra,
    person,
    rows_of,
    write_xlsx,
)

SECRET = b"a secret of the tests only"


def types(row: dict[str, Any], kind: str = "distribution") -> dict[str, str]:
    return dict(zip([column.name for column in CANONICAL[kind]], row["cell_types"], strict=True))


def kinds(inbox: Inbox, manifest: Manifest) -> list[str]:
    return [row["row_kind"] for row in inbox.rows(manifest)]


# --- text files


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_separator_and_encoding_are_found_in_the_content(inbox: Inbox, separator: str, encoding: str) -> None:
    rows = rows_of(12)
    rows[3][3] = "MÜNIR"
    manifest = inbox.take("log.txt", as_csv([HEADER, *rows], separator).encode(encoding))
    data = inbox.data(manifest)
    assert [row["nik"] for row in data] == [person(number) for number in range(1, 13)]
    assert data[3]["name"] == "MÜNIR"
    assert manifest.rows_read == manifest.rows_data == 12


def test_decimal_commas_and_quoted_commas_do_not_split(inbox: Inbox) -> None:
    text = 'NIK;Nama;Jumlah;Catatan\n5205019901990001;SITI, CONTOH;Rp300.000,00;"a;b"\n5205019901990002;BACO;10,5;"dua\nbaris"\n'
    data = inbox.data(inbox.take("a.csv", text))
    assert [row["amount"] for row in data] == ["Rp300.000,00", "10,5"]
    assert [row["name"] for row in data] == ["SITI, CONTOH", "BACO"]
    assert [row["notes"] for row in data] == ["a;b", "dua\nbaris"]


def test_uneven_rows_keep_every_cell(inbox: Inbox) -> None:
    text = f"NIK,Nama,Jumlah\n{person(1)},A,10,lebih,lagi\n{person(2)},B\n"
    first, second = inbox.data(inbox.take("a.csv", text))
    assert extra(first) == {"kolom 4": "lebih", "kolom 5": "lagi"}
    assert second["amount"] is None
    assert types(second)["amount"] == "."


def test_text_is_kept_as_sent_and_absent_columns_are_told_from_blank_cells(inbox: Inbox) -> None:
    text = f'NIK,Nama,Desa,Jumlah,Alamat\n \' 5205.0199.0199.0001 ,A,,Rp 300.000,"Jl. ""X"" \\ 2"\n{person(2)},B, ,10,\n'
    first, second = inbox.data(inbox.take("a.csv", text))
    assert first["nik"] == " ' 5205.0199.0199.0001 "
    assert first["nik_key"] == nik_key(SECRET, person(1))
    assert types(first) == {
        "nik": "t", "kk": "-", "name": "t", "village": ".", "district": "-", "period": "-", "amount": "t", "delivered_on": "-",
        "status": "-", "bast_number": "-", "received_by": "-", "notes": "-",
    }  # fmt: skip
    assert extra(first) == {"Alamat": 'Jl. "X" \\ 2'}
    assert second["extra"] is None
    assert second["village"] is None


def test_a_large_even_file_lands_the_same_rows_by_the_fast_way(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two ways of reading CSV must agree, also where the fast one has to give up midway."""
    rows = [["DAFTAR PENYALURAN BERAS"], ["BULAN : JANUARI 2024"], HEADER, *rows_of(3000)]
    rows[1500][3] = 'DENGAN "TANDA", KUTIP'
    rows[1501][3] = "DUA\nBARIS"
    signed = [["", "JUMLAH", "", "", "", "", "", "30000"], [], ["Mengetahui"], ["NIP. 1"]]
    ways: list[str] = []
    for way in ("_arrow_batches", "_patient"):
        real = getattr(text, way)
        monkeypatch.setattr(
            text, way, lambda *given, real=real, way=way, **named: ways.append(way) or real(*given, **named)
        )
    for name, ending, expected in (("even", [], ["_arrow_batches"]), ("blank", [[]] * 9, ["_arrow_batches"]),
                                   ("signed", signed, ["_arrow_batches", "_patient"])):  # fmt: skip
        landed = []
        for large, mark in ((1 << 30, ""), (1000, " ")):
            monkeypatch.setattr("include.ingest.readers.text.read_text.__defaults__", (large,))
            ways.clear()
            manifest = inbox.take(
                f"{name}{large}.csv", as_csv([*rows, *ending]).replace("BERAS", f"BERAS{mark}")
            )
            landed.append([{**row, "submission_id": ""} for row in inbox.rows(manifest)])
        assert ways == expected
        assert landed[0] == landed[1]
        assert sum(row["row_kind"] == "data" for row in landed[0]) == 3000


def test_a_damaged_letter_is_told(inbox: Inbox) -> None:
    manifest = inbox.take("a.csv", f"NIK,Nama,Jumlah\n{person(1)},M\x81NIR,10\n".encode("latin-1"))
    assert codes(manifest) == {"text_damaged"}
    assert manifest.rows_data == 1


# --- workbooks


def test_cell_types_of_a_workbook_are_kept(inbox: Inbox) -> None:
    def make(path: Path) -> None:
        header = ["NIK", "No KK", "Nama", "Jumlah", "Tanggal", "Status", "Catatan"]
        day = datetime.date(2024, 2, 5)
        write_xlsx(
            path,
            {
                "Data": [
                    header,
                    [5205019901990000, person(7), "A", 300000, day, True, 10.5],
                    [5205019901990003, "", "B", "300.000", "5/2/24", "ya", ""],
                ]
            },
        )

    first, second = inbox.data(inbox.take("a.xlsx", make))
    assert (first["nik"], first["amount"], first["delivered_on"], first["status"], first["notes"]) == (
        "5205019901990000", "300000", "2024-02-05", "true", "10.5",
    )  # fmt: skip
    found = types(first)
    assert [found[name] for name in ("nik", "kk", "name", "amount", "delivered_on", "status", "notes")] == [
        "n",
        "t",
        "t",
        "n",
        "d",
        "b",
        "n",
    ]
    assert second["nik"] == person(3)  # 16 digits written by a program survive
    assert [types(second)[name] for name in ("kk", "amount", "delivered_on", "notes")] == [".", "t", "t", "."]


def test_every_visible_sheet_is_read_and_the_sheet_name_may_be_the_village(inbox: Inbox) -> None:
    header = ["NIK", "Nama", "Jumlah"]
    sheets = {
        "Ds. Nowa": [header, [person(1), "A", 10]],
        "SORIUTU ": [header, [person(2), "B", 10]],
        "Sheet3": [header, [person(3), "C", 10]],
        "Petunjuk": [["Cara mengisi"], ["1. Isi NIK", "x"]],
        "Lama": [header, [person(4), "D", 10]],
    }
    manifest = inbox.take("a.xlsx", lambda path: write_xlsx(path, sheets, hidden=["Lama"]))
    assert [(row["sheet"], row["sheet_number"], row["title_village"]) for row in inbox.data(manifest)] == [
        ("Ds. Nowa", 1, "Ds. Nowa"), ("SORIUTU ", 2, "SORIUTU"), ("Sheet3", 3, None),
    ]  # fmt: skip
    assert codes(manifest) == {"sheet_hidden", "sheet_without_table", "title_village_unknown"}
    assert {"code": "title_village_unknown", "detail": "Sheet3"} in manifest.warnings


def test_a_table_that_starts_away_from_the_corner_keeps_its_row_numbers(inbox: Inbox) -> None:
    def make(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as workbook:
            sheet = workbook.add_worksheet()
            for row, values in enumerate([["NIK", "Nama", "Jumlah"], [person(1), "A", "10"]]):
                sheet.write_row(row + 4, 3, values)

    (row,) = inbox.data(inbox.take("a.xlsx", make))
    assert (row["row_number"], row["nik"], row["amount"]) == (6, person(1), "10")


def test_a_two_row_header_with_merged_groups(inbox: Inbox) -> None:
    def make(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as workbook:
            sheet = workbook.add_worksheet()
            for position, text in enumerate(["No", "NIK", "Nama"]):
                sheet.merge_range(2, position, 3, position, text)
            sheet.merge_range(2, 3, 2, 4, "Tempat dan Tanggal Lahir")
            sheet.merge_range(2, 5, 2, 6, "Jumlah")
            sheet.write_row(3, 3, ["Tempat Lahir", "Tgl Lahir", "Kg", "Koli"])
            sheet.write_row(4, 0, [1, 2, 3, 4, 5, 6, 7])
            sheet.write_row(5, 0, ["1", person(1), "A", "Dompu", "1/1/90", "10", "1"])

    manifest = inbox.take("a.xlsx", make)
    assert kinds(inbox, manifest) == ["column_numbers", "data"]
    (row,) = inbox.data(manifest)
    assert row["amount"] == "10"
    assert extra(row)["Jumlah Koli"] == "1"
    assert extra(row)["Tempat dan Tanggal Lahir Tgl Lahir"] == "1/1/90"


def test_a_workbook_written_by_another_program(inbox: Inbox) -> None:
    def make(path: Path) -> None:
        workbook = openpyxl.Workbook()
        workbook.active.append(["NIK", "Nama", "Jumlah"])
        workbook.active.append([person(1), "=1+1", 10])
        workbook.save(path)

    (row,) = inbox.data(inbox.take("a.xlsx", make))
    assert row["nik"] == person(1)
    assert row["name"] is None


# --- titles


def test_what_the_title_states_goes_with_every_row(inbox: Inbox) -> None:
    title = [
        ["DAFTAR PENERIMA BLT DANA DESA"],
        ["DESA", ":", "\xa0NOWA"],
        ["KECAMATAN", ":", "WOJA"],
        ["BULAN : JANUARI S/D MARET 2024"],
        ["HARI/TANGGAL : SENIN, 5 FEBRUARI 2024"],
        [],
    ]
    rows = [*title, ["No", "NIK", "Nama", "Jumlah (Rp)"], [1, person(1), "A", "900.000"]]
    (row,) = inbox.data(inbox.take("a.csv", as_csv(rows), CASH))
    assert [row[name] for name in ("title_village", "title_district", "title_period", "title_date")] == [
        "NOWA", "WOJA", "JANUARI-MARET 2024", "5 FEBRUARI 2024",
    ]  # fmt: skip
    assert row["row_number"] == 8


def test_a_title_supplies_the_village_that_a_list_must_have(inbox: Inbox) -> None:
    rows = [["DATA PENERIMA DESA NOWA KECAMATAN WOJA TAHUN 2024"], ["NIK", "Nama"], [person(1), "A"]]
    (row,) = inbox.data(inbox.take("a.csv", as_csv(rows), LIST))
    assert (row["title_village"], row["title_district"], row["title_period"]) == ("NOWA", "WOJA", "2024")
    refused = inbox.take("b.csv", as_csv([["DATA PENERIMA"], *rows[1:]]), LIST)
    assert (refused.reading_status, refused.reason, refused.reason_detail) == (
        "rejected",
        "columns_missing",
        "Desa/Kelurahan [dikenali NIK, Nama]",
    )


def test_village_headings_within_the_table_hold_for_the_rows_below(inbox: Inbox) -> None:
    rows = [
        ["NIK", "Nama", "Jumlah"],
        ["DESA : NOWA"],
        [person(1), "A", 10],
        ["DESA : SORIUTU"],
        [person(2), "B", 10],
    ]
    manifest = inbox.take("a.csv", as_csv(rows))
    assert kinds(inbox, manifest) == ["heading", "data", "heading", "data"]
    assert [row["title_village"] for row in inbox.data(manifest)] == ["NOWA", "SORIUTU"]


@pytest.mark.parametrize(
    ("title", "feed", "reason"),
    [
        ("DAFTAR PENERIMA BLT DANA DESA", LOG, "wrong_program"),
        ("PENYALURAN BANTUAN PANGAN BERAS", CASH, "wrong_program"),
        ("PENYALURAN BLT DBHCHT KABUPATEN DOMPU", CASH, "wrong_program"),
        ("PENYALURAN BERAS KABUPATEN BIMA", LOG, "wrong_region"),
        ("PENYALURAN BERAS KABUPATEN DOMPU", LOG, None),
        ("PEMERINTAH KABUPATEN DOMPU DINAS KETAHANAN PANGAN", LOG, None),
        ("BLT DANA DESA DESA NOWA", CASH, None),
        ("LAPORAN PENYALURAN", LOG, None),
    ],
)
def test_a_file_of_another_programme_or_regency_is_refused_whole(
    inbox: Inbox, title: str, feed: str, reason: str | None
) -> None:
    manifest = inbox.take("a.csv", as_csv([[title], HEADER, *rows_of(2)]), feed)
    assert manifest.reason == reason
    assert manifest.reading_status == ("rejected" if reason else "landed")


# --- rows that are no data


def test_totals_headers_numbers_and_signatures_are_skipped_and_kept(inbox: Inbox) -> None:
    first, second, third = rows_of(3)
    rows = [
        HEADER,
        [f"({number})" for number in range(1, 11)],
        first,
        second,
        ["", "Sub Jumlah RT 01", "", "", "", "", "", "20"],
        [],
        HEADER,
        third,
        ["", "JUMLAH", "", "", "", "", "", "30 kg"],
        [],
        ["", "", "", "", "", "", "", "Dompu, 5 Februari 2024"],
        ["", "Mengetahui,", "", "", "", "", "", "Petugas"],
        ["", "Kepala Desa Nowa"],
        ["", "A. CONTOH"],
        ["", "NIP. 197501012000031001"],
    ]
    manifest = inbox.take("a.csv", as_csv(rows))
    assert kinds(inbox, manifest) == [
        "column_numbers",
        "data",
        "data",
        "total",
        "blank",
        "repeated_header",
        "data",
        "total",
        "blank",
        *["signature"] * 5,
    ]
    assert (manifest.rows_read, manifest.rows_data, manifest.rows_skipped) == (14, 3, 11)
    assert not manifest.warnings
    assert "197501012000031001" in inbox.rows(manifest)[-1]["nik"]
    assert all(row["nik_key"] is None for row in inbox.rows(manifest) if row["row_kind"] != "data")


def test_rows_without_an_identity_are_still_data(inbox: Inbox) -> None:
    rows = [
        HEADER,
        [1, "", "", "WARGA CONTOH", "Nowa", "Woja", "Januari 2024", "10", "5/2/24", "sudah"],
        [2, "-", "-", "", "", "", "", "10", "", ""],
        [3, "5,20508E+15", "", "WARGA LAIN", "Nowa", "", "", "10", "", ""],
    ]
    manifest = inbox.take("a.csv", as_csv(rows))
    assert kinds(inbox, manifest) == ["data", "data", "data"]
    assert [row["nik_key"] for row in inbox.data(manifest)] == [None, None, None]


def test_numbered_but_empty_lines_of_a_form_are_blank(inbox: Inbox) -> None:
    rows = [HEADER, *rows_of(1), [2], [3, "", "", "", "Nowa", "Woja"], *rows_of(1, 4)]
    assert kinds(inbox, inbox.take("a.csv", as_csv(rows))) == ["data", "blank", "blank", "data"]


def test_data_below_a_signature_is_not_lost(inbox: Inbox) -> None:
    manifest = inbox.take(
        "a.csv", as_csv([HEADER, *rows_of(1), ["", "Mengetahui"], ["", "Kepala Desa"], *rows_of(2, 5)])
    )
    assert kinds(inbox, manifest) == ["data", "signature", "signature", "data", "data"]
    assert codes(manifest) == {"rows_after_signature"}


def test_a_second_table_on_the_sheet_has_its_own_village(inbox: Inbox) -> None:
    header = ["NIK", "Nama", "Jumlah"]
    rows = [
        ["DESA : NOWA"],
        header,
        [person(1), "A", 10],
        ["Mengetahui"],
        ["Kepala Desa Nowa"],
        [],
        ["DESA : SORIUTU"],
        header,
        [person(2), "B", 10],
    ]
    manifest = inbox.take("a.csv", as_csv(rows))
    assert [row["title_village"] for row in inbox.data(manifest)] == ["NOWA", "SORIUTU"]
    assert not codes(manifest)


def test_the_end_marker_of_an_import_template(inbox: Inbox) -> None:
    rows = [["NIK", "Nama", "Jumlah"], [person(1), "A", 10], ["###"], ["Catatan:"], ["Isi sesuai KTP"]]
    assert kinds(inbox, inbox.take("a.csv", as_csv(rows))) == ["data", "note", "signature", "signature"]


def test_a_family_heading_gives_its_card_number_to_the_members(inbox: Inbox) -> None:
    rows = [
        ["NIK", "No. KK", "Nama", "Jumlah"],
        ["No. KK : 5205013201990001 Alamat : RT 003/001"],
        [person(1), "", "A", 10],
        [person(2), "5205013201990009", "B", 10],
    ]
    manifest = inbox.take("a.csv", as_csv(rows))
    first, second = inbox.data(manifest)
    assert first["kk"] == "5205013201990001"
    assert types(first)["kk"] == "h"
    assert first["kk_key"] == kk_key(SECRET, "5205013201990001")
    assert second["kk"] == "5205013201990009"
    assert types(second)["kk"] == "t"
    assert codes(manifest) == {"kk_from_heading"}


@pytest.mark.parametrize(
    ("texts", "column"),
    [
        (["sudah salur", "belum", "tidak hadir"], "status"),
        (["rumah di ujung", "anak sakit", "belum"], "notes"),
    ],
)
def test_remarks_that_hold_the_status_are_the_status(inbox: Inbox, texts: list[str], column: str) -> None:
    rows = [
        ["NIK", "Nama", "Jumlah", "Ket."],
        *([person(index), "A", 10, text] for index, text in enumerate(texts, 1)),
    ]
    data = inbox.data(inbox.take("a.csv", as_csv(rows)))
    assert [row[column] for row in data] == texts


# --- identities


def test_keys_are_those_of_the_privacy_module_and_blanks_have_none(inbox: Inbox) -> None:
    niks = [
        person(1),
        f"'{person(1)}",
        "5205 0199 0199 0001",
        "0000000000000000",
        "-",
        "belum ada",
        "52050199",
        "5,20508E+15",
        "٥٢٠٥٠١٩٩٠١٩٩٠٠٠١",
    ]
    rows = [
        ["NIK", "Nama", "No KK", "Jumlah"],
        *([nik, f"H. Warga-{index % 2}", person(50 + index), 10] for index, nik in enumerate(niks)),
    ]
    data = inbox.data(inbox.take("a.csv", as_csv(rows)))
    assert [row["nik_key"] for row in data] == [nik_key(SECRET, nik) for nik in niks]
    assert [row["name_key"] for row in data] == [
        name_key(SECRET, f"H. Warga-{index % 2}") for index in range(len(niks))
    ]
    assert len({row["nik_key"] for row in data[:3]}) == 1
    assert data[3]["nik_key"] is None


# --- outcomes


def test_an_empty_form_is_a_nil_report(inbox: Inbox) -> None:
    manifest = inbox.take(
        "nihil.csv", as_csv([["BULAN : JANUARI 2024"], HEADER, [1], [2], [], ["Mengetahui"], ["Kepala Desa"]])
    )
    assert (manifest.reading_status, manifest.reason, manifest.rows_data, codes(manifest)) == (
        "nil",
        None,
        0,
        {"nil_report"},
    )
    assert manifest.rows_read == manifest.rows_skipped == len(inbox.rows(manifest)) == 5
    bare = inbox.take("bare.xlsx", lambda path: write_xlsx(path, {"S": [HEADER]}))
    assert (bare.reading_status, bare.rows_read, bare.landing_file) == ("nil", 0, None)


def _encrypted(path: Path) -> None:
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 1000
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 1000
    )


def _half(path: Path) -> None:
    whole = write_xlsx(path.with_name(".whole"), {"S": [HEADER, *rows_of(200)]})
    path.write_bytes(whole.read_bytes()[:4000])
    whole.unlink()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.xlsx", b"", "file_empty"),
        ("spaces.csv", b" \r\n\r\n ", "file_empty"),
        ("blank.xlsx", lambda path: write_xlsx(path, {"S": []}), "file_empty"),
        ("half.xlsx", _half, "file_corrupt"),
        ("binary.csv", bytes(range(256)) * 40, "file_corrupt"),
        ("secret.xlsx", _encrypted, "file_encrypted"),
        ("scan.xlsx", b"%PDF-1.4 a scan", "format_unsupported"),
        ("letter.pdf", b"%PDF-1.4 a scan", "format_unsupported"),
        ("story.csv", b"Dengan hormat,\nbersama ini kami sampaikan laporan.\n", "header_not_found"),
        ("noheader.xlsx", lambda path: write_xlsx(path, {"S": rows_of(3)}), "header_not_found"),
        ("plan.csv", as_csv([["NIK", "Nama", "Alokasi (Kg)"], [person(1), "A", 10]]), "columns_missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_reason(
    inbox: Inbox, name: str, content: Any, reason: str
) -> None:
    manifest = inbox.take(name, content)
    assert (manifest.reading_status, manifest.reason) == ("rejected", reason)
    assert (manifest.rows_read, manifest.landing_file) == (0, None)
    assert not list(inbox.ws.settings.landing.rglob("*unfinished"))
    inbox.take("good.csv", as_csv([HEADER, *rows_of(1)]))  # the others go on


def test_missing_columns_are_named_and_a_plan_is_no_delivery(inbox: Inbox) -> None:
    manifest = inbox.take("plan.csv", as_csv([["NIK", "Nama", "Alokasi (Kg)"], [person(1), "A", 10]]))
    assert manifest.reason_detail == (
        "Jumlah diterima (kolom rencana Alokasi (Kg) tidak dihitung) [dikenali NIK, Nama]"
    )


@pytest.mark.parametrize("name", ["export.xls", "export.csv"])
def test_a_file_whose_suffix_lies_is_read_by_its_content(inbox: Inbox, name: str) -> None:
    cells = "".join(f"<tr><td>{row[1]}</td><td>{row[3]}</td><td>10</td></tr>" for row in rows_of(3))
    page = f"<html><body><table><tr><th>NIK</th><th>Nama&nbsp;KPM</th><th>Jumlah</th></tr>{cells}</table></body></html>"
    assert [row["nik"] for row in inbox.data(inbox.take(name, page))] == [person(1), person(2), person(3)]
    text = inbox.take("table.xlsx", as_csv([HEADER, *rows_of(2)]))
    book = inbox.take("book.csv", lambda path: write_xlsx(path, {"S": [HEADER, *rows_of(2)]}))
    assert (text.rows_data, book.rows_data) == (2, 2)


@pytest.mark.parametrize(
    ("limit", "name", "reason"),
    [
        ({"rows": 20}, "a.csv", "rows_too_many"),
        ({"rows": 20}, "a.xlsx", "rows_too_many"),
        ({"columns": 5}, "a.csv", "columns_too_many"),
        ({"columns": 5}, "a.xlsx", "columns_too_many"),
        ({"cell_characters": 10}, "a.csv", "cell_too_long"),
        ({"cell_characters": 10}, "a.xlsx", "cell_too_long"),
        ({"file_bytes": 100}, "a.csv", "file_too_large"),
        ({"sheets": 1}, "a.xlsx", "sheets_too_many"),
        ({"unpacked_bytes": 1000}, "a.xlsx", "reading_too_heavy"),
    ],
)
def test_over_a_limit(inbox: Inbox, limit: dict[str, int], name: str, reason: str) -> None:
    configuration = inbox.ws.configuration
    limits = configuration.limits.model_copy(update=limit)
    inbox.ws = Workspace(inbox.ws.settings, configuration.model_copy(update={"limits": limits}))
    rows = [HEADER, *rows_of(30)]
    manifest = inbox.take(
        name, as_csv(rows) if name.endswith(".csv") else lambda path: write_xlsx(path, {"S": rows, "T": rows})
    )
    assert (manifest.reading_status, manifest.reason) == ("rejected", reason)


def test_a_cell_at_the_far_corner_costs_the_file_not_the_process(inbox: Inbox) -> None:
    def make(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as workbook:
            sheet = workbook.add_worksheet()
            sheet.write(0, 0, "NIK")
            sheet.write(1_048_575, 16_383, "x")

    assert inbox.take("corner.xlsx", make).reason in (
        "reading_too_heavy",
        "columns_too_many",
        "rows_too_many",
    )
    assert inbox.take("good.xlsx", lambda path: write_xlsx(path, {"S": [HEADER, *rows_of(2)]})).rows_data == 2


def test_formatting_down_to_the_last_row_is_no_data(inbox: Inbox) -> None:
    def make(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as workbook:
            sheet, bold = workbook.add_worksheet(), workbook.add_format({"bold": True})
            for index, row in enumerate([HEADER, *rows_of(3)]):
                sheet.write_row(index, 0, row)
            for index in range(4, 5000):
                sheet.write_blank(index, 0, None, bold)
            sheet.write(9000, 0, " ")

    manifest = inbox.take("a.xlsx", make)
    assert (manifest.rows_read, manifest.rows_data) == (3, 3)


# --- what is landed


def test_the_parquet_has_the_raw_tables_columns_and_the_manifest_is_complete(inbox: Inbox) -> None:
    manifest = inbox.take("a.csv", as_csv([HEADER, *rows_of(2)]))
    folder = inbox.ws.settings.landing / LOG
    assert pq.read_schema(folder / f"{manifest.submission_id}.parquet").equals(schema("distribution"))
    assert tuple(schema("distribution").names) == landing_columns("distribution")
    content = json.loads((folder / f"{manifest.submission_id}.json").read_text())
    assert {
        "submission_id",
        "feed",
        "opd_code",
        "program_code",
        "kind",
        "registry",
        "file_name",
        "sha256",
        "size_bytes",
        "received_at",
        "received_source",
        "reading_status",
        "reason",
        "reason_detail",
        "warnings",
        "sheets",
        "rows_read",
        "rows_data",
        "rows_skipped",
        "receipt_number",
        "ordinal",
        "landing_file",
    } <= set(content)
    assert (content["opd_code"], content["program_code"], content["kind"]) == ("dkp", "beras", "distribution")


def test_a_registry_lands_with_its_own_columns(inbox: Inbox) -> None:
    header = ["NIK", "Nama", "Tanggal Lahir", "JK", "Desa/Kelurahan", "Desil Kesejahteraan", "Lansia Tunggal"]
    (row,) = inbox.data(
        inbox.take(
            "p3ke.csv",
            as_csv(
                [
                    ["Data P3KE Individu"],
                    ["Tahun: 2023"],
                    header,
                    [person(1), "A", "1/1/50", "P", "Nowa", 1, "Ya"],
                ]
            ),
            REGISTRY,
        )
    )
    assert (row["welfare_decile"], row["lives_alone"], row["title_period"]) == ("1", "Ya", "2023")


def test_nothing_personal_is_logged_whatever_happens(
    inbox: Inbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level("DEBUG"):
        inbox.take("a.csv", as_csv([HEADER, *rows_of(2)]))
        monkeypatch.setattr("include.ingest.submission.harvest", lambda *_: int(person(1) + "x"))
        manifest = inbox.take("b.csv", as_csv([HEADER, *rows_of(3)]))
    assert (manifest.reading_status, manifest.reason, manifest.reason_detail) == (
        "rejected",
        "file_corrupt",
        "pembaca berhenti: ValueError",
    )
    assert person(1) not in caplog.text
    assert "WARGA" not in caplog.text
    assert ingest_claim(inbox.ws, manifest.submission_id) == manifest
