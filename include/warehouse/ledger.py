"""The ledger: which submission came when, as a hash chain, and which run did what.

The chain covers what nobody may change afterwards (sequence, feed, SHA-256, time of receipt, rows read).
Counts of accepted and rejected rows are left out on purpose: judging old rows anew must never break it.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
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


def head(connection: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    """The last sequence and its hash; (0, genesis) for an empty ledger."""
    row = connection.execute(
        "select sequence, chain_hash from ledger.submissions order by sequence desc limit 1"
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
        insert into ledger.runs (run_id, as_of, started_at, outcome, started_by, versions)
        values (?, ?, ?, 'running', ?, ?)
        on conflict (run_id) do update set outcome = 'running', finished_at = null, as_of = excluded.as_of
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
