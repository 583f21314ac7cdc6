"""The warehouse anew, from the archive and the ledger: after a better parser, when rows are doubted, or for a replay.

What cannot be had a second time is carried over from the old ledger: which submission came when, as which number, with
which hash; what was told to whom; when a flag was first seen; what was published. What files say is read anew from
their originals; what is judged follows from that. All is built in a folder beside: until that folder gets its final name the
old warehouse stands, from then on the next one who writes finishes the exchange (`connection.install_rebuilt`).
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import duckdb
from pydantic import SecretStr

from include import clock
from include.inbox.claim import Claim
from include.ingest.manifest import Manifest, manifest_path, read_manifest
from include.ingest.originals import archived, file_hash
from include.ingest.receipt import Addressed, receipt_path
from include.ingest.submission import read_again, refuse_again
from include.language import inert
from include.pipeline import INGEST_AT_ONCE
from include.warehouse import ledger
from include.warehouse.connection import (
    REBUILT,
    install_rebuilt,
    place_of,
    reader,
    require_place,
    transaction,
    writer,
    writing_lock,
)
from include.warehouse.lake import rebuilt_schema
from include.warehouse.load import RAW_KINDS, Landed, append_rows, batches, read_landed, reading_outcome
from include.warehouse.reference import write_reference
from include.workspace import Workspace

log = logging.getLogger("pantau.rebuild")

_UNFINISHED = ".rebuild"

SET_ASIDE = "set_aside"
"""The reason of a submission that a person has set aside (include/decisions.py)."""

# Made anew: the tables at the next run, and the pairs where a registry is read once more.
_TABLES_MADE = ("transformations",)
_PAIRS = ("registry_matches", "matchings")
_PAIRED_KINDS = ("registry", "reviews")


class RebuildError(RuntimeError):
    """The warehouse cannot be rebuilt; the old one stands."""


@dataclass
class RebuildReport:
    """What was rebuilt: submissions by where their rows came from, rows, and submissions that now read otherwise.

    Attributes:
        reread: Read anew from the archive.
        from_landing: Their landed rows were taken as they are: nothing to read again, or the original is gone.
        from_warehouse: Original and landed rows are gone; the old warehouse's rows were carried over.
        changed: File names whose number of rows or outcome of reading differs now.
    """

    reread: int = 0
    from_landing: int = 0
    from_warehouse: int = 0
    rows: int = 0
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Replayed:
    """A replay as the ledger notes it: which submissions are read anew, on whose word, and why."""

    submissions: frozenset[str]
    replayed_by: str
    reason: str


@dataclass(frozen=True)
class _Entry:
    """A submission as the old ledger tells it."""

    sequence: int
    submission_id: str
    feed: str | None
    file_name: str
    sha256: str
    size_bytes: int
    received_at: datetime
    received_source: str
    reading_status: str
    rows_read: int
    rows_reread: int | None
    kind: str | None

    @property
    def rows(self) -> int:
        """How many rows it was last read as."""
        return self.rows_read if self.rows_reread is None else self.rows_reread


def rebuild(ws: Workspace, replayed: Replayed | None = None) -> RebuildReport:
    """Builds the warehouse anew and puts it in the old one's place; the next run judges and publishes.

    Args:
        ws: The regency's home and configuration.
        replayed: Reads only these anew and notes so in the ledger; all other rows are carried over. None: reads all anew.

    Raises:
        RebuildError: there is no warehouse, its chain is broken, an original is not the file that was received, or what is
            to be replayed cannot be read once more.
        TransformError: the new rows cannot be judged. The old warehouse stands then too.
        PlaceLostError: another may have written to the old warehouse meanwhile, which stands.
    """
    report = RebuildReport()
    with writing_lock(ws, "rebuild"):
        entries, as_of, run_id = _old_state(ws)
        wanted = [
            entry for entry in entries if replayed is None or entry.submission_id in replayed.submissions
        ]
        shadow = _shadow(ws)
        again = _read_all(ws, shadow, wanted, _set_aside(ws))
        if replayed is not None:
            _require_all(wanted, again)
        with writer(shadow, "rebuild") as connection:
            _carry_ledger(ws, connection, _made_anew(wanted, again))
            with transaction(connection):
                write_reference(connection, ws.configuration, as_of, run_id)
            if replayed is not None:
                report.from_warehouse = len(entries) - len(wanted)
                report.rows += _carry_all_but(connection, wanted)
            _fill(ws, shadow, connection, wanted, again, report)
            if replayed is not None:
                _note_replay(shadow, connection, replayed, wanted)
        _judge(shadow)
        require_place(ws, "the old warehouse stands")
        _commit(ws, shadow)
    log.info("rebuilt the warehouse: %d submissions read anew, %d rows", report.reread, report.rows)
    return report


def _made_anew(wanted: list[_Entry], again: dict[str, Manifest]) -> tuple[str, ...]:
    """Which tables of the ledger follow from what is read anew, and so are not carried over."""
    kinds = {entry.kind for entry in wanted} | {manifest.kind for manifest in again.values()}
    return (*_TABLES_MADE, *_PAIRS) if kinds & {*_PAIRED_KINDS} else _TABLES_MADE


def _require_all(wanted: list[_Entry], again: dict[str, Manifest]) -> None:
    if missing := [entry for entry in wanted if entry.submission_id not in again]:
        named = ", ".join(f"{entry.submission_id} ({inert.file_name(entry.file_name)})" for entry in missing)
        raise RebuildError(
            f"nothing was replayed, there is nothing to read once more of {named}: a repeated file, a ZIP that could not "
            "be opened, a feed that is no longer configured, or an original that is no longer in archive/"
        )


def read_originals(
    ws: Workspace, connection: duckdb.DuckDBPyConnection, submissions: Sequence[str], folder: Path
) -> dict[str, tuple[str, Path]]:
    """Reads the originals of submissions once more, into a folder that the caller removes.

    Returns:
        By submission its kind and its landed rows; those whose original is gone, altered or held no rows are left out.
    """
    names = ", ".join(one.name for one in fields(_Entry))
    rows = connection.execute(
        f"select {names} from ledger.submissions where submission_id in (select unnest(?)) order by sequence",
        [list(submissions)],
    ).fetchall()
    beside = _beside(ws, folder)
    entries = [entry for entry in (_Entry(*row) for row in rows) if _is_sound(ws, entry)]
    manifests = _read_all(ws, beside, entries)
    landed = {
        name: read_landed(manifest_path(beside.settings.landing, manifest.feed, name))
        for name, manifest in manifests.items()
    }
    return {name: (str(one.kind), one.parquet) for name, one in landed.items() if one.parquet is not None}


def _is_sound(ws: Workspace, entry: _Entry) -> bool:
    original = archived(ws.settings.archive, entry.sha256)
    return original.exists() and file_hash(original) == entry.sha256


def _old_state(ws: Workspace) -> tuple[list[_Entry], date, str]:
    """The submissions of the old ledger, its day and its run; the writer's opening leaves no log file behind."""
    if not place_of(ws.settings).exists():
        raise RebuildError("no warehouse yet: there is nothing to rebuild")
    with writer(ws, "rebuild") as connection:
        if (broken := ledger.first_break(connection)) is not None:
            raise RebuildError(f"the ledger's chain is broken, nothing was rebuilt: {broken}")
        names = ", ".join(one.name for one in fields(_Entry))
        rows = connection.execute(f"select {names} from ledger.submissions order by sequence").fetchall()
        judged = connection.execute("select as_of, run_id from reference.parameters").fetchone()
    if judged is None:
        raise RebuildError("no run has been recorded yet: there is nothing to rebuild")
    return [_Entry(*row) for row in rows], judged[0], judged[1]


