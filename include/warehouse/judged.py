"""Which submissions the transformed tables hold already, and when those tables must be built whole.

A log adds rows and takes none away, so dbt appends what is new (dbt_project/macros/incremental.sql). Everything else that
decides what a row means holds for the rows of years: a recipient list, a registry, the configuration, the models
themselves, the version of DuckDB. Where one of these has changed, where a log came out of its order, or where the last
transformation was not finished, the transformed tables are dropped here, and dbt builds them whole. So there is one way
to the result, and an interrupted run needs no repair.

What is kept from run to run is kept under guard: a hash of each table is noted when it was finished, and a table that is
another one when the next run begins was altered by somebody else. It is thrown away with all others, and told.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from include import clock
from include.warehouse.ledger import naive_utc

log = logging.getLogger("pantau.load")

SCHEMAS = ("audit", "marts", "intermediate", "staging")
_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
# Texts of refusals and silenced e-mails decide nothing of a row.
_NOT_JUDGED_BY = {"reasons", "snoozes"}
_DAY_AND_RUN = 2  # the first columns of reference.parameters


@dataclass(frozen=True)
class _Last:
    """The latest transformation that was begun."""

    context: str
    last_sequence: int
    as_of: date
    is_finished: bool
    tables: str | None


def begin_transformation(
    connection: duckdb.DuckDBPyConnection, run_id: str, as_of: date, tables: Mapping[str, Sequence[Any]]
) -> str | None:
    """Settles what dbt has to do: appends what is new, or builds all; call it once all submissions are loaded.

    Args:
        connection: The writer's; call it inside a transaction.
        run_id: The run, whose row in reference.parameters is completed.
        as_of: The day to judge by.
        tables: The configuration as rows (include.warehouse.reference).

    Returns:
        Why everything is built whole, None where it is not.
    """
    last = _last(connection)
    context = _context(tables)
    why = _why_whole(connection, last, context)
    if why is not None:
        for schema in SCHEMAS:
            connection.execute(f"drop schema if exists {schema} cascade")
        log.info("the tables are built whole: %s", why)
    kept = last if why is None else None
    pending_from = kept.last_sequence + 1 if kept else 1
    connection.execute(
        "update reference.parameters set pending_from = ?, judged_as_of = ?",
        [pending_from, kept.as_of if kept else None],
    )
    connection.execute(
        # Appended, also where a run loads again: which transformation was the last one is a matter of order.
        "insert into ledger.transformations "
        "select ?, ?, ?, ?, coalesce(max(sequence), 0), ?, ?, null, null from ledger.submissions",
        [run_id, as_of, context, pending_from, why, naive_utc(clock.now())],
    )
    return why


def finish_transformation(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Notes that dbt has built and tested all tables of a run, and what they hold."""
    connection.execute(
        "update ledger.transformations set finished_at = ?, tables = ? "
        "where run_id = ? and rowid = (select max(rowid) from ledger.transformations)",
        [naive_utc(clock.now()), json.dumps(_tables(connection), sort_keys=True), run_id],
    )


def altered_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The transformed tables that are not those which the last transformation left; none while one is under way."""
    last = _last(connection)
    return _altered(connection, last) if last and last.is_finished else []


def _altered(connection: duckdb.DuckDBPyConnection, last: _Last) -> list[str]:
    left, found = json.loads(last.tables or "{}"), _tables(connection)
    return sorted(name for name in left.keys() | found.keys() if left.get(name) != found.get(name))


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[int]]:
    """Rows and hash of every transformed table, by its name; DuckDB's own hash, as the tables are of its version too."""
    names = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name in (select unnest(?)) order by all",
        [list(SCHEMAS)],
    ).fetchall()
    return {f"{schema}.{table}": _hashed(connection, schema, table) for schema, table in names}


def _hashed(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[int]:
    columns = connection.execute(
        "select string_agg('\"' || column_name || '\"', ', ' order by column_index) from duckdb_columns() "
        "where database_name = current_database() and schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    row = connection.execute(
        f'select count(*), coalesce(sum(hash({(columns or ("0",))[0]})), 0) from "{schema}"."{table}"'
    ).fetchone()
    return [int(value) for value in row or (0, 0)]


def _last(connection: duckdb.DuckDBPyConnection) -> _Last | None:
    row = connection.execute(
        "select context, last_sequence, as_of, finished_at is not null, tables "
        "from ledger.transformations order by rowid desc limit 1"
    ).fetchone()
    return _Last(*row) if row else None


def _why_whole(connection: duckdb.DuckDBPyConnection, last: _Last | None, context: str) -> str | None:
    if last is None:
        return "nothing was built before"
    if not last.is_finished:
        return "the last transformation was not finished"
    if last.context != context:
        return "the configuration or the models have changed"
    if altered := _altered(connection, last):
        log.error("tables were altered since they were judged, by somebody else: %s", ", ".join(altered))
        return f"altered behind the pipeline's back: {', '.join(altered)}"
    return _why_by_submissions(connection, last.last_sequence)


def _why_by_submissions(connection: duckdb.DuckDBPyConnection, last_sequence: int) -> str | None:
    """Lists and registries speak of logs that came before them, and so does a log with an earlier time of receipt."""
    row = connection.execute(
        """
        select
            count_if(sequence > $1 and kind in ('recipients', 'registry') and reading_status in ('landed', 'nil')),
            min(received_at) filter (where sequence > $1 and reading_status = 'landed')
            < max(received_at) filter (where sequence <= $1 and reading_status = 'landed')
        from ledger.submissions
        """,
        [last_sequence],
    ).fetchone()
    lists, is_out_of_order = row or (0, False)
    if lists:
        return f"{lists} recipient lists or registries are new"
    return "a submission was received before others that were judged already" if is_out_of_order else None


def _context(tables: Mapping[str, Sequence[Any]]) -> str:
    """A hash of what rows are judged by, apart from the day and the rows themselves."""
    found = hashlib.sha256(_models().encode())
    for name in sorted(set(tables) - _NOT_JUDGED_BY):
        rows = [row[_DAY_AND_RUN:] for row in tables[name]] if name == "parameters" else list(tables[name])
        found.update(f"{name}:{rows!r}".encode())
    return found.hexdigest()


@cache
def _models() -> str:
    """A hash of the models, the macros they are made of, and the version of the engine that runs them."""
    found = hashlib.sha256(duckdb.__version__.encode())
    for path in sorted([_PROJECT / "dbt_project.yml", *_PROJECT.glob("m*/**/*.sql")]):
        found.update(path.relative_to(_PROJECT).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()
