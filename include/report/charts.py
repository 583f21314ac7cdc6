"""Charts as Vega-Lite specifications: one place for e-mails (PNG) and pages (SVG), rendered without a browser.

A specification is a plain dictionary; words and figures come in finished, so that this module knows neither flags nor mails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

Specification = dict[str, Any]

WIDTH, HEIGHT = 300, 150
"""In CSS pixels, small enough for a phone of 360 pixels, so that letters keep their size there."""

PNG_SCALE = 3
# Okabe and Ito's colours, told apart by colour-blind readers too, without the yellow that is lost on white.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#7b4fa3")
_CUTOFF = "#a1160f"
_INK, _SOFT, _GRID = "#1c2430", "#56616f", "#dde3ea"
_FONT = "DejaVu Sans, Liberation Sans, Arial, Helvetica, sans-serif"


@dataclass(frozen=True)
class Course:
    """One line: the share of families (0 to 1) that were complete by the end of a day, and the day it was due.

    `points` are in the order of days; between them the share stays as it was.
    """

    label: str
    due_on: date
    points: tuple[tuple[date, float], ...]


@dataclass(frozen=True)
class Trend:
    """A line like that of a course, of what has many due dates and therefore shows none."""

    label: str
    points: tuple[tuple[date, float], ...]


@dataclass(frozen=True)
class Marker:
    """A day with a name, drawn as a line of its own."""

    label: str
    day: date


def deliveries_against_due_dates(
    courses: Sequence[Course | Trend], as_of: date, cutoff: Marker | None = None
) -> Specification:
    """Each course as steps up to `as_of`, its due date as a dashed line in its colour, the cutoff as a red one."""
    due = [{"label": course.label, "day": course.due_on.isoformat()} for course in _with_due_date(courses)]
    labels = [course.label for course in courses]
    colour = {
        "field": "label",
        "type": "nominal",
        "scale": {"domain": labels, "range": list(_COLOURS[: len(labels)])},
        "sort": labels,
        "legend": {
            "title": None, "orient": "top", "direction": "vertical", "columns": 1, "labelLimit": WIDTH,
            "symbolType": "stroke", "symbolStrokeWidth": 4, "labelFontSize": 11, "rowPadding": 3,
        },
    }  # fmt: skip
    layers = [
        {
            "data": {"values": _steps(courses, as_of)},
            "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 3},
            "encoding": {"x": _day_axis(), "y": _share_axis(), "color": colour},
        },
        {
            "data": {"values": due},
            "mark": {"type": "rule", "strokeWidth": 2, "strokeDash": [5, 4]},
            "encoding": {"x": _day_axis(), "color": colour},
        },
    ]
    if cutoff:
        layers += _cutoff_layers(cutoff)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": HEIGHT,
        "padding": 8,
        "background": "#ffffff",
        "layer": layers,
        "config": {
            "font": _FONT,
            "view": {"stroke": None},
            "axis": {
                "labelFontSize": 11, "labelColor": _SOFT, "gridColor": _GRID, "domainColor": _SOFT,
                "tickColor": _SOFT, "title": None,
            },
            "legend": {"labelColor": _INK},
        },
    }  # fmt: skip


def as_png(specification: Specification) -> bytes:
    """Renders for a mail: the same specification gives the same bytes."""
    import vl_convert

    picture: bytes = vl_convert.vegalite_to_png(
        specification, scale=PNG_SCALE, time_format_locale=_time_locale(), allowed_base_urls=[]
    )
    return picture


def as_svg(specification: Specification) -> str:
    """Renders for a page."""
    import vl_convert

    picture: str = vl_convert.vegalite_to_svg(
        specification, time_format_locale=_time_locale(), allowed_base_urls=[]
    )
    return picture


def _with_due_date(courses: Sequence[Course | Trend]) -> list[Course]:
    return [course for course in courses if isinstance(course, Course)]


def _steps(courses: Sequence[Course | Trend], as_of: date) -> list[dict[str, Any]]:
    """Every course from one common first day to as_of, so that nothing hangs in the air."""
    days = [day for course in courses for day, _ in course.points]
    before_due = [course.due_on - timedelta(days=14) for course in _with_due_date(courses)]
    first = min([*days, *before_due, as_of]) - timedelta(days=1)
    rows = []
    for course in courses:
        last = course.points[-1][1] if course.points else 0.0
        for day, share in ((first, 0.0), *course.points, (as_of, last)):
            rows.append({"label": course.label, "day": day.isoformat(), "share": share})
    return rows


def _cutoff_layers(cutoff: Marker) -> list[Specification]:
    data = {"values": [{"day": cutoff.day.isoformat(), "text": cutoff.label}]}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "strokeWidth": 2, "color": _CUTOFF},
            "encoding": {"x": _day_axis()},
        },
        {
            "data": data,
            "mark": {
                "type": "text", "align": "right", "baseline": "bottom", "dx": 3, "y": -3, "fontSize": 11,
                "fontWeight": "bold", "color": _CUTOFF,
            },
            "encoding": {"x": _day_axis(), "text": {"field": "text"}},
        },
    ]  # fmt: skip


def _day_axis() -> Specification:
    return {
        "field": "day",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"format": "%-d %b", "tickCount": 5, "grid": False, "labelOverlap": True},
    }


def _share_axis() -> Specification:
    return {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%", "tickCount": 5},
    }


@lru_cache(maxsize=1)
def _time_locale() -> dict[str, Any]:
    """d3's table of names, in Indonesian."""
    from babel.dates import get_day_names, get_month_names

    def names(found: Any) -> list[str]:
        return [str(found[key]) for key in sorted(found)]

    weekdays = [6, 0, 1, 2, 3, 4, 5]  # d3 begins the week on Sunday
    days, short_days = get_day_names("wide", locale="id"), get_day_names("abbreviated", locale="id")
    return {
        "dateTime": "%A, %e %B %Y %H.%M.%S",
        "date": "%d-%m-%Y",
        "time": "%H.%M.%S",
        "periods": ["AM", "PM"],
        "days": [str(days[day]) for day in weekdays],
        "shortDays": [str(short_days[day]) for day in weekdays],
        "months": names(get_month_names("wide", locale="id")),
        "shortMonths": names(get_month_names("abbreviated", locale="id")),
    }
