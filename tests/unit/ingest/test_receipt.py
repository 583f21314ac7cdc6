"""Receipts from tables made by hand: what dbt hands over, in its smallest form."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from include.inbox.claim import claim_complete_files
from include.ingest.columns import (
    CANONICAL,
    EXPLAINED,
    RECEIPT_TITLE,
    ROW_ID_HEADER,
    match_headers,
    missing_required,
)
from include.ingest.manifest import Manifest
from include.ingest.reasons import reasons
from include.ingest.receipt import write_receipts
from include.ingest.receipt_workbook import CHANGES_SHEET, FIRST_SHEET, ROWS_SHEET, concerns
from include.ingest.submission import ingest_claim
from include.warehouse.connection import reader, writer
from include.workspace import Workspace

DBT_TABLES = """
    create schema staging; create schema marts; create schema audit;
    create table staging.stg_distribution__rows (
        submission_id varchar, amount double, is_accepted boolean, delivery_status varchar
    );
    create table marts.rows_judged (
        submission_id varchar, kind varchar, sheet varchar, sheet_number integer, row_number integer, row_kind varchar,
        outcome varchar, reason_codes varchar[], warning_codes varchar[], village_hint varchar, hint varchar
    );
    create table audit.submissions (
        submission_id varchar, feed varchar, kind varchar, program_code varchar, file_name varchar, received_at timestamp,
        received_source varchar, sha256 varchar, chain_hash varchar, status varchar, reason varchar, reason_detail varchar,
        rows_read bigint, rows_accepted bigint, rows_rejected bigint, rows_skipped bigint, stated_total double,
        computed_total double, warning_details varchar
    );
    create schema intermediate;
    create table intermediate.int_deliveries_revised (
        submission_id varchar, earlier_submission_id varchar, earlier_sheet varchar, earlier_row_number integer,
        is_same_feed boolean, how varchar, earlier_amount double, earlier_day date, earlier_status varchar,
        new_amount double, new_day date, new_status varchar
    );
    create table intermediate.int_deliveries_current (
        submission_id varchar, sequence integer, row_key bigint, row_number integer, entitlement_id varchar, amount double,
        delivered_on date, delivery_status varchar, is_counted boolean
    );
    create table audit.unexpected_deliveries (entitlement_id varchar, kind varchar);
    create table staging.stg_distribution__typed (row_key bigint, sheet varchar);
    create table intermediate.int_entitlements_listed (
        dropped_by_submission_id varchar, recipient_submission_id varchar, recipient_sheet varchar,
        recipient_row_number integer
    );
    insert into reference.programs (program_code, name, unit) values ('beras', 'Bantuan Pangan Beras', 'kg');
