"""The ledger: which submission came when and what was published of them, as two hash chains, and which run did what.

The chain of submissions covers what nobody may change afterwards (sequence, feed, SHA-256, time of receipt, rows read).
Counts of accepted and rejected rows are left out on purpose: judging old rows anew must never break it. They are
rows of a publication, and the chain of publications covers those.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

import duckdb

from include import clock
from include.warehouse.connection import writer

if TYPE_CHECKING:
    from include.workspace import Workspace

GENESIS = "0" * 64

_VERSIONED = (
    "pantau-salur", "duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "apache-airflow", "splink",
)  # fmt: skip


def naive_utc(moment: datetime) -> datetime:
    """The ledger's form of a time: UTC without zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def canonical_time(moment: datetime) -> str:
    """A time of receipt as the chain sees it: UTC, microseconds, always the same width."""
    return naive_utc(moment).isoformat(timespec="microseconds") + "Z"


def chain_hash(
    previous: str, sequence: int, feed: str | None, sha256: str, received_at: datetime, rows_read: int
) -> str:
    """The hash that links a submission to all before it. A JSON list leaves no two readings of the fields."""
    fields = [previous, sequence, feed, sha256, canonical_time(received_at), rows_read]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Publication:
    """What the chain of publications covers of one.

    Attributes:
        sequence: Number and chain hash of the last submission that it knew: this ties the two chains together.
        row_hash: The hash over the fingerprints of its tables (`audit.fingerprint.row_hash`).
        previous_file_sha256: The SHA-256 of the file of the publication before, empty for the first.
    """

    number: int
    published_at: datetime
    run_id: str
    as_of: date
    sequence: int
    submission_chain_hash: str
    row_hash: str
    previous_file_sha256: str
    previous_hash: str

    @property
    def chain_hash(self) -> str:
        """The hash that links it to all before it, over a JSON list like a submission's."""
        fields = [
            self.previous_hash, self.previous_file_sha256, self.number, canonical_time(self.published_at), self.run_id,
            self.as_of.isoformat(), self.sequence, self.submission_chain_hash, self.row_hash,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


_PUBLICATIONS = (
    "select publication_number, published_at, run_id, as_of, sequence, submission_chain_hash, row_hash, "
    "previous_file_sha256, previous_hash, chain_hash, file_sha256 from {}.publications order by publication_number"
)


def first_broken_publication(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Recomputes the chain of publications and its ties to that of submissions; says where it first breaks."""
    previous, previous_file = GENESIS, ""
    chained = dict(connection.execute("select sequence, chain_hash from ledger.submissions").fetchall())
    rows = connection.execute(_PUBLICATIONS.format("ledger")).fetchall()
    for expected, (*covered, own, file_sha256) in enumerate(rows, start=1):
        publication = Publication(*covered)
        number = publication.number
        if number != expected:
            return f"publication {expected} is missing from the ledger (found {number})"
        linked = (publication.previous_hash, publication.previous_file_sha256) == (previous, previous_file)
        if not linked or own != publication.chain_hash:
            return f"publication {number} does not match its chain hash"
        if publication.submission_chain_hash != chained.get(publication.sequence, GENESIS):
            return f"publication {number} knew another submission number {publication.sequence} than the ledger holds"
        previous, previous_file = own, file_sha256
    return None


def head(connection: duckdb.DuckDBPyConnection, schema: str = "ledger") -> tuple[int, str]:
    """The last sequence and its hash; (0, genesis) for an empty ledger."""
    row = connection.execute(
        f"select sequence, chain_hash from {schema}.submissions order by sequence desc limit 1"
    ).fetchone()
    return (row[0], row[1]) if row else (0, GENESIS)


def first_break(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Recomputes the chain; says where it first breaks, or None when it is whole."""
    previous = GENESIS
    rows = connection.execute(
        "select sequence, submission_id, feed, sha256, received_at, rows_read, previous_hash, chain_hash "
        "from ledger.submissions order by sequence"
    ).fetchall()
    for expected, row in enumerate(rows, start=1):
        sequence, submission_id, feed, sha256, received_at, rows_read, before, own = row
        if sequence != expected:
            return f"submission number {expected} is missing from the ledger (found {sequence})"
        if before != previous or own != chain_hash(previous, sequence, feed, sha256, received_at, rows_read):
            return f"submission {submission_id} (number {sequence}) does not match its chain hash"
        previous = own
    return None


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """What this run ran on, for whoever must repeat it."""
    found = {"python": platform.python_version()}
    for package in _VERSIONED:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def open_run(connection: duckdb.DuckDBPyConnection, run_id: str, as_of: date, started_by: str) -> None:
    """Opens the run's row. Opened again (a task tried anew) it goes on as the same run.

    A run still `running` can only have been killed, or stands outside the one writer's line: it is marked
    failed, and should it live after all, its own end overwrites that.
    """
    connection.execute(
        "update ledger.runs set outcome = 'failed' where outcome = 'running' and run_id <> ?", [run_id]
    )
    connection.execute(
        """
        merge into ledger.runs
        using (select ? as run_id, ?::date as as_of, ?::timestamp as started_at, ? as started_by, ? as versions) as opened
        using (run_id)
        when matched then update set outcome = 'running', finished_at = null, as_of = opened.as_of
        when not matched then insert (run_id, as_of, started_at, outcome, started_by, versions)
            values (opened.run_id, opened.as_of, opened.started_at, 'running', opened.started_by, opened.versions)
        """,
        [run_id, as_of, naive_utc(clock.now()), started_by, json.dumps(versions(), sort_keys=True)],
    )


def close_run(
    ws: Workspace,
    run_id: str,
    outcome: str,
    row_counts: Mapping[str, Any] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> None:
    """Writes how the run ended: `succeeded` or `failed`, with its counts and its seconds by step."""
    if outcome not in ("succeeded", "failed"):
        raise ValueError(f"a run ends as succeeded or failed, not as {outcome!r}")
    with writer(ws, "close the run") as connection:
        connection.execute(
            "update ledger.runs set outcome = ?, finished_at = ?, row_counts = ?, seconds = ? "
            "where run_id = ?",
            [
                outcome,
                naive_utc(clock.now()),
                json.dumps(dict(row_counts or {}), sort_keys=True, default=str),
                json.dumps({step: round(value, 3) for step, value in (seconds or {}).items()}),
                run_id,
            ],
        )


class RunOvertaken(RuntimeError):
    """Another run has loaded since this one did: the tables are judged by that run's day, not by ours."""

    def __init__(self, run_id: str, current: str) -> None:
        super().__init__(
            f"run {run_id} was overtaken by run {current}, which judges the same submissions by its own day; "
            "start a new run instead of repeating this one's steps"
        )


def require_current_run(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Refuses to go on with tables that another run has rebuilt.

    Steps of one run are tasks of their own in Airflow and can be cleared a day later; a command may run beside them.

    Raises:
        RunOvertaken: `reference.parameters` is another run's.
    """
    found = connection.execute("select run_id from reference.parameters").fetchone()
    if found is not None and found[0] != run_id:
        raise RunOvertaken(run_id, found[0])
