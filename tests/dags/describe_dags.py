"""Reads `dags/` as Airflow does and prints what it finds as JSON; fails when reading opens a database or a socket."""

import json
import os
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import airflow.sdk  # noqa: F401 - what Airflow itself does when imported is not ours to judge
import duckdb
from airflow.dag_processing.dagbag import DagBag

HEAVY = ("great_expectations", "splink", "pandas", "dbt.cli.main")
opened: list[str] = []


def _connect(*arguments, **_):
    opened.append(f"duckdb.connect{arguments}")
    raise RuntimeError("a DAG file opened a database while it was read")


def _socket_connect(self, address):
    opened.append(f"socket to {address}")
    raise RuntimeError("a DAG file opened a connection while it was read")


duckdb.connect = _connect
socket.socket.connect = _socket_connect
before = set(sys.modules)
bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])


def _task(task):
    return {
        "doc": task.doc_md,
        "owner": task.owner,
        "pool": task.pool,
        "queue": task.queue,
        "retries": task.retries,
        "trigger_rule": str(task.trigger_rule),
        "upstream": sorted(task.upstream_task_ids),
        "outlets": [outlet.name for outlet in task.outlets],
        "tells": [getattr(c, "__name__", "") for c in task.on_failure_callback or []],
        "links": sorted(link.name for link in task.operator_extra_links),
        "type": task.task_type,
    }


def _param(param):
    """Airflow's form marks what may not be null as required, and shows a description as it stands."""
    return {"required": "null" not in param.schema["type"], "description": param.description}


def _assets(condition):
    """All assets of a schedule's condition, however nested; none of a schedule by the clock or by hand."""
    inside = getattr(condition, "objects", None)
    if inside is None:
        return [condition] if hasattr(condition, "name") else []
    return [asset for one in inside for asset in _assets(one)]


def _watchers(dag):
    """The arguments of the triggers that watch for the DAG."""
    return [
        watcher.trigger.serialize()[1] if hasattr(watcher.trigger, "serialize") else watcher.trigger["kwargs"]
        for asset in _assets(dag.timetable.asset_condition)
        for watcher in asset.watchers
    ]


def _watches(state, try_number):
    """What becomes of a task that watches dbt, when the producer ended so and has told nothing of its model."""
    if "monitor_disbursement" not in bag.dags:
        return None
    task = bag.dags["monitor_disbursement"].get_task("dbt.rows_judged_run")
    ti = SimpleNamespace(dag_id="monitor_disbursement", run_id="run", try_number=try_number)
    ti.xcom_pull = lambda *_, **__: None
    ti.get_task_states = lambda **asked: {"run": dict.fromkeys(asked["task_ids"], state)}
    started = []
    type(task)._get_producer_task_status = lambda self, context: state
    type(task).build_and_run_cmd = lambda self, context, cmd_flags: started.append("started a dbt of its own")
    try:
        ended = task.prepare_for_execution().poke({"ti": ti, "run_id": "run"})
    except Exception as error:
        ended = type(error).__name__
    return started or ended


print(
    json.dumps(
        {
            "ids": sorted(bag.dags),
            "errors": {Path(file).name: text[-2000:] for file, text in bag.import_errors.items()},
            "opened": opened,
            "watching": {
                f"{state} {try_number}": _watches(state, try_number)
                for state in ("skipped", "failed", "upstream_failed", "success", "running")
                for try_number in (1, 2)
            },
            "heavy": [name for name in HEAVY if name in sys.modules and name not in before],
            "dags": {
                dag_id: {
                    "doc": dag.doc_md,
                    "tags": sorted(dag.tags),
                    "access_control": {
                        role: {name: sorted(actions) for name, actions in may.items()}
                        for role, may in (dag.access_control or {}).items()
                    },
                    "params": {name: _param(dag.params.get_param(name)) for name in dag.params},
                    "wakers": sorted(asset.name for asset in _assets(dag.timetable.asset_condition)),
                    "watchers": _watchers(dag),
                    "deadlines": [alert.interval.total_seconds() for alert in dag.deadline or []],
                    "catchup": dag.catchup,
                    "max_active_runs": dag.max_active_runs,
                    "timetable": type(dag.timetable).__name__,
                    "timezone": str(
                        getattr(getattr(dag.timetable, "timetable", dag.timetable), "timezone", "")
                    ),
                    "schedule": getattr(dag.timetable, "expression", ""),
                    "tasks": {task.task_id: _task(task) for task in dag.tasks},
                }
                for dag_id, dag in bag.dags.items()
            },
        },
        default=str,
    )
)
