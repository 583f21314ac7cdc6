"""The golden scenario: one small month whose every outcome was worked out by hand, as files that an OPD would send.

Six families with rice in January and February, two of them with BLT, seen on 16 February 2024, three days before the SUSENAS window of 2024.
The people are invented: their NIK carry day 99 of a month, which no register can hold.
"""

from __future__ import annotations

import csv
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
CONFIG = HERE / "config"
NOW = "2024-02-16T09:00:00+08:00"


def nik(serial: int) -> str:
    """A NIK of the right length that belongs to nobody: its date part is day 99."""
    return f"52050599019{serial:05d}"


class Home:
    """A regency's home with the scenario's configuration, driven through the command line as a user does."""

    def __init__(self, folder: Path, smtp_url: str = "") -> None:
        self.folder = folder
        self.environment = os.environ | {
            "PANTAU_HOME": str(folder),
            "PANTAU_CONFIG": str(CONFIG),
            "PANTAU_NOW": NOW,
            "PANTAU_SECRET": "a secret of the tests",
            "PANTAU_SMTP_URL": smtp_url,
        }

    def pantau(self, *arguments: str, expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "include.cli", *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expect, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def run(self, *arguments: str) -> dict:
        return json.loads(self.pantau("run", "--json", *arguments))

    def run_after_each(self, files: list[tuple[Path, Path]]) -> None:
        """Moves one file after the other into the inbox with a run behind each, in one process to save its start."""
        done = subprocess.run(
            [sys.executable, str(HERE / "run_after_each.py")],
            input=json.dumps([[str(path) for path in move] for move in files]),
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def audit(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.folder / "audit" / "pantau.duckdb"), read_only=True) as audit:
            return audit.execute(sql).fetchall()

    def place(self, feed: str, name: str) -> Path:
        path = self.folder / "inbox" / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def bytes(self, feed: str, name: str, received: str, content: bytes) -> Path:
        path = self.place(feed, name)
        path.write_bytes(content)
        return self.stamp(path, received)

    def csv(self, feed: str, name: str, received: str, rows: list[list[str]], delimiter: str = ";") -> Path:
        path = self.place(feed, name)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=delimiter).writerows(rows)
        return self.stamp(path, received)

    def xlsx(self, feed: str, name: str, received: str, rows: list[list[object]]) -> Path:
        path = self.place(feed, name)
        with xlsxwriter.Workbook(path) as book:
            book.set_properties(
                {"created": datetime.fromisoformat(received)}
            )  # else the same rows have other bytes
            sheet = book.add_worksheet("Sheet1")
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    sheet.write(number, column, value)
        return self.stamp(path, received)

    @staticmethod
    def stamp(path: Path, received: str) -> Path:
        moment = datetime.fromisoformat(received).timestamp()
        os.utime(path, (moment, moment))
        return path


def drop_scenario(home: Home) -> None:
    """The files of the scenario, in the order in which they were received."""
    families = [
        ("Arsan", 1, "Nowa"),
        ("Bacolo", 2, "Nowa"),
        ("Camila", 3, "Ds. NOWA"),
        ("Dahliana", 4, "Nowa"),
        ("Ewiyah", 5, "Riwo"),
        ("Faruq", 6, "Riwo"),
    ]
    home.xlsx(
        "dkp/beras/penerima",
        "Daftar KPM 2024.xlsx",
        "2024-01-05T08:00:00+08:00",
        [
            ["DAFTAR PENERIMA BANTUAN PANGAN BERAS"],
            ["KABUPATEN DOMPU"],
            ["TAHUN 2024"],
            [],
            ["No.", "N I K", "Nama KPM", "Desa/Kel", "Kecamatan"],
            *(
                [i, nik(serial), name, village, "Woja"]
                for i, (name, serial, village) in enumerate(families, 1)
            ),
        ],
    )
    home.csv(
        "dpmpd/blt-dd/penerima",
        "kpm_blt.csv",
        "2024-01-05T08:10:00+08:00",
        [
            ["NIK", "Nama", "Desa", "Kecamatan"],
            [nik(1), "Arsan", "Nowa", "Woja"],
            [nik(2), "Bacolo", "Nowa", "Woja"],
        ],
    )
    home.xlsx(
        "dkp/beras/penyaluran",
        "Nowa Januari (final).xlsx",
        "2024-02-03T10:00:00+08:00",
        [
            ["REALISASI PENYALURAN BERAS"],
            ["DESA : NOWA"],
            ["KECAMATAN : WOJA"],
            ["BULAN : JANUARI 2024"],
            [],
            ["No", "NIK", "Nama Penerima", "Jumlah (Kg)", "Tgl Salur", "Status"],
            [1, nik(1), "Arsan", "10 kg", "20/01/2024", "sudah"],
            [2, nik(2), "Bacolo", 10, "2 Pebruari 2024", "tersalur"],
            [3, nik(3), "Camila", "5", "20-1-24", "V"],
            [4, nik(4), "Dahliana", "", "", "tidak hadir"],
            [5, nik(99), "Xaveria", 10, "20.01.2024", "sudah"],
            [6, nik(3), "Camila", "banyak", "21/01/2024", "sudah"],
            ["", "JUMLAH", "", 35, "", ""],
            [],
            ["", "", "Nowa, 3 Februari 2024"],
            ["", "", "Kepala Desa"],
        ],
    )
    home.csv(
        "dpmpd/blt-dd/penyaluran",
        "blt jan.csv",
        "2024-02-01T10:00:00+08:00",
        [
            ["NIK", "Nama", "Desa", "Kecamatan", "Bulan", "Jumlah (Rp)", "Tanggal"],
            [nik(1), "Arsan", "Nowa", "Woja", "Januari 2024", "Rp 300.000,-", "31/01/2024"],
            [nik(2), "Bacolo", "Nowa", "Woja", "Jan-24", "350.000", "2024-01-15"],
        ],
    )
    home.bytes(
        "dkp/beras/penyaluran", "rusak.xlsx", "2024-02-04T10:00:00+08:00", b"PK\x03\x04 not a workbook"
    )


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Home, dict]:
    """The scenario after its one run, for all files and workers that ask for it: read it, or take a copy; never write to it."""
    folder = tmp_path_factory.getbasetemp()
    return _run_once((folder if worker_id == "master" else folder.parent) / "golden")


def _run_once(folder: Path) -> tuple[Home, dict]:
    # Kept on disk: each folder that has the fixture, pytest's copy of this module for it and each worker would else make its own.
    home, told = Home(folder / "home"), folder / "told.json"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first makes it, the others wait for that
        if not told.exists():
            drop_scenario(home)
            told.write_text(json.dumps(home.run()))
    return home, json.loads(told.read_text())


@pytest.fixture
def golden_copy(pristine: tuple[Home, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of the test's own in the pristine state, which this process works on too."""
    home = Home(tmp_path / "home")
    shutil.copytree(pristine[0].folder, home.folder)
    for name in ("PANTAU_HOME", "PANTAU_CONFIG", "PANTAU_NOW", "PANTAU_SECRET"):
        monkeypatch.setenv(name, home.environment[name])
    return home


@pytest.fixture(scope="module")
def make_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Home]:
    return lambda **options: Home(tmp_path_factory.mktemp("home"), **options)
