"""Takes what has landed into the warehouse, each submission exactly once.

A submission's rows and its ledger entry are committed together: killed at any moment and run again, the
result is the same. Many submissions share one transaction (a month is some 200 files); a batch that fails is
tried again one by one, so that a broken file never stops the others.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include import clock
from include.warehouse import ledger
from include.warehouse.connection import insert_rows, transaction, writer
from include.warehouse.judged import begin_transformation
from include.warehouse.reference import write_reference
from include.warehouse.version import bring_up_to_date

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.load")

# Bounds of one transaction: enough for speed, few enough that a kill throws little work away.
BATCH_FILES = 500
BATCH_ROWS = 2_000_000

RAW_KINDS = ("recipients", "distribution", "registry", "gates", "reviews")


class LandingError(RuntimeError):
    """A landed file does not hold what its manifest says."""


@dataclass(frozen=True)
class Landed:
    """A manifest that the ledger does not know yet."""

    submission_id: str
    received_at: datetime
    parquet: Path | None
    manifest: dict[str, Any]
    manifest_sha256: str | None = None

    @property
    def kind(self) -> str | None:
        """The feed's kind, None for a file in no feed's folder."""
        return self.manifest.get("kind")

    @property
    def rows_read(self) -> int:
        """Every row that was read, the skipped ones too."""
        return int(self.manifest.get("rows_read") or 0)

    @property
    def order(self) -> tuple[datetime, str, str, int, str]:
        """The order of arrival; the last two only make it total."""
        return (
            self.received_at,
            self.manifest.get("feed") or "",
            self.manifest["file_name"],
            int(self.manifest.get("ordinal") or 0),
            self.submission_id,
        )


@dataclass
class LoadReport:
    """What one loading did.

    Attributes:
        places: The first and last place in the ledger of what this run has loaded, also when it was tried before.
        failed: Submissions that could not be loaded, with why.
    """

    run_id: str
    as_of: date
    submissions: list[str] = field(default_factory=list)
    places: tuple[int, int] | None = None
    rows: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def load_landed(ws: Workspace, as_of: date, run_id: str, started_by: str) -> LoadReport:
    """Writes the configuration, opens the run and appends every landed submission that the ledger lacks.

    Raises:
        WarehouseOutdatedError: another version of this program made the warehouse.
    """
    report = LoadReport(run_id=run_id, as_of=as_of)
    with writer(ws, "load") as connection:
        bring_up_to_date(ws, connection)
        with transaction(connection):
            tables = write_reference(connection, ws.configuration, as_of, run_id)
            ledger.open_run(connection, run_id, as_of, started_by)
        known = {
            row[0] for row in connection.execute("select submission_id from ledger.submissions").fetchall()
        }
        landed = sorted(_new_landings(ws.settings.landing, known, report), key=lambda item: item.order)
        for batch in batches(landed):
            _load_batch(connection, batch, report)
        with transaction(connection):
            begin_transformation(connection, run_id, as_of, tables)
        report.places = _places(connection, run_id)
    log.info("loaded %d submissions, %d rows", len(report.submissions), report.rows)
    return report


def _places(connection: duckdb.DuckDBPyConnection, run_id: str) -> tuple[int, int] | None:
    first, last = connection.execute(
        "select min(sequence), max(sequence) from ledger.submissions where run_id = ?", [run_id]
    ).fetchall()[0]
    return None if first is None else (first, last)


def _new_landings(landing: Path, known: set[str], report: LoadReport) -> Iterator[Landed]:
    for path in landing.rglob("*.json"):
        if path.stem in known or path.name.startswith("."):
            continue
        try:
            yield read_landed(path)
        except (ValueError, KeyError, TypeError, OSError) as error:
            report.failed[path.stem] = f"manifest cannot be read ({type(error).__name__})"
            log.error("submission %s not loaded: %s", path.stem, report.failed[path.stem])


def read_landed(path: Path) -> Landed:
    """What a manifest in landing/ says, with its own hash.

    Raises:
        ValueError, KeyError, TypeError, OSError: it is no manifest of ours.
    """
    content = path.read_bytes()
    manifest = json.loads(content)
    if manifest["submission_id"] != path.stem:
        raise ValueError("the manifest's submission_id is not its file's name")
    manifest["file_name"], manifest["sha256"], manifest["reading_status"]
    received_at = ledger.naive_utc(datetime.fromisoformat(manifest["received_at"]))
    parquet = path.with_suffix(".parquet") if manifest.get("landing_file") else None
    return Landed(path.stem, received_at, parquet, manifest, hashlib.sha256(content).hexdigest())


def batches(landed: Sequence[Landed]) -> Iterator[list[Landed]]:
    """Cuts submissions into parts that fit one transaction."""
    batch: list[Landed] = []
    rows = 0
    for item in landed:
        if batch and (len(batch) >= BATCH_FILES or rows + item.rows_read > BATCH_ROWS):
            yield batch
            batch, rows = [], 0
        batch.append(item)
        rows += item.rows_read
    if batch:
        yield batch


def _load_batch(connection: duckdb.DuckDBPyConnection, batch: list[Landed], report: LoadReport) -> None:
    """One transaction for the batch; when it fails, one a submission, so that the sound ones get in."""
    try:
        with transaction(connection):
            rows = _insert(connection, batch, report.run_id)
    except (duckdb.Error, LandingError) as error:
        if len(batch) > 1:
            log.warning("a batch of %d submissions failed; loading them one by one", len(batch))
            for item in batch:
                _load_batch(connection, [item], report)
            return
        # The message of a DuckDB error may quote a value of the file: only its kind is told.
        why = (
            str(error)
            if isinstance(error, LandingError)
            else f"landing cannot be read ({type(error).__name__})"
        )
        report.failed[batch[0].submission_id] = why
        log.error("submission %s not loaded: %s", batch[0].submission_id, why)
        return
    report.submissions += [item.submission_id for item in batch]
    report.rows += rows


def _insert(connection: duckdb.DuckDBPyConnection, batch: list[Landed], run_id: str) -> int:
    """Ledger entries first, then the rows, which take their sequence from them."""
    _insert_ledger(connection, batch, run_id)
    return append_rows(connection, batch)


def append_rows(connection: duckdb.DuckDBPyConnection, batch: Sequence[Landed]) -> int:
    """Appends the landed rows of submissions that the ledger knows, and returns how many.

    Raises:
        LandingError: a landing lacks its file or holds another number of rows than its manifest says.
    """
    rows = 0
    for kind in RAW_KINDS:
        landed = [item for item in batch if item.kind == kind and item.parquet]
        if landed:
            rows += _insert_rows(connection, kind, landed)
    return rows


def _insert_ledger(connection: duckdb.DuckDBPyConnection, batch: Iterable[Landed], run_id: str) -> None:
    sequence, previous = ledger.head(connection)
    loaded = {"run_id": run_id, "loaded_at": ledger.naive_utc(clock.now())}
    entries: list[dict[str, Any]] = []
    for item in batch:
        sequence += 1
        entry = ledger_entry(item, sequence, previous)
        previous = entry["chain_hash"]
        entries.append(entry | loaded)
    insert_rows(
        connection, "ledger.submissions", list(entries[0]), [list(entry.values()) for entry in entries]
    )


def ledger_entry(item: Landed, sequence: int, previous: str) -> dict[str, Any]:
    """A submission as the ledger enters it, linked to the one before."""
    manifest = item.manifest
    own = ledger.chain_hash(
        previous, sequence, manifest.get("feed"), manifest["sha256"], item.received_at, item.rows_read
    )
    return {
        "sequence": sequence,
        "submission_id": item.submission_id,
        "feed": manifest.get("feed"),
        **{name: manifest[name] for name in ("file_name", "sha256", "size_bytes", "received_source")},
        "received_at": item.received_at,
        "rows_read": item.rows_read,
        "receipt_number": manifest.get("receipt_number"),
        **reading_outcome(item),
        "previous_hash": previous,
        "chain_hash": own,
    }


def reading_outcome(item: Landed) -> dict[str, Any]:
    """The ledger's columns that another reading of the same bytes may change; rows_read is chained and not among them."""
    manifest = item.manifest
    return {
        **{name: manifest.get(name) for name in ("opd_code", "program_code", "kind", "registry")},
        "reading_status": manifest["reading_status"],
        "reason": manifest.get("reason"),
        "reason_detail": manifest.get("reason_detail"),
        "warnings": _json(manifest.get("warnings")),
        "sheets": _json(manifest.get("sheets")),
        "rows_data": int(manifest.get("rows_data") or 0),
        "rows_skipped": int(manifest.get("rows_skipped") or 0),
        "manifest_sha256": item.manifest_sha256,
    }


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value or [], ensure_ascii=False, sort_keys=True)


