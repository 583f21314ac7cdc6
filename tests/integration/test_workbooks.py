"""Our own workbooks in the hands of an OPD: filled in or mended with LibreOffice, dropped, judged by the whole pipeline.

First run: templates filled in for three invented people, and a log with mistakes. Second run: its receipt, mended.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from include import pipeline
from include.config import load_configuration
from include.ingest.template import STATUSES, render_template
from include.privacy import nik_key
from include.settings import REPOSITORY, Settings
from include.workspace import Workspace
from tests.messy.kit import CASH, CASH_LIST, LIST, LOG, REGISTRY, ZONE, Drop, Messy, Person
from tests.unit.ingest.libreoffice import convert

FIRST_RUN, SECOND_RUN = "2024-02-12T09:00:00+08:00", "2024-02-20T09:00:00+08:00"
TEMPLATE, WRONG, WRONG_TOO = 61, 62, 63
UNTOUCHED = 64
STATUS = 65


class Desk:
    """An operator's desk: LibreOffice, the inbox and the receipts."""

    def __init__(self, ws: Workspace, folder: Path) -> None:
        self.ws, self.folder = ws, folder
        self.number = 0

    def filled(self, feed: str, rows: list[dict[str, Any]], sheet_name: str = "Isian") -> Path:
        """A feed's template with rows by header, its sheet named anew, saved by LibreOffice."""
        path = self._new("templat.xlsx")
        path.write_bytes(render_template(self.ws.configuration, self.ws.configuration.feed(feed)))
        book = openpyxl.load_workbook(path)
        sheet = book["Isian"]
        place = {cell.value.removesuffix(" *"): cell.column for cell in sheet[3]}
        for at, row in enumerate(rows, start=4):
            for header, value in row.items():
                sheet.cell(at, place[header]).value = value
        sheet.title = sheet_name
        book.save(path)
        return self.saved(path)

    def saved(self, path: Path, to: str = "xlsx") -> Path:
        """A file as LibreOffice saves it; of CSV the sheet with the rows to mend."""
        made = convert(path, to, path.parent / "saved")
        return next((one for one in made if "Baris Diperbaiki" in one.name), made[0])

    def mended(self, receipt: Path, changes: dict[str, dict[str, Any]]) -> Path:
        """A receipt with cells changed: by the text of "Baris asal", then by header; rows set to None are deleted."""
        path = self._new(receipt.name)
        book = openpyxl.load_workbook(receipt)
        sheet = book["Baris Diperbaiki"]
        place = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            for header, value in changes[sheet.cell(row, place["Baris asal"]).value].items():
                sheet.cell(row, place[header]).value = value
        book.save(path)
        return path

    def drop(self, path: Path, feed: str, name: str, at: str) -> None:
        """Drops a file under a name, received at a time of the regency."""
        target = self.ws.settings.inbox / feed / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        moment = datetime.fromisoformat(at).replace(tzinfo=ZONE).timestamp()
        os.utime(target, (moment, moment))

    def _new(self, name: str) -> Path:
        self.number += 1
        folder = self.folder / f"{self.number}"
        folder.mkdir()
        return folder / name


def _template_rows(drop: Drop) -> list[dict[str, Any]]:
    place = {"Desa/Kelurahan": drop.village.village_name, "Kecamatan": drop.village.district_name}
    return [{"NIK": one.nik, "No. KK": one.kk, "Nama": one.name, **place} for one in drop.people(3)]


def _delivered(amount: int, unit: str) -> dict[str, Any]:
    return {
        "Periode": "Januari 2024", f"Jumlah diterima ({unit})": amount, "Tanggal terima": date(2024, 1, 24),
        "Status": "sudah salur", "Nomor BAST": "007/I/2024",
    }  # fmt: skip


def _drop_templates(desk: Desk, drops: dict[int, Drop]) -> None:
    rows = _template_rows(drops[TEMPLATE])
    for folder, log, amount, unit in ((LIST, LOG, 10, "kg"), (CASH_LIST, CASH, 300_000, "Rp")):
        listed = [{**row, "Periode": "2024", f"Jumlah hak ({unit})": amount} for row in rows]
        desk.drop(desk.filled(folder, listed), folder, "daftar.xlsx", "2024-01-03T08:00")
        given = [{**row, **_delivered(amount, unit)} for row in rows]
        desk.drop(desk.filled(log, given), log, "isian.xlsx", "2024-01-25T08:00")
    person = {"Tanggal lahir": date(1985, 7, 15), "Jenis kelamin": "Laki-laki", "Desil": 2, "Jumlah anggota keluarga": 4,
              "Hubungan keluarga": "Kepala keluarga", "Lansia tunggal": "Tidak", "Disabilitas": "Ya"}  # fmt: skip
    desk.drop(
        desk.filled(REGISTRY, [{**row, **person} for row in rows]), REGISTRY, "p3ke.xlsx", "2024-01-02T08:00"
    )
    desk.drop(desk.filled(LOG, []), LOG, "belum ada.xlsx", "2024-01-26T08:00")
    desk.drop(desk.filled(LOG, [], "Januari 2024"), LOG, "belum ada, januari.xlsx", "2024-01-26T08:01")
    place = _template_rows(drops[STATUS])[0]
    every = [{**place, **_delivered(10, "kg"), "Nomor BAST": f"S/{number}", "Status": status} for number, status in enumerate(STATUSES)]  # fmt: skip
    desk.drop(desk.filled(LOG, every), LOG, "status.xlsx", "2024-01-27T08:00")


