"""How long a DAG file is read, and how much memory that takes: all regencies at once, and one task's own DAG."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.scale.regencies import make_regencies
from include.orchestration.regencies import DAGS
from include.settings import REPOSITORY

COUNTS = (1, 50, 514)
_READ = """
import json, resource, sys, time
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
wall, cpu = time.perf_counter(), time.process_time()
bag = DagBag(sys.argv[1])
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps({"dags": len(bag.dags), "tasks": sum(len(dag.tasks) for dag in bag.dags.values()),
    "errors": len(bag.import_errors), "seconds": round(wall, 2), "cpu_seconds": round(cpu, 2),
    "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""


def measure(folder: Path, counts: list[int]) -> list[dict[str, Any]]:
    """A row for each count and file; of three readings the quickest, because others use the machine too."""
    rows = []
    for count in counts:
        listed = make_regencies(folder, count)
        for file in DAGS:
            rows.append({"regencies": count, "file": file, **_quickest(folder, listed, file, None)})
        first = next(iter(sorted((folder / "configuration").iterdir()))).name.replace(".", "_")
        dag = f"monitor_disbursement__{first}"
        rows.append(
            {
                "regencies": count,
                "file": "a task's own DAG",
                **_quickest(folder, listed, "monitor_disbursement", dag),
            }
        )
    return rows


def _quickest(folder: Path, listed: Path, file: str, dag: str | None) -> dict[str, Any]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PANTAU"))},
        "AIRFLOW_HOME": str(folder / "airflow-parse"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "PANTAU_REGENCIES": str(listed),
        **({"_AIRFLOW_PARSING_CONTEXT_DAG_ID": dag} if dag else {}),
    }
    found = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", _READ, str(REPOSITORY / "dags" / f"{file}.py")],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
    return dict(min(found, key=lambda one: one["cpu_seconds"]))
