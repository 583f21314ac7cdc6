"""The messy cases: what makes their files, and what tells how they were understood.

Every case of the catalogue (numbers 1 to 76) has a village, a folder and people of its own, so that all of them can lie
in one inbox and be judged by one run: the real reading, dbt and publication, as on any other day.

    @given(24)
    def _(drop: Drop) -> None:
        drop.log("nik.xlsx", [...])

    def test_case_24_a_nik_in_a_numeric_cell(messy: Messy) -> None:
        assert messy.rows(24, "nik.xlsx")[0]["warning_codes"] == ["nik_precision_lost"]

The people are invented: no district bears the number 99.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import xlsxwriter

from include.config import Village
from include.privacy import kk_key, nik_key
from include.workspace import Workspace

LIST, LOG = "dkp/beras/penerima", "dkp/beras/penyaluran"
CASH_LIST, CASH = "dpmpd/blt-dd/penerima", "dpmpd/blt-dd/penyaluran"
REGISTRY, OTHER_REGISTRY = "dinsos/p3ke", "dinsos/dtks"
NOW = "2024-03-15T09:00:00+08:00"
ZONE = ZoneInfo("Asia/Makassar")

LOG_HEADER = ("No", "NIK", "No. KK", "Nama Penerima", "Desa/Kelurahan", "Kecamatan", "Bulan", "Jumlah (Kg)",
              "Tanggal Terima", "Status")  # fmt: skip
LIST_HEADER = ("NIK", "No. KK", "Nama", "Desa/Kelurahan", "Kecamatan")

Content = bytes | str | Callable[[Path], Any]
Given = Callable[["Drop"], None]
CASES: dict[int, list[Given]] = {}


def given(number: int) -> Callable[[Given], Given]:
    """Registers what drops the files of a case."""

    def register(function: Given) -> Given:
        CASES.setdefault(number, []).append(function)
        return function

    return register


@dataclass(frozen=True)
class Person:
    """An invented person with a well-formed NIK and KK of a district that does not exist."""

    nik: str
    kk: str
    name: str


@dataclass
class Drop:
    """Drops the files of one case."""

    inbox: Path
    number: int
    village: Village

    def person(self, serial: int) -> Person:
        """Person 1 to 99 of this case: the same number, the same person."""
        tail = f"{self.number:02}{serial:02}"
        letters = "".join(chr(ord("A") + int(digit)) for digit in tail)
        return Person(f"520599150785{tail}", f"520599010120{tail}", f"WARGA CONTOH {letters}")

    def people(self, count: int) -> list[Person]:
        """The first people of this case."""
        return [self.person(serial) for serial in range(1, count + 1)]

    def file(self, name: str, content: Content, feed: str = LOG, at: str = "2024-02-06T08:00") -> Path:
        """Drops a file that was received at a time of the regency (`at`, without offset)."""
        path = self.inbox / feed / folder(self.number) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        moment = datetime.fromisoformat(at).replace(tzinfo=ZONE).timestamp()
        os.utime(path, (moment, moment))
        return path

    def recipients(self, people: Sequence[Person], feed: str = LIST, at: str = "2024-01-02T08:00") -> None:
        """Drops a clean recipient list of the case's village: these people are entitled to every period."""
        rows = [[p.nik, p.kk, p.name, self.village.village_name, self.village.district_name] for p in people]
        self.file("penerima.csv", as_csv([LIST_HEADER, *rows]), feed, at)

    def row(self, person: Person, number: int = 1, **changes: Any) -> list[Any]:
        """A clean row under LOG_HEADER, with some cells changed: `nik`, `kk`, `name`, `village`, `district`, `period`,
        `amount`, `day`, `status`."""
        clean = {
            "no": number, "nik": person.nik, "kk": person.kk, "name": person.name, "village": self.village.village_name,
            "district": self.village.district_name, "period": "Januari 2024", "amount": "10 kg", "day": "05/02/2024",
            "status": "sudah salur",
        }  # fmt: skip
        if unknown := set(changes) - set(clean):
            raise ValueError(f"no such cells: {unknown}")
        return list({**clean, **changes}.values())

    def log(
        self, name: str, rows: Sequence[Sequence[Any]], feed: str = LOG, at: str = "2024-02-06T08:00"
    ) -> Path:
        """Drops a log of rows made by `row`, as a workbook or as CSV by its name."""
        table = [LOG_HEADER, *rows]
        content: Content = as_csv(table) if name.endswith(".csv") else workbook({"Sheet1": table})
        return self.file(name, content, feed, at)


