"""The golden scenario in the lake: the same audit rows as on a file, and backup and rebuild that lose nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import boto3
import duckdb
import pytest

from include.rebuild import rebuild
from include.warehouse.connection import reader
from include.workspace import Workspace
from tests.integration.golden.conftest import REPOSITORY, Home, drop_scenario
from tests.lake.servers import Postgres

OF_THE_RUN = {"alerts", "publications", "runs"}
"""Tables that hold run ids and times, which differ from run to run by design."""

pytestmark = pytest.mark.timeout(900)


def differing(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """By table, how many rows stand in the one and the other publication alone."""
    with duckdb.connect() as both:
        for name, home in (("one", one), ("other", other)):
            both.execute(f"attach '{home / 'audit' / 'pantau.duckdb'}' as {name} (read_only)")
        tables = both.execute(
            "select list(table_name order by 1) filter (database_name = 'one'), "
            "list(table_name order by 1) filter (database_name = 'other') from duckdb_tables() where schema_name = 'audit'"
        ).fetchone()
        assert tables is not None
        assert tables[0] == tables[1]
        found = {}
        for table in sorted(set(tables[0]) - OF_THE_RUN):
            rows = [f"select count(*) from (from {a}.audit.{table} except all from {b}.audit.{table})"
                    for a, b in (("one", "other"), ("other", "one"))]  # fmt: skip
            counted = both.execute(f"select ({rows[0]}), ({rows[1]})").fetchone()
            if counted != (0, 0):
                found[table] = counted
    return found


def told(result: dict) -> dict:
    """What a run says, but for where and how fast."""
    return {key: value for key, value in result.items() if key not in ("audit_db", "seconds")}


class LakeHome(Home):
    """A golden home whose warehouse lies in a lake."""

    def __init__(self, folder: Path, server: Postgres, schema: str, data: str, **more: str) -> None:
        super().__init__(folder)
        self.environment |= {
            "PANTAU_LAKE": server.address("lake"), "PANTAU_LAKE_SCHEMA": schema, "PANTAU_LAKE_DATA": data, **more
        }  # fmt: skip

    def enter(self, monkeypatch: pytest.MonkeyPatch) -> Workspace:
        """Makes this process one that works on the home."""
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        return Workspace.open()


@pytest.fixture(scope="module")
def on_s3(
    server: Postgres, store: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[LakeHome, dict]:
    home = LakeHome(tmp_path_factory.mktemp("lake") / "home", server, "on_s3", "s3://lake/pantau", **store)
    drop_scenario(home)
    return home, home.run()


def test_on_s3_the_scenario_gives_the_same_rows(
    on_s3: tuple[LakeHome, dict], pristine: tuple[Home, dict]
) -> None:
    home, result = on_s3
    assert told(result) == told(pristine[1])
    assert differing(home.folder, pristine[0].folder) == {}
    assert not (home.folder / "warehouse.duckdb").exists()
    assert "ALTERED" not in home.pantau("verify")


def test_a_backup_of_the_lake_is_a_home_from_which_everything_goes_on(
    on_s3: tuple[LakeHome, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = on_s3
    home.pantau("backup", str(tmp_path / "copy"))
    copy = Home(tmp_path / "copy")
    with duckdb.connect(str(copy.folder / "warehouse.duckdb"), read_only=True) as kept:
        raw = kept.execute("select count(*) from raw.distribution").fetchone()
        chain = kept.execute("select chain_hash from ledger.submissions order by sequence").fetchall()
    with reader(home.enter(monkeypatch)) as connection:
        assert connection.execute("select count(*) from raw.distribution").fetchone() == raw
        assert (
            connection.execute("select chain_hash from ledger.submissions order by sequence").fetchall()
            == chain
        )
    assert "ALTERED" not in copy.pantau("verify")


@pytest.mark.long
def test_a_rebuild_takes_the_place_of_the_old_part_and_leaves_nothing_of_it(
    on_s3: tuple[LakeHome, dict], server: Postgres, store: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = on_s3
    ws = home.enter(monkeypatch)
    bucket = boto3.resource("s3", endpoint_url=f"http://{store['DUCKDB_S3_ENDPOINT']}").Bucket("lake")
    before = {item.key for item in bucket.objects.all()}
    with reader(ws) as connection:
        ledger = connection.execute("from ledger.submissions order by sequence").fetchall()
    assert rebuild(ws).reread == len([row for row in ledger if row])
    with reader(ws) as connection:
        assert connection.execute("select count(*) from ledger.submissions").fetchone() == (len(ledger),)
        assert connection.execute("select count(*) from audit.delivery_accuracy").fetchone() == (14,)
    assert before.isdisjoint({item.key for item in bucket.objects.all()})
    schemas = {
        name
        for (name,) in server.execute("lake", "select nspname from pg_namespace where nspname like 'on_s3%'")
    }
    assert schemas == {"on_s3"}


@pytest.mark.long
def test_on_disk_two_regencies_run_at_the_same_time_and_give_the_same_rows(
    server: Postgres, pristine: tuple[Home, dict], tmp_path: Path
) -> None:
    homes = [LakeHome(tmp_path / name, server, name, str(tmp_path / "data")) for name in ("one", "two")]
    for home in homes:
        drop_scenario(home)
    command = [sys.executable, "-m", "include.cli", "run", "--json"]
    runs = [
        subprocess.Popen(command, cwd=REPOSITORY, env=home.environment, stdout=subprocess.PIPE, text=True)
        for home in homes
    ]
    results = [json.loads(run.communicate()[0]) for run in runs]
    for home, result in zip(homes, results, strict=True):
        assert told(result) == told(pristine[1])
        assert differing(home.folder, pristine[0].folder) == {}
