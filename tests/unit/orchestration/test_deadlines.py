"""When the pipeline itself is late: a morning without a run, by the regency's clock, and a run that is not done in time."""

import asyncio
import os
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk.exceptions import AirflowFailException

from include.inbox.unpublished import ATTEMPTED
from include.orchestration import deadlines
from include.settings import REPOSITORY

ZONE = ZoneInfo("Asia/Makassar")


def at(hour, minute=0, day=12):
    return datetime(2024, 2, day, hour, minute, tzinfo=ZONE).timestamp()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path))
    monkeypatch.setenv("PANTAU_CONFIG", str(REPOSITORY / "include" / "config" / "dompu"))
    return tmp_path


@pytest.mark.parametrize(
    ("now", "begun", "late"),
    [
        (at(7, 30), at(7, 1), False),
        (at(7, 30), at(6, 59), True),
        (at(7, 29), at(6, 59), False),  # yesterday's morning is the last whose half hour is over
        (at(7, 29), at(6, 59, day=11), True),
        (at(23), at(7), False),
        (at(7, 30), None, True),
    ],
)
def test_a_morning_without_a_run_is_told_of(home, monkeypatch, now, begun, late):
    monkeypatch.setattr(deadlines.time, "time", lambda: now)
    if begun is not None:
        (home / ATTEMPTED).touch()
        os.utime(home / ATTEMPTED, (begun, begun))
    if late:
        with pytest.raises(
            AirflowFailException, match="no run of monitor_disbursement has begun since 2024-02-1"
        ):
            deadlines.require_a_run_this_morning(None)
    else:
        assert deadlines.require_a_run_this_morning(None).startswith("a run has begun at 2024-02-1")


def test_a_run_that_is_not_done_in_time_is_told_of_once_an_hour(home, monkeypatch):
    monkeypatch.delenv("PANTAU_SMTP_URL", raising=False)
    for run_id in ("first", "second"):
        run = {
            "dag_id": "monitor_disbursement",
            "dag_run_id": run_id,
            "state": "running",
            "queued_at": "2024-02-12T00:00:00Z",
        }
        asyncio.run(deadlines.tell_that_a_run_is_late({"dag_run": run}))
    [mail] = (home / "outbox").glob("*-late-*.eml")
    told = mail.read_text()
    assert "To: data.engineer@dompukab.example" in told
    assert "Run:    first" in told
    assert "/dags/monitor_disbursement/runs/first" in told
    assert "is running although it should be done by now" in told


def test_a_run_that_ended_late_is_not_called_unfinished(home, monkeypatch):
    monkeypatch.delenv("PANTAU_SMTP_URL", raising=False)
    run = {
        "dag_id": "ingest_submissions",
        "dag_run_id": "r",
        "state": "success",
        "queued_at": "2024-02-12T00:00:00Z",
    }
    asyncio.run(deadlines.tell_that_a_run_is_late({"dag_run": run}))
    [mail] = (home / "outbox").glob("*-late-*.eml")
    assert "A run of ingest_submissions took longer than it may (success)." in mail.read_text()
