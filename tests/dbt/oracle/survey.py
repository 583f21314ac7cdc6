"""Whether the survey will see the aid: every entitlement, every village, and the twelve months beside the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from tests.dbt.oracle.judgement import Judgement, Key
from tests.dbt.oracle.world import Family, Window

RECENT_DAYS = 14
LAST_DAYS = 14
BUNCHED_FROM = 3

Place = tuple[str, str]
"""A village, and a programme."""


@dataclass(frozen=True)
class Readiness:
    """A village's programme in a window's scope; `pace`: completed a day of late; `will_make_it` None: not to be judged."""

    families: int
    entitled: int
    ready: int
    incomplete: int
    overdue: int
    pace: float
    projected: date | None
    will_make_it: bool | None


@dataclass
class Service:
    """A village's programme over twelve months: due and on time; completed, how much of it in the last days.

    None: not to be judged; what was completed is not told before the last days have begun.
    """

    due: int = 0
    on_time: int = 0
    completed: int | None = 0
    before_cutoff: int | None = 0
    is_bunched: bool | None = None


Found = dict[Key, Judgement]


def villages_ready(
    window: Window, found: Found, families: list[Family], as_of: date
) -> dict[Place, Readiness]:
    together: dict[Place, list[tuple[Key, Judgement]]] = {}
    for key, one in _scoped(window, found, families).items():
        family = families[key[0]]
        together.setdefault((family.village, family.program.code), []).append((key, one))
    return {place: _readiness(window, mine, families, as_of) for place, mine in together.items()}


def _scoped(window: Window, found: Found, families: list[Family]) -> Found:
    return {
        key: one
        for key, one in found.items()
        if window.scope_from < families[key[0]].program.due[key[1]] <= window.cutoff
    }


def _readiness(
    window: Window, together: list[tuple[Key, Judgement]], families: list[Family], as_of: date
) -> Readiness:
    completed = [one.completed_on for _, one in together if one.completed_on]
    open_keys = [key for key, one in together if one.completed_on is None]
    recent = sum(as_of - timedelta(days=RECENT_DAYS) < day <= as_of for day in completed)
    ready = sum(day <= window.cutoff for day in completed)
    overdue = sum(families[index].program.due[period] < as_of for index, period in open_keys)
    projected = _projected(len(open_keys), recent, as_of)
    will_make_it: bool | None
    if ready == len(together):
        will_make_it = True
    elif as_of > window.cutoff:
        will_make_it = False
    elif projected is None:
        will_make_it = False if overdue else None
    else:
        will_make_it = projected <= window.cutoff
    return Readiness(
        len({index for (index, _), _ in together}),
        len(together),
        ready,
        len(open_keys),
        overdue,
        round(recent / RECENT_DAYS, 4),
        projected,
        will_make_it,
    )


def _projected(remaining: int, recent: int, as_of: date) -> date | None:
    """When the village will be done at the pace of the last two weeks; None where there is no pace."""
    if not remaining:
        return as_of
    return as_of + timedelta(days=ceil(Fraction(remaining * RECENT_DAYS, recent))) if recent else None


def readiness(
    window: Window, found: Found, families: list[Family], as_of: date
) -> dict[Key, tuple[str, str]]:
    """The SUSENAS status and visibility of every entitlement in the window's scope."""
    villages = villages_ready(window, found, families, as_of)
    return {
        (index, period): (
            _status(window, one, families[index].program.due[period], projected, as_of),
            _visibility(one.completed_on, window),
        )
        for (index, period), one in _scoped(window, found, families).items()
        for projected in [villages[families[index].village, families[index].program.code].projected]
    }


def _status(window: Window, one: Judgement, due: date, projected: date | None, as_of: date) -> str:
    if one.completed_on and one.completed_on <= window.cutoff:
        return "ready"
    if as_of > window.cutoff:
        return "missed"
    if as_of > due or (projected and projected > window.cutoff):
        return "at_risk"
    return "on_track"


def _visibility(completed_on: date | None, window: Window) -> str:
    if completed_on is None:
        return "none"
    if completed_on > window.end:
        return "after_window"
    return "too_early" if completed_on < window.start - timedelta(days=window.visible_days) else "visible"


def served(window: Window, found: Found, families: list[Family], as_of: date) -> dict[Place, Service]:
    """The twelve months up to the cutoff, or up to the day judged by, of every village and programme in the window's scope."""
    until = min(as_of, window.cutoff)
    villages: dict[Place, Service] = {}
    for (index, period), one in found.items():
        family = families[index]
        service = villages.setdefault((family.village, family.program.code), Service())
        due = family.program.due[period]
        is_due = due < as_of and _is_in_year(due, until)
        service.due += is_due
        service.on_time += is_due and one.timing_status == "on_time"
        is_completed = one.completed_on is not None and _is_in_year(one.completed_on, until)
        service.completed += is_completed
        service.before_cutoff += (
            is_completed and one.completed_on > window.cutoff - timedelta(days=LAST_DAYS)  # type: ignore[operator]
        )
    for (_, program), service in villages.items():
        first = min(period for index, period in found if families[index].program.code == program)
        service.is_bunched = _is_bunched(service, date.fromisoformat(f"{first}-01"), window, as_of)
        if as_of <= window.cutoff - timedelta(days=LAST_DAYS):
            service.completed = service.before_cutoff = None
    in_scope = villages_ready(window, found, families, as_of)
    return {place: service for place, service in villages.items() if place in in_scope}


def _is_in_year(day: date, until: date) -> bool:
    year_before = date(until.year - 1, until.month, min(until.day, 28) if until.month == 2 else until.day)
    return year_before < day <= until


def _is_bunched(service: Service, begun: date, window: Window, as_of: date) -> bool | None:
    """Against an even pace over the days of the year on which the programme was under way."""
    until = min(as_of, window.cutoff)
    days = sum(_is_in_year(begun + timedelta(days=n), until) for n in range((until - begun).days + 1))
    if not service.completed or days < BUNCHED_FROM * LAST_DAYS:
        return None
    if Fraction(service.before_cutoff, service.completed) >= BUNCHED_FROM * Fraction(LAST_DAYS, days):
        return True
    return False if as_of >= window.cutoff else None
