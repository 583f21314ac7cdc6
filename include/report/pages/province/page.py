"""Provinsi: how the regencies and their OPDs stand beside one another, from the roll-up alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from include.report.pages.words import PUBLICATIONS, status
from include.report.queries import rows

HERE = Path(__file__).parent
TEMPLATE = "province/page.html"
ROOM = 50
"""OPDs on a page."""
LOGS_SHOWN = 20


def view(connection: duckdb.DuckDBPyConnection, query: Mapping[str, str]) -> dict[str, Any]:
    """The sum, all regencies, a page of OPDs (`halaman`), the logs that are missing longest."""
    [total] = rows(connection, HERE / "sum.sql")
    number = _number(query.get("halaman"))
    opds = rows(connection, HERE / "opds.sql", {"room": ROOM, "skipped": (number - 1) * ROOM})
    regencies = rows(connection, HERE / "regencies.sql")
    return {
        "total": total,
        "regencies": [{**row, "state": status(PUBLICATIONS, row["status"])} for row in regencies],
        "opds": opds,
        "number": number,
        "pages": -(-opds[0]["opds"] // ROOM) if opds else number,
        "logs": rows(connection, HERE / "missing_logs.sql", {"room": LOGS_SHOWN}),
    }


def _number(text: str | None) -> int:
    return max(int(text), 1) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1
