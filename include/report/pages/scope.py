"""What all pages count: the entitlements that the coordination brief counts, the findings that the e-mails tell of."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.alerts.wording import register
from include.report import brief
from include.report.pages.publication import Row, execute, records

_SCOPE = Path(brief.__file__).with_name("scope.sql")
_TOLD_FLAGS = Path(__file__).with_name("told_flags.sql")


def set_scope(connection: duckdb.DuckDBPyConnection) -> Row:
    """Makes the temporary tables `scope` and `told_flags` that queries refer to, and returns the one row of the former."""
    execute(connection, _SCOPE)
    register(connection)
    execute(connection, _TOLD_FLAGS)
    [row] = records(connection.execute("from scope"))
    return row
