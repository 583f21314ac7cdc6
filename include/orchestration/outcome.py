"""How a DAG run ended, derived from its steps.

Airflow takes a run's outcome from its last task. Ours runs whatever happened, to close the books, so it would
call every run a success: it has to look at the steps itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from include.config.regencies import regency_of
from include.orchestration import notes
from include.orchestration.links import address

BROKEN = ("failed", "upstream_failed")


class StepsFailed(AirflowFailException):
    """Steps of the run failed, or did not succeed. `told_already`: the data engineer has their mails by now."""

    def __init__(self, steps: list[str], told_already: bool) -> None:
        what = "failed" if told_already else "not done, and left to a new run"
        super().__init__(f"{what}: {', '.join(steps)}")
        self.told_already = told_already


def failed_steps(
    ti: Any, run_id: str, required: tuple[str, ...] = (), silent: Callable[[str], bool] = lambda step: False
) -> tuple[list[str], bool]:
    """The steps for which a run fails, and whether one of them has mailed the data engineer by itself.

    Where none has (all that failed are `silent`, or none failed at all: skipped after a restart of Airflow, say), they are
    the required steps that did not succeed.
    """
    states: dict[str, str] = ti.get_task_states(dag_id=ti.dag_id, run_ids=[run_id]).get(run_id, {})
    failed = sorted(step for step, state in states.items() if state == "failed")
    if not all(silent(step) for step in failed):
        return failed, True
    lacking = [step for step in required if states.get(step) != "success"]
    return lacking or failed or sorted(step for step, state in states.items() if state in BROKEN), False


def conclude_run(ti: Any, run_id: str) -> None:
    """Leaves the note and fails when a step has failed. Mapped steps leave the telling to this mail, others have told already."""
    failed, mailed = failed_steps(ti, run_id, silent=_is_mapped)
    dealt_out = [one for tasks in returned(ti, "claim") for one in tasks]
    note = notes.of_ingest(
        returned(ti, "ingest"), dealt_out, failed, lambda page: address(page, regency_of(ti.dag_id))
    )
    ti.xcom_push(key=notes.NOTE, value=note)
    if failed:
        raise StepsFailed(failed, told_already=mailed and not any(_is_mapped(step) for step in failed))


def returned(ti: Any, step: str) -> list[Any]:
    """Everything in the lists that a step has returned, be it one task or mapped over several.

    Asked for in a list, because Airflow answers for a single name with the bare value where there is but one instance.
    """
    return [one for some in ti.xcom_pull(task_ids=[step]) if some for one in some]


def _is_mapped(step: str) -> bool:
    # Airflow names the instances of a mapped task `ingest_0`, `ingest_1`, …
    return step.rpartition("_")[2].isdigit()
