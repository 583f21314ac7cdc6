"""What all pages count: the entitlements that the coordination brief counts."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.report import brief
from include.report.pages.publication import Row, rows

_SCOPE = Path(brief.__file__).with_name("scope.sql")


def set_scope(connection: duckdb.DuckDBPyConnection) -> Row:
    """Makes the temporary table `scope` that the queries refer to, and returns its one row."""
    rows(connection, _SCOPE)
    [row] = rows_of(connection)
    return row


def rows_of(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """The scope as a row by column names."""
    result = connection.execute("from scope")
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
