"""Why a figure is another one than before: what changed between two publications, and through which submissions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include.audit.history import Kept, publication_at

if TYPE_CHECKING:
    from include.workspace import Workspace

Rows = list[dict[str, Any]]

_SQL = Path(__file__).with_name("changes.sql")


@dataclass
class Changes:
    """What lies between two publications.

    Attributes:
        earlier, later: The publications, each with the day that it judged by and its last submission's number.
        submissions: Those that the earlier one did not know yet.
        counts: Entitlements by OPD, programme, period and status, where their number differs.
        amounts: Sums of what was promised and delivered by OPD, programme and period, where they differ.
        entitlements: Those whose amounts or judgement differ, with the receipts that they changed through and the cause.
    """

    earlier: dict[str, Any]
    later: dict[str, Any]
    submissions: Rows = field(default_factory=list)
    counts: Rows = field(default_factory=list)
    amounts: Rows = field(default_factory=list)
    entitlements: Rows = field(default_factory=list)

    @property
    def is_one_publication(self) -> bool:
        """Whether both names mean the same publication, so that nothing can differ."""
        return bool(self.earlier == self.later)


def changes(ws: Workspace, first: str, second: str) -> Changes:
    """Compares two kept publications, given by time or number, whichever comes first.

    Raises:
        NoPublication: one of the two is not kept.
    """
    earlier, later = sorted((publication_at(ws, first), publication_at(ws, second)))
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, one in (("earlier", earlier), ("later", later)):
            path = str(one.path).replace("'", "''")
            connection.execute(f"attach '{path}' as {name} (read_only)")
        found = Changes(_described(connection, "earlier", earlier), _described(connection, "later", later))
        values = {
            "sequence": found.earlier["sequence"],
            "days_differ": found.earlier["as_of"] != found.later["as_of"],
        }
        for name, sql in _statements().items():
            own = {key: value for key, value in values.items() if f"${key}" in sql}
            setattr(found, name, _rows(connection, sql, own))
        return found


def _described(connection: duckdb.DuckDBPyConnection, name: str, kept: Kept) -> dict[str, Any]:
    [row] = _rows(
        connection,
        "select publication_number, published_at, as_of, sequence, chain_hash, run_id "
        f"from {name}.audit.publications where publication_number = $number",
        {"number": kept.number},
    )
    return row


def _statements() -> dict[str, str]:
    parts = re.split(r"^-- name: (\w+)$", _SQL.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: sql.strip().rstrip(";") for name, sql in zip(parts[1::2], parts[2::2], strict=True)}


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any]) -> Rows:
    result = connection.execute(sql, values)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