def _shadow(ws: Workspace) -> Workspace:
    """The same regency in an empty home beside, with the same key."""
    folder = ws.settings.home / _UNFINISHED
    shutil.rmtree(folder, ignore_errors=True)
    shadow = _beside(ws, folder)
    place_of(shadow.settings).discard()
    return shadow


def _beside(ws: Workspace, folder: Path) -> Workspace:
    secret = SecretStr(ws.settings.secret().decode())
    part = rebuilt_schema(ws.settings.lake_schema)
    settings = ws.settings.model_copy(update={"home": folder, "given_secret": secret, "lake_schema": part})
    settings.make_folders()
    return Workspace(settings, ws.configuration)


# --- reading anew


def _set_aside(ws: Workspace) -> frozenset[str]:
    """The submissions that the last decision on each has set aside."""
    with writer(ws, "rebuild") as connection:
        found = connection.execute(
            "select submission_id from ledger.decisions group by 1 having arg_max(decision, decision_number) = ?",
            [SET_ASIDE],
        ).fetchall()
    return frozenset(submission_id for (submission_id,) in found)


def _read_all(
    ws: Workspace, shadow: Workspace, entries: list[_Entry], set_aside: frozenset[str] = frozenset()
) -> dict[str, Manifest]:
    """Reads every original that is there; what each submission says now, by its id."""
    with ThreadPoolExecutor(INGEST_AT_ONCE) as threads:
        found = threads.map(partial(_read, ws, shadow, set_aside), entries)
        return {manifest.submission_id: manifest for manifest in found if manifest is not None}


