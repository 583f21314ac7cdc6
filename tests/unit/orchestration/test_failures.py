"""Whom a failed task is told to where there are several regencies: its own regency's engineer, or the province's."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from types import SimpleNamespace

import pytest

from include.orchestration import failures
from include.orchestration.outcome import StepsFailed
from include.orchestration.province import tell_the_provinces_engineer
from tests.province import province_part

CODES = ("52.05", "52.06")


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """The file that lists two regencies; their homes lie below `of`."""
    for code in CODES:
        (tmp_path / code).mkdir()
        (tmp_path / code / "alerts.yml").write_text(f"engineer_email: data@{code}.example\n")
    entries = [f'{{code: "{code}", configuration: "{code}", home: "of/{code}"}}' for code in CODES]
    file = tmp_path / "regencies.yml"
    file.write_text(f"regencies: [{', '.join(entries)}]\n{province_part('of/province')}")
    monkeypatch.setenv("PANTAU_REGENCIES", str(file))
    monkeypatch.delenv("PANTAU_SMTP_URL", raising=False)
    return file


def failed(dag_id: str, error: Exception) -> dict:
    """What Airflow hands to the callback of a task that has failed."""
    ti = SimpleNamespace(
        dag_id=dag_id, run_id="run", task_id="step", map_index=-1, try_number=3, log_url="-"
    )  # fmt: skip
    return {"ti": ti, "exception": error}


def told(homes):
    """Each mail's home and addressee."""
    found = {path.parents[1].name: path.read_bytes() for path in homes.glob("*/outbox/*-failure-*.eml")}
    return {home: message_from_bytes(content, policy=default)["To"] for home, content in found.items()}


def test_a_regencys_failure_is_told_to_its_own_engineer(listed):
    failures.tell_the_engineer(
        failed("ingest_submissions__52_06", StepsFailed(["claim"], told_already=False))
    )
    assert told(listed.with_name("of")) == {"52.06": "data@52.06.example"}


def test_the_roll_ups_failure_is_told_to_the_provinces_engineer_once(listed):
    homes = listed.with_name("of")
    for _ in range(2):
        tell_the_provinces_engineer(failed("rollup_province", OSError("no space left")))
    assert told(homes) == {"province": "data@ntb.example"}
    [path] = (homes / "province" / "outbox").iterdir()
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert mail["From"] == "Pantau Salur <pantau@ntb.example>"
    assert "rollup_province" in mail["Subject"]
    assert "OSError" in mail.get_content()


def test_without_an_engineer_the_provinces_coordinator_is_told(listed):
    listed.write_text(listed.read_text().replace("  engineer_email: data@ntb.example\n", ""))
    tell_the_provinces_engineer(failed("rollup_province", OSError("no space left")))
    assert told(listed.with_name("of")) == {"province": "tkpk@ntb.example"}


def test_where_the_province_is_gone_from_the_list_the_log_says_that_nobody_was_told(listed, caplog):
    listed.write_text(listed.read_text().partition("\n")[0])
    tell_the_provinces_engineer(failed("rollup_province", OSError("no space left")))
    assert "the part `province` of regencies.yml cannot be read" in caplog.text
    assert told(listed.with_name("of")) == {}
