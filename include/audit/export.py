"""The published tables as Parquet, for whoever works without DuckDB, and the page that says what all this is.

Both are made from the published file itself, beside what is there, and take its place whole.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include.audit.query import QueryError
from include.ingest.originals import file_hash

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.audit")

PARQUET = "parquet"
REPORT = "LAPORAN.md"
_UNFINISHED = ".unfinished-"
_AT_CWD, _EXCHANGE = -100, 2

_TEMPLATE = Path(__file__).with_name("laporan.md")


def export(ws: Workspace) -> list[Path]:
    """Writes audit/parquet/ and audit/LAPORAN.md from the published database.

    Returns:
        The Parquet files, one a table.

    Raises:
        QueryError: nothing is published yet.
    """
    if not ws.settings.audit_db.exists():
        raise QueryError("There is no audit database yet: `pantau run` publishes the first one.")
    folder = ws.settings.audit_dir
    fresh = folder / f"{_UNFINISHED}{PARQUET}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    with duckdb.connect(str(ws.settings.audit_db), read_only=True) as audit:
        tables = [
            name
            for (name,) in audit.execute(
                "select table_name from duckdb_tables() where schema_name = 'audit' order by table_name"
            ).fetchall()
        ]
        unchanged = _unchanged(audit, folder / PARQUET)
        for name in tables:
            target = fresh / f"{name}.parquet"
            if name in unchanged:
                os.link(folder / PARQUET / target.name, target)
                continue
            place = str(target).replace("'", "''")
            audit.execute(f"copy audit.\"{name}\" to '{place}' (format parquet, compression zstd)")
        text = _report(audit, ws)
    _swap(fresh, folder / PARQUET)
    _write_whole(folder / REPORT, text)
    return [folder / PARQUET / f"{name}.parquet" for name in tables]


def _unchanged(audit: duckdb.DuckDBPyConnection, before: Path) -> set[str]:
    """The tables that were exported with the same rows, by their fingerprints: their files go on as they are."""
    fingerprints = before / "fingerprints.parquet"
    if not fingerprints.exists():
        return set()
    try:
        same = audit.execute(
            "select now.table_name from audit.fingerprints as now "
            "inner join read_parquet(?) as earlier using (table_name, row_count, sha256, query)",
            [str(fingerprints)],
        ).fetchall()
    except duckdb.Error:  # an export of another version, or a spoilt one: all is written anew
        return set()
    return {name for (name,) in same if (before / f"{name}.parquet").exists()}


# --- the page


def _report(audit: duckdb.DuckDBPyConnection, ws: Workspace) -> str:
    """The page in Indonesian: what this is, as of when, from what, and how to check it without trusting us."""
    publication = _one(audit, "from audit.publications order by publication_number desc limit 1")
    facts = _one(
        audit,
        "select count(*) as submissions, count_if(status = 'accepted') as accepted, "
        "count_if(status = 'partial') as partial, count_if(status = 'rejected') as rejected, "
        "count_if(status = 'duplicate') as duplicate, coalesce(sum(rows_read), 0) as rows_read, "
        "coalesce(sum(rows_accepted), 0) as rows_accepted, coalesce(sum(rows_rejected), 0) as rows_rejected, "
        "coalesce(sum(rows_skipped), 0) as rows_skipped from audit.submissions",
    )
    counted = {name: _figure(value or 0) for name, value in facts.items()}  # no submission yet: no sums
    region = _one(audit, "select regency_name, province_name from audit.parameters")
    lines = audit.execute(
        "select table_name, row_count, sha256 from audit.fingerprints order by 1"
    ).fetchall()
    return _TEMPLATE.read_text(encoding="utf-8").format(
        **counted,
        **region,
        number=publication["publication_number"],
        as_of=_day(publication["as_of"]),
        published_at=f"{publication['published_at']:%d/%m/%Y %H.%M.%S} UTC",
        sequence=publication["sequence"],
        submission_chain_hash=publication["submission_chain_hash"],
        row_hash=publication["row_hash"],
        chain_hash=publication["chain_hash"],
        file_sha256=file_hash(ws.settings.audit_db),
        tables="\n".join(f"| `{name}` | {_figure(rows)} | `{sha256}` |" for name, rows, sha256 in lines),
    )


def _one(audit: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    result = audit.execute(sql)
    names = [column[0] for column in result.description or []]
    row = result.fetchone()
    return dict(zip(names, row or [None] * len(names), strict=True))


def _day(day: datetime) -> str:
    return f"{day:%d/%m/%Y}"


def _figure(value: int) -> str:
    return f"{int(value):,}".replace(",", ".")


# --- taking the place


def _swap(fresh: Path, place: Path) -> None:
    """Exchanges two folders in one step, so that a reader never finds none or half of one."""
    if not place.exists():
        fresh.rename(place)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.renameat2(_AT_CWD, os.fsencode(fresh), _AT_CWD, os.fsencode(place), _EXCHANGE)
    if done != 0:
        code = ctypes.get_errno()
        if code not in (errno.ENOSYS, errno.EINVAL):
            raise OSError(code, os.strerror(code), str(place))
        # A file system that cannot exchange: for a moment there is no folder.
        old = fresh.with_name(f"{_UNFINISHED}old-{PARQUET}")
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
        fresh.rename(place)
        fresh = old
    shutil.rmtree(fresh)


def _write_whole(path: Path, text: str) -> None:
    beside = path.with_name(f"{_UNFINISHED}{path.name}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
