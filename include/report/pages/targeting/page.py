"""Sasaran: whom no programme reaches, how groups and pockets fare, what programmes are worth together, and the targets.

Families are counted from the columns `…_public` alone, which hide what would give a family away (targeting.yml, small_cell).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from include.config.models import REGISTRIES
from include.report.pages.request import Page, Source, View
from include.report.queries import Row, rows
from include.report.targeting.text import GROUPS

HERE = Path(__file__).parent

_PARTS = ("summary", "gaps", "hidden", "registries", "pairs", "groups", "pockets", "combinations", "targets")


def view(source: Source, _arguments: Mapping[str, str]) -> View:
    """Every part with its rows; None for a part that this publication does not hold."""
    found = {part: _rows_of(source, part) for part in _PARTS}
    return {
        **found,
        "summary": next(iter(found["summary"] or []), None),
        "pairs": next(iter(found["pairs"] or []), None),
        "hidden": sum(row["villages"] for row in found["hidden"] or []),
        "is_published": found["summary"] is not None,
        "group_names": GROUPS,
        "registry_names": {code: code.upper() for code in REGISTRIES},
    }


TARGETING = Page("sasaran", "Sasaran", "targeting/page.html", view)


def _rows_of(source: Source, part: str) -> list[Row] | None:
    try:
        return rows(source.connection, HERE / f"{part}.sql")
    except (duckdb.CatalogException, duckdb.BinderException):
        return None  # a publication of an earlier version lacks a table or a column
