"""Whether anything was altered behind the pipeline's back: the two chains, every file they answer for, every row.

What is compared with what:

- the ledger with its own chains, and each submission's entry with its manifest in landing/;
- originals, manifests, landed rows, e-mails, receipts, brief, LAPORAN.md and publications with the SHA-256 that the ledger
  holds of them;
- the rows in the warehouse with those that were landed, or that their original gives once more, or, where both are gone,
  with the fingerprint that was taken when they went;
- the tables that are kept from run to run with the hash that the last run noted of them;
- the published audit database, table by table, with the fingerprints that the chain of publications covers, and what
  it took from the ledger with the ledger.

Whoever can rewrite everything can rewrite the hashes too. What he cannot rewrite is outside: the chain hash on every
receipt that an OPD holds, and the copies that auditors took.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from include.audit import fingerprint
from include.audit.export import PARQUET
from include.audit.fingerprint import Fingerprint
from include.audit.publish import ledger_queries
from include.audit.retention import rows_fingerprint
from include.ingest.manifest import manifest_path
from include.ingest.originals import archived, file_hash
from include.warehouse import ledger
from include.warehouse.connection import place_of, reader
from include.warehouse.errors import WarehouseMissingError
from include.warehouse.judged import altered_tables
from include.warehouse.load import RAW_KINDS, landed_columns, ledger_entry, read_landed

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.audit")

_HASHING_AT_ONCE = 2
_ROWS_NAMED = 3

_ROWS_OF = "select {} from ({}) order by all"

# Between two publications these get rows: what was published of them must still be there.
_GROWING = ("removals", "reveals", "erasures", "replays", "decisions")

# What an entry of the ledger gets after it was loaded, or holds by the chain.
_NOT_IN_MANIFEST = ("sequence", "previous_hash", "chain_hash", "rows_read")


@dataclass(frozen=True)
class Break:
    """Something that is not as it was: which part, where exactly, and what is wrong with it."""

    part: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.part}: {self.where}: {self.what}"


@dataclass
class VerifyReport:
    """What was checked, by part, and what was found broken, in the order in which one thing rests on another."""

    checked: dict[str, int] = field(default_factory=dict)
    breaks: list[Break] = field(default_factory=list)

    def add(self, part: str, checked: int, breaks: Iterable[Break]) -> None:
        """Adds the outcome of one part."""
        self.checked[part] = self.checked.get(part, 0) + checked
        self.breaks += breaks


@dataclass(frozen=True)
class _Kept:
    """A file that the ledger answers for."""

    part: str
    path: Path
    sha256: str
    sealed: dict[str, Fingerprint] = field(default_factory=dict)


def verify(ws: Workspace) -> VerifyReport:
    """Recomputes everything that was hashed, and names what differs.

    The warehouse is read under its lock, the files that never change without it: a run is held up for seconds only.

    Raises:
        WarehouseUnreachableError: the lake does not answer, or went away meanwhile; nothing is said of what it holds.
    """
    report = VerifyReport()
    place = place_of(ws.settings)
    if not place.exists():
        if ws.settings.audit_db.exists():
            lost = "is missing although an audit database was published from it"
            report.add("ledger", 0, [Break("ledger", place.name, lost)])
        return report
    try:
        with reader(ws) as connection:
            files = _read_ledger(ws, connection, report)
            _compare_publication(ws, connection, report)
    except duckdb.Error as error:
        report.add("ledger", 0, [Break("ledger", place.name, _told(error))])
        return report
    _compare_files(ws, files, report)
    return report


# --- the warehouse


def _read_ledger(ws: Workspace, connection: duckdb.DuckDBPyConnection, report: VerifyReport) -> list[_Kept]:
    """Checks what the warehouse itself tells, and returns the files that it answers for."""
    for part, found in (
        ("chain of submissions", ledger.first_break(connection)),
        ("chain of publications", ledger.first_broken_publication(connection)),
    ):
        table = f"ledger.{part.rpartition(' ')[2]}"
        report.add(part, _count(connection, table), [Break(part, table, found)] if found else [])
    removed = {path for (path,) in connection.execute("select path from ledger.removals").fetchall()}
    entries = _entries(connection)
    manifests, landed = _compare_manifests(ws, entries, removed, report)
    _compare_rows(connection, landed, report)
    _compare_rows_alone(ws, connection, report)
    altered = altered_tables(connection)
    told = "is not the table that the last run judged; the next run builds all tables whole"
    report.add("judged tables", 1, [Break("judged tables", name, told) for name in altered])
    files = [
        *manifests, *_originals(ws, entries), *_mails(ws, connection), *_publications(ws, connection),
        *_papers(ws, connection),
    ]  # fmt: skip
    report.add("outbox", 0, _foreign_mails(ws, connection))
    return [one for one in files if _relative(ws, one.path) not in removed]


def _entries(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    found = connection.execute("select * from ledger.submissions order by sequence")
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _compare_manifests(
    ws: Workspace, entries: list[dict[str, Any]], removed: set[str], report: VerifyReport
) -> tuple[list[_Kept], list[tuple[str, Path]]]:
    """Each entry against its manifest; returns the landed files to hash, and those whose rows can be compared."""
    files, landed, breaks = [], [], []
    for entry in entries:
        path = manifest_path(ws.settings.landing, entry["feed"], entry["submission_id"])
        where = _relative(ws, path)
        try:
            item = read_landed(path)
        except FileNotFoundError:
            breaks.append(Break("landing", where, "is missing"))
            continue
        except (ValueError, KeyError, TypeError, OSError):
            breaks.append(Break("landing", where, "is no manifest any more"))
            continue
        if item.manifest_sha256 != entry["manifest_sha256"]:
            breaks.append(
                Break("landing", where, "the manifest was altered: its SHA-256 is not the ledger's")
            )
            continue
        breaks += _compare_entry(entry, ledger_entry(item, entry["sequence"], entry["previous_hash"]))
        if item.parquet is None or _relative(ws, item.parquet) in removed:
            continue
        kept = _Kept("landing", item.parquet, str(item.manifest.get("landing_sha256")))
        files.append(kept)
        if item.parquet.exists() and file_hash(item.parquet) == kept.sha256:
            landed.append((str(item.kind), item.parquet))
    report.add("ledger against manifests", len(entries), breaks)
    return files, landed


def _compare_entry(entry: dict[str, Any], told: dict[str, Any]) -> list[Break]:
    """A submission's entry against what its manifest said when it was loaded."""
    reread = entry["rows_reread"]
    found = [name for name, value in told.items() if name not in _NOT_IN_MANIFEST and entry[name] != value]
    if told["rows_read"] != (entry["rows_read"] if reread is None else reread):
        found.append("rows_read")
    where = f"submission {entry['submission_id']} (number {entry['sequence']})"
    return [Break("ledger.submissions", where, f"{name} is not what its manifest says") for name in found]