def _drop_mistakes(drops: dict[int, Drop]) -> None:
    for number in (WRONG, WRONG_TOO):
        drop = drops[number]
        drop.recipients(drop.people(5))
        undated, many, numeric, unknown, fine = drop.people(5)
        rows = [
            drop.row(undated, day="31/02/2024"), drop.row(many, amount="sepuluh karung"), drop.row(fine, day="06/02/2024"),
            drop.row(numeric, nik=int(numeric.nik[:-1] + "0")), drop.row(unknown, village="Soro Timur"),
        ]  # fmt: skip
        drop.log("salah.xlsx", rows)
    listed = drops[UNTOUCHED]
    stays, wrong = listed.people(2)
    place = [listed.village.village_name, listed.village.district_name]
    header = ("NIK", "No. KK", "Nama", "Desa/Kelurahan", "Kecamatan", "Periode")
    lines = [[stays.nik, stays.kk, stays.name, *place, "2024"], [wrong.nik, wrong.kk, wrong.name, *place, "bulan purnama"]]  # fmt: skip
    listed.file("daftar salah.csv", "\r\n".join(",".join(line) for line in [header, *lines]), LIST)


def _mend(messy: Messy, desk: Desk) -> None:
    """The receipts of the two logs, mended: one saved as a workbook, one as CSV; and the list's receipt."""
    for number, to in ((WRONG, "xlsx"), (WRONG_TOO, "csv")):
        _, _, numeric, _, _ = messy.drop(number).people(5)
        changes = {
            "2": {"Tanggal terima": "05/02/2024"}, "3": {"Jumlah diterima": "10"},
            "5": {"NIK": numeric.nik}, "6": {"Desa/Kelurahan": messy.drop(number).village.village_name},
        }  # fmt: skip
        receipt = _receipt(messy, number, "salah.xlsx")
        path = desk.saved(desk.mended(receipt, changes), to)
        desk.drop(path, LOG, f"diperbaiki {number}.{to}", "2024-02-14T08:00")
    receipt = _receipt(messy, UNTOUCHED, "daftar salah.csv")
    path = desk.saved(desk.mended(receipt, {"3": {"Periode": "2024"}}))
    desk.drop(path, LIST, "daftar diperbaiki.xlsx", "2024-02-14T08:00")


def _receipt(messy: Messy, number: int, name: str) -> Path:
    about = messy.submission(number, name)
    [path] = (messy.ws.settings.returned / about["feed"]).rglob(f"*{about['receipt_number']}*.xlsx")
    return path


