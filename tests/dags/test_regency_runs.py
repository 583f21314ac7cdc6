"""One regency of several run by its own DAGs, beside one whose configuration is broken."""

import json
import shutil

import duckdb
import pytest

from include.demonstration.airflow_home import pools
from include.settings import REPOSITORY
from tests.dags.conftest import HERE, airflow_environment, run_python
from tests.dags.test_dag_runs import write

DOMPU = REPOSITORY / "include" / "config" / "dompu"


@pytest.fixture(scope="module")
def folder(manifest, tmp_path_factory):
    return tmp_path_factory.mktemp("several")


@pytest.fixture(scope="module")
def runs(folder, tmp_path_factory):
    write(folder / "files/dkp/beras/penyaluran/Januari.csv", "NIK,Nama,Desa,Periode,Jumlah (kg),Tanggal",
          ["5205011999019911,Orang Contoh,52.05.01.2005,2024-01,10,20/01/2024"])  # fmt: skip
    shutil.copytree(DOMPU, folder / "broken")
    (folder / "broken" / "programs.yml").write_text("programs: [")
    (folder / "regencies.yml").write_text(
        f'regencies: [{{code: "52.06", configuration: broken, home: homes/52.06}}, '
        f'{{code: "52.05", configuration: {DOMPU}, home: homes/52.05}}]'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_REGENCIES", str(folder / "regencies.yml"))
        (folder / "pools.json").write_text(json.dumps(pools()))
    wanted = [
        ("broken", "ingest_submissions__52_06", {}),
        ("ingest", "ingest_submissions__52_05", {}),
        ("monitor", "monitor_disbursement__52_05", {}),
    ]
    environment = airflow_environment(
        folder,
        PANTAU_NOW="2024-02-13T09:00+08:00",
        PANTAU_REGENCIES=str(folder / "regencies.yml"),
        REGENCY="52.05",
        FILES=str(folder / "files"),
        POOLS_FILE=str(folder / "pools.json"),
        RUNS=json.dumps(wanted),
    )
    return json.loads(run_python([str(HERE / "run_dags.py")], environment))


def test_one_task_builds_all_models_and_the_regency_is_published(folder, runs):
    assert runs["ingest"]["state"] == "success"
    assert (runs["monitor"]["state"], runs["monitor"]["tasks"]["transform"]) == ("success", "success")
    with duckdb.connect(str(folder / "homes/52.05/audit/pantau.duckdb"), read_only=True) as audit:
        assert audit.execute("select status from audit.submissions").fetchall() == [("accepted",)]
        [(outcome, seconds)] = audit.execute("select outcome, seconds from audit.runs").fetchall()
    assert outcome == "succeeded"
    assert {"load", "transform", "validate", "publish"} <= set(json.loads(seconds))


def test_a_broken_configuration_fails_its_own_run_and_tells_its_own_engineer(folder, runs):
    assert runs["broken"]["tasks"]["claim"] == "failed"
    [mail] = (folder / "homes/52.06/outbox").glob("*-failure-*.eml")
    text = mail.read_text()
    assert "The configuration of 52.06 has 1 mistake" in text
    assert "programs.yml" in text
    assert list((folder / "homes/52.05/outbox").glob("*-failure-*.eml")) == []


def test_nothing_is_kept_outside_the_regencies_homes(folder, runs):
    assert not (folder / "home").exists()
    assert sorted(path.name for path in (folder / "homes").iterdir()) == ["52.05", "52.06"]
