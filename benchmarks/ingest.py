"""How fast is a log taken in, against what people use today and against the fastest reader there is?

A workbook of 20,000 rows and a CSV file of 1,000,000 rows, ten columns each, of invented people. Ours: from the file in
the inbox to its committed landing (claimed, archived, read, checked, keyed, written as Parquet), and, apart, how
long loading it takes and, for the workbook, its receipt. Against it, for the same file: pandas with openpyxl reading it into
a frame of texts, and DuckDB's `read_csv(all_varchar)` written straight to Parquet, compressed as ours is. Each measurement
is a process of its own whose imports are not counted; they take turns, so that what else the machine does falls on all.

    .venv/bin/python -m benchmarks.ingest [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import xlsxwriter
from rich.console import Console
from rich.table import Table

from benchmarks.machine import keep, machine
from benchmarks.run import PANTAU, PeakMemory, environment_of, measured

WORKBOOK_ROWS, TEXT_ROWS = 20_000, 1_000_000
FAMILIES = 28_000
FEED = "dkp/beras/penyaluran"
HEADER = ("No", "NIK", "No. KK", "Nama Penerima", "Desa/Kelurahan", "Kecamatan", "Bulan", "Jumlah (Kg)", "Tanggal Terima",
          "Status")  # fmt: skip
PLACES = (("Nowa", "Woja"), ("Matua", "Woja"), ("Kareke", "Dompu"), ("Soro", "Kempo"), ("Doropeti", "Pekat"))
MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni")
screen = Console(highlight=False)


def main() -> None:
    """Measures in a folder of its own, keeps the figures and shows them; with `--one` takes a single measurement."""
    options = _options()
    if options.one:
        print(json.dumps(WAYS[options.one](options.file)))
        return
    scratch = Path(tempfile.mkdtemp(prefix="pantau-ingest-"))
    try:
        result = _measure(scratch, options.rounds)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    path = keep("ingest", result)
    _show(result)
    screen.print(f"written to {os.path.relpath(path)}")


def _measure(scratch: Path, rounds: int) -> dict[str, Any]:
    workbook, text = scratch / "log.xlsx", scratch / "log.csv"
    _write_workbook(workbook)
    _write_text(text)
    result: dict[str, Any] = {
        "machine": machine(("pyarrow", "python-calamine", "pandas", "openpyxl", "duckdb")),
        "rounds": rounds,
    }
    for name, file, other in (("workbook", workbook, "openpyxl"), ("text", text, "duckdb")):
        taken: dict[str, list[dict[str, Any]]] = {"ours": [], other: []}
        for _ in range(rounds):
            for way, found in taken.items():
                found.append(_one(way, file))
        result[name] = {
            "rows": WORKBOOK_ROWS if file is workbook else TEXT_ROWS,
            "bytes": file.stat().st_size,
            **{way: _median(found) for way, found in taken.items()},
            "ratio": _ratio(taken, other, "seconds"),
            "cpu_ratio": _ratio(taken, other, "cpu_seconds"),
        }  # fmt: skip
    result["workbook"]["receipt_seconds"] = _receipt_seconds(workbook)
    result["machine"]["load_average_after"] = os.getloadavg()[0]
    return result


def _one(way: str, file: Path) -> dict[str, Any]:
    """One measurement in a process of its own, with the most memory that it and its children held until it had read."""
    command = [sys.executable, "-m", "benchmarks.ingest", "--one", way, "--file", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        memory = PeakMemory(process.pid)
        memory.start()
        reading = process.stdout.readline() if process.stdout else ""
        peak = round(memory.peak / 2**20)
        rest, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{way} ended with {process.returncode}")
    return {**json.loads(reading), "peak_mib": peak, **json.loads(rest or "{}")}


def _receipt_seconds(file: Path) -> float:
    """What `pantau run` spends on the file's receipt; once, for it is no matter of reading."""
    with tempfile.TemporaryDirectory(dir=file.parent) as home:
        environment = environment_of(Path(home), date(2024, 12, 31))
        inbox = Path(home) / "inbox" / FEED
        inbox.mkdir(parents=True)
        shutil.copy(file, inbox)
        seconds: float = measured([PANTAU, "run", "--json"], environment)["seconds"]["receipts"]
        return seconds


def _ratio(taken: dict[str, list[dict[str, Any]]], other: str, key: str) -> float:
    """The median of the rounds' ratios: what disturbs a round disturbs both of its measurements."""
    pairs = zip(taken["ours"], taken[other], strict=True)
    return round(statistics.median(ours[key] / theirs[key] for ours, theirs in pairs), 3)


def _median(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: round(statistics.median(entry[key] for entry in found), 3) for key in found[0]}


# --- the ways, each in a fresh process


