"""What brief and pages count alike: which entitlements are in scope, how they are summed, which findings the mails tell of."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.alerts.wording import register
from include.report.queries import Row, execute, records

_HERE = Path(__file__).parent


def set_scope(connection: duckdb.DuckDBPyConnection) -> Row:
    """Makes what the queries of brief and pages refer to, and returns the scope.

    These are the temporary tables `scope` and `alert_rules`, the view `told_flags`, and the macros of counting.sql; a read-only
    connection is enough.
    """
    execute(connection, _HERE / "scope.sql")
    execute(connection, _HERE / "counting.sql")
    register(connection)
    execute(connection, _HERE / "told_flags.sql")
    [row] = records(connection.execute("from scope"))
    return row
