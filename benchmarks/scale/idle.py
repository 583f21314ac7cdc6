"""What a running Airflow costs while nothing arrives: processor time and memory of each service, its metadata in PostgreSQL."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from benchmarks.scale.regencies import make_regencies
from include.demonstration.airflow_api import AirflowApi
from include.demonstration.services import AirflowServices
from include.workspace import Workspace
from tests.lake.servers import PASSWORD, postgres

COUNTS = (1, 50, 514)
WATCHED_SECONDS = 120
SETTLING_SECONDS = 60


def measure(folder: Path, counts: list[int]) -> list[dict[str, Any]]:
    """A row for each count and service: share of a core over two minutes, and resident memory with its children."""
    rows = []
    for count in counts:
        with postgres() as server:
            rows += _measure(folder, server, count)
    return rows


def _measure(folder: Path, server: Any, count: int) -> list[dict[str, Any]]:
    os.environ["PANTAU_REGENCIES"] = str(make_regencies(folder, count))
    for code in sorted(path.name for path in (folder / "configuration").iterdir())[:count]:
        Workspace.open(code)
    address = server.make(f"airflow_{count}").replace("postgresql://", "postgresql+psycopg2://")
    settings = {
        "PGPASSWORD": PASSWORD,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address,
        "AIRFLOW__TRIGGERER__CAPACITY": str(max(1000, 3 * count)),
    }
    with AirflowServices(folder / f"airflow-{count}", settings) as airflow:
        dags, registered = _registered(airflow)
        before = _used(airflow)
        time.sleep(WATCHED_SECONDS)
        after = _used(airflow)
    return [
        {
            "regencies": count,
            "dags": dags,
            "registered_after_seconds": registered,
            "service": service,
            "share_of_a_core": round((seconds - before[service][0]) / WATCHED_SECONDS, 3),
            "resident_mib": round(resident / 2**20),
        }
        for service, (seconds, resident) in after.items()
    ]


def _registered(airflow: AirflowServices) -> tuple[int, int]:
    """How many DAGs there are once a minute has brought no other, and after how many seconds the last of them came."""
    api, started = AirflowApi(airflow), time.monotonic()
    dags, last = 0, 0.0
    while not dags or time.monotonic() - started - last < SETTLING_SECONDS:
        airflow.check()
        found = (
            api.request("GET", "/api/v2/dags", params={"limit": 1}).raise_for_status().json()["total_entries"]
        )
        if found > dags:
            dags, last = found, time.monotonic() - started
        time.sleep(1)
    return dags, round(last)


def _used(airflow: AirflowServices) -> dict[str, tuple[float, int]]:
    """Of each service: processor seconds so far, of children that have ended too, and resident bytes (proportional)."""
    return {
        service: _of_family(process)
        for service, process in zip(airflow.services, airflow.processes(), strict=True)
    }


def _of_family(leader: psutil.Process) -> tuple[float, int]:
    seconds, resident = 0.0, 0
    for process in [leader, *leader.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
            # Forked workers share most of theirs: each gets its part of what is shared.
            resident += process.memory_full_info().pss
    return seconds, resident
