"""What the output `lake` of profiles.yml does with each connection of dbt; found by dbt-duckdb under this module's name."""

from __future__ import annotations

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from include.warehouse.lake import ALIAS, Lake


class Plugin(BasePlugin):  # type: ignore[misc]
    """Attaches the part of the lake that the environment names."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Called once, before any cursor."""
        lake = Lake.from_environment()
        lake.attach(conn, ALIAS, read_only=False)

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Called for each cursor, which does not inherit the default database."""
        Lake.from_environment().enter(cursor)
