"""The DAG over all regencies: there only where something is over them, woken by any of them, and nobody's but the province's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.config.regencies import PROVINCE_ROLE
from tests.dags.conftest import HERE, LISTED, REPOSITORY, airflow_environment, run_python
from tests.province import province_part

OVER_ALL = province_part("homes/province", "Asia/Jayapura", "queue: barat")


@pytest.fixture(scope="module")
def over_all(regencies: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What Airflow finds in the DAG's file where a province stands over several regencies."""
    listed = regencies.with_name("with_province.yml")
    listed.write_text(LISTED + OVER_ALL)
    environment = airflow_environment(tmp_path_factory.mktemp("province"), PANTAU_REGENCIES=str(listed))
    environment["AIRFLOW__CORE__DAGS_FOLDER"] = str(REPOSITORY / "dags" / "rollup_province.py")
    return json.loads(run_python([str(HERE / "describe_dags.py")], environment))


def test_any_regencys_publication_wakes_it_and_so_does_the_morning(over_all):
    assert (over_all["ids"], over_all["errors"]) == (["rollup_province"], {})
    dag = over_all["dags"]["rollup_province"]
    assert dag["wakers"] == [f"audit_database__{code}" for code in ("52_05", "52_06", "91_71")]
    assert (dag["timetable"], dag["timezone"]) == ("AssetOrTimeSchedule", "Asia/Jayapura")
    assert dag["catchup"] is False
    assert dag["max_active_runs"] == 1


def test_a_run_rolls_up_and_tells_and_leaves_it_to_one_that_waits(regencies: Path, tmp_path: Path):
    listed = regencies.with_name("to_run.yml")
    listed.write_text(LISTED + OVER_ALL.replace("homes/province", str(tmp_path / "province")))
    environment = airflow_environment(
        tmp_path, PANTAU_REGENCIES=str(listed), PANTAU_NOW="2024-02-16T09:00:00+08:00"
    )
    environment["AIRFLOW__CORE__DAGS_FOLDER"] = str(REPOSITORY / "dags" / "rollup_province.py")
    alone, beside_one_that_waits = json.loads(run_python([str(HERE / "run_province.py")], environment))
    assert alone == {"roll_up": "success", "tell": "success"}
    assert beside_one_that_waits == {"roll_up": "skipped", "tell": "skipped"}
    # No regency has published: that is told, and is no reason to fail.
    [letter] = (tmp_path / "province" / "outbox").glob("*.eml")
    assert b"tkpk@ntb.example" in letter.read_bytes()


def test_it_is_the_provinces_alone(over_all):
    given = over_all["dags"]["rollup_province"]["access_control"]
    assert given == {PROVINCE_ROLE: {"DAGs": ["can_edit", "can_read"]}}


def test_it_is_documented_queued_and_light_to_read(over_all):
    dag = over_all["dags"]["rollup_province"]
    assert "Clear or re-run?" in dag["doc"]
    for task_id, task in dag["tasks"].items():
        assert all(word in task["doc"] for word in ("**Reads**", "**writes**", "**Clear**")), task_id
        assert (task["queue"], task["outlets"], task["tells"]) == (
            "barat",
            [],
            ["tell_the_provinces_engineer"],
        )
    assert dag["tasks"]["roll_up"]["links"] == ["Provinsi"]
    assert (over_all["opened"], over_all["heavy"]) == ([], [])


def test_without_a_province_there_is_no_such_dag(several):
    assert "rollup_province" not in several["ids"]
