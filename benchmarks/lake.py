"""What a lake costs one regency: rows a second from landed to judged, on a file and in a lake, and one more log on top.

PANTAU_LAKE names the catalogue, an empty database is enough; PANTAU_LAKE_DATA where the rows go (unset: the scratch folder).
Both judgements are compared. The part of the lake that was written is removed again.

    PANTAU_LAKE=postgresql://… .venv/bin/python -m benchmarks.lake [--rows 1000000]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from benchmarks.landed import write_landed, write_one_more
from benchmarks.machine import keep, machine
from benchmarks.run import measured
from benchmarks.transform import AS_OF, MORE_ROWS, ROWS_A_FAMILY
from include.settings import Settings
from include.warehouse.connection import place_of
from include.workspace import Workspace

screen = Console(highlight=False)


def main() -> None:
    """Measures a file, then the lake, keeps the figures and shows them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    if not os.environ.get("PANTAU_LAKE"):
        raise SystemExit("PANTAU_LAKE must name the PostgreSQL database of the lake's catalogue")
    result: dict[str, Any] = {"machine": machine(), "rows": rows}
    scratch = Path(tempfile.mkdtemp(prefix="pantau-benchmark-"))
    try:
        for name, lake in (
            ("file", {"PANTAU_LAKE": ""}),
            ("lake", {"PANTAU_LAKE_SCHEMA": f"b{uuid4().hex[:8]}"}),
        ):
            result[name] = _measure(rows, scratch / name, lake)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if result["file"]["whole"]["judged"] != result["lake"]["whole"]["judged"]:
        raise SystemExit("file and lake judge differently")
    _show(result)
    screen.print(f"written to {keep('lake', result)}")


def _measure(rows: int, home: Path, lake: dict[str, str]) -> dict[str, Any]:
    families = rows // ROWS_A_FAMILY
    before = dict(os.environ)
    environment = {**before, "PANTAU_HOME": str(home), "PANTAU_NOW": f"{AS_OF}T08:00:00+08:00", **lake}
    os.environ.update(environment)
    try:
        ws = Workspace.open()
        landed = write_landed(ws, families, rows)
        command = [sys.executable, "-m", "benchmarks.transform", "--step", "pipeline"]
        whole = measured(command, environment)
        write_one_more(ws, families, MORE_ROWS)
        more = measured(command, environment)
        if Settings().lake is not None:
            place_of(ws.settings).discard()
    finally:
        os.environ.clear()
        os.environ.update(before)
    seconds = sum(whole["seconds"].values())
    return {"whole": whole, "one_more": more, "rows_a_second": round(landed.log_rows / seconds)}


def _show(result: dict[str, Any]) -> None:
    table = Table(title=f"{result['rows']:,} delivery rows of one regency")
    for column in ("", "rows a second", "by step", "peak MiB", "one more log, by step"):
        table.add_column(column)
    for name in ("file", "lake"):
        one = result[name]
        steps = [
            ", ".join(f"{step} {spent}" for step, spent in one[part]["seconds"].items())
            for part in ("whole", "one_more")
        ]
        table.add_row(name, f"{one['rows_a_second']:,}", steps[0], f"{one['whole']['peak_mib']}", steps[1])
    screen.print(table)


if __name__ == "__main__":
    main()
