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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include import clock
from include.audit.retention import record_removals, remove_recorded, renew_fingerprints
from include.audit.stated_reason import stated
from include.ingest.columns import CANONICAL, TITLE
from include.ingest.manifest import manifest_path
from include.ingest.originals import archived, file_hash, member_hashes
from include.privacy import identity_digits, mask_name, mask_nik, normal_name
from include.rebuild import rebuild
from include.targeting.review import FILE_NAME as REVIEW_LIST
from include.warehouse.connection import transaction, writer, writing_lock
from include.warehouse.ledger import naive_utc
from include.warehouse.load import RAW_KINDS

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.erase")

REMOVED_BECAUSE = "data pribadi dihapus: {}"
_REMOVED = "(dihapus)"
_Place = tuple[str, int, int]  # submission, sheet, row
_IDENTITIES = ("nik", "kk", "name", "replaces_nik")
# Cells that hold words on persons; elsewhere a word may be a place that is named as a person is.
_FREE_TEXT = ("received_by", "notes", "reason")
# Letters from which a lone name tells a person, and from which a word of a name is looked for.
_TELLING_NAME = 6
_SHORTEST_WORD = 3
# Digits of a figure that says nothing of a person; longer ones are telephone, account or register numbers.
_MOST_DIGITS = 9
_DEAD = re.compile(r"\s*,?\s*\(?\s*\b(?:almarhumah|almarhum|almh|alm)\b\s*\.?\s*\)?\s*", re.IGNORECASE)

# By the key itself, and by the entitlement that a row was placed on through card or name.
_BEGIN = """
    create or replace temp table own as
    select * from staging.stg_identities__written
    where beneficiary_key = $key
        or (kind = 'distribution' and row_id in (
            select placed.row_id
            from intermediate.int_deliveries_matched as placed
            inner join intermediate.int_entitlements_listed as entitlements using (entitlement_id)
            where entitlements.beneficiary_key = $key
        ))
"""
# Who is found by one of his numbers, or his name in his family, is looked for by the others, until nothing new turns up: a list
# knows the card, a registry the NIK too, a log a NIK that Excel has cut.
_STEM = "left(regexp_replace(nik_text, '[^0-9]', '', 'g'), 15)"
_GO_ON = f"""
    insert into own
    select * from staging.stg_identities__written
    where row_id not in (select row_id from own)
        and (
            nik_key in (select nik_key from own where nik_key is not null)
            or (kk_key, name_key) in (select (kk_key, name_key) from own where kk_key is not null and name_key is not null)
            or (nik_key is null and length({_STEM}) = 15 and ({_STEM}, name_key) in (
                select ({_STEM}, name_key) from own where length({_STEM}) = 15 and name_key is not null
            ))
        )
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
    """A row that is the person's own, with the keys that its numbers were understood as."""

    kind: str
    submission_id: str
    sheet_number: int
    row_number: int
    nik_key: str | None
    kk_key: str | None
    birth_year: int | None

    @property
    def place(self) -> _Place:
        return (self.submission_id, self.sheet_number, self.row_number)


def erase(ws: Workspace, key: str, reason: str) -> EraseReport:
    """Erases who stands behind a beneficiary key; the next run publishes what is left.

    Raises:
        EraseError: no reason worth the name, an unknown key, or tables that are not built.
        RebuildError, TransformError: the rows are masked and the files gone, but the warehouse's file still holds deleted
            pages; the same command again finishes it.
    """
    reason = stated(reason, EraseError)
    with writing_lock(ws, "erase"):
        with writer(ws, "erase") as connection:
            own = _own_rows(connection, key)
            if not own:
                raise EraseError(f"no row bears the beneficiary key {key!r}")
            # In one transaction: where his numbers stand no more, nothing tells any more which files hold them.
            with transaction(connection):
                touched = _mask_rows(connection, own)
                submissions = sorted(
                    {submission for _, (submission, _, _) in touched} | _answers_on_him(connection)
                )
                files = list(_files(ws, connection, submissions))
                why = REMOVED_BECAUSE.format(reason)
                record_removals(ws, connection, [(path, sha256, why) for path, sha256 in files])
                renew_fingerprints(connection, submissions)
                # The tables that dbt built hold what was sent, too: nobody builds on them any more.
                connection.execute("delete from ledger.transformations")
                _record(connection, key, reason, touched)
            remove_recorded(ws, connection)
        _take_away_questions(ws)
        rebuild(ws)
    log.info(
        "erased a person: %d rows of %d submissions, %d files", len(touched), len(submissions), len(files)
    )
    return EraseReport(len(touched), len(submissions), len(files))