def _ours(file: Path) -> dict[str, float]:
    """Ours: to the landing, then to the receipt."""
    import pyarrow as pa

    from include.config import load_configuration
    from include.inbox.claim import claim_complete_files
    from include.ingest import submission
    from include.settings import REPOSITORY, Settings
    from include.warehouse.load import load_landed
    from include.workspace import Workspace

    pa.array([""])  # the first one imports pandas, which is not what is measured
    with tempfile.TemporaryDirectory(dir=file.parent) as home:
        settings = Settings(home=Path(home) / "home", given_secret="a secret of this benchmark")
        configuration = load_configuration(REPOSITORY / "include" / "config" / "dompu")
        settings.make_folders(feed.path for feed in configuration.feeds)
        ws = Workspace(settings, configuration)
        shutil.copy(file, settings.inbox / FEED / file.name)
        took = _Watch()
        (claim,) = claim_complete_files(ws, look_again_after=0.0).claims
        manifest = submission.ingest_claim(ws, claim.submission_id)
        print(json.dumps(took.figures()), flush=True)
        rows = WORKBOOK_ROWS if file.suffix == ".xlsx" else TEXT_ROWS
        if (manifest.reading_status, manifest.rows_data) != ("landed", rows):
            raise SystemExit(f"{manifest.reading_status}: {manifest.rows_data} rows")
        loading = time.perf_counter()
        load_landed(ws, date(2024, 12, 31), "benchmark", "command")
        return {"load_seconds": time.perf_counter() - loading}


def _openpyxl(file: Path) -> dict[str, float]:
    """What most people use."""
    import openpyxl  # noqa: F401
    import pandas as pd

    took = _Watch()
    pd.read_excel(file, engine="openpyxl", dtype=str)
    return took.figures()


def _duckdb(file: Path) -> dict[str, float]:
    """The limit: nothing but text to columns."""
    import duckdb

    with duckdb.connect() as connection:
        took = _Watch()
        connection.execute(
            f"copy (from read_csv('{file}', all_varchar = true)) to '{file}.parquet' (format parquet, compression zstd)"
        )
        return took.figures()


class _Watch:
    """Wall time, and processor time of this process and its children."""

    def __init__(self) -> None:
        self.started, self.used = time.perf_counter(), _processor_seconds()

    def figures(self) -> dict[str, float]:
        """Both since it was made."""
        return {
            "seconds": time.perf_counter() - self.started,
            "cpu_seconds": _processor_seconds() - self.used,
        }


def _processor_seconds() -> float:
    me = psutil.Process()
    spent = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(times.user + times.system for times in spent)


WAYS: dict[str, Callable[[Path], dict[str, float]]] = {
    "ours": _ours, "openpyxl": _openpyxl, "duckdb": _duckdb,
}  # fmt: skip


# --- the files


def _row(number: int) -> tuple[Any, ...]:
    family, month = number % FAMILIES, number // FAMILIES
    village, district = PLACES[family % len(PLACES)]
    return (
        number + 1, f"52050199{family % 40 + 41:02}99{family:04}", f"52050199{family % 12 + 1:02}88{family:04}",
        f"WARGA CONTOH {family}", village, district, f"{MONTHS[month % len(MONTHS)]} 2024", "10 kg",
        f"{family % 28 + 1:02}/{month % 6 + 1:02}/2024", "sudah salur",
    )  # fmt: skip


def _write_workbook(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number in range(WORKBOOK_ROWS):
            sheet.write_row(number + 1, 0, _row(number))


def _write_text(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(";".join(HEADER) + "\n")
        file.writelines(";".join(map(str, _row(number))) + "\n" for number in range(TEXT_ROWS))


# --- showing


def _show(result: dict[str, Any]) -> None:
    table = Table(title=f"one file taken in, median of {result['rounds']}")
    for heading in ("file", "way", "wall", "processor", "peak memory", "ours : theirs (wall, processor)"):
        table.add_column(heading, justify="left" if heading in ("file", "way") else "right")
    for name in ("workbook", "text"):
        found = result[name]
        for way in (way for way in WAYS if way in found):
            ratio = f"{found['ratio']:.2f}, {found['cpu_ratio']:.2f}" if way != "ours" else ""
            seconds = (f"{found[way]['seconds']:.2f} s", f"{found[way]['cpu_seconds']:.2f} s")
            table.add_row(
                f"{name}, {found['rows']:,} rows", way, *seconds, f"{found[way]['peak_mib']} MiB", ratio
            )
        table.add_row("", "then: load", f"{found['ours']['load_seconds']:.2f} s", "", "", "")
        if "receipt_seconds" in found:
            table.add_row("", "then: receipt", f"{found['receipt_seconds']:.2f} s", "", "", "")
        table.add_section()
    screen.print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
