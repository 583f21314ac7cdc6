"""Removes what has been kept for long enough (retention.yml), and says so in the ledger: SHA-256 and chain stay.

The removal is recorded before the file goes: killed in between, the next publication takes the file away.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from include import clock
from include.audit import fingerprint
from include.ingest.manifest import manifest_path, read_manifest
from include.ingest.originals import archived
from include.targeting.review import FILE_NAME as REVIEW_LIST
from include.warehouse.connection import place_of, transaction, writer
from include.warehouse.ledger import naive_utc
from include.warehouse.load import RAW_KINDS

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.audit")

EXPIRED = "masa simpan habis (retention.yml, {})"


@dataclass(frozen=True)
class _Expired:
    """A file whose years are over, with the hash that the ledger knows it by, if any."""

    path: Path
    sha256: str | None
    folder: str


def apply_retention(ws: Workspace) -> int:
    """Removes expired files of every folder and retires publications; returns how many files went."""
    now = naive_utc(clock.now())
    with writer(ws, "retention") as connection:
        expired = [
            (one.path, one.sha256, EXPIRED.format(one.folder)) for one in _expired(ws, connection, now)
        ]
        with transaction(connection):
            record_removals(ws, connection, expired)
        retired = _retire(ws, connection, now)
        removed = remove_recorded(ws, connection)
        place_of(ws.settings).forget_snapshots(connection, ws.configuration.retention.lake_snapshot_days)
    for path in retired:
        path.unlink(missing_ok=True)
    if removed or retired:
        log.info("removed %d files and %d publications", removed, len(retired))
    return removed + len(retired)


def record_removals(
    ws: Workspace, connection: duckdb.DuckDBPyConnection, removals: Iterable[tuple[Path, str | None, str]]
) -> None:
    """Writes into the ledger which files are about to be removed on purpose: path, SHA-256, reason; call it in a transaction."""
    now = naive_utc(clock.now())
    for path, sha256, reason in removals:
        where = path.relative_to(ws.settings.home).as_posix()
        rows = rows_fingerprint(connection, path.stem) if path.suffix == ".parquet" else None
        connection.execute(
            "insert into ledger.removals select ?, ?, ?, ?, ? "
            "where not exists (select 1 from ledger.removals where path = ?)",
            [where, sha256, reason, now, rows, where],
        )


def remove_recorded(ws: Workspace, connection: duckdb.DuckDBPyConnection) -> int:
    """Removes what the ledger says was removed and lies there, and returns how many files went.

    It was recorded just now; or a kill fell between record and removal; or the same bytes came once more, to no effect.
    """
    recorded = connection.execute("select path from ledger.removals").fetchall()
    there = [path for (where,) in recorded if (path := ws.settings.home / where).exists()]
    for path in there:
        path.unlink()
    return len(there)


def rows_fingerprint(connection: duckdb.DuckDBPyConnection, submission_id: str) -> str | None:
    """The SHA-256 over a submission's rows in the warehouse, whatever their order; None for one that has no rows."""
    found = connection.execute(
        "select kind from ledger.submissions where submission_id = ?", [submission_id]
    ).fetchone()
    if found is None or found[0] not in RAW_KINDS:
        return None
    columns = [(name, kind) for name, kind, *_ in connection.execute(f"describe raw.{found[0]}").fetchall()]
    rows = f"(select * from raw.{found[0]} where submission_id = '{submission_id}')"
    taken = fingerprint.fingerprint(connection, fingerprint.query(columns, rows))
    return taken.sha256 if taken.rows else None


def renew_fingerprints(connection: duckdb.DuckDBPyConnection, submissions: Iterable[str]) -> None:
    """Takes the fingerprints of rows anew that were masked after their landing had gone."""
    for submission in submissions:
        connection.execute(
            "update ledger.removals set rows_sha256 = ? where rows_sha256 is not null and path like ?",
            [rows_fingerprint(connection, submission), f"landing/%/{submission}.parquet"],
        )


