"""Ringkasan: the figures of the coordination brief with a chart, and what has changed since the day before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from include.audit.history import Kept, kept_publications
from include.language.inert import inert
from include.report import charts
from include.report.brief.contents import Figures, Room, contents, read_figures
from include.report.pages.publication import PublicationBroken, reading
from include.report.pages.rendering import chart
from include.report.pages.request import Page, Source, View
from include.report.pages.words import SUBMISSIONS, TIMING, parts_of, status
from include.report.queries import Row, rows
from include.report.scope import set_scope

HERE = Path(__file__).parent
LONGEST_LABEL = 40
"""Characters of a programme's name in the chart's legend."""

# All that there is: a page scrolls, the brief must fit two sheets.
_ROOM = Room(programs=100, opds=100, actions=50, late_programs=100, names=0, gates=100, years=10, text=400)
_COUNTS = ("entitled", *TIMING, "ready", "window_entitled", "year_due", "year_on_time")


def view(source: Source, _arguments: Mapping[str, str]) -> View:
    """The brief's own contents, so that both say the same, with the chart and the changes beside them."""
    figures = read_figures(source.connection)
    set_scope(source.connection)
    told = contents(figures, source.ws.configuration.region, _ROOM)
    return {
        **told,
        "timing": list(TIMING.values()),
        "programs": [_program(row) for row in figures.progress],
        "all": _all_programs(figures.progress),
        "cutoff": figures.scope["cutoff"],
        "chart": _chart(rows(source.connection, HERE / "trend.sql"), figures),
        "changes": _changes(source, figures),
    }


def _program(row: Row) -> View:
    return {**row, "parts": parts_of(row)}


def _all_programs(progress: Sequence[Row]) -> View:
    """Every programme together, in families' entitlements: those can be added, kilograms and rupiah cannot."""
    total = {name: sum(row[name] or 0 for row in progress) for name in _COUNTS}
    return _program(total)


def _chart(trend: Sequence[Row], figures: Figures) -> Markup | None:
    courses = [
        charts.Trend(inert(name, LONGEST_LABEL), tuple((row["day"], row["share"]) for row in days))
        for name, days in groupby(trend, key=lambda row: row["program_name"])
    ]
    if not courses:
        return None
    cutoff = figures.scope["cutoff"]
    marker = charts.Marker("batas SUSENAS", cutoff) if cutoff else None
    return chart(charts.deliveries_against_due_dates(courses, figures.as_of, marker))


# --- what has changed


def _changes(source: Source, figures: Figures) -> View | None:
    """Against the last publication that was made before this one's day; None where none is kept."""
    earlier_file = _publication_before(source)
    if earlier_file is None:
        return None
    try:
        with reading(earlier_file.path) as connection:
            earlier = read_figures(connection)
    except PublicationBroken:
        return None  # retired at this moment, or of another version: nothing to compare with
    since = {"sequence": earlier.publication["sequence"]}
    [flags] = rows(source.connection, HERE / "flags_since.sql", {"day": earlier.as_of})
    received = rows(source.connection, HERE / "received_since.sql", since)
    return {
        "as_of": earlier.as_of,
        "number": earlier_file.number,
        "flags": flags,
        "received": [{**row, "status": status(SUBMISSIONS, row["status"])} for row in received],
        "files": sum(row["files"] for row in received),
        # Another window counts other entitlements: a difference would tell of the calendar, not of the aid.
        "programs": _differences(earlier.progress, figures.progress)
        if _same_scope(earlier, figures)
        else None,
    }


def _publication_before(source: Source) -> Kept | None:
    zone = ZoneInfo(source.heading.timezone)
    today: date = source.heading.published_at.astimezone(zone).date()
    before = [one for one in kept_publications(source.ws) if one.published_at.astimezone(zone).date() < today]
    return before[-1] if before else None


def _same_scope(earlier: Figures, later: Figures) -> bool:
    return all(earlier.scope[name] == later.scope[name] for name in ("scope_from", "cutoff"))


def _differences(earlier: Sequence[Row], later: Sequence[Row]) -> list[View]:
    was = {row["program_code"]: row for row in earlier}
    compared = []
    for row in later:
        before: Mapping[str, Any] = was.get(row["program_code"], {})
        changed = [
            {"label": label, "was": before.get(name) or 0, "now": row[name] or 0}
            for name, label in (
                ("entitled", "Hak"),
                *((one.code, one.label) for one in TIMING.values()),
                ("ready", "Siap SUSENAS"),
            )
            if (before.get(name) or 0) != (row[name] or 0)
        ]
        compared.append({"program_name": row["program_name"], "changed": changed})
    return compared


OVERVIEW = Page("ringkasan", "Ringkasan", "overview/page.html", view)
