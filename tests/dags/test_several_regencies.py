"""The same DAG files where there are several regencies: a set of DAGs each, and nothing shared between the sets."""

from include.orchestration.regencies import DAGS
from tests.dags.test_dag_files import IDS, WRITERS

SOUND = ("52_05", "52_06", "91_71")


def test_each_regency_has_its_own_dags(several):
    assert several["ids"] == sorted(f"{dag_id}__{code}" for dag_id in IDS for code in SOUND)


def test_an_entry_that_cannot_be_used_is_an_import_error_of_its_own(several):
    assert list(several["errors"]) == ["check_regencies.py"]
    told = several["errors"]["check_regencies.py"]
    assert "regencies[2], home" in told
    assert "it is the home of 52.05" in told


def test_while_a_task_is_executed_only_its_regencys_dag_is_built(executing):
    assert executing["ids"] == [f"{dag_id}__91_71" for dag_id in IDS]


def test_reading_opens_nothing_and_imports_nothing_heavy(several):
    assert several["opened"] == []
    assert several["heavy"] == []


def test_no_regency_wakes_another(several):
    names = {
        outlet
        for dag in several["dags"].values()
        for task in dag["tasks"].values()
        for outlet in task["outlets"]
    }
    assert len(names) == 8 * len(SOUND)
    for dag_id, dag in several["dags"].items():
        code = dag_id[-5:]
        outlets = [outlet for task in dag["tasks"].values() for outlet in task["outlets"]]
        assert all(outlet.endswith(f"__{code}") for outlet in outlets), dag_id
        assert dag["wakers"] or not dag_id.startswith(("ingest", "monitor", "match", "decide")), dag_id
        assert all(waker.endswith(f"__{code}") for waker in dag["wakers"]), dag_id
        assert {watcher["regency"] for watcher in dag["watchers"]} <= {code.replace("_", ".")}, dag_id


def test_each_regency_has_one_writer_of_its_own(several):
    writers = [task_id for task_id in WRITERS if not task_id.startswith("dbt.")] + ["transform"]
    for code in SOUND:
        tasks = several["dags"][f"monitor_disbursement__{code}"]["tasks"]
        assert {tasks[writer]["pool"] for writer in writers} == {f"warehouse__{code}"}
        assert several["dags"][f"match_registries__{code}"]["tasks"]["match"]["pool"] == f"warehouse__{code}"


def test_dbt_is_one_task(several):
    tasks = several["dags"]["monitor_disbursement__52_05"]["tasks"]
    assert not [task_id for task_id in tasks if task_id.startswith("dbt.")]
    assert (tasks["transform"]["upstream"], tasks["transform"]["retries"]) == (["load"], 0)
    assert tasks["validate"]["upstream"] == ["load", "transform"]


def test_tasks_go_to_the_regencys_queue(several):
    queues = {
        dag_id: {task["queue"] for task in dag["tasks"].values()} for dag_id, dag in several["dags"].items()
    }
    assert [queues[f"{dag_id}__52_05"] for dag_id in IDS] == [{"timur"}] * len(IDS)
    assert [queues[f"{dag_id}__91_71"] for dag_id in IDS] == [{"default"}] * len(IDS)


def test_no_dag_names_a_role_whose_absence_would_stop_all_dags_of_its_file(several):
    """Airflow makes a role that is missing an import error of the file, and no DAG of it is scheduled any more."""
    assert {dag_id for dag_id, dag in several["dags"].items() if dag["access_control"]} == set()


def test_roles_are_given_every_dag_that_a_regency_has(several):
    assert sorted(DAGS) == sorted(IDS)


def test_the_single_regency_is_named_as_ever(parsed):
    assert parsed["dags"]["ingest_submissions"]["wakers"] == ["inbox"]
    assert parsed["dags"]["monitor_disbursement"]["wakers"] == [
        "registry_matches",
        "replays",
        "submissions",
        "unpublished",
    ]


def test_the_morning_is_each_regencys_own(several):
    zones = {code: several["dags"][f"monitor_disbursement__{code}"]["timezone"] for code in SOUND}
    assert (zones["52_05"], zones["91_71"]) == ("Asia/Makassar", "Asia/Jayapura")


def test_tags_tell_code_and_name_as_far_as_they_can_be_read(several):
    assert {"52.05", "Wilayah 52.05"} <= set(several["dags"]["monitor_disbursement__52_05"]["tags"])
    assert several["dags"]["monitor_disbursement__52_06"]["tags"] == ["52.06", "monitor", "pantau-salur"]
