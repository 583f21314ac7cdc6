"""deploy/homes.py, the first step of deploy/init.sh: what it prepares, what it names and goes on, what it stops at."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from include.config.new_regency import begin_regency

ROOT = Path(__file__).resolve().parents[2]
PREPARE_HOMES = (sys.executable, ROOT / "deploy" / "homes.py")
DOMPU = ROOT / "include" / "config" / "dompu"
REGENCIES = (ROOT / "docs" / "regencies.md").read_text()


@pytest.fixture
def server(tmp_path):
    """Two sound regencies, homes below the root of what was one regency's home; `run` prepares them."""
    begin_regency("52.06", tmp_path / "52.06")
    root = tmp_path / "root"
    root.mkdir()

    def run(*command, queue="", **more):
        (tmp_path / "regencies.yml").write_text(
            f'regencies: [{{code: "52.05", configuration: {DOMPU}, home: root/homes/52.05}},'
            f' {{code: "52.06", configuration: "52.06", home: root/homes/52.06{queue}}}]'
        )
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PANTAU", "AIRFLOW"))
        }
        environment |= {
            "PANTAU_HOME": str(root),
            "PANTAU_REGENCIES": str(tmp_path / "regencies.yml"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.run(
            command or PREPARE_HOMES,
            env=environment | more,
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=60,
        )

    run.root = root
    return run


def make_file(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")


@pytest.mark.parametrize("broken", ["secret", "returned", "short key"])
def test_a_home_that_cannot_be_used_is_named_and_stops_no_other(server, broken):
    homes = server.root / "homes"
    more = {}
    if broken == "secret":
        (homes / "52.05" / "secret").mkdir(parents=True)
    elif broken == "returned":
        make_file(homes / "52.05" / "returned" / "dkp")
    else:
        more = {"PANTAU_SECRET_52_05": "short"}
    done = server(**more)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "The configuration of 52.05 has 1 mistake" in done.stderr
    assert "52.06" not in done.stderr
    if not more:
        assert str(homes / "52.05" / ("secret" if broken == "secret" else "returned/dkp")) in done.stderr
        assert "may read and write" in done.stderr
    assert (homes / "52.06" / "secret").is_file()
    assert (homes / "52.06" / "returned" / "dkp" / "beras" / "penyaluran").is_dir()


def test_the_only_regencys_home_stops_everything(server):
    (server.root / "secret").mkdir()
    done = server(PANTAU_REGENCIES="")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(server.root / "secret") in done.stderr


@pytest.mark.parametrize(
    "left", ["inbox/dkp/beras/penyaluran/Januari.xlsx", "claims/1/Januari.xlsx", "archive/ab/abcd"]
)
def test_a_home_that_nobody_would_watch_any_more_stops_the_server(server, left):
    make_file(server.root / left)
    done = server(ROOT / "deploy" / "init.sh")
    assert done.returncode == 1
    assert f"files lie in {left.split('/')[0]}" in done.stderr
    assert "From one regency to several" in done.stderr
    assert "\n### From one regency to several\n" in REGENCIES
    assert not (server.root / "homes").exists()


def test_empty_folders_and_a_home_that_is_listed_stop_nothing(server):
    (server.root / "inbox" / "dkp").mkdir(parents=True)
    assert server().returncode == 0
    listed = server.root / "homes" / "52.05"
    make_file(listed / "inbox" / "dkp" / "Januari.xlsx")
    assert server(PANTAU_HOME=str(listed)).returncode == 0


def test_the_move_that_the_page_describes_leaves_nothing_behind(server):
    """The page's own command, in a folder of this machine: then the server is prepared, with the key that it had."""
    for name in (
        "inbox/dkp/beras/penyaluran/Januari.xlsx",
        "archive/ab/abcd",
        ".failures_told/x",
        "warehouse.duckdb",
    ):
        make_file(server.root / name)
    (server.root / "secret").write_text("the key that made this home's data\n")
    assert server().returncode == 1
    (move,) = re.findall(r"worker bash -c '(.+?)'", REGENCIES, flags=re.DOTALL)
    subprocess.run(["bash", "-c", move.replace("/var/lib/pantau", str(server.root))], check=True)
    assert [path.name for path in server.root.iterdir()] == ["homes"]
    moved = server.root / "homes" / "52.05"
    assert {path.name for path in moved.iterdir()} == {
        "inbox",
        "archive",
        ".failures_told",
        "warehouse.duckdb",
        "secret",
    }
    done = server()
    assert (done.returncode, done.stderr) == (0, "")
    assert (moved / "secret").read_text() == "the key that made this home's data\n"
    assert (moved / "inbox" / "dkp" / "beras" / "penyaluran" / "Januari.xlsx").is_file()


def test_a_queue_that_no_worker_takes_is_told(server):
    done = server(queue=", queue: bima", WORKER_QUEUES="default")
    assert done.returncode == 0
    assert (
        "52.06: its tasks go to the queue bima, which no worker takes (WORKER_QUEUES is default)"
        in done.stderr
    )
    assert server(queue=", queue: bima", WORKER_QUEUES="default, bima").stderr == ""
    assert server(queue=", queue: bima").stderr == ""
