"""Provinsi: how the regencies and their OPDs stand beside one another, from the roll-up alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from include.language import indonesian
from include.report.pages.words import PUBLICATIONS, status
from include.report.queries import Row, rows
from include.report.service import YEAR_LABEL, verdict

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
        "year_label": YEAR_LABEL,
        "apart": apart(total),
        "regencies": [
            {
                **row,
                "state": status(PUBLICATIONS, row["status"]),
                "stands": stands(row),
                "bunched": bunched(row),
            }
            for row in regencies
        ],
        "opds": [{**row, "stands": stands(row), "bunched": bunched(row)} for row in opds],
        "number": number,
        "pages": -(-opds[0]["opds"] // ROOM) if opds else number,
        "logs": rows(connection, HERE / "missing_logs.sql", {"room": LOGS_SHOWN}),
    }


def apart(total: Row) -> dict[str, str]:
    """How many regencies are not in the figures of the `year` and of the `window`, and why; empty where all are."""
    found = {
        "year": (total["regencies_other_year"], "terbitannya dinilai lebih dari sebulan yang lalu"),
        "window": (total["regencies_other_window"], "terbitannya menghadapi jendela SUSENAS lain"),
    }
    return {
        of: f"tanpa {indonesian.counted(count, 'kabupaten/kota')} yang {why}" if count else ""
        for of, (count, why) in found.items()
    }


def stands(row: Row) -> dict[str, str]:
    """By which `year` and `window` a counted regency or an OPD is judged, where it is not the roll-up's; else empty."""
    if row["as_of"] is None:
        return {"year": "", "window": ""}
    faced = row["susenas_year"]
    other_window = f"menghadapi SUSENAS {faced}" if faced else "tanpa jendela SUSENAS"
    return {
        "year": "" if row["is_year_counted"] else f"dinilai pada {indonesian.day(row['as_of'])}",
        "window": "" if row["is_window_counted"] else other_window,
    }


def bunched(row: Mapping[str, Any]) -> str:
    """How many programmes were bunched before the cutoff, of those of which that can be judged."""
    if not row["programs_weighed"]:
        return verdict(None).lower()
    return f"{indonesian.number(row['programs_bunched'])} dari {indonesian.counted(row['programs_weighed'], 'program')}"


def _number(text: str | None) -> int:
    return max(int(text), 1) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1
