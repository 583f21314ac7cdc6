"""Great Expectations on DuckDB: a datasource that keeps one connection.

GX reads a query's rows after it has given the connection back to the pool, which DuckDB does not survive
(known upstream, closed unfixed). GX keeps a connection only for the dialects that it lists; this engine does so
for DuckDB. The classes must live in an importable module: GX looks them up by name.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Literal

import duckdb
import sqlalchemy
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine

EngineType = type[SqlAlchemyExecutionEngine]  # here, where `type` is not yet a field


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """An execution engine with one connection for its whole life."""

    _connection: sqlalchemy.Connection | None
    prepare: Callable[[duckdb.DuckDBPyConnection], None] = staticmethod(lambda connection: None)
    """What is done with DuckDB's connection before anything is asked."""

    @contextmanager
    def get_connection(self) -> Generator[sqlalchemy.Connection, None, None]:
        """Hands out the one connection, and leaves it open."""
        if self._connection is None:
            self._connection = self.engine.connect()
            self.prepare(self._connection.connection.driver_connection)
        try:
            yield self._connection
        except Exception:
            # A rule that fails on the data aborts the transaction: without this, so would all rules after it.
            self._connection.rollback()
            raise

    def close(self) -> None:
        """Gives the connection back."""
        if self._connection:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):
    """`context.data_sources.add_duckdb(name, connection_string=...)`."""

    type: Literal["duckdb"] = "duckdb"

    @property
    def execution_engine_type(self) -> EngineType:
        """The engine above."""
        return DuckDBExecutionEngine

    def close(self) -> None:
        """Gives the file back: GX has an engine for testing the connection beside the one that executes."""
        engine = self.get_execution_engine()
        if isinstance(engine, DuckDBExecutionEngine):
            engine.close()
        self.get_engine().dispose()
