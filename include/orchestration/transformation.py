"""How dbt shows in a DAG: a task a model where there is one regency, one task for all models where there are several.

With several, 31 tasks that only watch would be as many for every regency: nearly all that Airflow parses, stores and
schedules, and a place in the executor each (docs/performance.md has the figures). The one task is what `pantau run` calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow.sdk import task

from include.orchestration import steps
from include.orchestration.regencies import RegencyDags

_ONE_TASK = "transform"


@dataclass(frozen=True)
class Transformation:
    """dbt's place in the DAG.

    Attributes:
        shown: All that is shown of it: what runs dbt, and what watches.
        done: The task that runs dbt: what follows waits for it alone.
        dbt_task: That task's id.
    """

    shown: Any
    done: Any
    dbt_task: str


def transformation(regency: RegencyDags) -> Transformation:
    """Adds the task, or the group of tasks, to the DAG being built."""
    if regency.code is None:
        # Cosmos takes a second to import, and only this form needs it.
        from include.orchestration import dbt_tasks

        models = dbt_tasks.dbt_models()
        return Transformation(models, dbt_tasks.producer(models), dbt_tasks.PRODUCER)

    @task(task_id=_ONE_TASK, pool=regency.pool, retries=0)
    def transform(ti: Any) -> None:
        """Runs `dbt build` over the whole project, tests included.

        **Reads** `raw`, `ledger` and `reference` of `warehouse.duckdb`; **writes** everything else in it.
        **Re-run, do not clear**: only `load` finds out that tables were left half-built, and drops them.
        """
        steps.transform(regency.code, ti)

    built = transform()
    return Transformation(built, built, _ONE_TASK)
