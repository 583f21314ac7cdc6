"""Submissions read anew on somebody's word: one, those of a day of receipt, or all.

A replay reads the archived original with today's code and configuration and lands its rows under the same submission; the
next run judges and publishes. What the chain covers stays as it was at receipt; who asked, why, and what reads otherwise now
stand in `ledger.replays`, published as `audit.replays`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb

from include.audit.stated_reason import stated
from include.ingest.originals import archived
from include.ingest.submission import readable_suffix
from include.language import inert
from include.rebuild import RebuildReport, Replayed, rebuild
from include.warehouse.connection import place_of, writer, writing_lock
from include.workspace import Workspace

_MOST_NAMED = 10


class ReplayError(RuntimeError):
    """Nothing was replayed; the message says what is wrong with the wish, and how to mend it."""


@dataclass(frozen=True)
class Choice:
    """What to read anew: submissions by id or receipt number, those received on a day, or (with neither) all.

    Attributes:
        submissions: Ids (`audit.submissions.submission_id`) or receipt numbers.
        day: A day in the regency's time zone.
    """

    submissions: tuple[str, ...] = ()
    day: date | None = None

    def require(self, ws: Workspace) -> list[str]:
        """The ids of what is chosen.

        Raises:
            ReplayError: nothing of the kind was received, or a named submission has no original.
        """
        with writer(ws, "replay") as connection:
            return _chosen(ws, _known(connection), self)


@dataclass(frozen=True)
class _Known:
    """A submission as far as a choice must know it."""

    submission_id: str
    receipt_number: str | None
    feed: str | None
    file_name: str
    sha256: str
    received_at: datetime
    reading_status: str
    removed: str | None

    def is_called(self, name: str) -> bool:
        return name in (self.submission_id, self.receipt_number)


_KNOWN = """
    select
        submissions.submission_id, submissions.receipt_number, submissions.feed, submissions.file_name, submissions.sha256,
        submissions.received_at, submissions.reading_status,
        (
            select max(removals.reason || ', ' || strftime(removals.removed_at, '%Y-%m-%d'))
            from ledger.removals as removals
            where removals.sha256 = submissions.sha256 and removals.path like 'archive/%'
        ) as removed
    from ledger.submissions as submissions
    order by submissions.sequence
"""


def replay(ws: Workspace, choice: Choice, reason: str, asked_by: str) -> RebuildReport:
    """Reads anew what was chosen; the next run judges and publishes it.

    Args:
        ws: The regency's home and configuration.
        choice: What to read anew. A day or everything leaves out what has no original to read: repeated files, and what
            the archive no longer holds; their rows stay as they are.
        reason: What for, in 10 characters or more: auditors will read it.
        asked_by: The account on whose word it is done.

    Raises:
        ReplayError: no reason worth the name, nothing of the kind was received, or a named submission has no original.
        RebuildError: the warehouse or an original is not what it was.
        TransformError: the new rows cannot be judged. Nothing was changed in any of these cases.
    """
    reason = stated(reason, ReplayError)
    if not place_of(ws.settings).exists():
        raise ReplayError("nothing has been taken in yet: there is nothing to replay")
    with writing_lock(ws, "replay"):
        chosen = choice.require(ws)
        return rebuild(ws, Replayed(frozenset(chosen), asked_by, reason))


def _known(connection: duckdb.DuckDBPyConnection) -> list[_Known]:
    return [_Known(*row) for row in connection.execute(_KNOWN).fetchall()]


def _chosen(ws: Workspace, known: list[_Known], choice: Choice) -> list[str]:
    if choice.submissions:
        return _named(ws, known, choice.submissions)
    zone = ZoneInfo(ws.configuration.region.timezone)
    among = [one for one in known if choice.day in (None, _day(one, zone))]
    if not among:
        raise ReplayError(_nothing_on(choice.day, {_day(one, zone) for one in known}))
    found = [one.submission_id for one in among if _obstacle(ws, one) is None]
    if not found:
        raise ReplayError(f"nothing of it can be read once more: {_listed(_obstacles(ws, among))}")
    return found


def _named(ws: Workspace, known: list[_Known], names: Iterable[str]) -> list[str]:
    found = {name: next((one for one in known if one.is_called(name)), None) for name in names}
    if unknown := [name for name, one in found.items() if one is None]:
        raise ReplayError(
            f"no such submission: {_listed(unknown)}. Give ids or receipt numbers as audit.submissions (and Berkas) show them"
        )
    chosen = [one for one in found.values() if one is not None]
    if obstacles := _obstacles(ws, chosen):
        raise ReplayError(f"nothing was replayed: {_listed(obstacles)}")
    return [one.submission_id for one in chosen]


def _obstacles(ws: Workspace, chosen: Iterable[_Known]) -> list[str]:
    return [
        f"{one.submission_id} ({inert.file_name(one.file_name)}) {why}"
        for one in chosen
        if (why := _obstacle(ws, one)) is not None
    ]


def _obstacle(ws: Workspace, one: _Known) -> str | None:
    """Why a submission cannot be read once more, None where it can be tried."""
    if one.feed is None:
        return "lay in no feed's folder, so its original was not kept: move it into the right folder of the inbox"
    if one.feed not in {feed.path for feed in ws.configuration.feeds}:
        return f"came to feed {one.feed}, which feeds.yml no longer has"
    if one.reading_status == "duplicate":
        return "repeats a file that had come before: replay that one"
    original = archived(ws.settings.archive, one.sha256)
    if not original.exists():
        gone = f"was removed ({one.removed})" if one.removed else "is missing, which `pantau verify` reports"
        return f"has no original in archive/ any more: it {gone}"
    if readable_suffix(one.file_name, original) is None:
        return "is of a format that is not read (of a ZIP its members are submissions of their own)"
    return None


def _day(one: _Known, zone: ZoneInfo) -> date:
    return one.received_at.replace(tzinfo=UTC).astimezone(zone).date()


def _nothing_on(day: date | None, days: set[date]) -> str:
    if day is None or not days:
        return "nothing has been taken in yet: there is nothing to replay"
    nearest = sorted(sorted(days, key=lambda one: abs(one - day))[:3])
    return f"nothing was received on {day}; the nearest days are {', '.join(map(str, nearest))}"


def _listed(what: list[str]) -> str:
    more = len(what) - _MOST_NAMED
    return "; ".join(what[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
