"""The chain: what it covers, that it is the same everywhere, and that a change shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

import pytest

from include.warehouse import ledger
from include.warehouse.connection import reader, writer
from include.warehouse.load import load_landed
from include.workspace import Workspace

Land = Callable[..., str]

WITA = timezone(timedelta(hours=8))
RECEIVED = datetime(2024, 2, 1, 9, 30, tzinfo=WITA)


def test_the_chain_hash_can_be_recomputed_by_anyone() -> None:
    fields = [ledger.GENESIS, 1, "dkp/beras/penyaluran", "ab" * 32, "2024-02-01T01:30:00.000000Z", 5]
    expected = hashlib.sha256(json.dumps(fields).encode()).hexdigest()
    assert ledger.chain_hash(ledger.GENESIS, 1, "dkp/beras/penyaluran", "ab" * 32, RECEIVED, 5) == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"previous": "1" * 64}, {"sequence": 2}, {"feed": None}, {"sha256": "cd" * 32},
        {"received_at": RECEIVED + timedelta(microseconds=1)}, {"rows_read": 6},
    ],
)  # fmt: skip
def test_every_field_counts(changed: dict[str, object]) -> None:
    fields = {
        "previous": ledger.GENESIS, "sequence": 1, "feed": "a/b", "sha256": "ab" * 32,
        "received_at": RECEIVED, "rows_read": 5,
    }  # fmt: skip
    assert ledger.chain_hash(**fields) != ledger.chain_hash(**(fields | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tampering", "number"),
    [
        ("update ledger.submissions set rows_read = 99 where sequence = 2", 2),
        ("update ledger.submissions set received_at = received_at - interval 1 day where sequence = 1", 1),
        ("update ledger.submissions set feed = 'dpmpd/blt-dd/penyaluran' where sequence = 3", 3),
        ("delete from ledger.submissions where sequence = 2", 2),
    ],
)
def test_the_first_break_is_named(ws: Workspace, land: Land, tampering: str, number: int) -> None:
    for hour in (1, 2, 3):
        land(f"{hour}.csv", received_at=f"2024-02-01T0{hour}:00:00+00:00")
    load_landed(ws, date(2024, 2, 12), "run-1", "command")
    with writer(ws) as connection:
        assert ledger.first_break(connection) is None
        connection.execute(tampering)
        assert str(number) in str(ledger.first_break(connection))


def test_a_run_opens_ends_and_a_killed_one_does_not_stay_running(ws: Workspace) -> None:
    load_landed(ws, date(2024, 2, 12), "killed", "files")
    load_landed(ws, date(2024, 2, 12), "second", "command")
    load_landed(ws, date(2024, 2, 12), "second", "command")  # a task tried again is the same run
    ledger.close_run(ws, "second", "succeeded", {"delivery_accuracy": 5}, {"load": 0.12345})
    with reader(ws) as connection:
        runs = connection.execute(
            "select run_id, outcome, started_by, row_counts, seconds from ledger.runs order by run_id"
        ).fetchall()
        assert runs == [
            ("killed", "failed", "files", None, None),
            ("second", "succeeded", "command", '{"delivery_accuracy": 5}', '{"load": 0.123}'),
        ]
        versions = json.loads(connection.execute("select versions from ledger.runs").fetchone()[0])
    assert {"python", "duckdb"} <= set(versions)


def test_a_run_ends_in_one_of_two_ways(ws: Workspace) -> None:
    with pytest.raises(ValueError, match="succeeded or failed"):
        ledger.close_run(ws, "any", "done")
