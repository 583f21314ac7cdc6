"""How far one machine gets with a national year: 264 million deliveries, as 514 regencies of the average size.

Each regency has a home of its own, as in regencies.yml, and goes through load, transform and validate; two are worked
on at once. A home is removed when it is judged, for the disk would not hold all of them (its size is kept). The
landed files are the same for all, so that every judgement must come out equal.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.landed import write_landed
from benchmarks.run import measured
from benchmarks.transform import AS_OF, ROWS_A_FAMILY
from include.workspace import Workspace

COUNTS = (514,)
NATIONAL_DELIVERIES = 264_000_000
WORKERS = 2


def measure(folder: Path, counts: list[int], minutes: float | None) -> list[dict[str, Any]]:
    """A row for each count of regencies that share the national year.

    After so many minutes no further regency is begun; the row says how many were done.
    """
    return [_measure(folder, count, 60 * minutes if minutes else math.inf) for count in counts]


def _measure(folder: Path, count: int, at_most: float) -> dict[str, Any]:
    landing, deliveries = _landed_once(folder, NATIONAL_DELIVERIES // count)
    started = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as pool:
        tries = pool.map(
            lambda number: _judge(folder / "homes" / f"{number:03}", landing, started + at_most), range(count)
        )
        done = [one for one in tries if one]
    seconds = time.monotonic() - started
    if len({json.dumps(one["judged"]) for one in done}) != 1:
        raise SystemExit("the same files were judged in different ways")
    return {
        "regencies": count,
        "done": len(done),
        "deliveries_a_regency": deliveries,
        "deliveries_judged": deliveries * len(done),
        "seconds": round(seconds),
        "deliveries_a_second": round(deliveries * len(done) / seconds),
        "hours_for_all": round(seconds / len(done) * count / 3600, 1),
        "peak_mib_first": done[0]["peak_mib"],
        "peak_mib_most": max(one["peak_mib"] for one in done),
        "home_mib": done[0]["home_mib"],
    }


def _landed_once(folder: Path, deliveries: int) -> tuple[Path, int]:
    """The landed files of one regency, and how many deliveries are in them."""
    home = folder / "landed"
    os.environ["PANTAU_HOME"] = str(home)
    ws = Workspace.open()
    return ws.settings.landing, write_landed(ws, deliveries // ROWS_A_FAMILY, deliveries).log_rows


def _judge(home: Path, landing: Path, until: float) -> dict[str, Any] | None:
    if time.monotonic() > until:
        return None
    environment = {**os.environ, "PANTAU_HOME": str(home), "PANTAU_NOW": f"{AS_OF}T08:00:00+08:00"}
    shutil.copytree(landing, home / landing.name)
    found = measured([sys.executable, "-m", "benchmarks.transform", "--step", "pipeline"], environment)
    size = sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
    shutil.rmtree(home)
    return {**found, "home_mib": round(size / 2**20)}
