"""Who stands behind a key: for a named purpose, by somebody who holds warehouse and secret, and never unseen.

The ledger's entries, one a key, are committed before anything is shown; the next publication tells auditors of them
(`audit.reveals`).
"""

from __future__ import annotations

import difflib
import getpass
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter

from include import clock
from include.audit.field_sample import drawn_for
from include.audit.stated_reason import stated
from include.ingest.layout import FONT
from include.privacy import identity_digits, is_masked, kk_key, nik_key, normal_name
from include.warehouse.connection import transaction, writer
from include.warehouse.ledger import naive_utc

if TYPE_CHECKING:
    import duckdb

    from include.workspace import Workspace

# Of two spellings of one number's bearer, how much must be alike for one to be a slip of the other (Abdulah, Abdullah).
_ALIKE = 0.85

# A row that names no known village stands in that of the family's list.
_PERSONS = """
    with registered as (
        select beneficiary_key, arg_max(village_code, period) as village_code
        from intermediate.int_entitlements_listed
        where village_code is not null
        group by beneficiary_key
    )

    select
        sent.beneficiary_key, sent.nik_text, sent.kk_text, sent.name_text, villages.village_name, villages.district_name,
        sent.nik_key, sent.kk_key, count(*) as times
    from staging.stg_identities__written as sent
    left join registered on sent.beneficiary_key = registered.beneficiary_key
    left join reference.villages as villages
        on coalesce(sent.village_code, registered.village_code) = villages.village_code
    where sent.beneficiary_key in (select unnest($keys))
    group by all
    order by sent.beneficiary_key, times desc, sent.nik_text, sent.kk_text, sent.name_text, villages.village_name
"""

_OF_ENTITLEMENTS = """
    select entitlement_id, beneficiary_key
    from intermediate.int_entitlements_listed
    where entitlement_id in (select unnest($ids))
"""

_COLUMNS = (
    ("Kode", 34), ("NIK", 20), ("Nomor KK", 20), ("Nama", 32), ("Desa/Kelurahan", 22), ("Kecamatan", 18), ("Keterangan", 40),
)  # fmt: skip
_WARNING = (
    "DATA PRIBADI (UU 27/2022): hanya untuk keperluan yang tercatat; simpan terkunci, jangan diteruskan, dan hapus setelah "
    "selesai."
)
_ERASED = "Data orang ini telah dihapus atas permohonan (audit.erasures)"


class RevealError(RuntimeError):
    """Nothing is revealed; the message says why."""


@dataclass(frozen=True)
class Person:
    """A way in which the senders wrote this family; near-identical spellings are one, the one written most often."""

    nik: str | None
    kk: str | None
    name: str | None
    village: str | None
    district: str | None = None


@dataclass(frozen=True)
class Revealed:
    """Who stands behind what was asked for.

    Attributes:
        code: As asked: a beneficiary key, an entitlement's id or a code of a form.
        key: The beneficiary key.
        persons: The ways in which the senders wrote this family; empty where its data was erased.
    """

    code: str
    key: str
    persons: tuple[Person, ...]


def reveal(ws: Workspace, codes: Sequence[str], reason: str, form: Path | None = None) -> list[Revealed]:
    """The persons behind beneficiary keys, entitlements and the rows of a form, once the ledger holds who asked, when and why.

    Raises:
        RevealError: no reason worth the name, nothing or something unknown asked for, another secret than the one that made the
            keys, or nobody left whose data was not erased. Then nothing is revealed of anybody.
        SampleError, NoPublication: the form cannot be read, or the publication that it was drawn from is gone.
    """
    reason = stated(reason, RevealError)
    wanted = {code: code for code in codes}
    if form:
        wanted |= {row["sample_code"]: row["entitlement_id"] for row in drawn_for(ws, form)}
    if not wanted:
        raise RevealError("name a key, an entitlement or a form")
    secret = ws.settings.secret()
    with writer(ws, "reveal") as connection:
        entitlements = dict(connection.execute(_OF_ENTITLEMENTS, {"ids": list(wanted.values())}).fetchall())
        keys = {code: entitlements.get(meant, meant) for code, meant in wanted.items()}
        rows = _rows_by_key(connection, set(keys.values()))
        if unknown := [code for code, key in keys.items() if key not in rows]:
            raise RevealError(f"no row bears the beneficiary key {', '.join(map(repr, unknown))}")
        standing = {key: [row for row in own if not _is_erased(row)] for key, own in rows.items()}
        if not any(standing.values()):
            raise RevealError(
                "this person's data was erased, nobody can be named any more: audit.erasures says when and why"
            )
        _check_secret(secret, [row for own in standing.values() for row in own])
        _record(connection, [key for key, own in standing.items() if own], reason)
    return [Revealed(code, key, tuple(_folded(standing[key]))) for code, key in keys.items()]


