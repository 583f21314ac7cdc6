"""Runs the province's DAG by `dag.test()`, and prints what became of its tasks as JSON: alone, then while a further run waits."""

import json
import subprocess
import sys

subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)

from airflow.dag_processing.dagbag import DagBag  # noqa: E402
from airflow.models import DagRun  # noqa: E402
from airflow.utils.session import create_session  # noqa: E402
from airflow.utils.types import DagRunType  # noqa: E402

bag = DagBag()
outcome = []
for waiting in (False, True):
    if waiting:
        with create_session() as session:
            waits = DagRun(
                dag_id="rollup_province", run_id="waits", run_type=DagRunType.MANUAL, state="queued"
            )
            session.add(waits)
    run = bag.get_dag("rollup_province").test()
    outcome.append({ti.task_id: str(ti.state) for ti in run.get_task_instances()})
print()
print(json.dumps(outcome))