def _read(ws: Workspace, shadow: Workspace, set_aside: frozenset[str], entry: _Entry) -> Manifest | None:
    original = archived(ws.settings.archive, entry.sha256) if entry.sha256 else None
    if entry.feed is None or original is None or not original.exists():
        return None
    if file_hash(original) != entry.sha256:
        raise RebuildError(
            f"the original of submission {entry.submission_id} ({inert.file_name(entry.file_name)}) is not the file that was "
            f"received: its SHA-256 is not {entry.sha256}; `pantau verify` lists what was altered"
        )
    if entry.submission_id in set_aside:
        return refuse_again(shadow, _claim(ws, entry), SET_ASIDE)
    with TemporaryDirectory(dir=shadow.settings.claims) as beside:
        return read_again(shadow, _claim(ws, entry), original, Path(beside))


def _claim(ws: Workspace, entry: _Entry) -> Claim:
    """The arrival once more. Only the manifest knows of which ZIP it was a member, and how often it had come before."""
    feed = entry.feed or ""
    before = read_manifest(manifest_path(ws.settings.landing, feed, entry.submission_id))
    known_ordinal = before.ordinal if before else 0
    return Claim(
        submission_id=entry.submission_id,
        feed=feed,
        file_name=entry.file_name,
        received_at=entry.received_at.replace(tzinfo=UTC),
        received_source=entry.received_source,
        sha256=entry.sha256,
        size_bytes=entry.size_bytes,
        ordinal=max(known_ordinal, int(entry.reading_status == "duplicate")),
        suffix="",
        container=before.container if before else None,
    )


# --- filling the new warehouse


def _carry_ledger(ws: Workspace, connection: duckdb.DuckDBPyConnection, made_anew: Sequence[str]) -> None:
    """Copies the ledger, but for what is derived from rows, and leaves the old warehouse attached as `old`."""
    place_of(ws.settings).attach(connection, "old")
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'old' and schema_name = 'ledger' order by 1"
    ).fetchall()
    with transaction(connection):
        for (table,) in tables:
            if table not in made_anew:
                _carry(connection, f"ledger.{table}")


def _carry_all_but(connection: duckdb.DuckDBPyConnection, wanted: list[_Entry]) -> int:
    """Copies the rows of all other submissions as they stand."""
    left_out = [entry.sequence for entry in wanted]
    rows = 0
    with transaction(connection):
        for kind in RAW_KINDS:
            rows += _carry(
                connection, f"raw.{kind}", "sequence not in (select unnest(?::integer[]))", left_out
            )
    return rows


def _carry(
    connection: duckdb.DuckDBPyConnection, table: str, condition: str = "true", *values: object
) -> int:
    """Copies rows of the old warehouse into the same table of the new one, by the columns that both versions know."""
    schema, name = table.split(".")
    (columns,) = connection.execute(
        "select string_agg(distinct column_name, ', ') from duckdb_columns() as old "
        "where database_name = 'old' and schema_name = $1 and table_name = $2 and column_name in (select mine.column_name "
        "from duckdb_columns() as mine where mine.database_name = current_database() and schema_name = $1 and table_name = $2)",
        [schema, name],
    ).fetchone() or (None,)
    if columns is None:  # a table that this version does not know
        return 0
    counted = connection.execute(
        f"insert into {table} by name select {columns} from old.{table} where {condition}", list(values)
    ).fetchone()
    return int(counted[0]) if counted else 0


def _note_replay(
    shadow: Workspace, connection: duckdb.DuckDBPyConnection, replayed: Replayed, wanted: list[_Entry]
) -> None:
    """One entry a submission; what reads otherwise now is owed a receipt that says so."""
    moment = ledger.naive_utc(clock.now())
    number = f"{moment:%Y%m%dT%H%M%SZ}-{uuid4().hex[:6]}"
    with transaction(connection):
        for entry in wanted:
            status, rows = connection.execute(
                "select reading_status, coalesce(rows_reread, rows_read) from ledger.submissions where sequence = ?",
                [entry.sequence],
            ).fetchall()[0]
            connection.execute(
                "insert into ledger.replays values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [number, entry.submission_id, moment, replayed.replayed_by, replayed.reason,
                 entry.reading_status, status, entry.rows, rows],
            )  # fmt: skip
            if (status, rows) != (entry.reading_status, entry.rows):
                _owe_receipt(shadow, connection, entry)