def _compare_rows(
    connection: duckdb.DuckDBPyConnection, landed: list[tuple[str, Path]], report: VerifyReport
) -> None:
    """The rows in the warehouse against the landed ones, both ways."""
    for kind in RAW_KINDS:
        files = [str(path) for of_kind, path in landed if of_kind == kind]
        if files:
            report.add("rows in the warehouse", *_altered_rows(connection, kind, files))


def _compare_rows_alone(ws: Workspace, connection: duckdb.DuckDBPyConnection, report: VerifyReport) -> None:
    """Rows whose landing was removed: against their original where that is kept, else against the fingerprint in the ledger."""
    from include.rebuild import read_originals  # what reads files is needed here only

    removed = dict(
        connection.execute(
            "select regexp_extract(path, '([^/]+)\\.parquet$', 1), rows_sha256 from ledger.removals "
            "where path like 'landing/%.parquet' order by path"
        ).fetchall()
    )
    with TemporaryDirectory() as folder:
        again = read_originals(ws, connection, list(removed), Path(folder))
        _compare_rows(connection, list(again.values()), report)
    part, what = "rows without a file", "its rows are not those that were kept when its files were removed"
    alone = removed.keys() - again.keys()
    breaks = [
        Break(part, f"submission {submission}", what)
        for submission in sorted(alone)
        if rows_fingerprint(connection, submission) != removed[submission]
    ]
    report.add(part, len(alone), breaks)


