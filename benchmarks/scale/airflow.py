"""Four real services with so many regencies: until all DAGs are known, what they cost idle, and how fast they work off runs."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.scale.parse import FILES
from benchmarks.scale.regencies import make_regencies
from include.config.regencies import scoped
from include.demonstration.airflow_api import AirflowApi
from include.demonstration.services import AirflowServices

PATIENCE_SECONDS = 900.0
IDLE_SECONDS = 60.0
RUNS_AT_MOST = 50


def measure(folder: Path, counts: list[int]) -> list[dict[str, Any]]:
    """A row for each count."""
    return [_measured(folder, count) for count in counts]


def _measured(folder: Path, count: int) -> dict[str, Any]:
    home = folder / "airflow"
    shutil.rmtree(home, ignore_errors=True)
    os.environ["PANTAU_REGENCIES"] = str(make_regencies(folder, count))
    with AirflowServices(home) as services:
        api = AirflowApi(services)
        started = time.monotonic()
        known = _await(lambda: api._get("/api/v2/dags", limit=1)["total_entries"], count * len(FILES))
        row: dict[str, Any] = {
            "regencies": count,
            "all_dags_known_seconds": round(time.monotonic() - started, 1),
        }
        row["dags"] = known
        time.sleep(IDLE_SECONDS / 2)  # what follows from new DAGs has been done
        row["idle_cpu_seconds_a_minute"], row["memory_mib"] = _idle(services)
        row["runs"], row["tasks_a_second"] = _throughput(api, folder, count)
    return row


def _idle(services: AirflowServices) -> tuple[dict[str, float], int]:
    leaders = dict(zip(services.services, services.processes(), strict=True))
    before = {name: _cpu(leader) for name, leader in leaders.items()}
    time.sleep(IDLE_SECONDS)
    spent = {
        name: round((_cpu(leader) - before[name]) * 60 / IDLE_SECONDS, 1) for name, leader in leaders.items()
    }
    memory = sum(one.memory_full_info().pss for leader in leaders.values() for one in _family(leader))
    return spent, memory // 2**20


def _family(leader: psutil.Process) -> list[psutil.Process]:
    return [leader, *leader.children(recursive=True)]


def _cpu(leader: psutil.Process) -> float:
    """Processor time of a service, of its children, and of those that have ended."""
    total = 0.0
    for process in _family(leader):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _throughput(api: AirflowApi, folder: Path, count: int) -> tuple[int, float]:
    """Runs of `match_registries` (one task, which finds nothing new) of so many regencies at once."""
    codes = sorted(path.name for path in (folder / "configuration").iterdir())[: min(count, RUNS_AT_MOST)]
    started = time.monotonic()
    for code in codes:
        api.trigger(scoped("match_registries", code))
    _await(lambda: api._get("/api/v2/dags/~/dagRuns", state="success", limit=1)["total_entries"], len(codes))
    return len(codes), round(len(codes) / (time.monotonic() - started), 2)


def _await(look: Any, wanted: int) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := int(look())) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{found} of {wanted} after {PATIENCE_SECONDS:.0f} seconds")
        time.sleep(0.5)
    return found
