"""Several regencies on two Celery workers, one of which is killed: real Airflow, PostgreSQL, Redis, and one lake for all."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from include.demonstration.airflow_api import AirflowApi
from include.demonstration.services import AirflowServices
from include.inbox.unpublished import ATTEMPTED, PUBLISHED, landing_times, mtime
from tests.integration.golden.conftest import CONFIG, NOW, Home, drop_scenario
from tests.lake.servers import Postgres, redis
from tests.lake.test_golden_in_the_lake import differing

PATIENCE_SECONDS = 2700
"""Far more than is needed, so that a busy machine fails no test."""

WORKERS = ("worker-1", "worker-2")
COUNTED = """
    select 'timing', timing_status, count(*) from audit.delivery_accuracy group by all
    union all select 'amount', amount_status, count(*) from audit.delivery_accuracy group by all
    union all select rule, severity, count(*) from audit.flags group by all
    union all select 'submissions', status, sum(rows_read) from audit.submissions group by all
    order by all
"""

pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]


class Province(AirflowServices):
    """Airflow with the executor of a server and two workers."""

    first_port = 8480

    def _arguments(self, service: str) -> tuple[str, ...]:
        if service not in WORKERS:
            return super()._arguments(service)
        pid = str(self.home.folder / f"{service}.pid")
        return (
            "celery", "worker", "--skip-serve-logs", "--concurrency", "2", "--celery-hostname", service, "--pid", pid,
        )  # fmt: skip

    def worker_of(self, pid: int) -> str | None:
        """The worker that started a process."""
        above = (
            {process.pid for process in psutil.Process(pid).parents()} if psutil.pid_exists(pid) else set()
        )
        return next(
            (name for name in WORKERS if name in self._processes and self._processes[name].pid in above), None
        )


def codes(count: int) -> list[str]:
    return [f"52.{number:02}" for number in range(5, 5 + count)]


def write_regencies(folder: Path, count: int) -> list[Home]:
    """The golden month for every regency, each with codes of its own."""
    homes = []
    for code in codes(count):
        configuration = folder / "configuration" / code
        shutil.copytree(CONFIG, configuration)
        for path in configuration.iterdir():
            path.write_text(path.read_text().replace("52.05", code))
        homes.append(Home(folder / "homes" / code))
        drop_scenario(homes[-1])
    entries = [
        f'  - {{code: "{code}", configuration: configuration/{code}, home: homes/{code}}}'
        for code in codes(count)
    ]
    (folder / "regencies.yml").write_text("\n".join(["regencies:", *entries]) + "\n")
    return homes


@contextmanager
def province(
    folder: Path, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Province, AirflowApi]]:
    monkeypatch.setenv("PANTAU_REGENCIES", str(folder / "regencies.yml"))
    airflow = f"airflow_{folder.name.replace('-', '_')}"
    address = server.make(airflow).replace("postgresql://", "postgresql+psycopg2://")
    with redis(folder) as broker:
        settings = {
            "PANTAU_NOW": NOW,
            "PANTAU_LAKE": server.address("lake"),
            "PANTAU_LAKE_DATA": str(folder / "lake"),
            # The expected rows were made with it; otherwise each regency has a key of its own.
            **{f"PANTAU_SECRET_{code.replace('.', '_')}": "a secret of the tests" for code in codes(8)},
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address,
            "AIRFLOW__CELERY__BROKER_URL": broker,
            "AIRFLOW__CELERY__RESULT_BACKEND": address.replace("postgresql+psycopg2", "db+postgresql"),
            # Soon enough for a test that the death of a worker is noticed, and what it had not begun handed out again.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "180",
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "5",
            # Twice the places: with Airflow's 32, eight regencies' tasks wait longer than that for the two that one worker has, and fail.
            "AIRFLOW__CORE__PARALLELISM": "8",
        }
        services = ["api-server", "scheduler", "dag-processor", "triggerer", *WORKERS]
        with Province(folder / "airflow", settings, services) as airflow_services:
            yield airflow_services, AirflowApi(airflow_services)


def wait(what: str, services: Province, api: AirflowApi, condition) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        services.check()
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {PATIENCE_SECONDS} s; runs: {api.runs()}")
        time.sleep(0.5)


def worker_at_work(services: Province, api: AirflowApi, dag_id: str, task_id: str) -> str | None:
    """The worker on which a task runs at this moment."""
    for run in api.runs():
        if run.dag_id == dag_id and run.state == "running":
            for task in api.task_instances(run):
                if task["task_id"] == task_id and task["state"] == "running" and task["pid"]:
                    return services.worker_of(task["pid"])
    return None


def is_published(home: Home) -> bool:
    landed = max(landing_times(home.folder / "landing"), default=0.0)
    return 0 < landed <= mtime(home.folder / PUBLISHED)


def pretend_that_the_pause_is_over(home: Home) -> None:
    """What a dead run left is taken up after five minutes: they have passed."""
    long_ago = time.time() - 600
    for folder in [path for path in (home.folder / "landing").rglob("*") if path.is_dir()]:
        os.utime(folder, (long_ago, long_ago))
    (home.folder / ATTEMPTED).touch()
    os.utime(home.folder / ATTEMPTED, (long_ago, long_ago))


@pytest.mark.parametrize("count", [2, 8])
def test_a_worker_killed_in_the_middle_changes_no_row(
    count: int, server: Postgres, pristine: tuple[Home, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Files that come while a run is on are judged by a second one, by which a past fact that was told has become history.
    again = Home(shutil.copytree(pristine[0].folder, tmp_path / "again"))
    again.run()
    homes = write_regencies(tmp_path, count)
    first, monitor = homes[0], "monitor_disbursement__52_05"
    with province(tmp_path, server, monkeypatch) as (services, api):
        killed: list[str] = []

        def caught_at_work() -> bool:
            name = worker_at_work(services, api, monitor, "transform")
            if name is not None:
                services.stop_service(name, signal.SIGKILL)
                killed.append(name)
            return name is not None

        wait("dbt works for the first regency", services, api, caught_at_work)
        wait(
            "the death is noticed", services, api,
            lambda: any(run.dag_id == monitor and run.state == "failed" for run in api.runs()),
        )  # fmt: skip
        assert not is_published(first)
        pretend_that_the_pause_is_over(first)
        # With one worker from here on.
        wait(
            "every regency is published", services, api,
            lambda: all(map(is_published, homes)) and not any(run.works for run in api.runs()),
        )  # fmt: skip
    assert {} in [differing(first.folder, home.folder) for home in (pristine[0], again)]
    expected = pristine[0].audit(COUNTED)
    for home in homes:
        assert home.audit(COUNTED) == expected
