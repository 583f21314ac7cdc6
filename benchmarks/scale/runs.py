"""How long a whole run takes for many regencies of Dompu's size, with one and with two workers, and how much memory.

Each home has Dompu's configuration and the same sample, so the same work; workers take homes from one queue, as
those of Celery take runs, and share the machine's cores.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.run import PANTAU, PeakMemory, environment_of
from include.sample import write_sample
from include.workspace import Workspace

COUNTS = (1, 8, 32)
FAMILIES = 28_000
AS_OF = date(2024, 3, 31)
WORKERS = (1, 2)


def measure(folder: Path, counts: list[int], workers: list[int] | None = None) -> list[dict[str, Any]]:
    """A row for each count and number of workers; peak memory is that of all workers together."""
    sample = sample_once(folder)
    return [_measure(folder, sample, count, some) for count in counts for some in workers or WORKERS]


def sample_once(folder: Path) -> Path:
    """The files of one regency: a quarter of a year."""
    sample = folder / "sample"
    if not sample.exists():
        os.environ["PANTAU_HOME"] = str(folder / "sample-home")
        write_sample(Workspace.open(), sample, FAMILIES, as_of=AS_OF)
    return sample


def run_home(home: Path, **more: str) -> dict[str, Any]:
    """One run of one home in a process of its own; returns what it printed."""
    done = subprocess.run(
        [PANTAU, "run", "--json"], env={**environment_of(home, AS_OF), **more}, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"the run of {home.name} ended with {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _measure(folder: Path, sample: Path, count: int, workers: int) -> dict[str, Any]:
    homes = [folder / "homes" / f"{number:03}" for number in range(count)]
    for home in homes:
        shutil.copytree(sample, home / "inbox")
    memory = PeakMemory(os.getpid())
    memory.start()
    started = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        runs = list(pool.map(run_home, homes))
    seconds = time.monotonic() - started
    shutil.rmtree(folder / "homes")
    read = sum(run["rows"]["read"] for run in runs)
    return {
        "regencies": count,
        "workers": workers,
        "seconds": round(seconds, 1),
        "seconds_a_regency": round(seconds / count, 1),
        "rows_read": read,
        "rows_a_second": round(read / seconds),
        "peak_mib": round(memory.peak / 2**20),
    }
