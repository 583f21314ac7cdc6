"""A home of its own for every test, and files as people make them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import xlsxwriter

from include.config import load_configuration
from include.inbox.claim import claim_complete_files, pending_claims
from include.ingest.manifest import Manifest, landing_folder
from include.ingest.submission import ingest_claim
from include.settings import REPOSITORY, Settings
from include.workspace import Workspace

LOG = "dkp/beras/penyaluran"
LIST = "dkp/beras/penerima"
CASH = "dpmpd/blt-dd/penyaluran"
REGISTRY = "dinsos/p3ke"

CONFIGURATION = load_configuration(REPOSITORY / "include" / "config" / "dompu")

HEADER = [
    "No",
    "NIK",
    "No. KK",
    "Nama Penerima",
    "Desa/Kelurahan",
    "Kecamatan",
    "Bulan",
    "Jumlah (Kg)",
    "Tanggal Terima",
    "Status",
]


def person(number: int) -> str:
    """A NIK with a date that no calendar has: nobody's."""
    return f"520501990199{number:04d}"


def rows_of(count: int, start: int = 1) -> list[list[Any]]:
    """Rows of a distribution log under HEADER."""
    return [
        [
            index,
            person(index),
            f"520501320199{index:04d}",
            f"WARGA CONTOH {index}",
            "Nowa",
            "Woja",
            "Januari 2024",
            "10 kg",
            "05/02/2024",
            "sudah salur",
        ]
        for index in range(start, start + count)
    ]


def as_csv(rows: Sequence[Sequence[Any]], separator: str = ",") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()


def write_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> Path:
    """A workbook; texts stay texts, numbers numbers."""
    with xlsxwriter.Workbook(
        str(path), {"default_date_format": "dd/mm/yyyy", "strings_to_formulas": False}
    ) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for index, row in enumerate(rows):
                for position, value in enumerate(row):
                    if value is not None and value != "":
                        sheet.write_string(index, position, value) if isinstance(value, str) else sheet.write(
                            index, position, value
                        )
    return path


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """An empty home with the real configuration of Dompu."""
    settings = Settings(home=tmp_path / "home", given_secret="a secret of the tests only")
    settings.make_folders(feed.path for feed in CONFIGURATION.feeds)
    return Workspace(settings, CONFIGURATION)


class Inbox:
    """Drops files and takes them in."""

    def __init__(self, ws: Workspace) -> None:
        self.ws = ws

    def path(self, name: str, feed: str = LOG) -> Path:
        path = self.ws.settings.inbox / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def take(self, name: str, content: bytes | str | Callable[[Path], Any], feed: str = LOG) -> Manifest:
        """Drops one file, claims and ingests it."""
        path = self.path(name, feed)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        claims = claim_complete_files(self.ws, look_again_after=0.0).claims
        assert len(claims) == 1
        return ingest_claim(self.ws, claims[0].submission_id)

    def take_all(self) -> list[Manifest]:
        """Claims and ingests everything that waits."""
        claim_complete_files(self.ws, look_again_after=0.0)
        return [ingest_claim(self.ws, claim.submission_id) for claim in pending_claims(self.ws)]

    def rows(self, manifest: Manifest) -> list[dict[str, Any]]:
        """The landed rows of a submission."""
        if manifest.landing_file is None:
            return []
        folder = landing_folder(self.ws.settings.landing, manifest.feed)
        return pq.read_table(folder / manifest.landing_file).to_pylist()

    def data(self, manifest: Manifest) -> list[dict[str, Any]]:
        """The data rows only."""
        return [row for row in self.rows(manifest) if row["row_kind"] == "data"]


@pytest.fixture
def inbox(ws: Workspace) -> Inbox:
    return Inbox(ws)


def codes(manifest: Manifest) -> set[str]:
    """Codes of the remarks on a submission."""
    return {warning["code"] for warning in manifest.warnings}


def extra(row: dict[str, Any]) -> dict[str, str]:
    """The unknown columns of a landed row."""
    return json.loads(row["extra"]) if row["extra"] else {}
