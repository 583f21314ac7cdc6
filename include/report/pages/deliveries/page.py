"""Penyaluran: each programme's periods against due date and window, with the chart that the e-mails show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

from include.language import indonesian
from include.report import charts
from include.report.pages.rendering import chart
from include.report.pages.request import Page, Source, View
from include.report.pages.words import TIMING, parts_of
from include.report.queries import Row, rows
from include.report.scope import set_scope

HERE = Path(__file__).parent
LINES = 4
"""Periods in one chart: as many as there are colours that everybody can tell apart."""


def view(source: Source, _arguments: Mapping[str, str]) -> View:
    """Programmes with their periods; the latest of them as lines."""
    scope = set_scope(source.connection)
    periods = rows(source.connection, HERE / "periods.sql")
    courses = rows(source.connection, HERE / "courses.sql")
    return {
        "timing": list(TIMING.values()),
        "scope": scope,
        "programs": [
            _program(list(own), courses, scope)
            for _, own in groupby(periods, key=lambda row: row["program_code"])
        ],
        "pauses": rows(source.connection, HERE / "pauses.sql"),
        "windows": rows(source.connection, HERE / "windows.sql"),
    }


def _program(periods: Sequence[Row], courses: Sequence[Row], scope: Row) -> View:
    first = periods[0]
    return {
        "name": first["program_name"],
        "opd": first["opd_name"],
        "periods": [{**row, "parts": parts_of(row)} for row in periods],
        **_chart(periods, courses, scope),
    }


def _chart(periods: Sequence[Row], courses: Sequence[Row], scope: Row) -> View:
    """The latest periods that have begun, and their state in words for who does not see the lines."""
    as_of: date = scope["as_of"]
    begun = [row for row in periods if row["period"] <= f"{as_of:%Y-%m}"][:LINES][::-1]
    if not begun:
        return {"chart": None, "caption": ""}
    shown = [
        charts.Course(indonesian.period(row["period"]), row["due_date"], _points(row, courses))
        for row in begun
    ]
    cutoff = scope["cutoff"]
    marker = charts.Marker("batas SUSENAS", cutoff) if cutoff and scope["susenas_year"] else None
    told = [
        f"{course.label} {indonesian.percent(course.points[-1][1] if course.points else 0, 1)}"
        for course in shown
    ]
    return {
        "chart": chart(charts.deliveries_against_due_dates(shown, as_of, marker)),
        "caption": f"Lengkap diterima per {indonesian.day(as_of)}: {indonesian.listing(told)}.",
    }


def _points(period: Row, courses: Sequence[Row]) -> tuple[tuple[date, float], ...]:
    return tuple(
        (row["day"], row["complete"] / period["entitled"])
        for row in courses
        if (row["program_code"], row["period"]) == (period["program_code"], period["period"])
    )


DELIVERIES = Page("penyaluran", "Penyaluran", "deliveries/page.html", view)
