"""Exactly once: whatever is landed, in the order of arrival, killed anywhere or not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from include.warehouse import ledger, load
from include.warehouse.connection import reader, writer
from include.warehouse.load import load_landed
from include.workspace import Workspace

Land = Callable[..., str]

AS_OF = date(2024, 2, 12)

# Dies by SIGKILL, as the out-of-memory killer would, at the n-th statement of the loading.
DIE_AT = """
import os, signal, sys
from datetime import date
from include.warehouse import load
from include.workspace import Workspace

count = 0
def dying(name):
    whole = getattr(load, name)
    def wrapper(*args):
        global count
        count += 1
        if count == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*args)
        count += 1
        if count == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(load, name, wrapper)
for name in ("_insert_ledger", "_insert_rows", "_load_batch"):
    dying(name)
load.BATCH_FILES = 2
load.load_landed(Workspace.open(), date(2024, 2, 12), "killed", "command")
"""


def _rows(ws: Workspace, sql: str) -> list[Any]:
    with reader(ws) as connection:
        return connection.execute(sql).fetchall()


def test_rows_and_ledger_entry_come_together_in_order_of_arrival(ws: Workspace, land: Land) -> None:
    late = land("a.csv", rows=2, received_at="2024-02-02T01:00:00+00:00")
    tie_b = land("b.csv", rows=1, received_at="2024-02-01T09:00:00+08:00")
    tie_a = land("z.csv", rows=3, feed="dinsos/p3ke", kind="registry", registry="p3ke")
    report = load_landed(ws, AS_OF, "run-1", "command")
    assert report.submissions == [tie_a, tie_b, late]
    assert (report.rows, report.failed) == (6, {})
    assert _rows(ws, "select sequence, submission_id, run_id from ledger.submissions order by 1") == [
        (1, tie_a, "run-1"), (2, tie_b, "run-1"), (3, late, "run-1"),
    ]  # fmt: skip
    assert _rows(ws, "select sequence, count(*), min(nik) from raw.distribution group by 1 order by 1") == [
        (2, 1, "5205019901999000"), (3, 2, "5205019901999000"),
    ]  # fmt: skip
    assert _rows(ws, "select count(*), min(sequence) from raw.registry") == [(3, 1)]


def test_what_is_loaded_is_never_loaded_again(ws: Workspace, land: Land) -> None:
    land("a.csv", rows=2)
    load_landed(ws, AS_OF, "run-1", "command")
    land("b.csv", rows=1)
    second = load_landed(ws, AS_OF, "run-2", "command")
    assert len(second.submissions) == 1
    assert load_landed(ws, AS_OF, "run-3", "command").submissions == []
    assert _rows(ws, "select count(*) from raw.distribution") == [(3,)]


def test_files_without_rows_have_their_place_in_the_chain(ws: Workspace, land: Land) -> None:
    land("nil.csv", rows=0, reading_status="nil")
    land("bad.xlsx", rows=0, reading_status="rejected", reason="file_unreadable", landing_file=None)
    land(
        "lost.csv",
        rows=0,
        feed=None,
        kind=None,
        reading_status="rejected",
        reason="feed_unknown",
        landing_file=None,
    )
    report = load_landed(ws, AS_OF, "run-1", "command")
    assert len(report.submissions) == 3
    with reader(ws) as connection:
        assert ledger.first_break(connection) is None
        found = connection.execute("select reading_status from ledger.submissions").fetchall()
    assert sorted(found) == [("nil",), ("rejected",), ("rejected",)]


def test_a_broken_landing_never_stops_the_others(ws: Workspace, land: Land) -> None:
    good = land("good.csv", rows=2)
    short = land("short.csv", rows=5, landed_rows=4)
    gone = land("gone.csv", rows=1)
    corrupt = land("corrupt.csv", rows=1)
    folder = ws.settings.landing / "dkp/beras/penyaluran"
    (folder / f"{gone}.parquet").unlink()
    (folder / f"{corrupt}.parquet").write_bytes(b"PAR1 no parquet at all PAR1")
    (folder / "0123456789abcdef.json").write_text("{half a manif")
    report = load_landed(ws, AS_OF, "run-1", "command")
    assert report.submissions == [good]
    assert set(report.failed) == {short, gone, corrupt, "0123456789abcdef"}
    assert _rows(ws, "select count(*), max(sequence) from raw.distribution") == [(2, 1)]
    with reader(ws) as connection:
        assert ledger.first_break(connection) is None


def test_a_mended_landing_is_taken_in_by_the_next_run(ws: Workspace, land: Land) -> None:
    land("short.csv", rows=5, landed_rows=4)
    load_landed(ws, AS_OF, "run-1", "command")
    mended = land("short.csv", rows=5)
    assert load_landed(ws, AS_OF, "run-2", "command").submissions == [mended]


@pytest.mark.parametrize("moment", [1, 2, 3, 5, 7, 9])
def test_killed_and_run_again_is_the_same_as_never_killed(ws: Workspace, land: Land, moment: int) -> None:
    for hour in range(1, 6):
        land(f"{hour}.csv", rows=hour, received_at=f"2024-02-01T0{hour}:00:00+00:00")
    killed = subprocess.run(
        [sys.executable, "-c", DIE_AT, str(moment)], env=dict(os.environ), capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    load_landed(ws, AS_OF, "again", "command")
    assert _rows(ws, "select sequence, file_name, rows_read from ledger.submissions order by 1") == [
        (hour, f"{hour}.csv", hour) for hour in range(1, 6)
    ]
    assert _rows(ws, "select sequence, count(*) from raw.distribution group by 1 order by 1") == [
        (hour, hour) for hour in range(1, 6)
    ]
    with reader(ws) as connection:
        assert ledger.first_break(connection) is None


def test_the_chain_does_not_depend_on_the_batches(
    ws: Workspace, land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in range(1, 6):
        land(f"{hour}.csv", received_at=f"2024-02-01T0{hour}:00:00+00:00")
    load_landed(ws, AS_OF, "run-1", "command")
    together = _rows(ws, "select chain_hash from ledger.submissions order by sequence")
    ws.settings.warehouse_file.unlink()
    monkeypatch.setattr(load, "BATCH_FILES", 1)
    load_landed(ws, AS_OF, "run-1", "command")
    assert _rows(ws, "select chain_hash from ledger.submissions order by sequence") == together


def test_the_configuration_stands_in_the_warehouse_with_the_day(ws: Workspace) -> None:
    load_landed(ws, AS_OF, "run-1", "command")
    assert _rows(ws, "select as_of, run_id, regency_code from reference.parameters") == [
        (AS_OF, "run-1", "52.05")
    ]
    assert _rows(ws, "select count(*) from reference.villages") == [(81,)]


def test_tables_of_the_configuration_that_another_version_made_are_made_anew(
    ws: Workspace, land: Land
) -> None:
    load_landed(ws, AS_OF, "r1", "command")
    with writer(ws) as connection:
        connection.execute("alter table reference.targeting drop column comparable_from")
        connection.execute("alter table reference.villages add column mayor varchar")
    land("a.csv")
    assert load_landed(ws, AS_OF, "r2", "command").rows == 2
    with reader(ws) as connection:
        assert connection.execute("select count(comparable_from) from reference.targeting").fetchone() == (1,)
        assert "mayor" not in [row[0] for row in connection.execute("describe reference.villages").fetchall()]
