"""Queries in .sql files beside the code that asks them, answered as rows by column names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]


def rows(
    connection: duckdb.DuckDBPyConnection, query: Path, parameters: Mapping[str, Any] | None = None
) -> list[Row]:
    """The answer to a .sql file."""
    return records(connection.execute(_text(query), dict(parameters or {})))


def records(result: duckdb.DuckDBPyConnection) -> list[Row]:
    """The rows of an executed query."""
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def execute(connection: duckdb.DuckDBPyConnection, statements: Path) -> None:
    """Runs a .sql file that answers nothing."""
    connection.execute(_text(statements))


@lru_cache(maxsize=128)
def _text(query: Path) -> str:
    return query.read_text(encoding="utf-8")
