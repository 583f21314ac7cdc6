"""One writer at a time, across threads and processes; readers wait for nobody longer than needed."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest
import sqlalchemy

from include.config import ConfigurationError
from include.warehouse.connection import (
    place_of,
    reader,
    transaction,
    writer,
    writing_lock,
)
from include.warehouse.errors import (
    WarehouseBusyError,
    WarehouseLostError,
    WarehouseMissingError,
    WarehouseUnreachableError,
)
from include.warehouse.place import Place
from include.workspace import Workspace

HOLDER = """
import sys, time
from include.workspace import Workspace
from include.warehouse.connection import writer
with writer(Workspace.open(), "a long load"):
    print("held", flush=True)
    time.sleep(float(sys.argv[1]))
"""


def _hold_elsewhere(seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(seconds)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "held"
    return process


def test_the_warehouse_has_its_own_tables_and_only_the_owner_may_enter(ws: Workspace) -> None:
    with writer(ws) as connection:
        tables = {
            row[0]
            for row in connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables()"
            ).fetchall()
        }
    assert {"raw.distribution", "ledger.submissions", "reference.parameters"} <= tables
    assert ws.settings.warehouse_file.parent.stat().st_mode & 0o077 == 0


def test_a_writer_within_a_writer_shares_its_connection(ws: Workspace) -> None:
    with writer(ws) as outer, writer(ws) as inner:
        assert inner is outer
        with reader(ws) as reading:
            outer.execute("create table main.probe as select 7 as value")
            assert reading.execute("select value from main.probe").fetchone() == (7,)


def test_a_place_held_for_dbt_lets_the_same_thread_open_the_file(ws: Workspace) -> None:
    with writing_lock(ws, "dbt"), writer(ws) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_another_process_waits_says_so_and_then_gets_in(
    ws: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    holder = _hold_elsewhere(1.0)
    started = time.monotonic()
    with caplog.at_level(logging.INFO, logger="pantau"), writer(ws) as connection:
        assert time.monotonic() - started > 0.3
        connection.execute("create table main.probe (value integer)")
    holder.wait()
    waiting = [
        record.getMessage() for record in caplog.records if "waiting for the warehouse" in record.getMessage()
    ]
    assert len(waiting) == 1
    assert f"process {holder.pid} (a long load)" in waiting[0]


def test_waiting_has_an_end(ws: Workspace) -> None:
    holder = _hold_elsewhere(30)
    try:
        with pytest.raises(WarehouseBusyError, match="a long load"), writer(ws, wait_seconds=0.3):
            pass
    finally:
        holder.kill()
        holder.wait()
    with writer(ws, wait_seconds=2):  # a killed holder leaves no lock behind
        pass


def test_a_program_that_knows_no_lock_file_is_waited_for_too(ws: Workspace) -> None:
    with writer(ws):
        pass
    code = "import duckdb,sys,time; c=duckdb.connect(sys.argv[1]); print('held',flush=True); time.sleep(0.7)"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(ws.settings.warehouse_file)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    with writer(ws, wait_seconds=10) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    process.wait()


def test_threads_take_turns(ws: Workspace) -> None:
    with writer(ws) as connection:
        connection.execute("create table main.counter as select 0 as value")

    def add_one() -> None:
        for _ in range(5):
            with writer(ws) as mine:
                value = mine.execute("select value from main.counter").fetchone()[0]
                time.sleep(0.005)
                mine.execute("update main.counter set value = ?", [value + 1])

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reader(ws) as reading:
        assert reading.execute("select value from main.counter").fetchone() == (20,)


def test_a_reader_cannot_write_nor_become_a_writer(ws: Workspace) -> None:
    with writer(ws):
        pass
    with reader(ws) as reading:
        with pytest.raises(duckdb.Error):
            reading.execute("create table main.probe (value integer)")
        with pytest.raises(RuntimeError, match="close the reader"), writer(ws):
            pass


def test_reading_before_the_first_run_says_what_to_do(ws: Workspace) -> None:
    with pytest.raises(WarehouseMissingError, match="pantau run"), reader(ws):
        pass


def test_a_transaction_is_all_or_nothing(ws: Workspace) -> None:
    with writer(ws) as connection:
        connection.execute("create table main.probe (value integer)")
        with pytest.raises(duckdb.ConversionException), transaction(connection):
            connection.execute("insert into main.probe select 1; insert into main.probe select 'no number'")
        assert connection.execute("select count(*) from main.probe").fetchone() == (0,)


def test_a_first_run_without_files_leaves_a_key_for_the_files_to_come(ws: Workspace) -> None:
    """A warehouse without a key counts as data whose key was lost: nothing could be taken in ever after."""
    with writer(ws):
        pass
    assert len(ws.settings.secret()) >= 16


SPILLS = "select current_setting('temp_directory'), current_setting('temp_file_encryption'), current_setting('memory_limit')"
NIK = "5205019901990001"


def in_a_lake(ws: Workspace) -> Place:
    return place_of(ws.settings.model_copy(update={"lake": "postgresql://127.0.0.1:1/lake"}))


def spilled(ws: Workspace) -> list[bytes]:
    return [path.read_bytes() for path in ws.settings.spill.rglob("*") if path.is_file()]


def test_every_opening_says_where_it_spills_and_how_much_memory_it_takes(ws: Workspace) -> None:
    found = []
    for opened in (writer, reader):
        with opened(ws) as connection:
            found.append(connection.execute(SPILLS).fetchone())
    for place in (place_of(ws.settings), in_a_lake(ws)):
        with place.own_instance() as connection:
            found.append(connection.execute(SPILLS).fetchone())
        url, arguments = place.sqlalchemy
        with sqlalchemy.create_engine(url, connect_args=arguments).connect() as connection:
            found.append(connection.exec_driver_sql(SPILLS).fetchone())
    folders = [Path(folder) for folder, _, _ in found]
    assert {folder.parent for folder in folders} == {ws.settings.home / ".spill"}
    assert len(set(folders)) == 4, (
        "what this process opens of the file is one instance, all others are their own"
    )
    assert [encrypted for _, encrypted, _ in found] == [False] * 4 + [True] * 2
    assert {memory for _, _, memory in found} == {"3.7 GiB"}
    assert ws.settings.spill.stat().st_mode & 0o077 == 0


def test_two_that_spill_at_once_keep_their_rows_and_in_a_lake_nobody_reads_them(ws: Workspace) -> None:
    """In one folder, as `.tmp` was, they wrote over each other's rows."""
    for place, is_readable in ((place_of(ws.settings), True), (in_a_lake(ws), False)):
        both = [place.own_instance(memory_limit="25MB", threads="1") for _ in range(2)]
        for number, connection in enumerate(both):
            connection.execute(
                f"create table t as select md5((i * 2 + {number})::varchar) || '{NIK}' as text, i from range(700000) r (i)"
            )
        files = spilled(ws)
        assert files
        assert any(NIK.encode() in content for content in files) == is_readable
        for number, connection in enumerate(both):
            altered = f"select count(*) from t where text <> md5((i * 2 + {number})::varchar) || '{NIK}'"
            assert connection.execute(altered).fetchone() == (0,)
            connection.close()
        assert spilled(ws) == []


