"""Publishes the audit database: built beside, checked, made durable, then renamed over the old one.

Whoever has the old file open keeps it; whoever opens it next gets the new one, whole. Each publication is also kept
under history/. A publication that fails its check leaves the last one in place. Each is sealed: the fingerprints of its
tables are linked to those of all before it, in the file itself and in the ledger.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include import clock
from include.audit import dictionary, fingerprint, privacy_check
from include.audit.export import export
from include.audit.fingerprint import Fingerprint
from include.audit.papers import note_papers
from include.audit.retention import apply_retention
from include.ingest.originals import file_hash
from include.warehouse import ledger
from include.warehouse.connection import place_of, put, reader, transaction, writer, writing_lock
from include.warehouse.ledger import Publication, naive_utc, require_current_run

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.audit")

_MACROS = Path(__file__).with_name("macros.sql")
_LEDGER_TABLES = Path(__file__).with_name("ledger_tables.sql")
_UNFINISHED = ".unfinished-"

# What goes on after the run's own publication: refreshed when the run ends.
_OUTCOME_TABLES = (
    "alerts",
    "alert_flags",
    "runs",
    "flags",
    "removals",
    "reveals",
    "erasures",
    "replays",
    "decisions",
)


class PublicationError(RuntimeError):
    """The new audit database failed its check; the last one stays."""


@dataclass
class PublicationReport:
    """What was published; `undescribed` names tables and columns without a description."""

    path: Path
    number: int
    row_counts: dict[str, int]
    undescribed: list[str] = field(default_factory=list)


def publish(ws: Workspace, as_of: date, run_id: str, manifest: Path | None = None) -> PublicationReport:
    """Builds, checks and publishes the audit database of this run."""
    models, described = dictionary.read_manifest(manifest or dictionary.current_manifest())
    with writing_lock(ws, "publish"):
        with reader(ws) as warehouse:
            require_current_run(warehouse, run_id)
            head = ledger.head(warehouse)
            number, before = _place(warehouse, run_id)
        published_at = clock.now()
        fresh = _unfinished(ws)
        with _building(ws, fresh) as connection:
            expected = _copy_models(connection, models)
            ledger_tables = _ledger_statements()
            _build_ledger_tables(connection, ledger_tables, as_of, run_id)
            _mask(connection)
            with transaction(connection):
                fingerprint.make_tables(connection)
                undescribed = dictionary.describe(connection, described)
                connection.execute(_MACROS.read_text(encoding="utf-8"))
            fingerprints = fingerprint.take(connection, fingerprint.covered_tables(connection))
            sealed = Publication(
                number, naive_utc(published_at), run_id, as_of, *head, fingerprint.row_hash(fingerprints),
                before.file_sha256, before.chain_hash,
            )  # fmt: skip
            name = f"{published_at:%Y%m%dT%H%M%SZ}-{number:06d}.duckdb"
            _seal(connection, sealed, name)
        row_counts = _check(fresh, expected)
        _record(ws, fresh, sealed, name, row_counts, fingerprints)
        apply_retention(ws)
    if undescribed:
        log.warning("%d tables or columns have no description", len(undescribed))
    log.info("published audit database %d: %d rows", number, sum(row_counts.values()))
    return PublicationReport(ws.settings.audit_db, number, row_counts, undescribed)


def publish_outcome(ws: Workspace, run_id: str) -> Path | None:
    """Publishes how the run ended: the current publication again with its e-mails, its run and its flags; then as Parquet.

    A run that failed before it published leaves the deliveries of the last publication, and so the flags too.
    """
    current = ws.settings.audit_db
    if not current.exists():
        return None
    with writing_lock(ws, "publish the outcome"):
        last = _last_publication(ws)
        if last is None:
            return None
        sealed, name = last
        own = sealed.run_id == run_id
        tables = [table for table in _OUTCOME_TABLES if own or table in fingerprint.NOT_COVERED]
        fresh = _unfinished(ws)
        fingerprints: dict[str, Fingerprint] = {}
        shutil.copyfile(current, fresh)
        with _building(ws, fresh) as connection:
            _refresh(connection, tables, sealed.as_of, run_id)
            if own:
                again = [table for table in tables if table not in fingerprint.NOT_COVERED]
                fingerprints = fingerprint.take(connection, again)
                sealed = replace(sealed, row_hash=fingerprint.row_hash(fingerprints))
                _seal(connection, sealed, name)
        row_counts = _check(fresh, {}, tables)
        if own:
            _record(ws, fresh, sealed, name, row_counts, fingerprints)
        else:
            _note_current(ws, sealed.number, file_hash(fresh))
            sync(fresh)
            install(fresh, current)
        export(ws)
        note_papers(ws)
    log.info("published the outcome of the run with publication %d", sealed.number)
    return current


# --- building


@contextmanager
def _building(ws: Workspace, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the new file, the warehouse attached read-only as `warehouse`."""
    place = place_of(ws.settings)
    connection = place.own_instance(path)
    try:
        connection.execute("set timezone = 'UTC'")
        place.attach(connection, "warehouse")
        connection.execute("create schema if not exists audit")
        yield connection
        connection.execute("detach warehouse")
        connection.execute("checkpoint")
    finally:
        connection.close()