def _run(ws: Workspace, now: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_NOW", now)
        pipeline.run(ws)


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Messy:
    """The home after both runs."""
    folder = tmp_path_factory.mktemp("workbooks")
    configuration = load_configuration(REPOSITORY / "include" / "config" / "dompu")
    settings = Settings(home=folder / "home", given_secret="a secret of the tests only")
    settings.make_folders(feed.path for feed in configuration.feeds)
    ws = Workspace(settings, configuration)
    desas = [village for village in configuration.villages if village.kind == "desa"]
    numbers = (TEMPLATE, WRONG, WRONG_TOO, UNTOUCHED, STATUS)
    drops = {
        number: Drop(settings.inbox, number, village) for number, village in zip(numbers, desas, strict=False)
    }
    desk = Desk(ws, folder)
    _drop_templates(desk, drops)
    _drop_mistakes(drops)
    _run(ws, FIRST_RUN)
    messy = Messy(ws, drops)
    _mend(messy, desk)
    _run(ws, SECOND_RUN)
    return messy


@pytest.fixture
def file(messy: Messy) -> Callable[[str, str], dict[str, Any]]:
    """The row of audit.submissions of a file by feed and name."""

    def find(feed: str, name: str) -> dict[str, Any]:
        [found] = messy.audit("select * from audit.submissions where feed = ? and file_name = ?", feed, name)
        return found

    return find


@pytest.mark.parametrize(
    ("feed", "name"),
    [(LIST, "daftar.xlsx"), (LOG, "isian.xlsx"), (CASH_LIST, "daftar.xlsx"), (CASH, "isian.xlsx"), (REGISTRY, "p3ke.xlsx")],
)  # fmt: skip
def test_a_template_filled_in_is_accepted_without_any_remark(messy, file, feed, name):
    found = file(feed, name)
    assert (found["status"], found["rows_accepted"], found["warnings"]) == ("accepted", 3, [])


def test_what_was_filled_in_is_judged(messy):
    for person in messy.drop(TEMPLATE).people(3):
        for program, amount in (("beras", 10), ("blt_dd", 300_000)):
            judged = messy.accuracy(person, program=program)
            assert (judged["entitled_amount"], judged["delivered_amount"]) == (amount, amount)
            assert judged["completed_on"] == date(2024, 1, 24)


def test_a_template_without_rows_is_a_nil_report_of_the_month_that_its_sheet_names(file):
    found = file(LOG, "belum ada, januari.xlsx")
    assert (found["status"], found["rows_read"], found["warnings"]) == ("accepted", 0, ["nil_report"])
    unnamed = file(LOG, "belum ada.xlsx")
    assert (unnamed["status"], unnamed["rows_read"]) == ("accepted", 0)
    assert unnamed["warnings"] == ["nil_report", "nil_report_not_counted"]


def test_every_status_that_the_template_offers_is_understood(messy, file):
    found = file(LOG, "status.xlsx")
    assert (found["rows_accepted"], found["rows_rejected"]) == (len(STATUSES), 0)
    rows = messy.warehouse(
        "select delivery_status from staging.stg_distribution__rows where submission_id = ? order by row_number",
        found["submission_id"],
    )
    understood = dict(zip(STATUSES, (row["delivery_status"] for row in rows), strict=True))
    assert understood == {
        "sudah salur": "delivered", "belum": "not_yet", "gagal salur": "failed", "tidak hadir": "failed",
        "meninggal": "failed", "pindah": "failed", "batal": "void",
    }  # fmt: skip


def key(messy: Messy, person: Person) -> str:
    return str(nik_key(messy.ws.settings.secret(), person.nik))


def test_the_log_with_mistakes_was_partly_refused(messy):
    found = messy.submission(WRONG, "salah.xlsx")
    assert (found["status"], found["rows_accepted"], found["rows_rejected"]) == ("partial", 3, 2)


@pytest.mark.parametrize(("number", "to"), [(WRONG, "xlsx"), (WRONG_TOO, "csv")])
def test_a_mended_receipt_is_accepted_and_its_rows_take_the_place_of_the_refused(messy, file, number, to):
    found = file(LOG, f"diperbaiki {number}.{to}")
    assert (found["status"], found["rows_accepted"], found["rows_rejected"]) == ("accepted", 4, 0)
    assert found["warnings"] == []
    undated, many, numeric, unknown, fine = messy.drop(number).people(5)
    rows = messy.warehouse(
        "select nik_text, returned_row_id, warning_codes from staging.stg_distribution__rows where submission_id = ? order by row_number",
        found["submission_id"],
    )
    first = messy.submission(number, "salah.xlsx")["submission_id"]
    assert [row["returned_row_id"].split(":") for row in rows] == [
        [first, "1", row] for row in ("2", "3", "5", "6")
    ]
    # Sixteen digits, after LibreOffice has opened and saved them.
    assert [row["nik_text"] for row in rows] == [one.nik for one in (undated, many, numeric, unknown)]
    for person in (undated, many, numeric, unknown, fine):
        judged = messy.accuracy(person)
        assert (judged["delivered_amount"], judged["amount_status"]) == (10, "exact")


def test_a_doubtful_row_is_replaced_by_its_id_though_its_nik_was_mended(messy):
    first = messy.submission(WRONG, "salah.xlsx")["submission_id"]
    old = messy.audit(
        "select row_number, superseded_how, superseded_by from audit.deliveries where submission_id = ? order by row_number",
        first,
    )
    assert [(row["row_number"], row["superseded_how"]) for row in old] == [
        (4, None), (5, "returned_row"), (6, "returned_row"),
    ]  # fmt: skip
    new = messy.audit("select delivery_id from audit.deliveries where beneficiary_key = ?", key(messy, messy.drop(WRONG).person(3)))  # fmt: skip
    assert old[1]["superseded_by"] in {row["delivery_id"] for row in new}


def test_a_mended_row_of_a_list_joins_the_list(messy, file):
    found = file(LIST, "daftar diperbaiki.xlsx")
    assert (found["status"], json.loads(found["warning_details"])) == ("accepted", [])
    for person in messy.drop(UNTOUCHED).people(2):
        assert messy.accuracy(person, "2024-02")["entitled_amount"] == 10, (
            "nobody is dropped by a returned row"
        )


def test_no_receipt_holds_a_formula_or_an_error(messy):
    for path in messy.ws.settings.returned.rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path):
            cells = [cell for row in sheet.iter_rows() for cell in row]
            assert not [cell for cell in cells if cell.data_type in ("f", "e")]
