"""One running Airflow for all tests here: four services, a home of its own, a mail server that keeps what it is sent."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from include.demonstration.airflow_api import ASKING, AirflowApi, DagRun
from include.demonstration.mailbox import Mailbox
from include.demonstration.services import AirflowServices
from include.demonstration.stage import copy_configuration

REPOSITORY = Path(__file__).parents[3]
NOW = "2024-02-13T09:00+08:00"
PATIENCE_SECONDS = 240
"""Far more than is needed, so that a busy machine fails no test."""


@dataclass
class Running:
    """What a test sees of the running Airflow."""

    services: AirflowServices
    api: AirflowApi
    mailbox: Mailbox
    home: Path

    def drop(self, path: str, content: str) -> None:
        """Writes under a temporary name and renames, as a careful client does."""
        target = self.home / "inbox" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.part")
        unfinished.write_text(content)
        unfinished.rename(target)

    def audit(self, sql: str) -> list[tuple]:
        published = self.home / "audit" / "pantau.duckdb"
        if not published.exists():
            return []
        with duckdb.connect(str(published), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def wait(self, what: str, condition) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            self.services.check()
            if time.monotonic() > deadline:
                pytest.fail(f"{what}: not within {PATIENCE_SECONDS} s; runs: {self.api.runs()}")
            time.sleep(0.3)

    def wait_until_idle(self) -> None:
        """No run under way and none to come, seen twice: an event becomes a run a moment later."""
        calm = 0

        def idle() -> bool:
            nonlocal calm
            busy = self.api.woken() or any(run.works for run in self.api.runs())
            calm = 0 if busy else calm + 1
            return calm >= 6

        self.wait("Airflow is idle", idle)

    def last_run(self, dag_id: str) -> DagRun:
        return [run for run in self.api.runs() if run.dag_id == dag_id][-1]

    def get(self, path: str, **params) -> dict:
        return self.api.request("GET", path, params=params).raise_for_status().json()

    def links(self, run: DagRun, task_id: str, map_index: int = -1) -> dict[str, str]:
        """The buttons on a task's instance: what each says and where it leads."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}/links"
        return self.get(path, map_index=map_index)["extra_links"]

    def questions(self) -> list[dict]:
        """What people are asked and have not answered."""
        return self.get(f"/api/v2/dags/{ASKING}/dagRuns/~/hitlDetails", response_received=False)[
            "hitl_details"
        ]

    def answer(self, question: dict, option: str, reason: str) -> None:
        task = question["task_instance"]
        path = "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/hitlDetails"
        said = {"chosen_options": [option], "params_input": {"reason": reason}}
        self.api.request("PATCH", path.format(**task), json=said).raise_for_status()

    def let_the_time_be_over(self, run_id: str) -> None:
        """Puts a run's deadline where it had to be done at once; how long it has, the configuration says."""
        self._change(
            "update deadline set deadline_time = created_at where dagrun_id = (select id from dag_run where run_id = ?)",
            run_id,
        )

    def let_the_clock_strike(self, dag_id: str) -> None:
        """Moves a DAG's next time a day back, so that the scheduler finds that it has come."""
        times = ("", "_data_interval_start", "_data_interval_end", "_create_after")
        earlier = (f"next_dagrun{one} = datetime(next_dagrun{one}, '-1 day')" for one in times)
        self._change(f"update dag set {', '.join(earlier)} where dag_id = ?", dag_id)

    def _change(self, sql: str, *parameters: str) -> None:
        with closing(sqlite3.connect(self.home / "airflow" / "airflow.db", timeout=60)) as database, database:
            assert database.execute(sql, parameters).rowcount == 1

    def failed_runs(self) -> list:
        return [run for run in self.api.runs() if run.state == "failed"]


@pytest.fixture(scope="module")  # no longer: beside what comes next it would take a third of a core
def airflow(tmp_path_factory):
    from include.demonstration.__main__ import prepare_dbt

    prepare_dbt()
    folder = tmp_path_factory.mktemp("airflow")
    home, configuration = folder / "home", folder / "configuration"
    copy_configuration(REPOSITORY / "include" / "config" / "dompu", configuration, settle_seconds=2)
    with Mailbox(folder / "mailbox") as mailbox:
        environment = {"PANTAU_NOW": NOW, "PANTAU_CONFIG": str(configuration), "PANTAU_SMTP_URL": mailbox.url}
        with AirflowServices(home, environment) as services:
            api = AirflowApi(services)
            running = Running(services, api, mailbox, home)
            running.wait("all DAGs are read", lambda: len(api.dags()) == 6)
            assert api.import_errors() == []
            yield running
