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


def dbt_ended(*nodes: tuple[str, str, str]) -> Exception:
    """What Cosmos raises where models or tests failed: name, status and message of each."""
    from cosmos.dbt.runner import (
        handle_exception_if_needed,
    )  # not before Airflow, which imports Cosmos's plugin
    from cosmos.exceptions import CosmosDbtRunError

    results = [
        SimpleNamespace(node=SimpleNamespace(name=name), status=status, message=message)
        for name, status, message in nodes
    ]
    with pytest.raises(CosmosDbtRunError) as caught:
        handle_exception_if_needed(
            SimpleNamespace(success=False, exception=None, result=SimpleNamespace(results=results))
        )
    return caught.value


def test_of_a_failed_build_the_models_and_tests_are_named_and_no_value(listed):
    error = dbt_ended(
        ("stg_distribution", "success", "OK"),
        ("int_amounts", "error", "Runtime Error\n  Conversion Error: Could not convert string '5205019901900042' to INT32"),
        ("totals_are_conserved", "fail", "Got 3 results, configured to fail if != 0"),
    )  # fmt: skip
    failures.tell_the_engineer(failed("monitor_disbursement__52_05", error))
    [path] = (listed.with_name("of") / "52.05" / "outbox").iterdir()
    text = message_from_bytes(path.read_bytes(), policy=default).get_content()
    assert "int_amounts: Runtime Error" in text
    assert "Could not convert string … to INT32" in text
    assert "totals_are_conserved: Got 3 results" in text
    assert "stg_distribution" not in text
    assert "0042" not in text


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