def _altered_rows(
    connection: duckdb.DuckDBPyConnection, kind: str, files: list[str]
) -> tuple[int, list[Break]]:
    names = ", ".join(landed_columns(connection, kind, files))
    mine = f"select {names} from raw.{kind} where submission_id in (select unnest($ids))"
    sent = f"select {names} from read_parquet($files, union_by_name = true)"
    values = {"files": files, "ids": [Path(file).stem for file in files]}
    rows = connection.execute(
        f"""
        select submission_id, sheet, row_number, count(*) over () as altered
        from (
            select submission_id, sheet, row_number from (({mine}) except all ({sent}))
            union
            select submission_id, sheet, row_number from (({sent}) except all ({mine}))
        )
        order by submission_id, sheet, row_number
        limit {_ROWS_NAMED}
        """,
        values,
    ).fetchall()
    what = "is not the row that was landed"
    breaks = [
        Break(
            f"raw.{kind}",
            f"submission {submission}, sheet {sheet!r}, row {row}",
            f"{what} ({altered} in all)",
        )
        for submission, sheet, row, altered in rows
    ]
    return _count(connection, f"raw.{kind}"), breaks


# --- the published database


def _compare_publication(ws: Workspace, connection: duckdb.DuckDBPyConnection, report: VerifyReport) -> None:
    """The published file against its seal, and what it took from the ledger against the ledger."""
    last = connection.execute(
        "select publication_number, run_id, as_of, current_sha256, table_hashes, row_hash, row_counts, file_name, "
        "file_sha256 from ledger.publications order by publication_number desc limit 1"
    ).fetchone()
    if last is None:
        return
    number, run_id, as_of, current_sha256, table_hashes, row_hash, row_counts, name, file_sha256 = last
    part, path, expected = "audit database", ws.settings.audit_db, _sealed(table_hashes)
    breaks = _broken_entry(number, expected, row_hash, json.loads(row_counts))
    if not path.exists():
        breaks.append(Break(part, path.name, "is missing"))
    else:
        twin = ws.settings.audit_dir / "history" / name
        sound = twin if twin.exists() and file_hash(twin) == file_sha256 else None
        if sound is not None:
            # Its SHA-256 is not chained before the next publication.
            breaks += _altered_tables("history", twin, expected)
        altered = _altered_tables(part, path, expected, sound) + _unlike_the_ledger(
            connection, path, as_of, run_id
        )
        if not altered and file_hash(path) != current_sha256:
            what = (
                "its bytes are not those that were published (a run cut off while publishing leaves this too)"
            )
            altered = [Break(part, path.name, what)]
        breaks += altered
    breaks += _altered_export(ws, connection)
    report.add(part, 1, breaks)


def _altered_export(ws: Workspace, connection: duckdb.DuckDBPyConnection) -> list[Break]:
    """The Parquet files against the seal of the publication that they say they were made from."""
    folder = ws.settings.audit_dir / PARQUET
    if not folder.is_dir():
        return []
    with duckdb.connect() as files:
        numbers = (
            f"select max(publication_number) from read_parquet('{_literal(folder / 'publications.parquet')}')"
        )
        try:
            (number,) = files.execute(numbers).fetchone() or (None,)
        except duckdb.Error as error:
            return [Break(PARQUET, folder.name, _told(error))]
        row = connection.execute(
            "select table_hashes from ledger.publications where publication_number = ?", [number]
        ).fetchone()
        if row is None:
            unknown = "names a publication that the ledger does not know"
            return [Break(PARQUET, "publications.parquet", unknown)]
        paths = [(folder / f"{name}.parquet", sealed) for name, sealed in _sealed(row[0]).items()]
        return [
            Break(PARQUET, path.name, "does not hold the rows that were published")
            for path, sealed in paths
            if not path.exists() or _exported(files, path) != sealed
        ]


def _exported(files: duckdb.DuckDBPyConnection, path: Path) -> Fingerprint | None:
    relation = f"read_parquet('{_literal(path)}')"
    try:
        columns = [(row[0], row[1]) for row in files.execute(f"describe from {relation}").fetchall()]
        return fingerprint.fingerprint(files, fingerprint.query(columns, relation))
    except duckdb.Error:
        return None


def _literal(path: Path) -> str:
    return str(path).replace("'", "''")


def _sealed(table_hashes: str) -> dict[str, Fingerprint]:
    return {table: Fingerprint(**one) for table, one in json.loads(table_hashes).items()}


