"""When a morning without a run is told of: by the regency's clock, after some patience, and not of a run that began."""

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
