"""Matches the registries of poor families with one another: who stands in P3KE and in DTKS or DTSEN.

An equal NIK makes a pair, unless name, birth date and family all contradict it. Who is left is compared by a model
(model.py) and paired one to one (pairing.py); what is not sure is put before an operator (review.py), whose word stands for
ever. What is compared comes from dbt (int_registry_entries), so the tables must have been built.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from include import clock
from include.targeting.model import Candidate, Scored, reached, score
from include.targeting.pairing import Pair, Reviewed, Thresholds, settle
from include.warehouse.connection import place_of, put, reader, transaction, writer
from include.warehouse.errors import WarehouseMissingError
from include.warehouse.ledger import naive_utc

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.targeting")

DEPENDENT_MODELS = "int_registry_matched+"
"""What dbt has to build anew once the pairs are others (include/transform.py)."""

LEFT = ("p3ke",)
RIGHT = ("dtks", "dtsen")  # DTSEN takes the place of DTKS (int_registry_snapshots)

_MEMORY = "2GB"
"""Of the engine that compares; what is more goes to disk."""

# Whose NIK is equal; whether anything beside it agrees. Who mistypes a date often hits the NIK of somebody else.
_EQUAL = f"""
    select
        *,
        coalesce(name_level <> 'different', false) or coalesce(birth_level = 'same', false)
        or coalesce(kk_level = 'same', false)
        or (name_level is null and birth_level is null and kk_level is null) as is_backed
    from (
        select
            l.unique_id as left_key, r.unique_id as right_key, {reached("name")} as name_level,
            {reached("birth_date")} as birth_level, {reached("kk")} as kk_level
        from left_entries as l
        inner join right_entries as r on l.nik_key = r.nik_key
    )
"""


@dataclass(frozen=True)
class MatchReport:
    """How many persons each side holds, how many stand in both, and how many pairs an operator is asked about."""

    left: int
    right: int
    pairs: int
    to_review: int


def needs_matching(ws: Workspace) -> bool:
    """Whether both sides are there and a file of theirs, or a filled-in review, has come since the last matching."""
    try:
        with reader(ws) as connection:
            snapshot = _landed(connection)
            return snapshot is not None and not _is_matched(connection, snapshot)
    except WarehouseMissingError:
        return False


def match_registries(ws: Workspace) -> MatchReport:
    """Pairs the latest P3KE with the latest DTKS or DTSEN; the pairs before are replaced."""
    thresholds = ws.configuration.matching
    with writer(ws, "match the registries") as connection:
        with _beside(ws, connection) as own:
            reviewed = _reviewed(connection)
            scored, pairs = _matched(own, reviewed, Thresholds(thresholds.accept, thresholds.review))
            report = MatchReport(
                _number(own, "select count(*) from left_entries"),
                _number(own, "select count(*) from right_entries"),
                sum(pair.decision == "accepted" for pair in pairs),
                sum(pair.decision == "review" for pair in pairs),
            )
        with transaction(connection):
            _enter(connection, scored, pairs, report)
    log.info(
        "matched registries: %d and %d persons, %d in both, %d to be reviewed",
        report.left, report.right, report.pairs, report.to_review,
    )  # fmt: skip
    return report


@contextmanager
def _beside(ws: Workspace, connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine of its own with the entries of both sides: Splink makes tables, and none may get into the warehouse."""
    with place_of(ws.settings).own_instance(memory_limit=_MEMORY) as own:
        for side, registries in (("left", LEFT), ("right", RIGHT)):
            entries = connection.execute(
                "select beneficiary_key as unique_id, * from intermediate.int_registry_entries "
                "where list_contains(?, registry) order by beneficiary_key",
                [list(registries)],
            ).to_arrow_table()
            own.register("arrived", entries)
            own.execute(f"create table {side}_entries as from arrived")
            own.unregister("arrived")
        yield own


def _matched(
    own: duckdb.DuckDBPyConnection, reviewed: Mapping[tuple[str, str], Reviewed], thresholds: Thresholds
) -> tuple[Scored, list[Pair]]:
    own.execute(f"create table equal_niks as {_EQUAL}")
    refused = [key for key, said in reviewed.items() if said.same is False]
    own.execute("create table refused (left_key varchar, right_key varchar)")
    if refused:
        own.executemany("insert into refused values (?, ?)", refused)
    own.execute(
        "create table equal as select left_key, right_key from equal_niks where is_backed "
        "except select left_key, right_key from refused order by all"
    )
    scored = score(own, min(thresholds.review, thresholds.accept))
    sure = [
        Pair(left, right, 1.0, "nik", "accepted", json.dumps(_levels(name, birth, kk), sort_keys=True))
        for left, right, name, birth, kk in own.execute(
            "select left_key, right_key, name_level, birth_level, kk_level from equal_niks "
            "inner join equal using (left_key, right_key) order by all"
        ).fetchall()
    ]
    doubtful = {(one.left, one.right): one for one in (*scored.candidates, *_contradicted(own, thresholds))}
    return scored, sorted(
        [*sure, *settle(doubtful.values(), reviewed, _twins(own), thresholds)],
        key=lambda one: (one.left, one.right),
    )