def years_before(moment: datetime, years: int) -> datetime:
    """The same day some years ago; 29 February becomes 28 February."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)


# --- files


def _expired(ws: Workspace, connection: duckdb.DuckDBPyConnection, now: datetime) -> Iterator[_Expired]:
    years = ws.configuration.retention.years
    yield from _originals(ws, connection, years_before(now, years.archive))
    yield from _landed(ws, connection, years_before(now, years.landing))
    yield from _mails(ws, connection, years_before(now, years.outbox))
    limit = years_before(now, years.returned).replace(tzinfo=UTC).timestamp()
    for path in ws.settings.returned.rglob("*"):
        # What an operator is still asked is written anew while it is open, and no paper of the past.
        if path.is_file() and path.name != REVIEW_LIST and path.stat().st_mtime < limit:
            yield _Expired(path, None, "returned")


def _originals(ws: Workspace, connection: duckdb.DuckDBPyConnection, limit: datetime) -> Iterator[_Expired]:
    """Originals that no later submission brought again; a ZIP, which is no submission, by the age of its file."""
    rows = connection.execute(
        "select sha256, max(received_at) from ledger.submissions group by sha256"
    ).fetchall()
    known = dict(rows)
    for sha256, received_at in known.items():
        path = archived(ws.settings.archive, sha256)
        if sha256 and received_at < limit and path.exists():
            yield _Expired(path, sha256, "archive")
    oldest = limit.replace(tzinfo=UTC).timestamp()
    for path in ws.settings.archive.rglob("*"):
        if path.is_file() and path.name not in known and path.stat().st_mtime < oldest:
            yield _Expired(path, path.name, "archive")


def _landed(ws: Workspace, connection: duckdb.DuckDBPyConnection, limit: datetime) -> Iterator[_Expired]:
    """Landed rows. The manifest stays: it tells that these bytes came before, and names nobody."""
    rows = connection.execute(
        "select feed, submission_id from ledger.submissions where received_at < ? and rows_read > 0", [limit]
    ).fetchall()
    for feed, submission_id in rows:
        path = manifest_path(ws.settings.landing, feed, submission_id)
        rows_file = path.with_suffix(".parquet")
        if rows_file.exists():
            manifest = read_manifest(path)
            yield _Expired(rows_file, manifest.landing_sha256 if manifest else None, "landing")


def _mails(ws: Workspace, connection: duckdb.DuckDBPyConnection, limit: datetime) -> Iterator[_Expired]:
    rows = connection.execute(
        "select eml_file, body_sha256 from ledger.outbox where created_at < ? and status <> 'queued'", [limit]
    ).fetchall()
    for name, sha256 in rows:
        path = ws.settings.outbox / name
        if path.exists():
            yield _Expired(path, sha256, "outbox")


# --- publications


def _retire(ws: Workspace, connection: duckdb.DuckDBPyConnection, now: datetime) -> list[Path]:
    """Marks publications as retired and returns their files, also those that a kill left after the marking."""
    retention = ws.configuration.retention
    rows = connection.execute(
        "select publication_number, published_at from ledger.publications where retired_at is null"
    ).fetchall()
    limit = years_before(now, retention.years.history)
    connection.execute(
        "update ledger.publications set retired_at = ? where publication_number in (select unnest(?))",
        [now, sorted(dispensable(rows, retention.publications_kept, limit))],
    )
    retired = connection.execute("select file_name from ledger.publications where retired_at is not null")
    paths = [ws.settings.audit_dir / "history" / name for (name,) in retired.fetchall()]
    return [path for path in paths if path.exists()]


def dispensable(publications: Iterable[tuple[int, datetime]], kept: int, limit: datetime) -> set[int]:
    """Which publications go: all but the newest `kept`, and the last of each month since `limit`."""
    newest_first = sorted(publications, reverse=True)
    last_of_month: dict[tuple[int, int], int] = {}
    for number, published_at in newest_first:
        last_of_month.setdefault((published_at.year, published_at.month), number)
    months = set(last_of_month.values())
    return {
        number for number, published_at in newest_first[kept:] if number not in months or published_at < limit
    }
