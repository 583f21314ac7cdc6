"""Tells the data engineer when the pipeline itself is late: a run that is not done, a morning without one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.configuration import conf
from airflow.sdk import CronTriggerTimetable
from airflow.sdk.definitions.deadline import AsyncCallback, DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowFailException

from include.config.regencies import regency_of, scoped
from include.inbox.unpublished import ATTEMPTED, mtime
from include.orchestration import lenient
from include.orchestration.defaults import MORNING_HOUR
from include.orchestration.failures import mail_the_engineer, office_of, short
from include.settings import Settings

_START = "start_deadline_minutes"


def run_deadline(regency: str | None) -> DeadlineAlert:
    """`run_deadline_minutes` after a run was queued, and `settle_seconds` more: so long it may wait for a still inbox."""
    minutes, settle = (lenient.deadline(name, regency) for name in ("run_deadline_minutes", "settle_seconds"))
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes, seconds=settle),
        callback=AsyncCallback("include.orchestration.deadlines.tell_that_a_run_is_late"),
        name="not done in time",
    )


async def tell_that_a_run_is_late(context: Mapping[str, Any]) -> None:
    """Airflow's triggerer calls this once a run, with the run as its public API shows it."""
    await asyncio.to_thread(_tell, context["dag_run"])


def _tell(run: Mapping[str, Any]) -> None:
    dag_id, run_id = run["dag_id"], run["dag_run_id"]
    url = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/dags/{dag_id}/runs/{run_id}"
    mail_the_engineer(
        office_of(regency_of(dag_id)),
        about=f"{dag_id} is late",
        number=f"late-{short(f'{dag_id}{run_id}')}",
        subject=f"{dag_id}: a run is not done in time",
        text=(
            f"A run of {dag_id} {_standing(run['state'])}.\n\n"
            f"Run:    {run_id}\nQueued: {run['queued_at']}\n\n{url}\n\n"
            "Look which task is running or waits: for the writer's pool (another run or a command is writing), for a\n"
            "still inbox (files keep coming), or for a worker (is the scheduler alive?). What was taken in is kept, the\n"
            "last published audit database stands. A longer limit: run_deadline_minutes in alerts.yml.\n"
        ),
    )


def _standing(state: str) -> str:
    # A run may end between its deadline and the scheduler's look at it.
    ended = state in ("success", "failed")
    return f"took longer than it may ({state})" if ended else f"is {state} although it should be done by now"


def after_the_morning(regency: str | None) -> CronTriggerTimetable:
    """`start_deadline_minutes` after the hour at which the morning's run is due."""
    hours, minutes = divmod(MORNING_HOUR * 60 + int(lenient.deadline(_START, regency)), 60)
    return CronTriggerTimetable(
        f"{minutes} {hours} * * *", timezone=lenient.region(regency).timezone, run_immediately=timedelta(0)
    )


def require_a_run_this_morning(regency: str | None) -> str:
    """Fails, and so mails, where no run has begun to load since the last morning that lies `start_deadline_minutes` back.

    Looks at a file in the home: neither the warehouse nor Airflow's database need be free for it. `pantau run` counts too.
    """
    due = _last_due(time.time(), regency)
    if (begun := mtime(Settings.of(regency).home / ATTEMPTED)) >= due.timestamp():
        return f"a run has begun at {datetime.fromtimestamp(begun, due.tzinfo):%Y-%m-%d %H:%M}"
    raise AirflowFailException(
        f"no run of {scoped('monitor_disbursement', regency)} has begun since {due:%Y-%m-%d %H:%M}: is the DAG paused, does an "
        "earlier run hang, was Airflow stopped? Until one has, nobody is told of deliveries that are missing. Trigger it by hand"
    )


def _last_due(now: float, regency: str | None) -> datetime:
    patience = timedelta(minutes=lenient.deadline(_START, regency))
    local = datetime.fromtimestamp(now, ZoneInfo(lenient.region(regency).timezone))
    due = local.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return due if local - due >= patience else due - timedelta(days=1)
