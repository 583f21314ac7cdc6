"""Whether something has landed that no successful run has published, and when to try again without a person.

A run may die where it cannot say so: killed between two tasks, its machine switched off. So nothing waits to be told:
two empty files in the home are dated, and compared with the times at which submissions landed. Nobody opens the warehouse
for it, which another process may be writing. Times of files are real whatever PANTAU_NOW pretends.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from include.settings import Settings

PUBLISHED = ".published"
"""Dated with the moment at which the last successful run began to load: what landed before is published."""

ATTEMPTED = ".attempted"
"""Dated with the moment at which a run last began to load, or was last asked for."""

FIRST_PAUSE_SECONDS = 5 * 60.0
"""Longer than a run usually takes from landing to publication."""


def begin_attempt(settings: Settings) -> float:
    """Dates an attempt, and returns its moment: what lands later may be missing from it."""
    moment = time.time()
    _date(settings.home / ATTEMPTED, moment)
    return moment


def note_published(settings: Settings, loaded_at: float) -> None:
    """A run has succeeded that began to load at `loaded_at`."""
    published = settings.home / PUBLISHED
    if loaded_at > mtime(published):
        _date(published, loaded_at)


def is_due(settings: Settings) -> bool:
    """Whether to ask for another run now; the asking counts as an attempt, so one is asked for once.

    Each pause is as long as all before together: 5, 10, 20, 40 minutes after the landing and so on. So a kill is made up
    for within minutes, while what fails for a permanent reason soon waits for the morning.
    """
    landed = max(landing_times(settings.landing), default=0.0)
    if landed <= mtime(settings.home / PUBLISHED):
        return False
    attempted = max(landed, mtime(settings.home / ATTEMPTED))
    if time.time() - attempted < max(FIRST_PAUSE_SECONDS, attempted - landed):
        return False
    begin_attempt(settings)
    return True


def landing_times(landing: Path) -> list[float]:
    """When something last landed, by feed: a landed submission is a name added to its feed's folder, which dates it."""
    return [mtime(Path(folder)) for folder, _, _ in os.walk(landing) if folder != str(landing)]


def mtime(path: Path) -> float:
    """When a file was last changed; the beginning of time where there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _date(path: Path, moment: float) -> None:
    path.touch(mode=0o600)
    os.utime(path, (moment, moment))
