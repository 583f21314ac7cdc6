"""Asks the running Airflow, through its public API, which runs there are and how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from include.demonstration.services import AirflowServices

DAG_IDS = ("ingest_submissions", "monitor_disbursement", "match_registries", "replay_submissions")
ASKING = "decide_lists"
"""The DAG whose runs wait for people, for days."""
_UNFINISHED = ("queued", "running")
_PAGE = 100


@dataclass(frozen=True)
class DagRun:
    """One run of a DAG."""

    dag_id: str
    run_id: str
    state: str
    run_type: str
    started: str | None
    ended: str | None
    note: str | None = None

    @property
    def works(self) -> bool:
        """Whether it is under way; one that waits for people is not."""
        return self.state in _UNFINISHED and self.dag_id != ASKING


class AirflowApi:
    """A client of one Airflow; logs in by itself, and again when the token has run out."""

    def __init__(self, services: AirflowServices) -> None:
        self._services = services
        self._client = httpx.Client(base_url=services.url, timeout=30)

    def runs(self) -> list[DagRun]:
        """All runs of our DAGs, oldest first."""
        found: list[DagRun] = []
        while True:
            page = self._get("/api/v2/dags/~/dagRuns", limit=_PAGE, offset=len(found), order_by="run_after")
            found += [
                DagRun(
                    run["dag_id"],
                    run["dag_run_id"],
                    run["state"],
                    run["run_type"],
                    run["start_date"],
                    run["end_date"],
                    run["note"],
                )
                for run in page["dag_runs"]
            ]
            if len(page["dag_runs"]) < _PAGE:
                return found

    def woken(self) -> bool:
        """Whether an asset event still waits to become a run."""
        return any(
            self._get(f"/api/v2/dags/{dag_id}/assets/queuedEvents", missing={}).get("queued_events")
            for dag_id in DAG_IDS
        )

    def task_instances(self, run: DagRun) -> list[dict[str, Any]]:
        """The tasks of a run."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances"
        found: list[dict[str, Any]] = self._get(path, limit=_PAGE)["task_instances"]
        return found

    def dags(self) -> set[str]:
        """The DAGs that Airflow has read."""
        return {dag["dag_id"] for dag in self._get("/api/v2/dags", limit=_PAGE)["dags"]}

    def import_errors(self) -> list[str]:
        """DAG files that cannot be read."""
        return [error["stack_trace"] for error in self._get("/api/v2/importErrors")["import_errors"]]

    def trigger(self, dag_id: str, **conf: Any) -> str:
        """Starts a run by hand; returns its id."""
        answer = self.request(
            "POST", f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf}
        )
        return str(answer.raise_for_status().json()["dag_run_id"])

    def _get(self, path: str, missing: Any = None, **params: Any) -> Any:
        answer = self.request("GET", path, params=params)
        if answer.status_code == httpx.codes.NOT_FOUND and missing is not None:
            return missing
        return answer.raise_for_status().json()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Asks anything of Airflow, logged in."""
        answer = self._client.request(method, path, **options)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            user, password = self._services.login
            token = self._client.post("/auth/token", json={"username": user, "password": password})
            self._client.headers["Authorization"] = (
                f"Bearer {token.raise_for_status().json()['access_token']}"
            )
            answer = self._client.request(method, path, **options)
        return answer
