"""The lake as a place of the warehouse: the same tables, keys guarded, one writer a regency, nothing to read without the catalogue."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from include import transform as transformation
from include.audit.verify import verify
from include.config import ConfigurationError
from include.doctor import examine
from include.settings import Settings
from include.warehouse import ledger
from include.warehouse.connection import (
    another_cursor,
    place_of,
    put,
    reader,
    require_place,
    transaction,
    writer,
    writing_lock,
)
from include.warehouse.errors import (
    PlaceLostError,
    WarehouseBusyError,
    WarehouseMissingError,
    WarehouseUnreachableError,
)
from include.workspace import Workspace
from tests.lake.servers import Postgres, s3

COLUMNS = """
    select schema_name, table_name, column_index, column_name, data_type, is_nullable
    from duckdb_columns()
    where database_name = current_database() and schema_name in ('raw', 'ledger', 'reference')
    order by all
"""
HOLDER = """
import sys
from include.warehouse.connection import writer
from include.workspace import Workspace
with writer(Workspace.open(), "a long load"):
    print("held", flush=True)
    sys.stdin.read()
"""
NIK = "5205059901900042"
GATE = {
    "submission_id": "s1", "sequence": 1, "sheet": "Sheet1", "sheet_number": 1, "row_number": 2, "row_kind": "data",
    "cell_types": "t", "notes": f"untuk {NIK}",
}  # fmt: skip


def add(connection: duckdb.DuckDBPyConnection, table: str, row: dict[str, object]) -> None:
    connection.execute(
        f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
    )


def paper(path: str, sha256: str = "0") -> dict[str, object]:
    return {"path": path, "sha256": sha256, "noted_at": "2024-02-16 01:00:00"}


def hold_elsewhere(**environment: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | environment
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "held"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_lake_has_the_tables_of_a_file(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(WarehouseMissingError), reader(ws):
        pass
    with writer(ws) as connection:
        there = connection.execute(COLUMNS).fetchall()
    local = Workspace(
        ws.settings.model_copy(update={"home": tmp_path / "local", "lake": None}), ws.configuration
    )
    with writer(local) as connection:
        assert connection.execute(COLUMNS).fetchall() == there
    with writer(ws) as connection, reader(ws) as inner:  # and once more, when they are there
        put(connection, "ledger.papers", ["path"], paper("a"))
        assert inner.execute("select path from ledger.papers").fetchall() == [("a",)]
        assert another_cursor(inner).execute("select count(*) from ledger.papers").fetchall() == [(1,)]


def test_a_key_that_would_stand_twice_is_refused_with_all_that_came_with_it(ws: Workspace) -> None:
    with writer(ws) as connection:
        put(connection, "ledger.papers", ["path"], paper("a"))
        put(connection, "ledger.papers", ["path"], paper("a", "1"))
        assert connection.execute("select sha256 from ledger.papers").fetchall() == [("1",)]

        def twice() -> None:
            with transaction(connection):
                add(connection, "raw.gates", GATE)
                add(connection, "ledger.papers", paper("a", "2"))

        with pytest.raises(duckdb.ConstraintException, match=r"ledger\.papers \(path\): 1"):
            twice()
        assert connection.execute("select count(*) from raw.gates").fetchone() == (0,)
        assert connection.execute("select count(*) from ledger.papers").fetchone() == (1,)


def test_of_one_regency_one_writes_at_a_time_of_two_both(
    ws: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    holder = hold_elsewhere()
    try:
        with (
            pytest.raises(WarehouseBusyError, match=rf"{holder.pid} \(a long load\)"),
            writer(ws, wait_seconds=0.3),
        ):
            pass
        other = Workspace(
            ws.settings.model_copy(update={"lake_schema": f"{ws.settings.lake_schema}x"}), ws.configuration
        )
        with writer(other, wait_seconds=0.3) as connection:
            put(connection, "ledger.papers", ["path"], paper("a"))
    finally:
        end(holder)
    with writer(ws, wait_seconds=60) as connection:  # whoever was killed leaves no lock behind
        assert connection.execute("select count(*) from ledger.papers").fetchone() == (0,)


def test_a_writer_that_lost_its_place_commits_nothing(ws: Workspace, server: Postgres) -> None:
    broken = (
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pantau%(a load)'"
    )

    def cut_off() -> None:
        with writer(ws, "a load") as connection, transaction(connection):
            put(connection, "ledger.papers", ["path"], paper("a"))
            server.execute("lake", broken)

    with pytest.raises(PlaceLostError, match="nothing was committed"):
        cut_off()
    with reader(ws) as connection:
        assert connection.execute("select count(*) from ledger.papers").fetchone() == (0,)


def test_dbt_beside_which_another_could_write_does_not_count(
    ws: Workspace, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pantau%(transform)'"
    monkeypatch.setattr(transformation, "_invoke", lambda *_: server.execute("lake", cut))
    with pytest.raises(PlaceLostError, match=r"does not count\. Run it again"):
        transformation.transform(ws)


def test_a_place_held_while_dbt_works_is_not_cut_for_its_silence(ws: Workspace, server: Postgres) -> None:
    server.execute("lake", "alter database lake set idle_session_timeout = '100ms'")
    try:
        with writing_lock(ws, "dbt"):
            time.sleep(0.4)
            require_place(ws, "lost")
    finally:
        server.execute("lake", "alter database lake reset idle_session_timeout")


def test_what_does_not_fit_into_memory_goes_into_the_home_encrypted(ws: Workspace) -> None:
    asked = "select current_setting('temp_directory'), current_setting('temp_file_encryption')"
    for opened in (writer, reader):
        with opened(ws) as connection:
            folder, encrypted = connection.execute(asked).fetchone()
        assert (Path(folder).parent, encrypted) == (ws.settings.home / ".spill", True)


def test_rows_cannot_be_read_without_the_catalogue(ws: Workspace, tmp_path: Path) -> None:
    with writer(ws) as connection:
        add(connection, "raw.gates", GATE)
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert files
    assert all(NIK.encode() not in path.read_bytes() for path in files)
    for path in files:
        with pytest.raises(duckdb.Error, match=r"(?i)encrypt"), duckdb.connect() as stranger:
            stranger.execute("select * from read_parquet(?)", [str(path)])
    [folder] = (tmp_path / "data").iterdir()
    assert folder.stat().st_mode & 0o077 == 0


def test_what_stood_at_a_time_can_be_asked_later(ws: Workspace) -> None:
    with writer(ws) as connection:
        put(connection, "ledger.papers", ["path"], paper("a", "then"))
        [(moment,)] = connection.execute(
            "select max(snapshot_time)::varchar from ducklake_snapshots('warehouse')"
        ).fetchall()
        time.sleep(0.01)
        put(connection, "ledger.papers", ["path"], paper("a", "now"))
    with reader(ws) as connection:
        asked = f"select sha256 from ledger.papers at (timestamp => timestamptz '{moment}')"
        assert connection.execute(asked).fetchall() == [("then",)]
        assert connection.execute("select sha256 from ledger.papers").fetchall() == [("now",)]


def test_a_part_of_the_lake_goes_with_rows_and_catalogue(
    ws: Workspace, server: Postgres, tmp_path: Path
) -> None:
    with writer(ws) as connection:
        add(connection, "raw.gates", GATE)
    place_of(ws.settings).discard()
    assert not place_of(ws.settings).exists()
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_old_snapshots_go_with_the_files_that_only_they_needed(ws: Workspace, tmp_path: Path) -> None:
    def files() -> int:
        return sum(path.is_file() for path in (tmp_path / "data").rglob("*"))

    place = place_of(ws.settings)
    with writer(ws) as connection:
        for number in range(4):
            put(connection, "ledger.papers", ["path"], paper("a", str(number)))
        kept = files()
        place.forget_snapshots(connection, days=1)
        assert files() == kept
        place.forget_snapshots(connection, days=0)
        assert files() < kept
        assert connection.execute("select path, sha256 from ledger.papers").fetchall() == [("a", "3")]
        assert connection.execute("select count(*) from ducklake_snapshots('warehouse')").fetchone()[0] < 4


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://pantau:hunter2@db/lake", "an address without a password"),
        ("host=db password=hunter2", "an address without a password"),
        ("neither url nor words hunter2", "the address of a PostgreSQL database"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_its_password(address: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        Settings(lake=address)
    assert "PANTAU_LAKE" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_another_run_of_pytest_does_not_take_the_server_its_folder(
    server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tmp_path_factory.getbasetemp().parent.chmod(0o700)  # as each run of it does at its beginning
    server.execute("postgres", "checkpoint")
    assert server.execute("postgres", "select 1") == [(1,)]


def test_a_catalogue_that_does_not_answer_is_told_as_such(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_LAKE", "postgresql://127.0.0.1:1/lake")
    with (
        pytest.raises(WarehouseUnreachableError, match="catalogue cannot be reached"),
        writer(Workspace.open()),
    ):
        pass
    [told] = [finding for finding in examine() if finding.subject == "warehouse"]
    assert not told.healthy
    assert "catalogue cannot be reached" in told.message


def test_a_catalogue_that_goes_away_is_no_alteration(ws: Workspace, server: Postgres) -> None:
    with writer(ws):
        pass

    def gone(connection: object) -> None:
        server.execute("postgres", "alter database lake with allow_connections false")
        server.execute(
            "postgres", "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'lake'"
        )

    try:
        with pytest.raises(WarehouseUnreachableError, match="catalogue cannot be reached"):
            verify_after(ws, gone)
    finally:
        server.execute("postgres", "alter database lake with allow_connections true")
    assert verify(ws).breaks == []


def test_a_store_that_goes_away_is_no_alteration_but_a_missing_file_is(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_LAKE_DATA", "s3://lake/rows")
    with s3(tmp_path) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        home = Workspace.open()
        with writer(home) as connection, transaction(connection):
            put(connection, "ledger.papers", ["path"], paper("report/brief.pdf"))
        assert [str(one) for one in verify(home).breaks] == ["papers: report/brief.pdf: is missing"]
    with pytest.raises(WarehouseUnreachableError, match="rows cannot be reached: no connection") as caught:
        verify(home)
    assert ".parquet" not in str(caught.value)
    with s3(tmp_path) as environment:  # empty again
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        [lost] = verify(home).breaks
        assert (lost.part, lost.what) == ("ledger", "cannot be read any more (HTTPException)")


def verify_after(ws: Workspace, happening: Callable[[object], None]) -> None:
    """Verifies a home to which something happens once its lake is open."""
    with pytest.MonkeyPatch.context() as patch:
        first = ledger.first_break
        patch.setattr(ledger, "first_break", lambda connection: happening(connection) or first(connection))
        verify(ws)
