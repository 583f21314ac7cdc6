"""Gives a run its note when the scheduler closes it: Airflow calls this with the run, in its own transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.listeners import hookimpl

from include.orchestration.notes import NOTE, PREFIX

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun


@hookimpl
def on_dag_run_success(dag_run: DagRun, msg: str) -> None:
    """The run has succeeded."""
    _take_note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: DagRun, msg: str) -> None:
    """The run has failed; one without a last task (killed, or marked by hand) has left no note."""
    _take_note(dag_run)


def _take_note(dag_run: DagRun) -> None:
    # What Airflow's database needs is imported where there is a run: every process of Airflow loads the plugin.
    from airflow.models.xcom import XComModel
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None or (dag_run.note or PREFIX)[: len(PREFIX)] != PREFIX:
        return
    left = XComModel.get_many(run_id=dag_run.run_id, dag_ids=dag_run.dag_id, key=NOTE, limit=1)
    found = session.scalars(left).first()
    if found is not None:
        dag_run.note = XComModel.deserialize_value(found)
