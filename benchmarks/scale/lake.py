"""What the lake costs one regency: the same run with the warehouse in a file, and in a DuckLake (PostgreSQL, rows on disk)."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from benchmarks.scale.runs import run_home, sample_once
from tests.lake.servers import PASSWORD, postgres

COUNTS = (1,)


def measure(folder: Path, counts: list[int]) -> list[dict[str, Any]]:
    """A row for each place and run: all files at once, then nothing new."""
    sample = sample_once(folder)
    with postgres() as server:
        lake = {
            "PGPASSWORD": PASSWORD,
            "PANTAU_LAKE": server.make("lake"),
            "PANTAU_LAKE_DATA": str(folder / "lake"),
            "PANTAU_LAKE_SCHEMA": "benchmark",
        }
        return [
            row
            for place, environment in (("local", {}), ("lake", lake))
            for row in _measure(folder, sample, place, environment)
        ]


def _measure(folder: Path, sample: Path, place: str, environment: dict[str, str]) -> list[dict[str, Any]]:
    home = folder / f"home-{place}"
    shutil.copytree(sample, home / "inbox")
    rows = []
    for what in ("all at once", "nothing new"):
        started = time.monotonic()
        run = run_home(home, **environment)
        seconds = time.monotonic() - started
        rows.append(
            {
                "regencies": 1,
                "place": place,
                "run": what,
                "seconds": round(seconds, 1),
                "rows_a_second": round(run["rows"]["read"] / seconds) if what == "all at once" else None,
                **{
                    step: run["seconds"].get(step, 0.0)
                    for step in ("load", "transform", "validate", "publish")
                },
            }
        )
    shutil.rmtree(home)
    return rows
