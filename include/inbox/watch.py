"""What is to be told of the inbox: that files wait to be taken in, and that it has become still.

Both look at the disk and keep nothing but memory: after a restart they see the same files again. What they tell says only
"look"; who is woken takes whatever is there. So telling too much costs a short run, and nothing can be lost by telling.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

from include import clock
from include.config import load_configuration
from include.config.errors import ConfigurationError
from include.inbox.claim import LAST_ARRIVAL
from include.inbox.scan import Scan, Seen, compare, look
from include.inbox.unpublished import landing_times, mtime
from include.language.inert import file_name
from include.settings import Settings

log = logging.getLogger("pantau.inbox")

NAMED_AT_MOST = 20
"""A few names are told, for whoever reads them in the UI; nobody relies on the list."""

STILL, SUPERSEDED, NOT_AWAITED = "still", "superseded", "not_awaited"
STUCK_CLAIM_SECONDS = 15 * 60.0
"""A claim that is this old is not being read, it is stuck: it no longer holds e-mails back."""


class InboxWatch:
    """What has been told of the inbox, and so what is to be told now."""

    def __init__(self, tell_again_seconds: float, regency: str | None = None) -> None:
        self.tell_again_seconds = tell_again_seconds
        self.regency = regency
        self._seen: dict[Path, Seen] = {}
        self._told: dict[tuple[Any, ...], float] = {}
        self._feeds: list[str] = []
        self._read_at: float | None = None

    def news(self) -> dict[str, Any] | None:
        """Looks once more; returns an event's payload when somebody should act.

        Told are: a file that has become complete, once; again after a while, as long as it lies in a feed's
        folder; and a claim that nobody has read for a while. So a paused DAG, a killed task or a stopped
        triggerer strands nothing. A file in no feed's folder stays for good and is told once.
        """
        settings = Settings.of(self.regency)
        current = look(settings.inbox, self._configured_feeds(settings))
        scan, self._seen = compare(self._seen, current), current
        files = self._due(scan)
        claims = _waiting_longer_than(settings.claims, self.tell_again_seconds)
        due_claims = [name for name in claims if self._is_due(("claim", name), again=True)]
        if not files and not due_claims:
            return None
        return {
            "files": [f"{seen.feed or '?'}/{file_name(seen.name)}" for seen in files[:NAMED_AT_MOST]],
            "file_count": len(files),
            "claims": due_claims[:NAMED_AT_MOST],
            "detected_at": clock.now().isoformat(timespec="milliseconds"),
        }

    def _due(self, scan: Scan) -> list[Seen]:
        present = {_identity(seen) for seen in scan.complete}
        self._told = {key: at for key, at in self._told.items() if key in present or key[0] == "claim"}
        return [seen for seen in scan.complete if self._is_due(_identity(seen), again=seen.feed is not None)]

    def _is_due(self, key: tuple[Any, ...], again: bool) -> bool:
        told_at = self._told.get(key)
        now = time.monotonic()
        if told_at is not None and (not again or now - told_at < self.tell_again_seconds):
            return False
        self._told[key] = now
        return True

    def _configured_feeds(self, settings: Settings) -> list[str]:
        """The feeds, read anew when a configuration file has changed; those last known while it is broken."""
        changed_at = max((path.stat().st_mtime for path in settings.config_dir.glob("*")), default=0.0)
        if changed_at != self._read_at:
            self._read_at = changed_at
            try:
                self._feeds = [feed.path for feed in load_configuration(settings.config_dir).feeds]
            except ConfigurationError:
                log.exception(
                    "the configuration cannot be read; files are noticed, the first task says what to mend"
                )
        return self._feeds


def stillness(settings: Settings, loaded_at: float, settle_seconds: float) -> str | None:
    """Whether e-mails may go: `still`; `superseded` when a further run follows anyway; None to wait on.

    Times of files are real whatever PANTAU_NOW pretends, so they are compared with the real clock. Whatever
    was claimed or landed since this run began to load is announced afterwards and wakes a further run.
    """
    arrivals = [mtime(settings.landing / LAST_ARRIVAL), *landing_times(settings.landing)]
    if max(arrivals) > loaded_at:
        return SUPERSEDED
    now = time.time()
    being_read = [age for age in _claim_ages(settings.claims, now).values() if age < STUCK_CLAIM_SECONDS]
    return None if being_read or now - max(arrivals) < settle_seconds else STILL


def _waiting_longer_than(claims: Path, seconds: float) -> list[str]:
    return sorted(name for name, age in _claim_ages(claims, time.time()).items() if age >= seconds)


def _claim_ages(claims: Path, now: float) -> dict[str, float]:
    if not claims.is_dir():
        return {}
    return {
        entry.name: now - mtime(Path(entry.path))
        for entry in os.scandir(claims)
        if entry.is_dir() and entry.name[0] != "."
    }


def _identity(seen: Seen) -> tuple[Any, ...]:
    return ("file", seen.path, seen.inode, seen.size, seen.mtime_ns)