"""
# Invented: birth dates that no calendar has.
NIK = "5205019901990001"

Submit = Callable[..., str]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_NOW", "2024-02-12T00:00:00+00:00")
    monkeypatch.delenv("PANTAU_CONFIG", raising=False)
    workspace = Workspace.open()
    workspace.settings.secret()  # made before there is data, as the first reading does
    with writer(workspace) as connection:
        connection.execute(DBT_TABLES)
    return workspace


@pytest.fixture
def submit(ws: Workspace) -> Submit:
    """Puts a judged submission into the tables; `rows` are (outcome, codes, values by column)."""
    count = 0

    def _submit(
        file_name: str = "salur.csv",
        rows: list[tuple[str, list[str], dict[str, Any]]] | None = None,
        **over: Any,
    ) -> str:
        nonlocal count
        count += 1
        sha256 = hashlib.sha256(f"{file_name}{count}".encode()).hexdigest()
        rows = rows or []
        outcomes = [outcome for outcome, _, _ in rows]
        facts: dict[str, Any] = {
            "submission_id": sha256[:16], "sequence": count, "feed": "dkp/beras/penyaluran", "kind": "distribution",
            "program_code": "beras", "file_name": file_name, "sha256": sha256, "size_bytes": 10,
            "received_at": datetime.fromisoformat("2024-02-05T01:00") + timedelta(seconds=count), "received_source": "clock",
            "reading_status": "landed", "reason": None, "reason_detail": None, "warnings": "[]", "sheets": "[]",
            "rows_data": len(rows), "previous_hash": "0" * 64, "chain_hash": "c" * 64,
            "loaded_at": datetime.fromisoformat("2024-02-05T02:00"),
            "receipt_number": f"TT-20240205-{sha256[:8].upper()}",
            "rows_read": len(rows) + 3, "rows_accepted": outcomes.count("accepted"), "rows_rejected": outcomes.count("rejected"),
            "rows_skipped": 3, "status": "partial" if "rejected" in outcomes else "accepted",
            "stated_total": None, "computed_total": None,
        } | over  # fmt: skip
        facts["warning_details"] = facts["warnings"]
        with writer(ws) as connection:
            for table in ("ledger.submissions", "audit.submissions"):
                known = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
                entry = {name: value for name, value in facts.items() if name in known}
                marks = ", ".join("?" * len(entry))
                connection.execute(
                    f"insert into {table} ({', '.join(entry)}) values ({marks})", list(entry.values())
                )
            for number, (outcome, codes, values) in enumerate(rows, start=5):
                _insert_row(connection, facts, number, outcome, codes, values)
        return sha256[:16]

    return _submit


def _insert_row(connection, facts, number, outcome, codes, values) -> None:
    kind = facts["kind"]
    refused = [code for code in codes if reasons()[code].level == "rejected"]
    remarks = [code for code in codes if code not in refused]
    connection.execute(
        "insert into marts.rows_judged values (?, ?, 'Lembar1', 1, ?, 'data', ?, ?, ?, ?, ?)",
        [
            facts["submission_id"],
            kind,
            number,
            outcome,
            refused,
            remarks,
            values.pop("village_hint", None),
            values.pop("hint", None),
        ],
    )
    fixed = {
        "submission_id": facts["submission_id"], "sequence": facts["sequence"], "sheet": "Lembar1", "sheet_number": 1,
        "row_number": number, "row_kind": "data", "cell_types": "t" * len(CANONICAL[kind]),
    }  # fmt: skip
    entry = fixed | values
    connection.execute(
        f"insert into raw.{kind} ({', '.join(entry)}) values ({', '.join('?' * len(entry))})",
        list(entry.values()),
    )
    if kind == "distribution":
        connection.execute(
            "insert into staging.stg_distribution__rows values (?, ?, ?, 'delivered')",
            [facts["submission_id"], 10.0, outcome == "accepted"],
        )


def first_sheet(path: Path) -> dict[str, str]:
    """Label and value; the last one where a label occurs twice, so ask for texts with `text_of`."""
    return {
        row[0]: row[1]
        for row in openpyxl.load_workbook(path)[FIRST_SHEET].iter_rows(values_only=True)
        if row[1]
    }


def text_of(path: Path) -> str:
    sheet = openpyxl.load_workbook(path)[FIRST_SHEET]
    return "\n".join(
        " | ".join(str(cell) for cell in row if cell) for row in sheet.iter_rows(values_only=True)
    )


def rows_sheet(path: Path) -> list[dict[str, str | None]]:
    lines = list(openpyxl.load_workbook(path)[ROWS_SHEET].iter_rows(values_only=True))
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def sent(**values: Any) -> dict[str, Any]:
    return {
        "nik": NIK,
        "name": "Fulan",
        "amount": "10 kg",
        "delivered_on": "05/02/2024",
        "period": "Januari 2024",
    } | values


def test_an_accepted_file_gets_counts_sums_and_evidence(ws, submit):
    submit(
        "Salur Woja.csv",
        [("accepted", [], sent()), ("accepted", [], sent())],
        stated_total=20,
        computed_total=20,
    )
    (path,) = write_receipts(ws)
    assert path.parent == ws.settings.returned / "dkp" / "beras" / "penyaluran"
    assert path.name.startswith("TANDA-TERIMA_TT-20240205-")
    assert path.name.endswith("_Salur Woja.csv.xlsx")
    facts = first_sheet(path)
    assert facts["HASIL"] == "DITERIMA"
    assert facts["Berkas"] == "Salur Woja.csv"
    assert "Diterima | Senin, 5 Februari 2024 pukul 09.00 WITA" in text_of(path)
    assert "Dibaca | 5\nDiterima | 2\nDitolak | 0\nDilewati | 3 (" in text_of(path)
    assert facts["Dibaca"] == "20 kg"
    assert facts["Tertulis"] == "20 kg"
    assert facts["Diterima"] == "20 kg"
    assert len(facts["SHA-256 berkas"]) == len(facts["Rantai catatan"]) == 64
    assert openpyxl.load_workbook(path).sheetnames == [FIRST_SHEET]


def test_refused_and_remarked_rows_come_back_as_sent_worst_first(ws, submit):
    submission = submit(
        rows=[
            ("accepted", [], sent(name="Tidak Kembali")),
            ("accepted", ["village_unknown"], sent(village="Soro Timur", village_hint="Soro, Soro Barat")),
            ("rejected", ["date_invalid"], sent(delivered_on="31/02/2024")),
            ("rejected", ["amount_invalid", "date_invalid"], sent(amount="lihat lampiran", delivered_on="?")),
            ("accepted", ["date_from_title"], sent(name="Juga Tidak")),
        ]
    )
    (path,) = write_receipts(ws)
    rows = rows_sheet(path)
    assert [row[ROW_ID_HEADER] for row in rows] == [f"{submission}:1:{number}" for number in (8, 7, 6)]
    assert [row["Keadaan"] for row in rows] == ["DITOLAK", "DITOLAK", "CATATAN"]
    assert rows[0]["Jumlah diterima"] == "lihat lampiran"
    assert rows[0]["NIK"] == NIK
    assert reasons()["amount_invalid"].text in rows[0]["Yang salah"]
    assert reasons()["date_invalid"].remedy in rows[0]["Cara memperbaiki"]
    assert "Soro, Soro Barat" in rows[2]["Cara memperbaiki"]
    text = text_of(path)
    assert "DITERIMA SEBAGIAN" in text
    assert f"2 baris | {reasons()['date_invalid'].text.rstrip('.')}: baris 7-8.\n" in text
    assert f"1 baris | {reasons()['date_from_title'].text}" in text


def test_the_cells_that_a_reason_is_about_are_coloured(ws, submit):
    submit(rows=[("rejected", ["date_invalid"], sent(delivered_on="31/02/2024"))])
    sheet = openpyxl.load_workbook(write_receipts(ws)[0])[ROWS_SHEET]
    header = {cell.value: cell.column for cell in sheet[1]}
    assert sheet.cell(2, header["Tanggal terima"]).fill.fgColor.rgb == "FFF8CBAD"
    assert sheet.cell(2, header["NIK"]).fill.fgColor.rgb != "FFF8CBAD"


def test_what_stood_above_the_table_travels_with_the_row(ws, submit):
    row = sent(
        period=None,
        delivered_on=" ",
        title_period="Januari 2024",
        title_village="Nowa",
        title_date="3 Februari 2024",
    )
    submit(rows=[("rejected", ["amount_invalid"], row)])
    (mended,) = rows_sheet(write_receipts(ws)[0])
    assert (mended["Periode"], mended["Desa/Kelurahan"], mended["Tanggal terima"]) == (
        "Januari 2024",
        "Nowa",
        "3 Februari 2024",
    )


@pytest.mark.parametrize("kind", sorted(CANONICAL))
def test_the_returned_headers_are_read_again(kind):
    headers = [ROW_ID_HEADER, *EXPLAINED, *(column.label for column in CANONICAL[kind])]
    found = match_headers(headers, kind)
    assert found.positions["returned_row_id"] == 0
    for position, column in enumerate(CANONICAL[kind], start=1 + len(EXPLAINED)):
        assert found.positions[column.name] == position
    assert not missing_required(kind, set(found.positions))


def test_a_mended_workbook_dropped_again_is_read_as_those_rows(ws, submit):
    submission = submit(
        rows=[
            (
                "rejected",
                ["date_invalid"],
                sent(delivered_on="31/02/2024", village="Nowa", bast_number="007"),
            ),
            ("accepted", ["village_unknown"], sent(village="Soro Timur", notes="=1+1")),
        ]
    )
    book = openpyxl.load_workbook(write_receipts(ws)[0])
    sheet = book[ROWS_SHEET]
    column = next(cell.column for cell in sheet[1] if cell.value == "Tanggal terima")
    sheet.cell(2, column).value = "05/02/2024"
    book.save(ws.settings.inbox / "dkp/beras/penyaluran/diperbaiki.xlsx")
    os.utime(ws.settings.inbox / "dkp/beras/penyaluran/diperbaiki.xlsx", (1_700_000_000, 1_700_000_000))
    (claim,) = claim_complete_files(ws, look_again_after=0).claims
    manifest = ingest_claim(ws, claim.submission_id)
    assert (manifest.reading_status, manifest.rows_data) == ("landed", 2)
    landed = duckdb.read_parquet(str(ws.settings.landing / "dkp/beras/penyaluran" / manifest.landing_file))
    read = (
        landed.filter("row_kind = 'data'")
        .project("returned_row_id, nik, delivered_on, bast_number, notes")
        .fetchall()
    )
    assert read == [
        (f"{submission}:1:5", NIK, "05/02/2024", "007", None),
        (f"{submission}:1:6", NIK, "05/02/2024", None, "=1+1"),
    ]


def drop_again(
    ws: Workspace, receipt: Path, without_rows: bool = False, only_first: bool = False
) -> Manifest:
    """Saves a receipt as someone's own copy in the inbox, and takes it in."""
    book = openpyxl.load_workbook(receipt)
    if without_rows:
        book[ROWS_SHEET].delete_rows(2, book[ROWS_SHEET].max_row)
    if only_first:
        del book[ROWS_SHEET]
    copy = ws.settings.inbox / "dkp/beras/penyaluran" / receipt.name
    book.save(copy)
    os.utime(copy, (1_700_000_000, 1_700_000_000))
    (claim,) = claim_complete_files(ws, look_again_after=0).claims
    return ingest_claim(ws, claim.submission_id)