def _broken_entry(
    number: int, sealed: dict[str, Fingerprint], row_hash: str, row_counts: dict[str, int]
) -> list[Break]:
    """What the ledger's entry of a publication says against what its chain covers."""
    wrong = []
    if fingerprint.row_hash(sealed) != row_hash:
        wrong.append("the fingerprints do not give its row hash")
    if any(row_counts.get(table) != one.rows for table, one in sealed.items()):
        wrong.append("the row counts are not those of the fingerprints")
    return [Break("ledger.publications", f"publication {number}", what) for what in wrong]


def _altered_tables(
    part: str, path: Path, expected: dict[str, Fingerprint], twin: Path | None = None
) -> list[Break]:
    """The tables of a publication whose rows are not those that were sealed."""
    try:
        with duckdb.connect(str(path), read_only=True) as audit:
            tables = fingerprint.covered_tables(audit)
            breaks = [
                Break(part, f"{path.name}, table audit.{name}", "was not there when it was published")
                for name in tables
                if name not in expected
            ]
            for name, sealed in expected.items():
                if name not in tables:
                    breaks.append(Break(part, f"{path.name}, table audit.{name}", "is missing"))
                elif fingerprint.fingerprint(audit, fingerprint.query_of(audit, name)) != sealed:
                    breaks.append(
                        Break(part, f"{path.name}, table audit.{name}", _difference(audit, name, twin))
                    )
            return breaks + _broken_seal(part, path, audit, expected)
    except duckdb.Error as error:
        return [Break(part, path.name, _told(error))]


def _broken_seal(
    part: str, path: Path, audit: duckdb.DuckDBPyConnection, expected: dict[str, Fingerprint]
) -> list[Break]:
    """What the file says of itself: auditors compute their figures against it."""
    told = {
        name: (Fingerprint(rows, sha256), sql)
        for name, rows, sha256, sql in audit.execute("from audit.fingerprints").fetchall()
    }
    altered = [
        name for name, one in expected.items() if told.get(name) != (one, fingerprint.query_of(audit, name))
    ]
    return [
        Break(part, f"{path.name}, table audit.fingerprints", f"does not tell the fingerprint of {name}")
        for name in sorted({*altered, *(told.keys() - expected.keys())})
    ]


def _difference(audit: duckdb.DuckDBPyConnection, table: str, twin: Path | None) -> str:
    """Which rows differ from those of the sound copy in history/, by their first column."""
    altered = "its rows are not those that were published"
    if twin is None:
        return altered
    name = str(twin).replace("'", "''")
    audit.execute(f"attach if not exists '{name}' as twin (read_only)")
    first = fingerprint.columns_of(audit, table)[0][0]
    rows = audit.execute(
        f'select distinct "{first}" from ((from audit."{table}" except all from twin.audit."{table}") '
        f'union all (from twin.audit."{table}" except all from audit."{table}")) order by 1 limit {_ROWS_NAMED}'
    ).fetchall()
    return f"{altered}: {first} {', '.join(str(value) for (value,) in rows)}"


def _unlike_the_ledger(
    connection: duckdb.DuckDBPyConnection, path: Path, as_of: Any, run_id: str
) -> list[Break]:
    """Flags, e-mails, runs and matches as published against the ledger, when no run has gone on since."""
    latest = connection.execute(
        "select run_id, outcome from ledger.runs order by started_at desc, rowid desc limit 1"
    ).fetchone()
    if latest is None or latest[0] != run_id or latest[1] == "running":
        return []
    queries = [*ledger_queries(as_of, run_id), ("publications", "from ledger.publications", [])]
    try:
        published = _published(path, [name for name, _, _ in queries])
    except duckdb.Error as error:
        return [Break("audit database", path.name, _told(error))]
    breaks = []
    for name, sql, values in queries:
        columns, rows = published[name]
        if not columns:
            continue
        held = connection.execute(_ROWS_OF.format(columns, sql), values).fetchall()
        if held != rows and not (name in _GROWING and set(rows) <= set(held)):
            breaks.append(Break("ledger", f"audit.{name}", "is not what the ledger holds"))
    return breaks


