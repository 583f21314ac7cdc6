"""The last look before publication: no NIK or KK in any text, whatever a sender wrote into a file or sheet name."""

from __future__ import annotations

import logging

import duckdb

from include.audit.fingerprint import columns_of

log = logging.getLogger("pantau.audit")

# Sixteen digits that stand alone, also where separators were typed between them.
_SIXTEEN = r"(^|[^0-9])[0-9]([ .\-]?[0-9]){15}($|[^0-9])"
_MASKED = r"\1****************\3"

# Hashes, keys and ids that we made ourselves: a row of sixteen digits within one means nothing.
_OWN_KEYS = ("_id", "_key", "_hash", "sha256", "superseded_by", "receipt_number")


def _text_columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, bool]]:
    """The columns that hold what people typed: name, and whether the column is plain text."""
    return [
        (name, kind == "VARCHAR")
        for name, kind in columns_of(connection, table)
        if "VARCHAR" in kind and not name.endswith(_OWN_KEYS)
    ]


def _holds(column: str) -> str:
    text = f'cast("{column}" as varchar)'
    return f"(length({text}) >= 16 and regexp_matches({text}, '{_SIXTEEN}'))"


def findings(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    """How many values of each text column hold sixteen digits in a row."""
    columns = [name for name, _ in _text_columns(connection, table)]
    if not columns:
        return {}
    counts = ", ".join(f"count_if({_holds(name)})" for name in columns)
    found = connection.execute(f'select {counts} from audit."{table}"').fetchone() or ()
    return {name: count for name, count in zip(columns, found, strict=True) if count}


def mask_remaining(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Masks what slipped through in plain text columns (a NIK as a file's name), so that no file stops the others."""
    plain = {name for name, is_plain in _text_columns(connection, table) if is_plain}
    for column, count in findings(connection, table).items():
        if column not in plain:
            continue  # the check before publication refuses it
        # Twice: two numbers side by side share the character between them.
        masked = f"""regexp_replace("{column}", '{_SIXTEEN}', '{_MASKED}', 'g')"""
        for _ in range(2):
            connection.execute(f'update audit."{table}" set "{column}" = {masked} where {_holds(column)}')
        log.warning("masked %d values of %s.%s that held sixteen digits", count, table, column)
