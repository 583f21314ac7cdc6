"""Jinja with the formats of formal Indonesian: every value is escaped, and made inert first."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from include.language import indonesian
from include.language.inert import file_name, inert
from include.report import charts

FOLDER = Path(__file__).parent
STYLE = FOLDER / "layout" / "style.css"
_LONGEST = 2_000


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The templates of this folder; a name that a template misspells is an error, not an empty place."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_inert,
    )
    found.filters.update(
        number=indonesian.number,
        quantity=indonesian.quantity,
        day=indonesian.day,
        weekday=indonesian.weekday,
        short_day=indonesian.short_day,
        period=indonesian.period,
        listing=indonesian.listing,
        capitalised=indonesian.capitalised,
        share=_share,
        moment=_moment,
        short_moment=_short_moment,
        file_name=file_name,
        short_period=short_period,
    )
    return found


def render(template: str, **values: Any) -> bytes:
    """The finished page."""
    return environment().get_template(template).render(**values).encode()


@lru_cache(maxsize=1)
def style_version() -> str:
    """Changes with the style sheet, so that no browser keeps an old one."""
    return sha256(STYLE.read_bytes()).hexdigest()[:12]


def chart(specification: charts.Specification) -> Markup:
    """The chart to stand inside a page, whose caption tells the same to whoever does not see it."""
    drawn = charts.as_svg(specification)
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S704 - vl-convert escapes its texts


def short_period(value: str) -> str:
    """`2024-02` -> `Feb 2024`, for the heads of narrow columns."""
    name, _, year = indonesian.period(value).partition(" ")
    return f"{name[:3]} {year}"


def _inert(value: Any) -> Any:
    # Markup is what our own macros made; None is an empty place.
    if value is None:
        return ""
    return inert(value, _LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value


def _share(part: float | None, whole: float | None, decimals: int = 1) -> str:
    """`33,3%`; a dash where there is nothing to divide by."""
    return indonesian.percent(part / whole, decimals) if part is not None and whole else "–"


def _moment(value: datetime, timezone: str) -> str:
    """DuckDB's moments are in UTC and say nothing of it."""
    return indonesian.moment(value if value.tzinfo else value.replace(tzinfo=UTC), timezone)


def _short_moment(value: datetime, timezone: str) -> str:
    """`05-02-2024 pukul 09.00 WITA`, for tables."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return f"{indonesian.short_day(aware.astimezone(ZoneInfo(timezone)).date())} {indonesian.clock_time(aware, timezone)}"