def _own_rows(connection: duckdb.DuckDBPyConnection, key: str) -> list[_Row]:
    try:
        connection.execute(_BEGIN, {"key": key})
    except duckdb.CatalogException:
        raise EraseError("the rows are not judged yet: `pantau run` first") from None
    while (connection.execute(_GO_ON).fetchone() or (0,))[0]:
        pass
    names = ", ".join(one.name for one in fields(_Row))
    return [_Row(*row) for row in connection.execute(f"select {names} from own order by all").fetchall()]


def _answers_on_him(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Filled-in lists of pairs that show him beside another; the answers themselves bear keys only, and stay."""
    rows = connection.execute(
        "select distinct submission_id from raw.reviews where exists ("
        "select 1 from own where contains(raw.reviews.pair_id, own.beneficiary_key))"
    ).fetchall()
    return {submission for (submission,) in rows}


def _record(
    connection: duckdb.DuckDBPyConnection, key: str, reason: str, touched: Iterable[tuple[str, _Place]]
) -> None:
    places = [place for _, place in touched]
    submissions = len({submission for submission, _, _ in places})
    connection.execute(
        "insert into ledger.erasures values (?, ?, ?, ?, ?, ?)",
        [key, naive_utc(clock.now()), getpass.getuser(), reason, len(places), submissions],
    )


# --- files that hold him beside others


def _take_away_questions(ws: Workspace) -> None:
    """Lists of pairs for the operator; the next run writes them as the rows are now."""
    for path in ws.settings.returned.rglob(REVIEW_LIST):
        path.unlink()


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


@dataclass(frozen=True)
class _Person:
    """How the person was written: whole numbers, whole names, and the words of these names."""

    niks: frozenset[str]
    kks: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> _Person:
        """What the person's own rows hold."""
        written = list(rows)
        numbers = {
            column: frozenset(digits for row in written if (digits := identity_digits(row[column])))
            for column in ("nik", "kk")
        }
        names = (_DEAD.sub(" ", row["name"] or "").strip() for row in written)
        return cls(
            numbers["nik"],
            numbers["kk"],
            frozenset(name for name in names if normal_name(name) and "*" not in name),
        )

    @property
    def numbers(self) -> re.Pattern[str] | None:
        """His numbers with whatever people type between the digits."""
        return _any_of(r"[\s.'-]?".join(number) for number in sorted(self.niks | self.kks))

    @property
    def full_names(self) -> re.Pattern[str] | None:
        """Names that hardly mean another: of two words, or of some length."""
        telling = [name for name in self.names if " " in name or len(name) >= _TELLING_NAME]
        return _any_of(rf"\b{re.escape(name)}\b".replace(r"\ ", r"\s+") for name in sorted(telling))

    @property
    def words(self) -> re.Pattern[str] | None:
        """Every word of his names, for rows that are his own."""
        words = {
            word for name in self.names for word in re.split(r"\W+", name) if len(word) >= _SHORTEST_WORD
        }
        return _any_of(rf"\b{word}\b" for word in sorted(words))


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    together = "|".join(patterns)
    return re.compile(together, re.IGNORECASE) if together else None


def _mask_rows(connection: duckdb.DuckDBPyConnection, own: Iterable[_Row]) -> list[tuple[str, _Place]]:
    """Masks the person in his own rows, and his numbers and full names wherever else they stand.

    Returns:
        Kind and place of every row that was changed or is his.
    """
    of_kind: dict[str, dict[_Place, _Row]] = {kind: {} for kind in RAW_KINDS}
    for row in own:
        of_kind[row.kind][row.place] = row
    sent = {kind: _sent(connection, kind, list(rows)) for kind, rows in of_kind.items()}
    person = _Person.of(row for rows in sent.values() for row in rows.values())
    touched = []
    for kind, rows in of_kind.items():
        changed = {place: _masked_own(kind, sent[kind][place], row, person) for place, row in rows.items()}
        for place, cells in _mentioning(connection, kind, person).items():
            if place not in rows and (masked := _masked_elsewhere(kind, cells, person)):
                changed[place] = masked
        for place, masked in changed.items():
            _update(connection, kind, place, masked)
        touched += [(kind, place) for place in changed]
    return touched


def _update(
    connection: duckdb.DuckDBPyConnection, kind: str, place: _Place, masked: Mapping[str, Any]
) -> None:
    assignments = ", ".join(f"{column} = ?" for column in masked)
    connection.execute(
        f"update raw.{kind} set {assignments} where submission_id = ? and sheet_number = ? and row_number = ?",
        [*masked.values(), *place],
    )


def _sent(
    connection: duckdb.DuckDBPyConnection, kind: str, places: Sequence[_Place]
) -> dict[_Place, dict[str, Any]]:
    return {
        place: row
        for place in places
        for row in _rows_where(
            connection, kind, "submission_id = ? and sheet_number = ? and row_number = ?", list(place)
        ).values()
    }


def _mentioning(
    connection: duckdb.DuckDBPyConnection, kind: str, person: _Person
) -> dict[_Place, dict[str, Any]]:
    """Rows in which one of the numbers or full names stands, in whatever cell; also rows that were skipped."""
    text = f"concat_ws(chr(10), {', '.join(_text_columns(kind))})"
    conditions = []
    for pattern in (person.numbers, person.full_names):
        if pattern is not None:
            literal = pattern.pattern.replace("'", "''")
            conditions.append(f"regexp_matches({text}, '(?i){literal}')")
    return _rows_where(connection, kind, " or ".join(conditions) or "false", [])


def _rows_where(
    connection: duckdb.DuckDBPyConnection, kind: str, condition: str, values: list[Any]
) -> dict[_Place, dict[str, Any]]:
    found = connection.execute(f"select * from raw.{kind} where {condition}", values)
    names = [column[0] for column in found.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(row["submission_id"], row["sheet_number"], row["row_number"]): row for row in rows}


def _text_columns(kind: str) -> list[str]:
    return [*(column.name for column in CANONICAL[kind]), *TITLE, "extra"]


def _masked_own(kind: str, sent: Mapping[str, Any], row: _Row, person: _Person) -> dict[str, Any]:
    """A row of his own as it stays: identities masked, keys as they were understood, free text without him."""
    columns = [column.name for column in CANONICAL[kind]]
    masked: dict[str, Any] = {}
    for column in columns:
        text = sent[column]
        if column in _IDENTITIES:
            masked[column] = masked_name(text) if column == "name" else mask_nik(text)
        elif column == "birth_date":
            masked[column] = _only_year(text, row.birth_year)
        else:
            masked[column] = _taken_out(text, person.numbers, person.words if column in _FREE_TEXT else None)
    masked["extra"] = _masked_extra(sent["extra"])
    masked["cell_types"] = _dates_as_text(sent["cell_types"], columns)
    # Numbers that were read as each other's, or as a family's, can be told by their digits only: what was made of them stays.
    masked["nik_key"], masked["kk_key"] = row.nik_key, row.kk_key
    return masked


def _masked_elsewhere(kind: str, sent: Mapping[str, Any], person: _Person) -> dict[str, Any]:
    """What changes in a row that is not his: his numbers and full names go, who the row is about stays.

    The number of his family's card stays where it is another member's own.
    """
    masked: dict[str, Any] = {}
    for column in _text_columns(kind):
        if column == "name" and sent["row_kind"] == "data":
            continue
        numbers = person.numbers if column != "kk" else _any_of(sorted(person.niks))
        text = _taken_out(sent[column], numbers, person.full_names)
        if text != sent[column]:
            masked[column] = text
    return masked


def _taken_out(text: str | None, *patterns: re.Pattern[str] | None) -> str | None:
    """The text with numbers and names masked: what else it says is judged as before."""
    if text is None:
        return None
    for pattern in patterns:
        if pattern is not None:
            text = pattern.sub(_mask_found, text)
    return text


def _mask_found(found: re.Match[str]) -> str:
    text = found.group()
    return (mask_nik(text) if text[:1].isdigit() else masked_name(text)) or ""


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


def _dates_as_text(cell_types: str, columns: Sequence[str]) -> str:
    """The letters of the cells, now that a day of birth is a text."""
    letters = [
        "t" if column == "birth_date" and letter in "nd" else letter
        for column, letter in zip(columns, cell_types, strict=True)
    ]
    return "".join(letters)
