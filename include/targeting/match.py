"""Matches the registries of poor families with one another: who stands in P3KE and in DTKS or DTSEN.

Two entries are a pair when their NIK is the same. The NIK itself is not read: equal numbers have equal keys.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from include import clock
from include.warehouse.connection import WarehouseMissingError, reader, transaction, writer
from include.warehouse.ledger import naive_utc

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.targeting")

LEFT = ("p3ke",)
RIGHT = ("dtks", "dtsen")  # DTSEN takes the place of DTKS: whichever came last counts

# A registry comes whole, or as one file a district or village, often in one ZIP. Each village's latest file counts. A returned
# workbook holds only the rows that were to be mended: they take the place of those rows, not of the village's file.
_SNAPSHOT = """
    with landed as (
        select sequence, submission_id, registry, received_at
        from ledger.submissions
        where kind = 'registry' and reading_status = 'landed' and registry in (select unnest($registries))
    ),

    latest as (
        select registry from landed order by received_at desc, sequence desc limit 1
    ),

    entries as (
        select
            landed.registry, landed.submission_id, entry.nik_key,
            { 'received_at': landed.received_at, 'sequence': landed.sequence } as arrival,
            entry.submission_id || ':' || entry.sheet_number || ':' || entry.row_number as row_id,
            bool_or(regexp_full_match(trim(entry.returned_row_id), '\\w+:\\d+:\\d+')) over (
                partition by entry.submission_id
            ) as is_returned,
            regexp_replace(
                lower(concat_ws(
                    '|', coalesce(nullif(trim(entry.district), ''), entry.title_district),
                    coalesce(nullif(trim(entry.village), ''), entry.title_village)
                )), '[^a-z0-9|]', '', 'g'
            ) as place
        from raw.registry as entry
        inner join landed on entry.sequence = landed.sequence
        inner join latest on landed.registry = latest.registry
        where entry.row_kind = 'data'
    )

    select registry, submission_id, nik_key
    from entries
    where row_id not in (select trim(returned_row_id) from raw.registry where returned_row_id is not null)
    qualify coalesce(arrival >= max(arrival) filter (where is_returned is not true) over (partition by place), true)
"""

_PAIRS = """
    insert into ledger.registry_matches by name
    select
        p3ke.nik_key as left_key, other.nik_key as right_key, p3ke.registry as left_registry,
        other.registry as right_registry, 1.0 as match_probability, 'nik' as matched_by,
        'accepted' as decision, '{"nik": "same"}' as agreement,
        p3ke.submission_id as left_submission_id, other.submission_id as right_submission_id
    from (select nik_key, any_value(registry) as registry, max(submission_id) as submission_id
        from left_snapshot where nik_key is not null group by nik_key) as p3ke
    inner join (select nik_key, any_value(registry) as registry, max(submission_id) as submission_id
        from right_snapshot where nik_key is not null group by nik_key) as other
        on p3ke.nik_key = other.nik_key
    order by left_key
"""


@dataclass(frozen=True)
class MatchReport:
    """How many persons each side holds with a usable NIK, and how many stand in both."""

    left: int
    right: int
    pairs: int


def needs_matching(ws: Workspace) -> bool:
    """Whether both sides are there and a file of theirs has come since the last matching."""
    try:
        with reader(ws) as connection:
            snapshot = _landed(connection)
            return snapshot is not None and not _is_matched(connection, snapshot)
    except WarehouseMissingError:
        return False


def match_registries(ws: Workspace) -> MatchReport:
    """Pairs the latest P3KE with the latest DTKS or DTSEN; the pairs before are replaced."""
    with writer(ws, "match the registries") as connection, transaction(connection):
        for side, registries in (("left", LEFT), ("right", RIGHT)):
            connection.execute(
                f"create or replace temp table {side}_snapshot as {_SNAPSHOT}",
                {"registries": list(registries)},
            )
        connection.execute("delete from ledger.registry_matches")
        connection.execute(_PAIRS)
        report = MatchReport(
            _number(connection, "select count(distinct nik_key) from left_snapshot"),
            _number(connection, "select count(distinct nik_key) from right_snapshot"),
            _number(connection, "select count(*) from ledger.registry_matches"),
        )
        snapshot = _landed(connection)
        if snapshot is not None:
            connection.execute(
                "insert or replace into ledger.matchings values (?, ?, ?)",
                [snapshot, naive_utc(clock.now()), report.pairs],
            )
    log.info("matched registries: %d and %d persons, %d in both", report.left, report.right, report.pairs)
    return report


def _landed(connection: duckdb.DuckDBPyConnection) -> str | None:
    """A name for all registry files landed so far, or None while a side is missing."""
    rows = connection.execute(
        "select submission_id, registry from ledger.submissions "
        "where kind = 'registry' and reading_status = 'landed' order by sequence"
    ).fetchall()
    registries = {registry for _, registry in rows}
    if not registries & set(LEFT) or not registries & set(RIGHT):
        return None
    return hashlib.sha256("|".join(submission_id for submission_id, _ in rows).encode()).hexdigest()


def _is_matched(connection: duckdb.DuckDBPyConnection, snapshot: str) -> bool:
    try:
        found = connection.execute("select 1 from ledger.matchings where snapshot = ?", [snapshot]).fetchone()
    except duckdb.CatalogException:  # a warehouse from before this table, which no writer has opened since
        return False
    return found is not None


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
