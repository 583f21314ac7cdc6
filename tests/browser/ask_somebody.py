"""Puts a question to a person into Airflow's metadata, as the task `ask` of `decide_lists` does: DAG and run are arguments."""

import sys

from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import select

dag_id, run_id = sys.argv[1:]
with create_session() as session:
    task = session.scalars(
        select(TaskInstance).where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id)
    ).first()
    session.add(HITLDetail(ti_id=task.id, options=["yes", "no"], subject=f"Question of {dag_id}", params={}))
