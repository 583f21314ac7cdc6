"""One writer at a time, across threads and processes; readers wait for nobody longer than needed."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time

import duckdb
import pytest

from include.warehouse.connection import (
    WarehouseBusyError,
    WarehouseLostError,
    WarehouseMissingError,
    reader,
    transaction,
    writer,
    writing_lock,
)
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


def test_a_lost_warehouse_is_not_quietly_begun_anew(ws: Workspace) -> None:
    ws.settings.audit_db.touch()
    with pytest.raises(WarehouseLostError, match="restore it from a backup"), writer(ws):
        pass
    assert not ws.settings.warehouse_file.exists()