def _published(path: Path, names: list[str]) -> dict[str, tuple[str, list[tuple[Any, ...]]]]:
    """Columns and rows of published tables: the columns of then, for an update of the software may have added some since."""
    with duckdb.connect(str(path), read_only=True) as audit:
        columns = {
            name: ", ".join(column for column, _ in fingerprint.columns_of(audit, name)) for name in names
        }
        return {
            name: (
                of_then,
                audit.execute(_ROWS_OF.format(of_then, f"from audit.{name}")).fetchall() if of_then else [],
            )
            for name, of_then in columns.items()
        }


# --- files


def _originals(ws: Workspace, entries: list[dict[str, Any]]) -> Iterator[_Kept]:
    """The original of each submission; what lies in no feed's folder stays there and has none."""
    hashes = dict.fromkeys(entry["sha256"] for entry in entries if entry["feed"] and entry["sha256"])
    for sha256 in hashes:
        yield _Kept("archive", archived(ws.settings.archive, sha256), sha256)
    for path in sorted(ws.settings.archive.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and path.name not in hashes:
            yield _Kept("archive", path, path.name)  # a ZIP, or what a run has yet to load


def _mails(ws: Workspace, connection: duckdb.DuckDBPyConnection) -> list[_Kept]:
    rows = connection.execute(
        "select eml_file, body_sha256 from ledger.outbox order by created_at"
    ).fetchall()
    return [_Kept("outbox", ws.settings.outbox / name, sha256) for name, sha256 in rows]


def _foreign_mails(ws: Workspace, connection: duckdb.DuckDBPyConnection) -> list[Break]:
    """What lies among the e-mails and was never written by the pipeline."""
    known = {name for (name,) in connection.execute("select eml_file from ledger.outbox").fetchall()}
    return [
        Break("outbox", _relative(ws, path), "is no e-mail that the ledger knows")
        for path in sorted(ws.settings.outbox.glob("*.eml"))
        if path.name not in known
    ]


def _papers(ws: Workspace, connection: duckdb.DuckDBPyConnection) -> list[_Kept]:
    """Receipts, brief and LAPORAN.md; while a run goes on the latter two are between two publications."""
    running = connection.execute("select 1 from ledger.runs where outcome = 'running'").fetchone()
    rows = connection.execute("select path, sha256 from ledger.papers order by path").fetchall()
    return [
        _Kept("papers", ws.settings.home / path, sha256)
        for path, sha256 in rows
        if path.startswith("returned/") or running is None
    ]


def _publications(ws: Workspace, connection: duckdb.DuckDBPyConnection) -> list[_Kept]:
    rows = connection.execute(
        "select file_name, file_sha256, table_hashes from ledger.publications where retired_at is null "
        "order by publication_number"
    ).fetchall()
    folder = ws.settings.audit_dir / "history"
    return [_Kept("history", folder / name, sha256, _sealed(hashes)) for name, sha256, hashes in rows]


def _compare_files(ws: Workspace, files: list[_Kept], report: VerifyReport) -> None:
    with ThreadPoolExecutor(_HASHING_AT_ONCE) as threads:
        for one, found in zip(files, threads.map(partial(_altered_file, ws), files), strict=True):
            altered = [found] if found else []
            if found and one.sealed and one.path.exists():
                altered = _altered_tables(one.part, one.path, one.sealed) or altered
            report.add(one.part, 1, altered)


def _altered_file(ws: Workspace, one: _Kept) -> Break | None:
    where = _relative(ws, one.path)
    try:
        if file_hash(one.path) == one.sha256:
            return None
    except FileNotFoundError:
        return Break(one.part, where, "is missing") if not _removed_since(ws, where) else None
    except OSError as error:
        return Break(one.part, where, f"cannot be read ({error.strerror})")
    return Break(one.part, where, f"was altered: its SHA-256 is not {one.sha256}")


def _removed_since(ws: Workspace, where: str) -> bool:
    """Whether retention removed the file while others were being hashed."""
    try:
        with reader(ws) as connection:
            known = connection.execute(
                "select 1 from ledger.removals where path = ? union all "
                "select 1 from ledger.publications where retired_at is not null and ? = 'audit/history/' || file_name",
                [where, where],
            ).fetchone()
    except WarehouseMissingError:
        return False
    return known is not None


def _relative(ws: Workspace, path: Path) -> str:
    return path.relative_to(ws.settings.home).as_posix()


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _told(error: duckdb.Error) -> str:
    """The kind of a database's error: its words may quote a row."""
    return f"cannot be read any more ({type(error).__name__})"