def test_our_own_columns_and_sheet_are_no_remark_on_a_returned_workbook(ws, submit):
    submit(rows=[("rejected", ["date_invalid"], sent(delivered_on="31/02/2024", village="Nowa"))])
    manifest = drop_again(ws, write_receipts(ws)[0])
    assert (manifest.reading_status, manifest.rows_data) == ("landed", 1)
    assert manifest.warnings == []


def test_a_senders_own_column_and_sheet_beside_ours_are_still_told(ws, submit):
    submit(rows=[("rejected", ["date_invalid"], sent(village="Nowa"))])
    (path,) = write_receipts(ws)
    book = openpyxl.load_workbook(path)
    sheet = book[ROWS_SHEET]
    sheet.cell(1, sheet.max_column + 1).value = "RT/RW"
    book.create_sheet("Tanda Terima Desa").append(["Daftar hadir", "Warga"])
    book.save(path)
    found = {(entry["code"], entry["detail"]) for entry in drop_again(ws, path).warnings}
    assert found == {("columns_unknown", "RT/RW"), ("sheet_without_table", "Tanda Terima Desa")}


@pytest.mark.parametrize("left", [{"without_rows": True}, {"only_first": True}])
def test_a_returned_workbook_without_rows_is_refused_and_never_nil(ws, submit, left):
    submit(rows=[("rejected", ["duplicate_row"], sent(village="Nowa"))])
    manifest = drop_again(ws, write_receipts(ws)[0], **left)
    assert (manifest.reading_status, manifest.reason) == ("rejected", "returned_without_rows")
    assert (manifest.rows_read, manifest.landing_file) == (0, None)
    assert not any(entry["code"] == "nil_report" for entry in manifest.warnings)


