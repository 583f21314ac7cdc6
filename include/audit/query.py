"""Read-only questions to the published audit database, answered as a table, CSV or JSON."""

from __future__ import annotations

import csv
import itertools
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import duckdb

if TYPE_CHECKING:
    from rich.console import Console

    from include.workspace import Workspace

Form = Literal["table", "csv", "json"]

# A terminal is not the place for more; CSV and JSON give everything.
TABLE_ROWS = 200

# Nothing but the published file: a question can neither read another file nor write one.
_READ_ONLY = {"enable_external_access": "false", "lock_configuration": "true"}


class QueryError(RuntimeError):
    """The question cannot be answered; the message says why."""


@dataclass(frozen=True)
class Answer:
    """Columns and all rows."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


def query(ws: Workspace, sql: str, published: Path | None = None) -> Answer:
    """Answers one SQL question from the published audit database, or from an earlier publication.

    Raises:
        QueryError: nothing published yet, or DuckDB refuses the question.
    """
    published = published or ws.settings.audit_db
    if not published.exists():
        raise QueryError("There is no audit database yet: `pantau run` publishes the first one.")
    try:
        with duckdb.connect(str(published), read_only=True, config=dict(_READ_ONLY)) as connection:
            if (questions := len(connection.extract_statements(sql))) != 1:
                raise QueryError(f"One question at a time, please: there are {questions} in what was asked.")
            result = connection.execute(sql)
            return Answer(_told_apart([column[0] for column in result.description or []]), result.fetchall())
    except duckdb.Error as error:
        raise QueryError(f"The question cannot be answered. {str(error).strip()}") from error


def _told_apart(names: Sequence[str]) -> list[str]:
    """Equal names get a number, so that an object of JSON loses no column."""
    found: list[str] = []
    for name in names:
        free = (f"{name}_{number}" if number > 1 else name for number in itertools.count(1))
        found.append(next(candidate for candidate in free if candidate not in found))
    return found


def print_query(
    ws: Workspace, sql: str, form: Form = "table", stream: TextIO | None = None, published: Path | None = None
) -> None:
    """Answers a question onto the terminal."""
    print_answer(query(ws, sql, published), form, stream)


def print_answer(answer: Answer, form: Form = "table", stream: TextIO | None = None) -> None:
    """Prints columns and rows in one of the forms."""
    out = stream or sys.stdout
    if form == "csv":
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows([_plain(value) for value in row] for row in answer.rows)
    elif form == "json":
        rows = [dict(zip(answer.columns, map(_plain, row), strict=True)) for row in answer.rows]
        json.dump(rows, out, ensure_ascii=False, indent=1, default=str)
        out.write("\n")
    else:
        _print_table(answer, out)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _print_table(answer: Answer, out: TextIO) -> None:
    from rich.cells import cell_len
    from rich.console import Console

    console = Console(file=out)
    rows = [
        ["" if value is None else str(_plain(value)) for value in row] for row in answer.rows[:TABLE_ROWS]
    ]
    widths = [max(map(cell_len, column)) for column in zip(answer.columns, *rows, strict=True)]
    # Three characters of frame and margin a column, and one more. A single column can only be folded.
    width = sum(widths) + 3 * len(widths) + 1
    fits = width <= console.width or len(widths) < 2 or not rows
    if fits:
        _print_grid(answer.columns, rows, console)
    else:
        _print_records(answer.columns, rows, out)
    if len(rows) < len(answer.rows):
        console.print(f"{len(rows)} of {len(answer.rows)} rows shown; --csv or --json gives all")
    elif not fits:
        console.print("wider than the terminal, so one block a row; --csv or --json for other programs")


def _print_grid(columns: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text, not markup: a value may hold brackets.
        table.add_row(*map(Text, row))
    console.print(table)


def _print_records(columns: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    """One block a row: a table squeezed into too few characters cannot be read."""
    for number, row in enumerate(rows, start=1):
        out.write(f"--- {number}\n")
        out.writelines(f"{column}: {value}\n" for column, value in zip(columns, row, strict=True))
    out.write("\n")
