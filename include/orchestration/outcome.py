"""How a DAG run ended, derived from its steps.

Airflow takes a run's outcome from its last task. Ours runs whatever happened, to close the books, so it would
call every run a success: it has to look at the steps itself.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk.exceptions import AirflowFailException

BROKEN = ("failed", "upstream_failed")


class StepsFailed(AirflowFailException):
    """Steps of the run failed. `told_already`: each has mailed the data engineer by itself."""

    def __init__(self, steps: list[str], told_already: bool) -> None:
        super().__init__(f"failed: {', '.join(steps)}")
        self.told_already = told_already


def failed_steps(ti: Any, run_id: str, required: tuple[str, ...] = ()) -> list[str]:
    """The steps that failed, else the required ones that did not succeed (skipped after a clearing, say)."""
    states: dict[str, str] = ti.get_task_states(dag_id=ti.dag_id, run_ids=[run_id]).get(run_id, {})
    failed = [step for step, state in states.items() if state == "failed"]
    if failed:
        return sorted(failed)
    lacking = [step for step, state in states.items() if state in BROKEN]
    lacking += [step for step in required if states.get(step) != "success"]
    return sorted(set(lacking))


def conclude_run(ti: Any, run_id: str) -> None:
    """Fails when a step has failed. Mapped steps leave the telling to this mail, others have told already."""
    if failed := failed_steps(ti, run_id):
        raise StepsFailed(failed, told_already=not any(_is_mapped(step) for step in failed))


def _is_mapped(step: str) -> bool:
    # Airflow names the instances of a mapped task `ingest_0`, `ingest_1`, …
    return step.rpartition("_")[2].isdigit()
