"""What the DAGs share: owner, retries, the mail about failures, params with a form, the morning's hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, Param

from include.audit.stated_reason import SHORTEST
from include.orchestration.failures import tell_the_engineer

WAREHOUSE_POOL = "warehouse"
"""The writer's pool where there is one regency. The lock file beside the warehouse guards against `pantau run` as well."""

MORNING_HOUR = 7
"""Seven o'clock in the regency's time zone."""

MONITOR_PARAMS = {
    "as_of": Param(
        None,
        type=["null", "string"],
        format="date",
        title="As of",
        description="Judge by this day. Empty: today in the regency's time zone. With another day than today "
        "e-mails are written to outbox/ and recorded, never sent.",
    ),
    "dry_run": Param(
        False,
        type=["null", "boolean"],
        title="Alerts: dry run",
        description="Write the e-mails that are due to outbox/ and record them, but send none.",
    ),
}

REPLAY_PARAMS = {
    "submissions": Param(
        [],
        type=["null", "array"],
        items={"type": "string"},
        title="Either: these submissions",
        description="Ids or receipt numbers, one a line, as the page Berkas shows them, for example TT-20240203-S01234567.",
    ),
    "day": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Or: what was received on this day",
        description="A day in the regency's time zone.",
    ),
    "everything": Param(
        False,
        type=["null", "boolean"],
        title="Or: everything",
        description="Every file of which the archive still holds the original.",
    ),
    "reason": Param(
        type="string",
        maxLength=500,
        title="Reason",
        description=f"What for, in {SHORTEST} characters or more. It is published with the replay, and auditors read it: "
        "name no person.",
    ),
}
"""What to read anew: exactly one of the first three, and why.

Airflow's form marks what may not be null as required. Of what a param's schema refuses it says no more than "Bad Request", so
the step itself says what is missing.
"""

TAGS = ["pantau-salur"]


def default_args() -> dict[str, Any]:
    """For every task but dbt's: two more tries, and a mail to the data engineer when they have failed too."""
    return {
        "owner": "data-engineering",
        "retries": 2,
        "retry_delay": timedelta(seconds=20),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": tell_the_engineer,
    }


def every_morning(timezone: str, hour: int = MORNING_HOUR) -> CronTriggerTimetable:
    """The regency's morning. A new installation waits for its first one; it does not make up for the one before."""
    return CronTriggerTimetable(f"0 {hour} * * *", timezone=timezone, run_immediately=timedelta(0))


def feeds_param() -> Param:
    """Which feeds to take in."""
    return Param(
        [],
        type=["null", "array"],
        items={"type": "string"},
        title="Only these feeds",
        description="Folders below inbox/, one a line, for example dkp/beras/penyaluran. Empty: all.",
    )
