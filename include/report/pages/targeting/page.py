"""Sasaran: whom no programme reaches, how groups and pockets fare, what programmes are worth together, and the targets.

Families are counted from the columns `…_public` alone, which hide what would give a family away (targeting.yml, small_cell).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from include.config.models import REGISTRIES
from include.report.pages.publication import tables
from include.report.pages.request import Page, Source, View
from include.report.queries import Row, rows
from include.report.targeting.text import GROUPS

HERE = Path(__file__).parent

# Each part of the page with the tables that it is made from: a publication of an earlier version may lack some.
_PARTS = {
    "summary": ("targeting_summary", "targeting_parameters"),
    "gaps": ("targeting_summary",),
    "hidden": ("targeting_summary",),
    "registries": ("register_counts",),
    "pairs": ("registry_matches",),
    "groups": ("vulnerable_coverage",),
    "pockets": ("pocket_coverage",),
    "combinations": ("complementarity",),
    "targets": ("poverty_targets",),
}


def view(source: Source, _arguments: Mapping[str, str]) -> View:
    """Every part with its rows; None for a part that this publication does not hold."""
    there = tables(source.connection)
    found: dict[str, list[Row] | None] = {
        part: rows(source.connection, HERE / f"{part}.sql") if there.issuperset(needed) else None
        for part, needed in _PARTS.items()
    }
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