def _owe_receipt(shadow: Workspace, connection: duckdb.DuckDBPyConnection, entry: _Entry) -> None:
    receipt_number = connection.execute(
        "update ledger.submissions set receipt_written_at = null where sequence = ? returning receipt_number",
        [entry.sequence],
    ).fetchall()[0][0]
    paper = receipt_path(shadow.settings.returned, Addressed(receipt_number, entry.feed, entry.file_name))
    connection.execute(
        "delete from ledger.papers where path = ?", [paper.relative_to(shadow.settings.home).as_posix()]
    )


def _fill(
    ws: Workspace,
    shadow: Workspace,
    connection: duckdb.DuckDBPyConnection,
    entries: list[_Entry],
    again: dict[str, Manifest],
    report: RebuildReport,
) -> None:
    """Appends every submission's rows, from the best source that is left, in the order of the ledger."""
    landed = [item for entry in entries if (item := _landed(ws, shadow, connection, entry, again, report))]
    for batch in batches(landed):
        with transaction(connection):
            report.rows += append_rows(connection, batch)
    connection.execute("detach old")


def _landed(
    ws: Workspace,
    shadow: Workspace,
    connection: duckdb.DuckDBPyConnection,
    entry: _Entry,
    again: dict[str, Manifest],
    report: RebuildReport,
) -> Landed | None:
    if entry.submission_id in again:
        item = read_landed(manifest_path(shadow.settings.landing, entry.feed, entry.submission_id))
        _note_reading(connection, entry, item, report)
        report.reread += 1
        return item
    if not _has_rows(connection, entry):
        return None
    before = manifest_path(ws.settings.landing, entry.feed, entry.submission_id)
    kept = read_landed(before) if before.exists() else None
    if kept is not None and kept.parquet is not None and kept.parquet.exists():
        report.from_landing += 1
        return kept
    report.from_warehouse += 1
    report.rows += _carry(connection, f"raw.{entry.kind}", "sequence = ?", entry.sequence)
    return None


def _note_reading(
    connection: duckdb.DuckDBPyConnection, entry: _Entry, item: Landed, report: RebuildReport
) -> None:
    """Writes what the file says now; the number of rows that the chain was closed over stays."""
    outcome: dict[str, Any] = reading_outcome(item)
    outcome["rows_reread"] = item.rows_read if item.rows_read != entry.rows_read else None
    if (outcome["reading_status"], item.rows_read) != (entry.reading_status, entry.rows):
        report.changed.append(entry.file_name)
    assignments = ", ".join(f"{name} = ?" for name in outcome)
    connection.execute(
        f"update ledger.submissions set {assignments} where sequence = ?", [*outcome.values(), entry.sequence]
    )


def _has_rows(connection: duckdb.DuckDBPyConnection, entry: _Entry) -> bool:
    if entry.kind not in RAW_KINDS:
        return False
    found = connection.execute(
        f"select 1 from old.raw.{entry.kind} where sequence = ? limit 1", [entry.sequence]
    )
    return found.fetchone() is not None


def _judge(shadow: Workspace) -> None:
    """Builds all models and matches the registries, so that a warehouse that cannot be judged never takes the place."""
    from include.targeting.match import DEPENDENT_MODELS, match_registries, needs_matching
    from include.transform import transform

    transform(shadow)
    if needs_matching(shadow):
        match_registries(shadow)
        transform(shadow, DEPENDENT_MODELS)


# --- taking the place


def _commit(ws: Workspace, shadow: Workspace) -> None:
    """One rename decides; everything before it leaves the old warehouse, everything after it is finished by whoever comes."""
    with reader(shadow):  # opens as a reader would
        pass
    for path in _files(shadow.settings.home):
        _sync(path)
    shadow.settings.home.rename(ws.settings.home / REBUILT)
    _sync(ws.settings.home)
    install_rebuilt(ws.settings)


def _files(folder: Path) -> Iterator[Path]:
    if (warehouse := folder / "warehouse.duckdb").exists():
        yield warehouse
    yield from (path for path in (folder / "landing").rglob("*") if path.is_file())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
