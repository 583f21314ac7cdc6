"""Runs DAGs on a fresh home, by `dag.test()`, as RUNS says, and prints what became of the tasks as JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)
subprocess.run(
    [sys.executable, "-m", "airflow", "pools", "import", os.environ["POOLS_FILE"]],
    check=True,
    capture_output=True,
)

from airflow.dag_processing.dagbag import DagBag  # noqa: E402

from include.audit.query import query  # noqa: E402
from include.demonstration.dropping import drop  # noqa: E402
from include.orchestration import dbt_tasks  # noqa: E402
from include.workspace import Workspace  # noqa: E402

# The supervisor inside `dag.test()` takes itself away from all threads while it answers one, and dbt then hangs now and
# then; a worker's supervisor answers under a lock. So here dbt's thread tells Airflow by itself.
dbt_tasks._Pushing = lambda push: lambda key, value: push(key=key, value=value)

# One process runs one task after the other here, so a task that watches dbt would wait for what comes after it.
WATCHING = r"dbt\..*_run"

bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
ws = Workspace.open(os.environ.get("REGENCY"))
for file in Path(os.environ["FILES"]).rglob("*.csv"):
    drop(file, ws.settings.inbox / file.relative_to(os.environ["FILES"]))


def receipt_of(file_name):
    found = query(ws, f"select receipt_number from audit.submissions where file_name = '{file_name}'")
    return found.rows[0][0]


outcome = {}
for run_name, dag_id, conf in json.loads(os.environ["RUNS"]):
    if conf.get("submissions"):
        conf["submissions"] = [receipt_of(file) for file in conf["submissions"]]
    # `dag.test()` cannot end a run that has a deadline: Airflow looks for it in the database, where the DAG processor puts it.
    bag.get_dag(dag_id).deadline = None
    run = bag.get_dag(dag_id).test(run_conf=conf, mark_success_pattern=WATCHING)
    outcome[run_name] = {
        "state": str(run.state),
        "run_id": run.run_id,
        "tasks": {
            f"{ti.task_id}{ti.map_index if ti.map_index >= 0 else ''}": str(ti.state)
            for ti in run.get_task_instances()
        },
    }
print()
print(json.dumps(outcome))
