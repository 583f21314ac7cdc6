"""Each DAG run once, task by task, on a real home: dbt, Great Expectations and e-mails included."""

import json

import duckdb
import pytest

from include.demonstration.airflow_home import pools
from tests.dags.conftest import HERE, airflow_environment, run_and_listen, run_python

LISTED = [f"52050119990199{number:02d}" for number in (11, 12, 13, 14)]
VILLAGE = "52.05.01.2005"


RUNS = [
    ("ingest", "ingest_submissions", {}),
    ("ingest again", "ingest_submissions", {}),
    ("ingest a feed that is none", "ingest_submissions", {"feeds": ["dkp/gula"]}),
    ("monitor another day", "monitor_disbursement", {"as_of": "2024-01-20"}),
    ("match", "match_registries", {}),
    ("match again", "match_registries", {}),
    # The receipt's number stands in the place of the file's name.
    ("replay", "replay_submissions", {"submissions": ["Januari.csv"], "reason": "Kolom terbaca keliru"}),
    ("replay nothing", "replay_submissions", {"submissions": [], "reason": "Kolom terbaca keliru"}),
    ("ask", "decide_lists", {}),
    ("watch", "watch_schedule", {}),
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
    every = [path.read_text() for path in (home / "home/outbox").glob("*-failure-*.eml")]
    mails = [mail for mail in every if "ingest_submissions" in mail]
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


def test_a_replay_reads_anew_and_says_so_where_auditors_look(home, runs):
    assert runs["replay"]["state"] == "success"
    found = audit(
        home,
        "select file_name, replays.reason, rows_before, rows_after from audit.replays join audit.submissions using (submission_id)",
    )
    assert found == [("Januari.csv", "Kolom terbaca keliru", 2, 2)]


def test_a_replay_of_nothing_says_what_to_choose(home, runs):
    assert runs["replay nothing"]["state"] == "failed"
    told = [
        text
        for text in (path.read_text() for path in (home / "home/outbox").glob("*-failure-*.eml"))
        if "replay" in text
    ]
    assert len(told) == 1
    assert "choose one: submissions, or a day, or everything" in told[0].replace("=\n", "")


def test_nobody_is_asked_where_nothing_is_in_doubt(runs):
    assert runs["ask"]["state"] == "success"
    assert runs["ask"]["tasks"]["questions_to_ask"] == "skipped"


def test_a_run_since_the_morning_satisfies_the_watch(runs):
    assert runs["watch"]["tasks"] == {"look_for_a_run": "success"}


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


def test_lineage_is_told_where_it_is_switched_on(home, runs):
    events = home / "lineage.jsonl"
    transport = {
        "OPENLINEAGE__TRANSPORT__TYPE": "file",
        "OPENLINEAGE__TRANSPORT__LOG_FILE_PATH": str(events),
        "OPENLINEAGE__TRANSPORT__APPEND": "true",
    }
    run_and_listen([str(HERE / "run_with_lineage.py")], airflow_environment(home, **transport))
    jobs = {json.loads(line)["job"]["name"] for line in events.read_text().splitlines()}
    assert "watch_schedule.look_for_a_run" in jobs


def test_nothing_is_said_of_lineage_where_it_is_off(home):
    done = run_and_listen(["-c", "import cosmos.operators.local"], airflow_environment(home))
    assert "lineage" not in (done.stdout + done.stderr).lower()
