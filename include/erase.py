"""Takes a person's data out of the home, and leaves what accounts for public money: figures, keys, hashes, the chain.

Who stands behind a key is masked in the warehouse's rows as the audit database shows him anyway (`520501******0003`,
`S*** A*****`); keys stay, so every figure stays. What cannot be masked without altering what was received goes whole:
originals, landed rows and receipts of the submissions that name him. Their SHA-256, and that they were removed, when and why,
stay in the ledger (`ledger.erasures`, `ledger.removals`), so `pantau verify` misses nothing. Then the warehouse is built anew,
because a database file keeps what was deleted from it.

Asked for under the right of a data subject to erasure (UU 27/2022 on personal data protection, article 8). Killed at any
moment: the same command again finishes it.
"""

from __future__ import annotations

import getpass
import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include import clock
from include.audit.retention import record_removals
from include.audit.reveal import SHORTEST_REASON
from include.ingest.columns import CANONICAL, KEYS
from include.ingest.manifest import manifest_path
from include.ingest.originals import archived, file_hash, member_hashes
from include.privacy import identity_digits, mask_name, mask_nik, normal_name
from include.rebuild import rebuild
from include.warehouse.connection import transaction, writer, writing_lock
from include.warehouse.ledger import naive_utc

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.erase")

REMOVED_BECAUSE = "data pribadi dihapus: {}"
_REMOVED = "(dihapus)"
_FREE_TEXT = (
    "received_by",
    "notes",
    "reason",
)  # a place may be named as a person is, these cells hold words on persons
_KINDS = ("recipients", "distribution", "registry")
_MOST_DIGITS = (
    9  # of a figure that says nothing of a person; longer ones are telephone, account or register numbers
)
_SHORTEST_WORD = 3
_DEAD = re.compile(r"\s*,?\s*\(?\s*\b(?:almarhumah|almarhum|almh|alm)\b\s*\.?\s*\)?\s*", re.IGNORECASE)

# By the key itself, by the NIK that it stands for, and by the entitlement that a row was placed on through card or name.
_ROWS = """
    with own as (
        select nik_key from staging.stg_recipients__rows where beneficiary_key = $key
        union
        select nik_key from staging.stg_distribution__rows where beneficiary_key = $key
        union
        select nik_key from staging.stg_registry__rows where beneficiary_key = $key
    ),

    placed as (
        select deliveries.delivery_id
        from audit.deliveries as deliveries
        inner join audit.delivery_accuracy as entitlements using (entitlement_id)
        where entitlements.beneficiary_key = $key
    )

    select 'recipients' as kind, submission_id, sheet_number, row_number, nik_key, kk_key, null::integer as birth_year
    from staging.stg_recipients__rows
    where beneficiary_key = $key or nik_key in (from own) or replaces_nik_key in (from own)
    union all
    select 'registry', submission_id, sheet_number, row_number, nik_key, kk_key, year(birth_date)::integer
    from staging.stg_registry__rows
    where beneficiary_key = $key or nik_key in (from own)
    union all
    select 'distribution', submission_id, sheet_number, row_number, nik_key, kk_key, null
    from staging.stg_distribution__rows
    where beneficiary_key = $key or nik_key in (from own) or row_id in (from placed)
    order by all
"""


class EraseError(RuntimeError):
    """Nothing was erased; the message says why."""


@dataclass(frozen=True)
class EraseReport:
    """What was erased: rows masked, the submissions that they stand in, and files that were removed."""

    rows: int
    submissions: int
    files: int


@dataclass(frozen=True)
class _Row:
    """A row that speaks of the person, with the keys that its numbers were understood as."""

    kind: str
    submission_id: str
    sheet_number: int
    row_number: int
    nik_key: str | None
    kk_key: str | None
    birth_year: int | None

    @property
    def place(self) -> tuple[str, int, int]:
        return (self.submission_id, self.sheet_number, self.row_number)