def test_notes_on_a_sheet_of_their_own_do_not_make_an_emptied_workbook_nil(ws, submit):
    submit(rows=[("rejected", ["duplicate_row"], sent(village="Nowa"))])
    (path,) = write_receipts(ws)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Catatan").append(["Baris ganda", "sudah dihapus"])
    book.save(path)
    assert drop_again(ws, path, without_rows=True).reason == "returned_without_rows"


def test_a_true_duplicate_need_not_be_sent_back():
    assert "tidak perlu mengirim apa pun" in reasons()["duplicate_row"].remedy


@pytest.mark.parametrize(
    ("sent_as", "told"),
    [
        ("TANDA-TERIMA_TT-20240205-0A1B2C3D_Salur Woja.csv.xlsx", "Salur Woja.csv"),
        (
            "TANDA-TERIMA_TT-20240206-AAAAAAAA_TANDA-TERIMA_TT-20240205-0A1B2C3D_Woja.xlsx.xlsx.xlsx",
            "Woja.xlsx",
        ),
        ("luar.zip/TANDA-TERIMA_TT-20240205-0A1B2C3D_Woja.ods.xlsx", "luar.zip_Woja.ods"),
        ("TANDA-TERIMA_TT-20240205-0A1B2C3D_.xlsx", "berkas"),
        ("Tanda-terima_Woja.xlsx", "Tanda-terima_Woja.xlsx"),
    ],
)
def test_the_receipt_of_a_receipt_has_a_name_no_longer_than_the_first(ws, submit, sent_as, told):
    submit(sent_as)
    (path,) = write_receipts(ws)
    assert path.name.split("_", 2)[2] == f"{told}.xlsx"
    assert first_sheet(path)["Berkas"] == sent_as