def render_names(found: Iterable[Revealed]) -> bytes:
    """The workbook for the officer who must find the families: a row a person, in the order of the form."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(
        content, {"in_memory": True, "default_format_properties": FONT, "strings_to_formulas": False}
    )
    sheet = book.add_worksheet("Nama")
    bold = book.add_format({"bold": True})
    sheet.write_string(0, 0, _WARNING, bold)
    for column, (label, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, label, bold)
    place = 3
    for one in found:
        for person in one.persons or [Person(None, None, None, None)]:
            values = (one.code, person.nik, person.kk, person.name, person.village, person.district)
            for column, value in enumerate((*values, None if one.persons else _ERASED)):
                sheet.write_string(place, column, value or "")
            place += 1
    sheet.freeze_panes(3, 1)
    book.close()
    return content.getvalue()


def _rows_by_key(connection: duckdb.DuckDBPyConnection, keys: set[str]) -> dict[str, list[dict[str, Any]]]:
    found = connection.execute(_PERSONS, {"keys": sorted(keys)})
    names = [column[0] for column in found.description or []]
    rows = defaultdict(list)
    for values in found.fetchall():
        row = dict(zip(names, values, strict=True))
        rows[row["beneficiary_key"]].append(row)
    return rows


def _is_erased(row: dict[str, Any]) -> bool:
    """Whether the person was masked (`include.erase`); of who has no number the name tells it."""
    nik, kk, name = row["nik_text"], row["kk_text"], row["name_text"]
    has_number = identity_digits(nik) or identity_digits(kk)
    return is_masked(nik) or is_masked(kk) or (not has_number and "**" in (name or ""))


def _check_secret(secret: bytes, rows: list[dict[str, Any]]) -> None:
    """One number that makes its key is proof; a number may have been read as another's, so that not every one must."""
    proofs = [
        key_of(secret, row[f"{name}_text"]) == row[f"{name}_key"]
        for row in rows
        for name, key_of in (("nik", nik_key), ("kk", kk_key))
        if row[f"{name}_key"] and identity_digits(row[f"{name}_text"])
    ]
    if proofs and not any(proofs):
        raise RevealError("the secret of this home is not the one that made its keys")


def _folded(rows: Iterable[dict[str, Any]]) -> list[Person]:
    """The persons, slips of the pen folded into the spelling that was written most often, gaps filled from each other."""
    kept: list[Person] = []
    for row in rows:
        one = Person(
            identity_digits(row["nik_text"]) or row["nik_text"] or None,
            identity_digits(row["kk_text"]) or row["kk_text"] or None,
            row["name_text"], row["village_name"], row["district_name"],
        )  # fmt: skip
        place = next((place for place, other in enumerate(kept) if _is_same(one, other)), None)
        if place is None:
            kept.append(one)
        else:
            gaps = {name: value for name, value in vars(one).items() if getattr(kept[place], name) is None}
            kept[place] = replace(kept[place], **gaps)
    return kept


def _is_same(one: Person, other: Person) -> bool:
    for name in ("nik", "kk", "village"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine and theirs and mine != theirs:
            return False
    mine, theirs = normal_name(one.name), normal_name(other.name)
    return not (mine and theirs) or difflib.SequenceMatcher(None, mine, theirs).ratio() >= _ALIKE


def _record(connection: duckdb.DuckDBPyConnection, keys: Sequence[str], reason: str) -> None:
    with transaction(connection):
        connection.executemany(
            "insert into ledger.reveals values (?, ?, ?, ?)",
            [[key, naive_utc(clock.now()), getpass.getuser(), reason] for key in sorted(keys)],
        )
