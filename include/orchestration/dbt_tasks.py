"""dbt's models as tasks, while dbt runs once.

Cosmos's WATCHER mode starts one `dbt build` (the producer) and shows each model as a task that watches for
its end. Only the producer writes, so only the producer takes the writer's place; tests run inside that one
build and fail it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from airflow.sdk.exceptions import AirflowFailException
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

from include.orchestration.defaults import WAREHOUSE_POOL
from include.orchestration.failures import tell_the_engineer
from include.orchestration.lenient import warehouse
from include.transform import MANIFEST, PROJECT, _close_connections, adapt_dbt, require_alone

log = logging.getLogger("pantau.dag")

GROUP = "dbt"
PRODUCER = f"{GROUP}.dbt_producer_watcher"
# Every task costs the start of a process: steps of a step are not shown (dbt_project.yml).
INNER = "tag:inner"

_PRODUCER_DOC = """
Runs **one** `dbt build` over the whole project, tests included, and tells the tasks beside it how each model
ends.

**Reads** `raw`, `ledger` and `reference` of `warehouse.duckdb`; **writes** everything else in it.
**Re-run, do not clear**: Cosmos skips a second attempt, as after a restart of Airflow. The run then fails, and
a new one follows by itself; it judges everything anew.
"""
_MODEL_DOC = """
Watches model `{model}` in the one `dbt build` of `dbt_producer_watcher`; its log shows the model's own lines.

**Reads** and **writes** nothing itself. **Clear** freely: it only looks again how that build ended, and never
runs dbt.
"""
_GATE_DOC = "Ends with the producer. **Reads** and **writes** nothing. **Re-run, do not clear.**"

# Keys under which Cosmos's producer tells: the last of all, and those of tests, for which there are no tasks.
_LAST_KEY = "task_status"
_TEST_KEYS = ("test__", "unit_test__")

# What the producer's process holds while dbt runs; a killed process gives it back by ending.
_held = ExitStack()


def dbt_models() -> DbtTaskGroup:
    """The task group; needs the manifest that `dbt parse` makes (`make setup`, `make run`, the image)."""
    if not MANIFEST.exists():
        raise FileNotFoundError(f"{MANIFEST} is missing: `make run` makes it, or `dbt parse` in {PROJECT}")
    place = warehouse()
    group = DbtTaskGroup(
        group_id=GROUP,
        project_config=ProjectConfig(
            dbt_project_path=PROJECT, manifest_path=MANIFEST, install_dbt_deps=False
        ),
        profile_config=ProfileConfig(
            profile_name="pantau",
            target_name=place.dbt_target,
            profiles_yml_filepath=PROJECT / "profiles.yml",
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            invocation_mode=InvocationMode.DBT_RUNNER,
            setup_operator_args={
                "pool": WAREHOUSE_POOL,
                "pre_execute": _take_the_warehouse,
                "post_execute": _give_the_warehouse_back,
                # Cosmos leaves tests out of the build when it shows no task for them: this puts them back.
                "dbt_cmd_flags": ["--resource-type", "test"],
                "on_failure_callback": tell_the_engineer,
            },
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST, test_behavior=TestBehavior.NONE, exclude=[INNER]
        ),
        operator_args={
            "deferrable": False,
            "poke_interval": 0.5,
            "install_deps": False,
            "emit_datasets": False,
            "env": place.dbt_environment,
            "append_env": True,
            "pool": "dbt_models",
            "execution_timeout": timedelta(hours=1),
            # One mail a failed build, from the producer, not one a model.
            "on_failure_callback": None,
        },
        # A watcher that failed has nothing to try again: the build has ended.
        default_args={"retries": 0},
    )
    # What is not shown is built all the same: Cosmos would hand the producer the same choice.
    producer(group).exclude = None
    _describe(group)
    _keep_to_watching(group)
    return group


def producer(group: DbtTaskGroup) -> Any:
    """The task that runs dbt: what follows need not wait for the tasks that watch."""
    return next(task for task in group.iter_tasks() if task.task_id == PRODUCER)


def _describe(group: DbtTaskGroup) -> None:
    for task in group.iter_tasks():
        model = getattr(task, "model_unique_id", None)
        if model:
            task.doc_md = _MODEL_DOC.format(model=model.rsplit(".", 1)[-1])
        else:
            task.doc_md = _PRODUCER_DOC if task.task_id == PRODUCER else _GATE_DOC


def _keep_to_watching(group: DbtTaskGroup) -> None:
    # Where the producer was skipped or a watcher is tried again (cleared, or orphaned by a restart), Cosmos lets each
    # watcher run its model in a dbt of its own: 28 writers, outside the pool and outside our lock file. Cosmos has no
    # setting against it, and chooses the class of these tasks by itself, so the method is replaced on each of them.
    for task in group.iter_tasks():
        if getattr(task, "model_unique_id", None):
            task._fallback_to_non_watcher_run = _tell_how_the_build_ended


def _tell_how_the_build_ended(try_number: int, context: Any) -> bool:
    ti = context["ti"]
    states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[PRODUCER], run_ids=[ti.run_id])
    state = states.get(ti.run_id, {}).get(PRODUCER)
    if state == "success":
        return True
    raise AirflowFailException(
        f"{PRODUCER} ended as {state}, so this model was not built; a new run builds all of them"
    )


class _Pushing:
    """Tells Airflow how the models fare from a thread of its own, so that dbt does not wait for Airflow at every event.

    Measured on 28 models and 43 tests: dbt alone takes 4 seconds; 19 where each event waits for its answer.
    """

    def __init__(self, push: Callable[..., None]) -> None:
        self._push = push
        self._events: SimpleQueue[tuple[str, Any] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="tell-airflow", daemon=True)
        self._thread.start()

    def __call__(self, key: str, value: Any) -> None:
        """Queues an event. The last one, after success as after failure, waits until all are told."""
        if key == _LAST_KEY:
            self._events.put(None)
            self._thread.join()
            self._push(key=key, value=value)
        elif not key.startswith(_TEST_KEYS):
            self._events.put((key, value))

    def _work(self) -> None:
        while (event := self._events.get()) is not None:
            try:
                self._push(key=event[0], value=event[1])
            except Exception:  # a task that watches asks for the producer's own state in the end
                log.exception("Airflow could not be told of %s", event[0])


def _take_the_warehouse(context: Any) -> None:
    from include.orchestration.steps import open_workspace
    from include.warehouse.connection import writing_lock

    adapt_dbt()
    ti, started = context["ti"], monotonic()
    push = ti.xcom_push
    _held.enter_context(writing_lock(open_workspace(), "dbt"))
    _held.callback(lambda: push(key="seconds", value=round(monotonic() - started, 2)))
    object.__setattr__(
        ti, "xcom_push", _Pushing(push)
    )  # Airflow's class takes no attribute that it does not know


def _give_the_warehouse_back(context: Any, result: Any = None) -> None:
    from include.orchestration.steps import open_workspace

    try:
        require_alone(open_workspace())
    finally:
        # A task's process ends and closes everything; `dag.test()` runs all tasks in one, where dbt would keep the file open.
        _close_connections()
        _held.close()