def test_a_row_says_what_only_it_knows(ws, submit):
    person = {
        "nik": NIK,
        "name": "Fulan",
        "village": "Nowa",
        "hint": "Pada baris ini angka pertama NIK berisi 0.",
    }
    submit(rows=[("accepted", ["nik_invalid"], person)])
    (path,) = write_receipts(ws)
    (row,) = rows_sheet(path)
    assert (
        row["Cara memperbaiki"]
        == f"{reasons()['nik_invalid'].remedy}\nPada baris ini angka pertama NIK berisi 0."
    )
    assert f"1 baris | {reasons()['nik_invalid'].text.rstrip('.')}: baris 5.\n" in text_of(path)


@pytest.mark.parametrize("value", ["=1+1", "+62", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1"])
def test_nothing_becomes_a_formula_and_nothing_is_added(ws, submit, value):
    submit("=HYPERLINK(1).csv", [("rejected", ["status_unknown"], sent(notes=value, status=value))])
    sheet = openpyxl.load_workbook(write_receipts(ws)[0])[ROWS_SHEET]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == value]
    assert len(cells) == 2
    assert all(cell.data_type == "s" and cell.quotePrefix and cell.number_format == "@" for cell in cells)


def test_the_same_problem_in_many_rows_is_told_once_with_its_rows(ws, submit):
    lost = ("accepted", ["nik_precision_lost"], sent())
    fine = ("accepted", [], sent())
    submit(rows=[*[lost] * 300, fine, lost, fine, lost, fine, lost, fine, lost, ("rejected", ["date_invalid"], sent())])  # fmt: skip
    (path,) = write_receipts(ws)
    text = text_of(path)
    folded = f"304 baris | {reasons()['nik_precision_lost'].text.rstrip('.')}: baris 5-304, 306, 308, dan 2 baris lain.\n"
    assert folded in text
    assert text.count(reasons()["nik_precision_lost"].text.rstrip(".")) == 1
    assert text.index("1 baris | ") < text.index("304 baris | "), (
        "a refused row is worse than any number of remarks"
    )
    assert len(rows_sheet(path)) == 305


def test_rows_of_several_sheets_are_told_with_their_sheet(ws, submit):
    submission = submit(rows=[("rejected", ["date_invalid"], sent()), ("rejected", ["date_invalid"], sent())])
    with writer(ws) as connection:
        for table in ("marts.rows_judged", "raw.distribution"):
            connection.execute(
                f"update {table} set sheet = 'Soro', sheet_number = 2 where submission_id = ? and row_number = 6",
                [submission],
            )
    assert "periodenya: lembar Lembar1 baris 5; lembar Soro baris 6.\n" in text_of(write_receipts(ws)[0])


def test_the_same_bytes_again_name_the_first_receipt(ws, submit):
    first = submit("salur.csv", [("rejected", ["date_invalid"], sent())])
    (receipt,) = write_receipts(ws)
    with reader(ws) as connection:
        (sha256,) = connection.execute(
            "select sha256 from ledger.submissions where submission_id = ?", [first]
        ).fetchone()
    again = {"reading_status": "duplicate", "status": "duplicate", "reason": "received_before"}
    submit("salur FINAL (1).csv", sha256=sha256, reason_detail="kiriman ke-2 dengan isi yang sama", **again)
    facts = first_sheet(write_receipts(ws)[0])
    assert facts["HASIL"] == "SUDAH PERNAH DITERIMA"
    assert facts["Sudah diterima"] == "tanggal Senin, 5 Februari 2024 pukul 09.00 WITA"
    assert facts["Nomor waktu itu"] == first_sheet(receipt)["Nomor"]
    assert facts["Hasil waktu itu"] == "DITERIMA SEBAGIAN"


def test_what_a_revision_changes_and_leaves_out_is_listed_by_row_and_names_nobody(ws, submit):
    first = submit("salur v1.csv", [("accepted", [], sent()), ("accepted", [], sent())])
    told = [{"code": "revision_drops_rows", "detail": "1 baris dari TT-1"}]
    second = submit("salur v2.csv", [("accepted", [], sent())], warnings=json.dumps(told))
    day = datetime.fromisoformat("2024-02-05").date()
    with writer(ws) as connection:
        for how, row, amount, status in (("changed", 5, 8.0, "delivered"), ("left_out", 6, None, None), ("same", 7, 10.0, "delivered")):  # fmt: skip
            connection.execute(
                "insert into intermediate.int_deliveries_revised values (?, ?, 'Lembar1', ?, true, ?, 10, ?, 'delivered', ?, ?, ?)",
                [second, first, row, how, day, amount, day if amount else None, status],
            )
    _, path = write_receipts(ws)
    lines = list(openpyxl.load_workbook(path)[CHANGES_SHEET].iter_rows(values_only=True))
    assert lines[0][0] == RECEIPT_TITLE
    assert "tetap dihitung" in lines[1][0]
    assert [line[:6] for line in lines[4:]] == [
        ("TIDAK MUNCUL LAGI", "6", "Lembar1", "10 kg, 05-02-2024, sudah salur", None, "salur v1.csv"),
        ("BERUBAH", "5", "Lembar1", "10 kg, 05-02-2024, sudah salur", "8 kg, 05-02-2024, sudah salur", "salur v1.csv"),
    ]  # fmt: skip
    assert lines[4][6].startswith("TT-20240205-")
    assert NIK not in str(lines)
    assert "Fulan" not in str(lines)
    text = text_of(path)
    assert f"{reasons()['revision_drops_rows'].text.rstrip('.')}: 1 baris dari TT-1." in text
    assert f'Rincian | Lihat lembar "{CHANGES_SHEET}".' in text


def test_a_correction_that_adds_a_bast_number_is_told_to_be_a_further_delivery(ws, submit):
    first = submit("salur v1.csv", [("accepted", [], sent())])
    second = submit("salur v2.csv", [("accepted", [], sent(bast_number="BAST-1"))])
    with writer(ws) as connection:
        for sequence, (submission, row) in enumerate(((first, 5), (second, 8), (second, 9)), start=1):
            connection.execute(
                "insert into intermediate.int_deliveries_current values (?, ?, ?, ?, ?, 10, '2024-02-05', 'delivered', true)",
                [submission, min(sequence, 2), sequence, row, "other" if row == 9 else "e1"],
            )
        connection.execute(
            "insert into audit.unexpected_deliveries values ('e1', 'duplicate'), ('other', 'duplicate')"
        )
        connection.execute(
            "insert into staging.stg_distribution__typed values (1, 'Lembar1'), (2, 'Lembar1')"
        )
    before, path = write_receipts(ws)
    text = text_of(path)
    assert "1 baris | Dihitung sebagai penyaluran lain, bukan perbaikan: baris 8.\n" in text
    assert 'kirim baris lama sekali lagi seperti semula (nomor BAST-nya juga) dengan status "batal"' in text
    lines = list(openpyxl.load_workbook(path)[CHANGES_SHEET].iter_rows(values_only=True))
    assert lines[3][:6] == (
        "DIHITUNG SEBAGAI PENYALURAN LAIN", "5", "Lembar1", "10 kg, 05-02-2024, sudah salur",
        "baris 8: 10 kg, 05-02-2024, sudah salur", "salur v1.csv",
    )  # fmt: skip
    assert CHANGES_SHEET not in openpyxl.load_workbook(before).sheetnames


def test_families_that_a_new_list_drops_are_listed_by_row(ws, submit):
    listed = {"kind": "recipients", "feed": "dkp/beras/penerima"}
    first = submit(
        "daftar.csv", [("accepted", [], {"nik": NIK, "name": "Fulan", "village": "Nowa"})], **listed
    )
    second = submit("daftar baru.csv", **listed)
    with writer(ws) as connection:
        connection.execute(
            "insert into intermediate.int_entitlements_listed select ?, ?, 'Lembar1', 5 from range(3)",
            [second, first],
        )
    _, path = write_receipts(ws)
    lines = list(openpyxl.load_workbook(path)[CHANGES_SHEET].iter_rows(values_only=True))
    assert [line[:3] for line in lines[3:]] == [("TIDAK TERCANTUM LAGI", "5", "Lembar1")], (
        "once, whatever its periods"
    )


def test_a_long_list_of_changes_is_cut_and_says_so(ws, submit, monkeypatch):
    monkeypatch.setattr("include.ingest.receipt_workbook._MOST_CHANGES", 2)
    first, second = submit("a.csv"), submit("b.csv")
    with writer(ws) as connection:
        connection.execute(
            "insert into intermediate.int_deliveries_revised by name select ? as submission_id, ? as earlier_submission_id, "
            "'S' as earlier_sheet, range as earlier_row_number, true as is_same_feed, 'left_out' as how, 'delivered' as earlier_status "
            "from range(5)",
            [second, first],
        )  # fmt: skip
    _, path = write_receipts(ws)
    sheet = openpyxl.load_workbook(path)[CHANGES_SHEET]
    assert sheet.cell(sheet.max_row, 1).value == "dan 3 baris lain"
    assert sheet.max_row == 3 + 2 + 1


def test_the_sheet_of_changes_is_not_read_when_the_receipt_comes_back(ws, submit):
    first = submit("v1.csv")
    second = submit("v2.csv", [("rejected", ["date_invalid"], sent(village="Nowa"))])
    with writer(ws) as connection:
        connection.execute(
            "insert into intermediate.int_deliveries_revised by name select ? as submission_id, ? as earlier_submission_id, "
            "'S' as earlier_sheet, 5 as earlier_row_number, true as is_same_feed, 'left_out' as how, 'delivered' as earlier_status",
            [second, first],
        )  # fmt: skip
    manifest = drop_again(ws, write_receipts(ws)[1])
    assert (manifest.reading_status, manifest.rows_data, manifest.warnings) == ("landed", 1, [])


def test_a_file_refused_whole_says_why_and_what_to_do(ws, submit):
    submit(
        "rusak.xlsx",
        reading_status="rejected",
        status="rejected",
        reason="columns_missing",
        reason_detail="NIK, Jumlah diterima",
    )
    (path,) = write_receipts(ws)
    text = text_of(path)
    assert "HASIL | DITOLAK" in text
    assert reasons()["columns_missing"].text.rstrip(".") in text
    assert ": NIK, Jumlah diterima.\n" in text
    assert openpyxl.load_workbook(path).sheetnames == [FIRST_SHEET]


NOT_COUNTED = '[{"code": "nil_report", "detail": ""}, {"code": "nil_report_not_counted", "detail": "bulan tidak disebut"}]'


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"reading_status": "nil"}, "DITERIMA SEBAGAI LAPORAN NIHIL"),
        ({"reading_status": "nil", "warnings": NOT_COUNTED}, "LAPORAN NIHIL TIDAK DIHITUNG"),
        (
            {"reading_status": "nil", "warnings": NOT_COUNTED},
            "tidak jelas untuk bulan atau desa mana: bulan tidak disebut.",
        ),
        (
            {"reading_status": "duplicate", "status": "duplicate", "reason": "received_before"},
            "SUDAH PERNAH DITERIMA",
        ),
    ],
)
def test_nil_and_repeated_files_are_told_as_such(ws, submit, facts, word):
    submit(**facts)
    assert word in text_of(write_receipts(ws)[0])


