"""Whether the tables of a warehouse are those of this version, and what is done where they are not.

The configuration's tables are replaced at every run anyway, so they are simply made anew. Rows as sent and the ledger are not
to be had a second time: nothing touches them but a rebuild, which carries them over into tables of this version.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from include.warehouse.connection import place_of
from include.warehouse.errors import WarehouseOutdatedError
from include.warehouse.place import SCHEMA

if TYPE_CHECKING:
    from include.workspace import Workspace

Columns = tuple[str, ...]

_COLUMNS = """
    select schema_name || '.' || table_name, list(column_name || ' ' || data_type order by column_index)
    from duckdb_columns()
    where database_name = current_database() and schema_name in ('raw', 'ledger', 'reference')
    group by all
    order by all
"""


@cache
def _wanted() -> Mapping[str, Columns]:
    with duckdb.connect() as own:
        own.execute(SCHEMA.read_text(encoding="utf-8"))
        return _found(own)


def _found(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Columns]:
    return {table: tuple(columns) for table, columns in connection.execute(_COLUMNS).fetchall()}


def bring_up_to_date(ws: Workspace, connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the configuration's tables anew where another version made them; called by a writer, outside a transaction.

    Raises:
        WarehouseOutdatedError: tables of rows or of the ledger were made by another version.
    """
    found = _found(connection)
    differing = [table for table, columns in _wanted().items() if found.get(table) != columns]
    kept = [table for table in differing if not table.startswith("reference.")]
    if kept:
        raise WarehouseOutdatedError(
            "the warehouse was made by another version of this program: "
            + "; ".join(_told(table, found.get(table, ()), _wanted()[table]) for table in kept)
            + ". `pantau rebuild` reads every file once more into tables of this version, and keeps the ledger with its chain "
            "(make a backup before, with `pantau backup`)"
        )
    for table in differing:
        connection.execute(f"drop table {table}")
    if differing:
        place_of(ws.settings).make_tables(connection)


def _told(table: str, found: Columns, wanted: Columns) -> str:
    parts = [
        f"{word} {', '.join(sorted(names))}"
        for word, names in (
            ("lacks", set(wanted) - set(found)),
            ("has beside them", set(found) - set(wanted)),
        )
        if names
    ]
    return f"{table} {' and '.join(parts) or 'has its columns in another order'}"
