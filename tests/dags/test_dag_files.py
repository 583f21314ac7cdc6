"""What Airflow reads from `dags/`: exactly our DAGs, documented, guarded, light to read and robust."""

import re

import pytest

from tests.dags.conftest import REPOSITORY

IDS = [
    "decide_lists", "ingest_submissions", "match_registries", "monitor_disbursement", "replay_submissions", "watch_schedule",
]  # fmt: skip
WRITERS = ["load", "dbt.dbt_producer_watcher", "validate", "publish", "receipts", "alert", "close_run"]


def test_exactly_our_dags_are_found(parsed):
    assert parsed["ids"] == IDS


def test_no_file_fails_to_import(parsed):
    assert parsed["errors"] == {}


def test_a_broken_configuration_takes_no_dag_from_the_list(broken_configuration):
    assert broken_configuration["ids"] == IDS
    assert broken_configuration["errors"] == {}


def test_reading_opens_nothing_and_imports_nothing_heavy(parsed):
    assert parsed["opened"] == []
    assert parsed["heavy"] == []


@pytest.mark.parametrize("dag_id", IDS)
def test_each_dag_is_documented_tagged_and_runs_one_at_a_time_but_for_questions(parsed, dag_id):
    dag = parsed["dags"][dag_id]
    assert "Clear or re-run?" in dag["doc"]
    assert "pantau-salur" in dag["tags"]
    assert dag["max_active_runs"] == (16 if dag_id == "decide_lists" else 1)
    assert dag["catchup"] is False


@pytest.mark.parametrize("dag_id", IDS)
def test_each_task_says_what_it_reads_and_writes_and_whether_to_clear(parsed, dag_id):
    for task_id, task in parsed["dags"][dag_id]["tasks"].items():
        doc = task["doc"] or ""
        assert "**Reads**" in doc, task_id
        assert "**writes**" in doc, task_id
        assert "**Clear" in doc or "**Re-run" in doc, task_id
        assert task["owner"] == "data-engineering", task_id


def test_documentation_is_markdown_and_not_indented_code(parsed):
    for dag in parsed["dags"].values():
        for task_id, task in dag["tasks"].items():
            indented = [line for line in (task["doc"] or "").splitlines() if line.startswith("    ")]
            assert indented == [], task_id


def test_every_writer_of_the_warehouse_waits_in_its_pool(parsed):
    tasks = parsed["dags"]["monitor_disbursement"]["tasks"]
    assert {task_id: tasks[task_id]["pool"] for task_id in WRITERS} == dict.fromkeys(WRITERS, "warehouse")
    assert parsed["dags"]["match_registries"]["tasks"]["match"]["pool"] == "warehouse"


def test_tasks_that_watch_dbt_neither_retry_nor_take_the_writers_place(parsed):
    tasks = parsed["dags"]["monitor_disbursement"]["tasks"]
    watching = {
        task_id: task
        for task_id, task in tasks.items()
        if task_id.startswith("dbt.") and task_id.endswith("_run")
    }
    assert len(watching) >= 10
    assert {task["pool"] for task in watching.values()} == {"dbt_models"}
    assert {task["retries"] for task_id, task in tasks.items() if task_id.startswith("dbt.")} == {0}


def test_a_task_that_watches_dbt_never_runs_dbt_itself(parsed):
    """Cosmos would have each run its model, outside the pool and our lock, once a restart has orphaned the producer."""
    assert parsed["watching"] == {
        **dict.fromkeys(["skipped 1", "skipped 2", "failed 1", "failed 2"], "AirflowFailException"),
        "upstream_failed 1": False,  # looks on: Cosmos knows no such end, and Airflow ends the watcher
        "upstream_failed 2": "AirflowFailException",
        "success 1": False,
        "success 2": True,
        "running 1": False,
        "running 2": False,
    }


def test_every_model_but_the_inner_ones_is_a_task(parsed):
    models = {path.stem for path in (REPOSITORY / "dbt_project" / "models").rglob("*.sql")}
    inner = set(
        re.findall(
            r"(\w+): \{\+tags: \[inner\]\}", (REPOSITORY / "dbt_project" / "dbt_project.yml").read_text()
        )
    )
    assert inner < models, "an inner model that does not exist"
    tasks = parsed["dags"]["monitor_disbursement"]["tasks"]
    shown = {task_id for task_id in tasks if re.fullmatch(r"dbt\.\w+_run", task_id)}
    assert shown == {f"dbt.{model}_run" for model in models - inner}
    assert {
        path.stem for path in (REPOSITORY / "dbt_project" / "models" / "audit").glob("*.sql")
    } <= models - inner