def _insert_rows(connection: duckdb.DuckDBPyConnection, kind: str, landed: list[Landed]) -> int:
    """One insert for all files of a kind, checked against what their manifests say."""
    for item in landed:
        if item.parquet and not item.parquet.exists():
            raise LandingError(f"submission {item.submission_id}: its landed rows are missing")
    files = [str(item.parquet) for item in landed]
    columns = landed_columns(connection, kind, files)
    names = ", ".join(columns)
    sources = ", ".join(f"landed.{column}" for column in columns)
    counted = connection.execute(
        f"""
        insert into raw.{kind} ({names}, sequence)
        select {sources}, entry.sequence
        from read_parquet(?, union_by_name = true) as landed
        inner join ledger.submissions as entry on landed.submission_id = entry.submission_id
        """,
        [files],
    ).fetchone()
    _check_counts(connection, kind, landed)
    return int(counted[0]) if counted else 0


def landed_columns(connection: duckdb.DuckDBPyConnection, kind: str, files: list[str]) -> list[str]:
    """The columns of raw.<kind> that landed files have: an earlier version's files may lack the newest ones."""
    rows = connection.execute(
        "select column_name from information_schema.columns "
        "where table_catalog = current_database() and table_schema = 'raw' and table_name = ? "
        "order by ordinal_position",
        [kind],
    ).fetchall()
    described = connection.execute(
        "describe select * from read_parquet(?, union_by_name = true)", [files]
    ).fetchall()
    present = {row[0] for row in described}
    return [name for (name,) in rows if name in present and name != "sequence"]


def _check_counts(connection: duckdb.DuckDBPyConnection, kind: str, landed: list[Landed]) -> None:
    found = dict(
        connection.execute(
            f"select submission_id, count(*) from raw.{kind} "
            "where submission_id in (select unnest(?)) group by all",
            [[item.submission_id for item in landed]],
        ).fetchall()
    )
    for item in landed:
        if found.get(item.submission_id, 0) != item.rows_read:
            raise LandingError(
                f"submission {item.submission_id}: manifest says {item.rows_read} rows, "
                f"the landing holds {found.get(item.submission_id, 0)}"
            )