def _copy_models(connection: duckdb.DuckDBPyConnection, models: Iterable[str]) -> dict[str, int]:
    """Copies the models, and returns how many rows each gave."""
    counted = {}
    for model in models:
        row = connection.execute(f'create table audit."{model}" as from warehouse.audit."{model}"').fetchone()
        counted[model] = int(row[0]) if row else 0
    return counted


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _ledger_statements() -> dict[str, str]:
    """The statements of ledger_tables.sql by the name of their table."""
    parts = re.split(r"^-- name: (\w+)$", _LEDGER_TABLES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: sql.strip().rstrip(";") for name, sql in zip(parts[1::2], parts[2::2], strict=True)}


def _build_ledger_tables(
    connection: duckdb.DuckDBPyConnection, statements: dict[str, str], as_of: date, run_id: str
) -> None:
    for name, sql in statements.items():
        connection.execute(f"create table audit.{name} as {sql}", _values(sql, as_of, run_id))


def ledger_queries(as_of: date, run_id: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What would be published of each ledger table, as a query to the warehouse itself: table, SQL, its values."""
    for name, sql in _ledger_statements().items():
        yield name, sql.replace("warehouse.", ""), _values(sql, as_of, run_id)


def _values(sql: str, as_of: date, run_id: str) -> dict[str, Any]:
    return {key: value for key, value in (("as_of", as_of), ("run_id", run_id)) if f"${key}" in sql}


def _refresh(connection: duckdb.DuckDBPyConnection, tables: Iterable[str], as_of: date, run_id: str) -> None:
    """Fills tables anew in place, so that their comments, and what refers to them, stay."""
    statements = _ledger_statements()
    for name in tables:
        sql = statements[name]
        connection.execute(f"delete from audit.{name}")
        connection.execute(f"insert into audit.{name} by name {sql}", _values(sql, as_of, run_id))
        privacy_check.mask_remaining(connection, name)


def _mask(connection: duckdb.DuckDBPyConnection) -> None:
    for table in _tables(connection):
        privacy_check.mask_remaining(connection, table)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'audit' order by table_name"
    )
    return [name for (name,) in rows.fetchall()]


# --- checking


def _check(path: Path, expected: dict[str, int], changed: Iterable[str] | None = None) -> dict[str, int]:
    """Opens the file as a reader would and looks at what it holds; on any doubt nothing is published.

    `changed`: the tables in which persons are looked for, where the others were published before; None for all.
    """
    problems = []
    connection = duckdb.connect(str(path), read_only=True)
    try:
        row_counts = {table: _count(connection, f'audit."{table}"') for table in _tables(connection)}
        for table, count in expected.items():
            if row_counts.get(table) != count:
                problems.append(f"{table} has {row_counts.get(table)} rows instead of {count}")
        for table in row_counts if changed is None else changed:
            for column, count in privacy_check.findings(connection, table).items():
                problems.append(f"{table}.{column} holds sixteen digits in {count} values")
        connection.execute("select count(*) from audit.trace('')")
    finally:
        connection.close()
    if path.with_name(path.name + ".wal").exists():
        problems.append("the file was not closed cleanly")
    if problems:
        path.unlink()
        raise PublicationError("the new audit database was not published: " + "; ".join(problems))
    return row_counts


# --- files and the ledger's record


def _history(ws: Workspace) -> Path:
    folder: Path = ws.settings.audit_dir / "history"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _unfinished(ws: Workspace) -> Path:
    """A fresh path for building; what a killed run left there is removed."""
    folder: Path = ws.settings.audit_dir
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in [*folder.glob(f"{_UNFINISHED}*"), *_history(ws).glob(f"{_UNFINISHED}*")]:
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()
    return folder / f"{_UNFINISHED}{os.getpid()}.duckdb"


@dataclass(frozen=True)
class _Before:
    """What a publication is linked to."""

    chain_hash: str = ledger.GENESIS
    file_sha256: str = ""


def _place(warehouse: duckdb.DuckDBPyConnection, run_id: str) -> tuple[int, _Before]:
    """The number of this publication, and the one before it.

    A run that publishes again (a task tried anew) replaces its own publication, which is the last.
    """
    rows = warehouse.execute(
        "select publication_number, run_id, chain_hash, file_sha256 from ledger.publications "
        "order by publication_number desc limit 2"
    ).fetchall()
    if rows and rows[0][1] == run_id:
        number, rows = rows[0][0], rows[1:]
    else:
        number = rows[0][0] + 1 if rows else 1
    return number, _Before(*rows[0][2:]) if rows else _Before()


def _last_publication(ws: Workspace) -> tuple[Publication, str] | None:
    """The last publication as it was sealed, and its name in history/."""
    names = ", ".join(_SEAL_COLUMNS)
    with reader(ws) as connection:
        row = connection.execute(
            f"select {names}, file_name from ledger.publications order by publication_number desc limit 1"
        ).fetchone()
    return (Publication(*row[:-1]), row[-1]) if row else None


_SEAL_COLUMNS = (
    "publication_number", "published_at", "run_id", "as_of", "sequence", "submission_chain_hash", "row_hash",
    "previous_file_sha256", "previous_hash",
)  # fmt: skip


def _seal(connection: duckdb.DuckDBPyConnection, sealed: Publication, name: str) -> None:
    """Writes audit.publications: every link of the chain up to this one, whose file cannot hold its own SHA-256."""
    names = ", ".join((*_SEAL_COLUMNS, "chain_hash", "file_name"))
    connection.execute("delete from audit.publications")
    connection.execute(
        f"insert into audit.publications ({names}) select {names} from warehouse.ledger.publications "
        "where publication_number < ? order by publication_number",
        [sealed.number],
    )
    values = [*astuple(sealed), sealed.chain_hash, name]
    connection.execute(
        f"insert into audit.publications ({names}) values ({', '.join('?' * len(values))})", values
    )


def _record(
    ws: Workspace,
    fresh: Path,
    sealed: Publication,
    name: str,
    row_counts: dict[str, int],
    fingerprints: dict[str, Fingerprint],
) -> None:
    """Puts the file in its places, then writes the ledger's row: killed in between, the next run does it again."""
    sync(fresh)
    sha256 = file_hash(fresh)
    for orphan in _history(ws).glob(f"*-{sealed.number:06d}.duckdb"):
        if orphan.name != name:
            orphan.unlink()
    _install_copy(fresh, _history(ws) / name)
    install(fresh, ws.settings.audit_db)
    hashes = {table: asdict(one) for table, one in fingerprints.items()}
    entry = dict(zip(_SEAL_COLUMNS, astuple(sealed), strict=True)) | {
        "chain_hash": sealed.chain_hash,
        "file_name": name,
        "row_counts": json.dumps(row_counts, sort_keys=True),
        "table_hashes": json.dumps(hashes, sort_keys=True),
        "file_sha256": sha256,
        "current_sha256": sha256,
    }
    with writer(ws, "publish") as connection:
        put(connection, "ledger.publications", ("publication_number",), entry)


def _note_current(ws: Workspace, number: int, sha256: str) -> None:
    """The published file went on after its publication: a run that published nothing told its outcome there."""
    with writer(ws, "publish the outcome") as connection:
        connection.execute(
            "update ledger.publications set current_sha256 = ? where publication_number = ?", [sha256, number]
        )


def sync(path: Path) -> None:
    """Has what was written to a file or folder on the disk itself before it returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def install(fresh: Path, target: Path) -> None:
    """Renames a finished file over the published one, for good."""
    fresh.replace(target)
    sync(target.parent)


def _install_copy(fresh: Path, target: Path) -> None:
    # A copy, not a link: who opens the published file for writing must not be able to alter history with it.
    beside = target.with_name(f"{_UNFINISHED}{target.name}")
    shutil.copyfile(fresh, beside)
    sync(beside)
    install(beside, target)