def folder(number: int) -> str:
    """The folder of a case below a feed's folder."""
    return f"kasus {number:02}"


def as_csv(rows: Sequence[Sequence[Any]], separator: str = ",") -> str:
    """Rows as a text file."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()


def workbook(sheets: dict[str, Sequence[Sequence[Any]]], **options: Any) -> Callable[[Path], None]:
    """A workbook of plain sheets: texts stay texts, numbers numbers, dates dates."""

    def write(path: Path) -> None:
        settings = {"default_date_format": "dd/mm/yyyy", "strings_to_formulas": False, **options}
        with xlsxwriter.Workbook(str(path), settings) as book:
            for name, rows in sheets.items():
                write_rows(book.add_worksheet(name), rows)

    return write


def write_rows(sheet: Any, rows: Sequence[Sequence[Any]], first: int = 0) -> None:
    """Writes rows into a sheet of xlsxwriter from row `first` (0-based) on; None leaves a cell out."""
    for index, row in enumerate(rows, start=first):
        for position, value in enumerate(row):
            if value is None:
                continue
            sheet.write_string(index, position, value) if isinstance(value, str) else sheet.write(
                index, position, value
            )


@dataclass
class Messy:
    """What one run made of the files of all cases."""

    ws: Workspace
    drops: dict[int, Drop]
    _read: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def drop(self, number: int) -> Drop:
        """The case's village and people."""
        return self.drops[number]

    def audit(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """A query on the published audit database."""
        return _query(self.ws.settings.audit_db, sql, values)

    def warehouse(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """A query on the warehouse, for what auditors do not see."""
        return _query(self.ws.settings.warehouse_file, sql, values)

    def submission(self, number: int, name: str) -> dict[str, Any]:
        """The row of audit.submissions of one file of a case."""
        found = self.audit("select * from audit.submissions where file_name = ?", f"{folder(number)}/{name}")
        assert len(found) == 1, f"{name}: {len(found)} submissions"
        return found[0]

    def manifest(self, number: int, name: str) -> dict[str, Any]:
        """What reading noted about a file: sheets, titles, warnings with their details."""
        about = self.submission(number, name)
        path = self.ws.settings.landing / about["feed"] / f"{about['submission_id']}.json"
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content

    def remarks(self, number: int, name: str) -> dict[str, str]:
        """The remarks on a submission by code, each with its details joined."""
        found: dict[str, str] = {}
        for warning in json.loads(self.submission(number, name)["warning_details"] or "[]"):
            found[warning["code"]] = "; ".join(filter(None, (found.get(warning["code"]), warning["detail"])))
        return found

    def rows(self, number: int, name: str) -> list[dict[str, Any]]:
        """The data rows of a file as staging understood them, in the file's order."""
        about = self.submission(number, name)
        return self.warehouse(
            f"select * from staging.stg_{about['kind']}__rows where submission_id = ? order by sheet_number, row_number",
            about["submission_id"],
        )

    def deliveries(self, number: int, name: str) -> list[dict[str, Any]]:
        """The deliveries of a file as published."""
        return self.audit(
            "select * from audit.deliveries where submission_id = ? order by sheet_number, row_number, period",
            self.submission(number, name)["submission_id"],
        )

    def rejected(self, number: int, name: str) -> list[dict[str, Any]]:
        """The refused rows of a file as published."""
        return self.audit(
            "select * from audit.rejected_rows where submission_id = ? order by sheet_number, row_number",
            self.submission(number, name)["submission_id"],
        )

    def accuracy(self, person: Person, period: str = "2024-01", program: str = "beras") -> dict[str, Any]:
        """The judgement of one entitlement."""
        secret = self.ws.settings.secret()
        found = self.audit(
            "select * from audit.delivery_accuracy where program_code = ? and period = ? and beneficiary_key in (?, ?)",
            program, period, nik_key(secret, person.nik), kk_key(secret, person.kk),
        )  # fmt: skip
        assert len(found) == 1, f"{len(found)} entitlements"
        return found[0]

    def receipt(self, number: int, name: str) -> openpyxl.Workbook:
        """The receipt of a file, opened."""
        about = self.submission(number, name)
        [path] = (self.ws.settings.returned / about["feed"]).rglob(f"*{about['receipt_number']}*.xlsx")
        return openpyxl.load_workbook(path)


def _query(database: Path, sql: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(sql, list(values))
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