def test_the_judgement_does_not_wait_for_the_tasks_that_only_show_models(parsed):
    tasks = parsed["dags"]["monitor_disbursement"]["tasks"]
    assert tasks["validate"]["upstream"] == ["dbt.dbt_producer_watcher", "load"]


def test_the_closing_task_runs_whatever_happened(parsed):
    closing = parsed["dags"]["monitor_disbursement"]["tasks"]["close_run"]
    assert closing["trigger_rule"] == "TriggerRule.ALL_DONE"
    assert {"announce_registries", "dbt.dbt_producer_watcher_done"} <= set(closing["upstream"])


def test_assets_couple_the_dags(parsed):
    outlets = {
        f"{dag_id}.{task_id}": task["outlets"]
        for dag_id, dag in parsed["dags"].items()
        for task_id, task in dag["tasks"].items()
        if task["outlets"]
    }
    assert outlets == {
        "decide_lists.one_list.decide": ["replays"],
        "ingest_submissions.announce": ["submissions"],
        "match_registries.match": ["registry_matches"],
        "monitor_disbursement.alert": ["emails"],
        "monitor_disbursement.announce_registries": ["registries"],
        "monitor_disbursement.publish": ["audit_database", "doubts_found"],
        "monitor_disbursement.receipts": ["returned"],
        "replay_submissions.replay": ["replays"],
    }


def test_the_morning_run_follows_the_regencys_clock(parsed):
    assert parsed["dags"]["monitor_disbursement"]["timezone"] == "Asia/Makassar"
    assert parsed["dags"]["watch_schedule"]["timezone"] == "Asia/Makassar"
    assert parsed["dags"]["watch_schedule"]["schedule"] == "30 7 * * *"


def test_a_run_that_hangs_is_told_of(parsed):
    """An hour after it was queued, and the ten minutes for which it may wait for a still inbox."""
    assert {dag_id: dag["deadlines"] for dag_id, dag in parsed["dags"].items() if dag["deadlines"]} == {
        "ingest_submissions": [4200.0],
        "monitor_disbursement": [4200.0],
    }


def test_tasks_lead_to_the_files_and_to_what_was_found(parsed):
    links = {
        f"{dag_id}.{task_id}": task["links"]
        for dag_id, dag in parsed["dags"].items()
        for task_id, task in dag["tasks"].items()
        if task["links"]
    }
    assert links == {
        "decide_lists.one_list.decide": ["Berkas"],
        "ingest_submissions.ingest": ["Berkas"],
        "monitor_disbursement.close_run": ["Berkas", "Mutu"],
        "monitor_disbursement.load": ["Berkas"],
        "monitor_disbursement.publish": ["Mutu", "Ringkasan"],
        "monitor_disbursement.validate": ["Mutu"],
        "replay_submissions.replay": ["Berkas"],
    }


def test_forms_offer_the_params(parsed):
    assert {dag_id: list(dag["params"]) for dag_id, dag in parsed["dags"].items() if dag["params"]} == {
        "ingest_submissions": ["feeds"],
        "monitor_disbursement": ["as_of", "dry_run"],
        "replay_submissions": ["submissions", "day", "everything", "reason"],
    }


def test_a_form_marks_as_required_only_what_is_and_shows_no_markup(parsed):
    fields = {
        f"{dag_id}.{name}": param
        for dag_id, dag in parsed["dags"].items()
        for name, param in dag["params"].items()
    }
    assert [name for name, param in fields.items() if param["required"]] == ["replay_submissions.reason"]
    assert [name for name, param in fields.items() if set("`*") & set(param["description"])] == []


def test_every_failure_reaches_the_engineer_once(parsed):
    silent = {
        task_id
        for dag in parsed["dags"].values()
        for task_id, task in dag["tasks"].items()
        if "tell_the_engineer" not in task["tells"] and not task_id.endswith("_run")
    }
    # Its failures are told together by `conclude`.
    assert silent == {"ingest"}


@pytest.mark.parametrize("dag_id", IDS)
def test_a_dag_file_is_a_table_of_contents(dag_id):
    lines = (REPOSITORY / "dags" / f"{dag_id}.py").read_text().splitlines()
    assert len(lines) <= 110
    assert not [
        line
        for line in lines
        if line.startswith(("import pandas", "import duckdb")) or "select " in line.lower()
    ]
