"""Kept publications: which there are, and which one tells what was known at a given time.

Only published files are looked at, never the warehouse: asking about the past waits for nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from include.workspace import Workspace

_NAME = re.compile(r"(\d{8}T\d{6}Z)-(\d+)")
_WRITTEN = "%Y%m%dT%H%M%SZ"


class NoPublication(RuntimeError):
    """No kept publication answers to a time or a number; the message says which there are."""


@dataclass(frozen=True, order=True)
class Kept:
    """A publication in history/: its number, its time (UTC, to the second) and its file."""

    number: int
    published_at: datetime
    path: Path

    def __str__(self) -> str:
        return f"publication {self.number} of {self.published_at:%Y-%m-%d %H:%M:%S} UTC"


def kept_publications(ws: Workspace) -> list[Kept]:
    """The publications in history/, oldest first."""
    found = []
    for path in (ws.settings.audit_dir / "history").glob("*.duckdb"):
        if name := _NAME.fullmatch(path.stem):
            moment = datetime.strptime(name[1], _WRITTEN).replace(tzinfo=UTC)
            found.append(Kept(int(name[2]), moment, path))
    return sorted(found)


def moment_of(text: str, timezone: str) -> datetime:
    """The moment that a TIME of the command line means.

    A day means its end, for whoever asks what was known on a day means all of it. Without an offset it is the
    regency's own time.

    Raises:
        NoPublication: it is no time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NoPublication(
            f"{text!r} is no time; write a day (2024-02-18), a time (2024-02-18T09:00) or a publication's number"
        ) from None
    if len(text) == len("2024-02-18"):
        moment = datetime.combine(moment.date() + timedelta(days=1), time.min) - timedelta(microseconds=1)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)


def publication_at(ws: Workspace, text: str) -> Kept:
    """The kept publication with this number, or the latest one at or before this time.

    Raises:
        NoPublication: it is no time, or none is kept that old.
    """
    kept = kept_publications(ws)
    if not kept:
        raise NoPublication("No publication is kept yet: `pantau run` publishes the first one.")
    if text.isascii() and text.isdigit() and len(text) < len("20240218"):
        found = [one for one in kept if one.number == int(text)]
    else:
        moment = moment_of(text, ws.configuration.region.timezone)
        found = [one for one in kept if one.published_at <= moment]
    if not found:
        raise NoPublication(
            f"No publication is kept for {text}: the oldest is {kept[0]}, the newest {kept[-1]}. Earlier ones may have been "
            "retired (retention.yml)."
        )
    return found[-1]