def test_what_a_killed_process_spilled_goes_with_the_next_writer(ws: Workspace) -> None:
    with writer(ws):
        pass
    left = ws.settings.spill / "killed" / "duckdb_temp_storage_DEFAULT-0.tmp"
    left.parent.mkdir()
    left.touch()
    with reader(ws):
        assert left.exists()
    with writer(ws):
        assert not left.parent.exists()


def test_a_catalogue_that_goes_away_before_it_is_attached_is_told_as_such(ws: Workspace) -> None:
    place = in_a_lake(ws)
    with (
        place.own_instance() as connection,
        pytest.raises(WarehouseUnreachableError, match=r"PANTAU_LAKE names"),
    ):
        place.attach(connection, "lake")


def test_a_folder_in_which_nothing_can_be_spilled_is_told(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    elsewhere = Workspace(ws.settings.model_copy(update={"duckdb_temp": tmp_path / "file"}), ws.configuration)
    with pytest.raises(ConfigurationError, match="PANTAU_DUCKDB_TEMP"), writer(elsewhere):
        pass


def test_a_lost_warehouse_is_not_quietly_begun_anew(ws: Workspace) -> None:
    ws.settings.audit_db.touch()
    with pytest.raises(WarehouseLostError, match="restore it from a backup"), writer(ws):
        pass
    assert not ws.settings.warehouse_file.exists()