def test_a_wrong_total_is_told_with_both_figures(ws, submit):
    told = [
        {"code": "total_mismatch", "detail": "baris 6: tertulis 40, terhitung 10"},
        {"code": "date_undated", "detail": "1 baris"},
    ]
    submit(rows=[("accepted", [], sent())], stated_total=40, computed_total=10, warnings=json.dumps(told))
    text = text_of(write_receipts(ws)[0])
    assert "Tertulis | 40 kg" in text
    assert "Terhitung | 10 kg" in text
    assert f"{reasons()['total_mismatch'].text.rstrip('.')}: baris 6: tertulis 40, terhitung 10." in text
    assert reasons()["date_undated"].text not in text, "a remark on rows is told with the rows"


def test_a_suspected_levy_stands_before_all_other_remarks(ws, submit):
    nik, levy = ("accepted", ["nik_invalid"], sent()), ("accepted", ["levy_suspected"], sent())
    submit(rows=[nik, nik, levy, ("rejected", ["date_invalid"], sent())])
    path = write_receipts(ws)[0]
    text = text_of(path)
    places = [
        text.index(reasons()[code].text.rstrip("."))
        for code in ("date_invalid", "levy_suspected", "nik_invalid")
    ]
    assert places == sorted(places)
    assert [row["Baris asal"] for row in rows_sheet(path)] == ["8", "7", "5", "6"]


