"""How long does `pantau run` take for a year of a whole regency, and how much memory?

Three measurements on one fresh home: a year of files at once (the worst day: the first, or a rebuild); again with
nothing new (every morning); again with one more log (every day's work). The result of the first is held against what
the sample planted: a fast wrong answer does not count.

    .venv/bin/python -m benchmarks.run [--recipients 28000] [--as-of 2024-12-31]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.machine import keep, machine
from include.sample import SampleReport, write_sample
from include.workspace import Workspace

PANTAU = Path(sys.executable).with_name("pantau")
LOOK_EVERY_SECONDS = 0.1
screen = Console(highlight=False)


class PeakMemory(threading.Thread):
    """Looks at a process and its descendants while they run: the most that they held together."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.leader = psutil.Process(process)
        self.peak = 0

    def run(self) -> None:
        """Looks until the process has ended."""
        while True:
            try:
                family = [self.leader, *self.leader.children(recursive=True)]
                self.peak = max(self.peak, sum(_resident(member) for member in family))
            except psutil.NoSuchProcess:
                return
            time.sleep(LOOK_EVERY_SECONDS)


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def measured(command: Sequence[str | Path], environment: dict[str, str]) -> dict[str, Any]:
    """Runs `pantau … --json` and returns what it printed, its wall time and its peak memory."""
    started = time.monotonic()
    with subprocess.Popen(
        list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        memory = PeakMemory(process.pid)
        memory.start()
        output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return {
        "wall_seconds": round(time.monotonic() - started, 2),
        "peak_mib": round(memory.peak / 2**20),
        **json.loads(output),
    }


def environment_of(home: Path, as_of: date) -> dict[str, str]:
    """A home of its own, on the morning after which the sample ends; e-mails only as files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PANTAU_")}
    zone = Workspace.open().configuration.region.zone
    morning = datetime(as_of.year, as_of.month, as_of.day, 8, tzinfo=zone)
    return {**kept, "PANTAU_HOME": str(home), "PANTAU_NOW": morning.isoformat()}


def main() -> None:
    """Measures in a folder of its own, keeps the figures and shows them."""
    options = _options()
    scratch = Path(tempfile.mkdtemp(prefix="pantau-benchmark-"))
    try:
        os.environ["PANTAU_HOME"] = str(scratch / "home")
        environment = environment_of(scratch / "home", options.as_of)
        os.environ.update(environment)
        result = _measure(options, scratch, environment)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    path = keep("run", result)
    _show(result)
    screen.print(
        f"written to {path.relative_to(Path.cwd())}" if path.is_relative_to(Path.cwd()) else str(path)
    )


def _measure(options: argparse.Namespace, scratch: Path, environment: dict[str, str]) -> dict[str, Any]:
    ws = Workspace.open()
    result: dict[str, Any] = {
        "machine": machine(),
        "recipients": options.recipients,
        "as_of": str(options.as_of),
    }
    started = time.monotonic()
    sample = write_sample(ws, scratch / "sample", options.recipients, as_of=options.as_of)
    result["sample"] = {
        "seconds": round(time.monotonic() - started, 2),
        "files": len(sample.files),
        "mib": round(sum(path.stat().st_size for path in sample.files) / 2**20, 1),
        "distribution_rows": sample.facts.distribution_rows,
    }
    held_back = _last_log(ws, sample, scratch)
    for file in sample.files:
        if file != held_back:
            _drop(file, scratch, ws.settings.inbox)
    run = [PANTAU, "run", "--json"]
    result["runs"] = {"a year at once": measured(run, environment), "nothing new": measured(run, environment)}
    _drop(held_back, scratch, ws.settings.inbox)
    result["runs"]["one more log"] = last = measured(run, environment)
    result["as_planted"] = Counter(last["timing"]) == _planted(sample)
    return result


def _last_log(ws: Workspace, sample: SampleReport, scratch: Path) -> Path:
    feeds = {feed.path for feed in ws.configuration.feeds if feed.kind == "distribution"}
    return [path for path in sample.files if str(path.parent.relative_to(scratch / "sample")) in feeds][-1]


def _planted(sample: SampleReport) -> Counter[str]:
    return sum((facts.timing for facts in sample.facts.periods), Counter[str]())


def _drop(file: Path, scratch: Path, inbox: Path) -> None:
    target = inbox / file.relative_to(scratch / "sample")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, target)


def _show(result: dict[str, Any]) -> None:
    runs = result["runs"]
    table = Table(title=f"pantau run, {result['recipients']:,} families as of {result['as_of']}")
    table.add_column("step")
    for name in runs:
        table.add_column(name, justify="right")
    for step in next(iter(runs.values()))["seconds"]:
        table.add_row(step, *(f"{run['seconds'].get(step, 0):.1f} s" for run in runs.values()))
    table.add_section()
    table.add_row("whole command", *(f"{run['wall_seconds']:.1f} s" for run in runs.values()))
    table.add_row("peak memory", *(f"{run['peak_mib']:,} MiB" for run in runs.values()))
    table.add_row("rows read so far", *(f"{run['rows']['read']:,}" for run in runs.values()))
    screen.print(table)
    screen.print(f"judged as planted: {'yes' if result['as_planted'] else 'NO'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("--recipients", type=int, default=28_000)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2024, 12, 31))
    return parser.parse_args()


if __name__ == "__main__":
    main()
