"""Each DAG run once, task by task, on a real home: dbt, Great Expectations and e-mails included."""

import json

import duckdb
import pytest

from include.demonstration.airflow_home import pools
from tests.dags.conftest import HERE, airflow_environment, run_python

LISTED = [f"52050119990199{number:02d}" for number in (11, 12, 13, 14)]
VILLAGE = "52.05.01.2005"


RUNS = [
    ("ingest", "ingest_submissions", {}),
    ("ingest again", "ingest_submissions", {}),
    ("ingest a feed that is none", "ingest_submissions", {"feeds": ["dkp/gula"]}),
    ("monitor another day", "monitor_disbursement", {"as_of": "2024-01-20"}),
    ("match", "match_registries", {}),
    ("match again", "match_registries", {}),
    # A DAG object keeps the params of the test run before.
    ("monitor", "monitor_disbursement", {"as_of": None}),
]


@pytest.fixture(scope="module")
def home(manifest, tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def runs(home):
    files = home / "files"
    write(files / "dkp/beras/penerima/Penerima 2024.csv", "NIK,Nama,Desa,Periode",
          [f"{nik},Orang Contoh {nik[-2:]},{VILLAGE},2024-01" for nik in LISTED])  # fmt: skip
    write(files / "dkp/beras/penyaluran/Januari.csv", "NIK,Nama,Desa,Periode,Jumlah (kg),Tanggal",
          [f"{nik},Orang Contoh {nik[-2:]},{VILLAGE},2024-01,10,{day}"
           for nik, day in zip(LISTED[:2], ("20/01/2024", "9/02/2024"), strict=True)])  # fmt: skip
    for registry in ("p3ke", "dtks"):
        write(files / "dinsos" / registry / f"{registry}.csv", "NIK,Nama,Desa",
              [f"{nik},Orang Contoh {nik[-2:]},{VILLAGE}" for nik in LISTED[:3]])  # fmt: skip
    write(files / "siapa/tahu.csv", "a", ["1"])
    pools_file = home / "pools.json"
    pools_file.write_text(json.dumps(pools()))
    environment = airflow_environment(
        home,
        PANTAU_NOW="2024-02-13T09:00+08:00",
        FILES=str(files),
        POOLS_FILE=str(pools_file),
        RUNS=json.dumps(RUNS),
    )
    return json.loads(run_python([str(HERE / "run_dags.py")], environment))


def write(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")


def audit(home, sql, publication="pantau.duckdb"):
    with duckdb.connect(str(home / "home/audit" / publication), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_dropped_file_is_claimed_read_and_announced(runs):
    assert runs["ingest"]["state"] == "success"
    tasks = runs["ingest"]["tasks"]
    assert [tasks[f"ingest{number}"] for number in range(4)] == ["success"] * 4
    assert tasks["announce"] == "success"


def test_nothing_is_announced_when_nothing_came(runs):
    assert runs["ingest again"]["state"] == "success"
    assert runs["ingest again"]["tasks"]["announce"] == "skipped"


def test_a_wrong_param_fails_the_run_although_the_last_task_always_runs(runs):
    run = runs["ingest a feed that is none"]
    assert run["tasks"]["claim"] == "failed"
    assert run["tasks"]["conclude"] == "failed"
    assert run["state"] == "failed"


def test_the_engineer_is_told_once_what_is_wrong_and_what_is_allowed(home, runs):
    mails = [path.read_text() for path in (home / "home/outbox").glob("*-failure-*.eml")]
    assert len(mails) == 1
    assert "no such feed: dkp/gula" in mails[0]
    assert "dkp/beras/penyaluran" in mails[0]
    assert "To: data.engineer@dompukab.example" in mails[0]


def test_monitoring_publishes_what_was_dropped(home, runs):
    assert runs["monitor"]["state"] == "success", runs["monitor"]
    found = audit(
        home,
        "select timing_status, count(*) from audit.delivery_accuracy where period = '2024-01' group by 1",
    )
    assert dict(found) == {"on_time": 1, "late": 1, "missing": 2}


def test_the_run_is_closed_with_its_counts_and_seconds(home, runs):
    run_id = runs["monitor another day"]["run_id"]
    [(outcome, started_by, counts, seconds)] = audit(
        home, f"select outcome, started_by, row_counts, seconds from audit.runs where run_id = '{run_id}'"
    )
    assert (outcome, started_by) == ("succeeded", "person")
    assert json.loads(counts)["submissions"] == 5
    assert {"load", "transform", "validate", "publish", "receipts", "alert"} <= set(json.loads(seconds))


def test_a_file_in_no_feeds_folder_is_listed_and_stays(home, runs):
    assert audit(home, "select file_name, status, reason from audit.submissions where feed is null") == [
        ("siapa/tahu.csv", "rejected", "feed_unknown")
    ]
    assert (home / "home/inbox/siapa/tahu.csv").exists()


def test_new_registries_are_announced_matched_once_and_published(home, runs):
    assert runs["monitor another day"]["tasks"]["announce_registries"] == "success"
    assert runs["monitor"]["tasks"]["announce_registries"] == "skipped"
    assert runs["match"]["tasks"] == {"match": "success"}
    assert runs["match again"]["tasks"] == {"match": "skipped"}
    assert audit(home, "select count(*) from audit.registry_matches") == [(3,)]


def test_another_day_judges_by_that_day_and_sends_nothing(home, runs):
    assert runs["monitor another day"]["state"] == "success"
    first = sorted((home / "home/audit/history").glob("*.duckdb"))[0]
    found = audit(
        home, "select distinct timing_status from audit.delivery_accuracy where period = '2024-01'", first
    )
    assert sorted(status for (status,) in found) == ["on_time", "pending"]
    run_id = runs["monitor another day"]["run_id"]
    assert audit(home, f"select as_of::varchar from audit.runs where run_id = '{run_id}'") == [
        ("2024-01-20",)
    ]