def erase(ws: Workspace, key: str, reason: str) -> EraseReport:
    """Erases who stands behind a beneficiary key; the next run publishes what is left.

    Raises:
        EraseError: no reason worth the name, an unknown key, or tables that are not built.
        RebuildError, TransformError: the rows are masked and the files gone, but the warehouse's file still holds deleted
            pages; the same command again finishes it.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise EraseError(f"say why, in {SHORTEST_REASON} characters or more: auditors will read it")
    with writing_lock(ws, "erase"):
        with writer(ws, "erase") as connection:
            rows = _rows(connection, key)
            if not rows:
                raise EraseError(f"no row bears the beneficiary key {key!r}")
            submissions = sorted({row.submission_id for row in rows})
            files = list(_files(ws, connection, submissions))
            record_removals(
                ws,
                connection,
                [(path, sha256, REMOVED_BECAUSE.format(reason.strip())) for path, sha256 in files],
            )
            with transaction(connection):
                _mask_rows(connection, rows)
                # The tables that dbt built hold what was sent, too: they are dropped before anybody builds on them.
                connection.execute("delete from ledger.transformations")
                _record(connection, key, reason.strip(), len(rows), len(submissions))
        for path, _ in files:
            path.unlink(missing_ok=True)
        rebuild(ws)
    log.info("erased a person: %d rows of %d submissions, %d files", len(rows), len(submissions), len(files))
    return EraseReport(len(rows), len(submissions), len(files))


def _rows(connection: duckdb.DuckDBPyConnection, key: str) -> list[_Row]:
    try:
        found = connection.execute(_ROWS, {"key": key}).fetchall()
    except duckdb.CatalogException:
        raise EraseError("the rows are not judged yet: `pantau run` first") from None
    return [_Row(*row) for row in found]


def _record(
    connection: duckdb.DuckDBPyConnection, key: str, reason: str, rows: int, submissions: int
) -> None:
    connection.execute(
        "insert into ledger.erasures values (?, ?, ?, ?, ?, ?)",
        [key, naive_utc(clock.now()), getpass.getuser(), reason, rows, submissions],
    )


# --- files that hold him beside others


def _files(
    ws: Workspace, connection: duckdb.DuckDBPyConnection, submissions: Sequence[str]
) -> Iterator[tuple[Path, str | None]]:
    """Originals, the ZIP files that they came in, landed rows and receipts, with the SHA-256 that the ledger knows."""
    rows = connection.execute(
        "select submission_id, feed, sha256, receipt_number from ledger.submissions "
        "where submission_id in (select unnest($1)) order by sequence",
        [submissions],
    ).fetchall()
    hashes = {sha256 for _, _, sha256, _ in rows}
    for sha256 in sorted(hashes):
        if (path := archived(ws.settings.archive, sha256)).exists():
            yield path, sha256
    for path in _containers(ws, connection, hashes):
        yield path, path.name
    for submission, feed, _, number in rows:
        landed = manifest_path(ws.settings.landing, feed, submission).with_suffix(".parquet")
        if landed.exists():
            yield landed, file_hash(landed)
        for receipt in sorted((ws.settings.returned / feed).glob(f"*_{number}_*")) if number else ():
            yield receipt, None


def _containers(ws: Workspace, connection: duckdb.DuckDBPyConnection, hashes: set[str]) -> Iterator[Path]:
    """The ZIP files in the archive that hold one of these originals; a ZIP is no submission of its own."""
    known = {row[0] for row in connection.execute("select sha256 from ledger.submissions").fetchall()}
    for path in sorted(ws.settings.archive.rglob("*")):
        unknown = path.is_file() and path.name not in known and not path.name.startswith(".")
        if unknown and hashes & member_hashes(path):
            yield path


# --- rows


def _mask_rows(connection: duckdb.DuckDBPyConnection, rows: Iterable[_Row]) -> None:
    """Masks the person in each of his rows, and his NIK and name wherever these rows repeat them."""
    of_kind: dict[str, dict[tuple[str, int, int], _Row]] = {kind: {} for kind in _KINDS}
    for row in rows:
        of_kind[row.kind][row.place] = row
    for kind, places in of_kind.items():
        for place, row in places.items():
            sent = _sent(connection, kind, place)
            masked = _masked(kind, sent, row)
            assignments = ", ".join(f"{column} = ?" for column in masked)
            connection.execute(
                f"update raw.{kind} set {assignments} where submission_id = ? and sheet_number = ? and row_number = ?",
                [*masked.values(), *place],
            )


def _sent(connection: duckdb.DuckDBPyConnection, kind: str, place: tuple[str, int, int]) -> dict[str, Any]:
    found = connection.execute(
        f"select * from raw.{kind} where submission_id = ? and sheet_number = ? and row_number = ?",
        list(place),
    )
    names = [column[0] for column in found.description or []]
    return dict(zip(names, found.fetchone() or (), strict=True))


def _masked(kind: str, sent: dict[str, Any], row: _Row) -> dict[str, Any]:
    """The columns of a row as they stay: identities masked, keys as they were understood, free text without the person."""
    columns = [column.name for column in CANONICAL[kind]]
    identities = {column: identity for _, column, identity in KEYS[kind]}
    known = _Known.of(sent)
    masked: dict[str, Any] = {}
    for column in columns:
        text = sent[column]
        if column in identities:
            masked[column] = masked_name(text) if identities[column] == "name" else mask_nik(text)
        elif column == "birth_date":
            masked[column] = _only_year(text, row.birth_year)
        else:
            masked[column] = known.taken_out_of(text, column in _FREE_TEXT)
    masked["extra"] = _masked_extra(sent["extra"])
    masked["cell_types"] = _as_text(sent["cell_types"], columns, {*identities, "birth_date"})
    # Numbers that were read as each other's, or as a family's, can be told by their digits only: what was made of them stays.
    masked["nik_key"], masked["kk_key"] = row.nik_key, row.kk_key
    return masked


@dataclass(frozen=True)
class _Known:
    """What a row says of whose it is, for finding it in its other cells: patterns of numbers and of names."""

    numbers: re.Pattern[str] | None
    names: re.Pattern[str] | None

    @classmethod
    def of(cls, sent: dict[str, Any]) -> _Known:
        numbers = [digits for column in ("nik", "kk") if (digits := identity_digits(sent[column]))]
        words = {word for word in re.split(r"\W+", sent["name"] or "") if len(word) >= _SHORTEST_WORD}
        return cls(
            re.compile("|".join(r"[\s.'-]?".join(number) for number in numbers)) if numbers else None,
            re.compile(rf"\b({'|'.join(sorted(words))})\b", re.IGNORECASE)
            if words and normal_name(sent["name"])
            else None,
        )

    def taken_out_of(self, text: str | None, with_names: bool) -> str | None:
        """The text without the person: what else it says is judged as before."""
        if text is None:
            return None
        if self.numbers:
            text = self.numbers.sub(lambda found: mask_nik(found.group()) or "", text)
        if self.names and with_names:
            text = self.names.sub(lambda found: masked_name(found.group()) or "", text)
        return text


def masked_name(text: str | None) -> str | None:
    """A name's initials; that its bearer is dead ("Alm.") stays, for what he is entitled to hangs on it."""
    if text is None:
        return None
    kept, position = "", 0
    for mark in _DEAD.finditer(text):
        kept += (mask_name(text[position : mark.start()]) or "") + mark.group()
        position = mark.end()
    return kept + (mask_name(text[position:]) or "")


def _only_year(text: str | None, year: int | None) -> str | None:
    """A day of birth by its year, which an age needs; what was no day stays none."""
    if text is None or not text.strip():
        return text
    return f"{year}-01-01" if year else _REMOVED


def _masked_extra(extra: str | None) -> str | None:
    """The columns that no feed knows: short figures stay (a levy is one), addresses, telephones and parents go."""
    if not extra:
        return extra
    cells = json.loads(extra)
    return json.dumps(
        {header: value if _is_short_figure(str(value)) else _REMOVED for header, value in cells.items()},
        ensure_ascii=False,
    )


def _is_short_figure(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return digits <= _MOST_DIGITS and not re.search(r"[^\W\d_]", re.sub(r"(?i)^\s*rp\b", "", text))


def _as_text(cell_types: str, columns: Sequence[str], masked: set[str]) -> str:
    """The letters of the cells, now that numbers and dates among the masked ones are text."""
    letters = [
        "t" if column in masked and letter in "nd" else letter
        for column, letter in zip(columns, cell_types, strict=True)
    ]
    return "".join(letters)