def test_a_hint_follows_the_remedies(ws, submit):
    hint = "Mungkin yang dimaksud: jumlah tertulis dikali 1.000 (ribuan rupiah)."
    submit(rows=[("accepted", ["amount_unit_suspected"], sent(hint=hint))])
    (row,) = rows_sheet(write_receipts(ws)[0])
    assert row["Cara memperbaiki"] == f"{reasons()['amount_unit_suspected'].remedy}\n{hint}"


def test_remarks_of_the_reader_are_told(ws, submit):
    submit(warnings=json.dumps([{"code": "columns_unknown", "detail": "RT/RW"}]))
    assert ": RT/RW.\n" in text_of(write_receipts(ws)[0])


def test_a_file_of_no_feed_has_a_receipt_apart(ws, submit):
    submit(
        "../../etc/x.csv",
        feed=None,
        kind=None,
        program_code=None,
        reading_status="rejected",
        status="rejected",
        reason="feed_unknown",
    )
    (path,) = write_receipts(ws)
    assert path.parent == ws.settings.returned / "_unknown"
    assert path.resolve().is_relative_to(ws.settings.returned.resolve())


@pytest.mark.parametrize(
    "name", ["luar.zip/dalam.csv", "a" * 300 + ".csv", "nama\nbaris.csv", "..", "ñ" * 200]
)
def test_no_file_name_leads_elsewhere(ws, submit, name):
    submit(name)
    (path,) = write_receipts(ws)
    assert path.parent == ws.settings.returned / "dkp" / "beras" / "penyaluran"
    assert len(path.name.encode()) < 250
    assert path.is_file()


