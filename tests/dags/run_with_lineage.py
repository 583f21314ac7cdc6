"""Runs the smallest DAG once with OpenLineage switched on, as somebody does who sets its variables and nothing else."""

import os

from airflow.dag_processing.dagbag import DagBag

DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).get_dag("watch_schedule").test()