def _contradicted(own: duckdb.DuckDBPyConnection, thresholds: Thresholds) -> Iterator[Candidate]:
    """Pairs of equal NIK that nothing else supports, or that an operator has refused."""
    for left, right, name, birth, kk in own.execute(
        "select left_key, right_key, name_level, birth_level, kk_level from equal_niks "
        "anti join equal using (left_key, right_key) order by all"
    ).fetchall():
        yield Candidate(left, right, thresholds.review, 0.0, _levels(name, birth, kk))


def _levels(name: str | None, birth: str | None, kk: str | None) -> dict[str, str]:
    told = {"nik": "same", "name": name, "birth_date": birth, "kk": kk}
    return {comparison: level for comparison, level in told.items() if level is not None}


def _twins(own: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Who shares family and birth date with another one of the same registry."""
    return frozenset(
        key
        for side in ("left", "right")
        for (key,) in own.execute(
            f"select unique_id from {side}_entries where kk_key is not null and birth_date is not null "
            "qualify count(*) over (partition by kk_key, birth_date) > 1"
        ).fetchall()
    )


def _reviewed(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Reviewed]:
    """What operators have said, the last word of each pair."""
    return {
        (left, right): Reviewed(same, submission_id)
        for left, right, same, submission_id in connection.execute(
            "select left_key, right_key, is_same, submission_id from intermediate.int_registry_reviews"
        ).fetchall()
    }


# --- the ledger


def _enter(
    connection: duckdb.DuckDBPyConnection, scored: Scored, pairs: Sequence[Pair], report: MatchReport
) -> None:
    """Writes pairs, model and which files they come from."""
    snapshot = _landed(connection)
    now = naive_utc(clock.now())
    model_id = hashlib.sha256(scored.settings.encode()).hexdigest()[:16]
    connection.execute("delete from ledger.registry_matches")
    connection.register("settled", _table(pairs, model_id))
    connection.execute(
        """
        insert into ledger.registry_matches by name
        select
            settled.*, left_entry.registry as left_registry, right_entry.registry as right_registry,
            left_entry.submission_id as left_submission_id, right_entry.submission_id as right_submission_id
        from settled
        inner join intermediate.int_registry_entries as left_entry
            on settled.left_key = left_entry.beneficiary_key and list_contains($left, left_entry.registry)
        inner join intermediate.int_registry_entries as right_entry
            on settled.right_key = right_entry.beneficiary_key and list_contains($right, right_entry.registry)
        order by settled.left_key, settled.right_key
        """,
        {"left": list(LEFT), "right": list(RIGHT)},
    )
    connection.unregister("settled")
    trained = {
        "model_id": model_id,
        "trained_at": now,
        "trained_on": snapshot or "",
        "learnt_from": scored.learnt,
        "settings": scored.settings,
    }
    put(connection, "ledger.matching_models", ("model_id",), trained)
    if snapshot is not None:
        matched = {
            "snapshot": snapshot,
            "matched_at": now,
            "pairs": report.pairs,
            "to_review": report.to_review,
            "model_id": model_id,
        }
        put(connection, "ledger.matchings", ("snapshot",), matched)


def _table(pairs: Sequence[Pair], model_id: str) -> pa.Table:
    return pa.table(
        {
            "left_key": pa.array([pair.left for pair in pairs], pa.string()),
            "right_key": pa.array([pair.right for pair in pairs], pa.string()),
            "match_probability": pa.array([pair.probability for pair in pairs], pa.float64()),
            "matched_by": pa.array([pair.matched_by for pair in pairs], pa.string()),
            "decision": pa.array([pair.decision for pair in pairs], pa.string()),
            "agreement": pa.array([pair.agreement for pair in pairs], pa.string()),
            "reviewed_by_submission_id": pa.array([pair.reviewed_by for pair in pairs], pa.string()),
            "model_id": pa.array(
                [None if pair.matched_by == "nik" else model_id for pair in pairs], pa.string()
            ),
        }
    )


def _landed(connection: duckdb.DuckDBPyConnection) -> str | None:
    """A name for all registry and review files that the tables hold, or None while a side, or a table, is missing.

    Not what the ledger holds: between loading and transforming it is ahead of the tables that are matched.
    """
    tables = "select 1 from duckdb_tables() where table_name = 'int_registry_entries' and database_name = current_database()"
    if connection.execute(tables).fetchone() is None:
        return None
    rows = connection.execute(
        "select submission_id, kind, registry from staging.stg_ledger__submissions "
        "where kind in ('registry', 'reviews') and reading_status = 'landed' order by sequence"
    ).fetchall()
    registries = {registry for _, kind, registry in rows if kind == "registry"}
    if not registries & set(LEFT) or not registries & set(RIGHT):
        return None
    return hashlib.sha256("|".join(submission_id for submission_id, *_ in rows).encode()).hexdigest()


def _is_matched(connection: duckdb.DuckDBPyConnection, snapshot: str) -> bool:
    try:
        found = connection.execute("select 1 from ledger.matchings where snapshot = ?", [snapshot]).fetchone()
    except duckdb.CatalogException:  # a warehouse from before this table, which no writer has opened since
        return False
    return found is not None


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