def test_each_receipt_is_written_once(ws, submit):
    submit()
    assert len(write_receipts(ws)) == 1
    with reader(ws) as connection:
        (marked,) = connection.execute("select receipt_written_at from ledger.submissions").fetchone()
    assert marked == datetime.fromisoformat("2024-02-12T00:00")
    assert write_receipts(ws) == []
    submit("baru.csv")
    assert len(write_receipts(ws)) == 1


def test_killed_before_the_mark_it_writes_the_same_file_again(ws, submit, monkeypatch):
    submit(rows=[("rejected", ["date_invalid"], sent())])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("include.ingest.receipt._mark", killed)
    with pytest.raises(KeyboardInterrupt):
        write_receipts(ws)
    (before,) = [path.read_bytes() for path in ws.settings.returned.rglob("TANDA-TERIMA*")]
    monkeypatch.undo()
    monkeypatch.setenv("PANTAU_NOW", "2024-02-13T00:00:00+00:00")
    (path,) = write_receipts(ws)
    assert path.read_bytes() == before
    assert [item.name for item in ws.settings.returned.rglob("*") if item.is_file()] == [path.name]


def test_a_submission_that_is_not_judged_yet_waits(ws, submit):
    submit()
    with writer(ws) as connection:
        connection.execute("delete from audit.submissions")
    assert write_receipts(ws) == []
    with reader(ws) as connection:
        assert connection.execute("select receipt_written_at from ledger.submissions").fetchone() == (None,)


def test_several_kinds_at_once_keep_their_rows_apart(ws, submit):
    first = submit("a.csv", [("rejected", ["date_invalid"], sent())])
    listed = submit("b.csv", [("accepted", ["nik_invalid"], {"nik": NIK, "name": "Fulan", "village": "Nowa"})],
                    kind="recipients", feed="dkp/beras/penerima")  # fmt: skip
    submit("c.csv", [("accepted", [], sent())])
    last = submit("d.csv", [("rejected", ["status_unknown"], sent())])
    paths = write_receipts(ws)
    assert len(paths) == 4
    ids = [
        rows_sheet(path)[0][ROW_ID_HEADER].split(":")[0]
        for path in paths
        if ROWS_SHEET in openpyxl.load_workbook(path).sheetnames
    ]
    assert ids == [first, listed, last]


def test_every_row_reason_is_about_some_cell():
    silent = {"wrong_program", "row_hidden"}
    for code, reason in reasons().items():
        if reason.level != "submission" and code not in silent:
            assert concerns(code), code


def test_a_row_to_mend_shows_no_value_in_its_place(ws, submit, caplog):
    submit(rows=[("rejected", ["date_invalid"], sent())])
    with caplog.at_level("DEBUG"):
        write_receipts(ws)
    assert NIK not in caplog.text
    assert "Fulan" not in caplog.text
