"""The fingerprint of a table: one SHA-256 over its rows, whatever their order, that anyone can compute again.

Every value is written as text in a way that depends on no version of DuckDB: numbers with six decimals, days and times
digit by digit, each text behind its length, so that no two rows read the same. The rows' hashes are sorted, so that their
order means nothing, and joined in parts, so that a table of millions needs little memory. The very query stands beside its
result in `audit.fingerprints`: who trusts nobody runs it himself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from include.warehouse.connection import transaction

# Tables that go on after their publication (contract, section 8), and those that hold the fingerprints.
NOT_COVERED = ("alerts", "alert_flags", "runs", "fingerprints", "publications")

_TEXTS = {
    "VARCHAR": "{}",
    "DATE": "{}::varchar",
    "TIMESTAMP": "strftime({}, '%Y-%m-%d %H:%M:%S.%f')",
    "DOUBLE": "coalesce(try_cast({0} as decimal(38, 6))::varchar, {0}::varchar)",
}
_PLAIN = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "UINTEGER")


@dataclass(frozen=True)
class Fingerprint:
    """How many rows a table has and what they hash to."""

    rows: int
    sha256: str


def row_hash(fingerprints: Mapping[str, Fingerprint]) -> str:
    """One hash over all tables: a line each, sorted by name, `<table> <rows> <sha256>`."""
    lines = (f"{name} {one.rows} {one.sha256}\n" for name, one in sorted(fingerprints.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def query(columns: Iterable[tuple[str, str]], relation: str) -> str:
    """The SQL that counts and hashes a relation's rows.

    Args:
        columns: Name and DuckDB type, in the table's order.
        relation: What stands behind `from`.
    """
    # One concatenation: forty of two texts each make forty texts of every row.
    text = f"concat({', '.join(_canonical(name, kind) for name, kind in columns)})"
    return (
        "select coalesce(sum(part_rows), 0)::bigint as row_count, "
        "sha256(coalesce(string_agg(part_hash, '' order by part_hash), '')) as sha256 from ("
        "select count(*) as part_rows, sha256(string_agg(row_hash, '' order by row_hash)) as part_hash from ("
        f"select sha256({text}) as row_hash from {relation}) group by left(row_hash, 2))"
    )


def _canonical(name: str, kind: str) -> str:
    """A value behind its length; a tilde where there is none."""
    column = '"' + name.replace('"', '""') + '"'
    if kind in _PLAIN or kind.startswith("DECIMAL"):
        text = f"{column}::varchar"
    else:
        text = _TEXTS.get(kind, "to_json({})::varchar").format(column)
    return f"coalesce(length({text}) || ':' || {text}, '~')"


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Names and types of an audit table, in its order."""
    # information_schema would list the columns of every attached database, for each table anew.
    found = connection.execute(f'describe audit."{table}"').fetchall()
    return [(name, kind) for name, kind, *_ in found]


def covered_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of schema `audit` whose rows a publication answers for."""
    rows = connection.execute(
        "select table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'audit' order by table_name"
    ).fetchall()
    return [name for (name,) in rows if name not in NOT_COVERED]


def query_of(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """The query that fingerprints an audit table as it stands."""
    return query(columns_of(connection, table), f'audit."{table}"')


def fingerprint(connection: duckdb.DuckDBPyConnection, sql: str) -> Fingerprint:
    """What a fingerprint's query answers."""
    rows, sha256 = connection.execute(sql).fetchone() or (0, "")
    return Fingerprint(int(rows), str(sha256))


def make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty tables that a publication is sealed with, so that they are described with the others."""
    connection.execute(
        "create table audit.fingerprints (table_name varchar, row_count bigint, sha256 varchar, query varchar)"
    )
    connection.execute(
        "create table audit.publications (publication_number integer, published_at timestamp, run_id varchar, "
        "as_of date, sequence integer, submission_chain_hash varchar, row_hash varchar, "
        "previous_file_sha256 varchar, previous_hash varchar, chain_hash varchar, file_name varchar)"
    )


def take(connection: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> dict[str, Fingerprint]:
    """Fingerprints tables and writes them, with their queries, into audit.fingerprints; returns all that stand there."""
    taken = []
    for table in tables:
        sql = query_of(connection, table)
        found = fingerprint(connection, sql)
        taken.append([table, found.rows, found.sha256, sql])
    with transaction(connection):
        for row in taken:
            connection.execute("delete from audit.fingerprints where table_name = ?", [row[0]])
            connection.execute("insert into audit.fingerprints values (?, ?, ?, ?)", row)
    rows = connection.execute("select table_name, row_count, sha256 from audit.fingerprints").fetchall()
    return {name: Fingerprint(count, sha256) for name, count, sha256 in rows}
