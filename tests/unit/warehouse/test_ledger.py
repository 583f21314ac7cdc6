"""The chain: what it covers, that it is the same everywhere, and that a change shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from include.warehouse import ledger
from include.warehouse.connection import reader, writer
from include.warehouse.load import load_landed
from include.workspace import Workspace

Land = Callable[..., str]

SCHEMA = Path(ledger.__file__).with_name("schema.sql")
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


SEALED = ledger.Publication(
    1, datetime(2024, 2, 12), "run-1", date(2024, 2, 12), 1, "a" * 64, "b" * 64, "", ledger.GENESIS
)  # fmt: skip


def publications(connection: duckdb.DuckDBPyConnection) -> None:
    """Two publications that know one submission and two."""
    connection.execute(
        "insert into ledger.submissions by name select i as sequence, 's' || i as submission_id, 'a.csv' as file_name, "
        "'x' as sha256, 1 as size_bytes, timestamp '2024-02-01' as received_at, 'clock' as received_source, 'nil' as "
        "reading_status, '[]' as warnings, '[]' as sheets, 0 as rows_read, 0 as rows_data, 0 as rows_skipped, '' as "
        "previous_hash, repeat(chr((96 + i)::integer), 64) as chain_hash, now()::timestamp as loaded_at from range(1, 3) as r (i)"
    )
    second = replace(
        SEALED, number=2, run_id="run-2", sequence=2, submission_chain_hash="b" * 64, previous_file_sha256="f1",
        previous_hash=SEALED.chain_hash,
    )  # fmt: skip
    for one in (SEALED, second):
        connection.execute(
            "insert into ledger.publications (publication_number, published_at, run_id, as_of, sequence, "
            "submission_chain_hash, row_hash, previous_file_sha256, previous_hash, chain_hash, file_name, row_counts, "
            "table_hashes, file_sha256, current_sha256) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'f', '{}', '{}', ?, '')",
            [*astuple(one), one.chain_hash, f"f{one.number}"],
        )


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ("published_at = published_at + interval 1 day where publication_number = 1", 1),
        ("run_id = 'run-9' where publication_number = 2", 2),
        ("as_of = '2024-02-13' where publication_number = 1", 1),
        ("sequence = 2 where publication_number = 1", 1),
        ("submission_chain_hash = 'x' where publication_number = 2", 2),
        ("row_hash = 'x' where publication_number = 1", 1),
        ("file_sha256 = 'x' where publication_number = 1", 2),
        ("previous_file_sha256 = 'x' where publication_number = 2", 2),
        ("previous_hash = 'x' where publication_number = 2", 2),
        ("chain_hash = 'x' where publication_number = 1", 1),
        ("publication_number = 3 where publication_number = 2", 2),
    ],
)
def test_what_the_chain_of_publications_covers(change: str, number: int) -> None:
    with duckdb.connect() as connection:
        connection.execute(SCHEMA.read_text())
        publications(connection)
        assert ledger.first_broken_publication(connection) is None
        connection.execute(f"update ledger.publications set {change}")
        assert f"publication {number} " in str(ledger.first_broken_publication(connection))


def test_a_publication_is_tied_to_the_last_submission_that_it_knew() -> None:
    with duckdb.connect() as connection:
        connection.execute(SCHEMA.read_text())
        publications(connection)
        connection.execute("update ledger.submissions set chain_hash = 'x' where sequence = 2")
        assert "publication 2 knew another submission" in str(ledger.first_broken_publication(connection))


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
