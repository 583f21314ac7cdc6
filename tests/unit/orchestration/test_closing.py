"""How a run is closed: which steps it lacks, who has been told of them, and what a success leaves behind."""

from __future__ import annotations

import os
import time
from email import message_from_bytes
from email.policy import default
from types import SimpleNamespace

import pytest

from include.inbox import unpublished
from include.orchestration import failures, steps
from include.orchestration.outcome import StepsFailed
from include.settings import REPOSITORY

PRODUCER = "dbt.dbt_producer_watcher"
REQUIRED = ("load", PRODUCER, "validate", "publish")
GOOD = dict.fromkeys([*REQUIRED, "dbt.rows_judged_run", "alert"], "success")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_CONFIG", str(REPOSITORY / "include" / "config" / "dompu"))
    monkeypatch.delenv("PANTAU_SMTP_URL", raising=False)
    steps.open_workspace().settings.make_folders()
    return tmp_path / "home"


def close(not_loaded=(), loaded_at=None, no_brief=None, **states):
    """Closes a run whose tasks ended so."""
    ended = GOOD | {step.replace("__", "."): state for step, state in states.items()}
    load = {"not_loaded": list(not_loaded), "loaded_at": loaded_at or time.time()}
    ti = SimpleNamespace(
        dag_id="monitor_disbursement",
        run_id="run",
        task_id="close_run",
        map_index=-1,
        try_number=1,
        log_url="-",
    )
    ti.get_task_states = lambda **_: {"run": ended}
    left = {}
    told = {"load": load, "publish": {"no_brief": no_brief}}
    ti.xcom_pull = lambda task_ids, key=None: told.get(task_ids)
    ti.xcom_push = lambda key, value: left.update({key: value})
    try:
        steps.close(None, ti, "run", REQUIRED, PRODUCER)
    except StepsFailed as error:
        failures.tell_the_engineer({"ti": ti, "exception": error})
        return error
    return None


def mails(home):
    found = [path.read_bytes() for path in (home / "outbox").glob("*-failure-*.eml")]
    return [message_from_bytes(content, policy=default).get_content() for content in found]


def test_a_run_whose_dbt_was_skipped_mails_the_engineer_what_it_lacks(home):
    """After a restart Cosmos skips the producer, and what waits for it: nothing has failed by itself, so nothing has mailed."""
    skipped = {"dbt__dbt_producer_watcher": "skipped", "validate": "skipped", "publish": "skipped"}
    error = close(**skipped, dbt__rows_judged_run="failed")
    assert error.told_already is False
    [mail] = mails(home)
    assert f"not done, and left to a new run: {PRODUCER}, validate, publish" in mail
    assert "new run follows by itself" in mail
    close(**skipped, dbt__rows_judged_run="failed")
    assert len(mails(home)) == 1


def test_a_failed_step_has_mailed_by_itself(home):
    error = close(
        dbt__dbt_producer_watcher="failed", dbt__rows_judged_run="failed", validate="upstream_failed"
    )
    assert str(error) == f"failed: {PRODUCER}, dbt.rows_judged_run"
    assert mails(home) == []


def test_a_task_that_only_watches_and_failed_alone_is_told_of(home):
    assert close(dbt__rows_judged_run="failed").told_already is False
    assert "dbt.rows_judged_run" in mails(home)[0]


def test_a_submission_that_could_not_be_loaded_is_told_of(home):
    assert close(not_loaded=["s1"]).told_already is False
    assert "submission s1 could not be loaded" in mails(home)[0]


def test_a_brief_that_could_not_be_made_is_told_of(home):
    assert close(no_brief="OSError: no space left").told_already is False
    assert "the coordination brief could not be made (OSError: no space left)" in mails(home)[0]


def test_only_a_success_publishes_what_has_landed(home):
    feed = home / "landing" / "feed"
    feed.mkdir(parents=True)
    landed = time.time() - 1000
    os.utime(feed, (landed, landed))
    close(publish="skipped", loaded_at=landed + 1)
    settings = steps.open_workspace().settings
    assert unpublished.is_due(settings)
    assert close(loaded_at=landed + 1) is None
    os.utime(home / unpublished.ATTEMPTED, (0, 0))
    assert not unpublished.is_due(settings)
