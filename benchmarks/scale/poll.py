"""What the triggerer pays for watching: a look at an inbox, and at whether something is unpublished, of every regency."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.scale.regencies import make_regencies
from include.config import registry
from include.inbox import trigger, unpublished
from include.inbox.watch import InboxWatch
from include.settings import Settings
from include.workspace import Workspace

COUNTS = (1, 50, 514)
ROUNDS = 5


def measure(folder: Path, counts: list[int]) -> list[dict[str, Any]]:
    """A row for each count: processor time of a look, how often each regency is looked at, and the share of a core."""
    rows = []
    for count in counts:
        os.environ["PANTAU_REGENCIES"] = str(make_regencies(folder, count))
        listed = registry()
        codes = list(listed.regencies) if listed else []
        for code in codes:
            Workspace.open(code)
        watches = [InboxWatch(trigger.TELL_AGAIN_SECONDS, code) for code in codes]
        # The first round reads the configurations.
        first = _milliseconds([watch.news for watch in watches])
        inbox = statistics.median(_milliseconds([watch.news for watch in watches]) for _ in range(ROUNDS))
        late = statistics.median(
            _milliseconds([lambda code=code: unpublished.is_due(Settings.of(code)) for code in codes])  # type: ignore[misc]
            for _ in range(ROUNDS)
        )
        every, late_every = (
            trigger.pause(seconds)
            for seconds in (trigger.LOOK_EVERY_SECONDS, trigger.LOOK_FOR_UNPUBLISHED_EVERY_SECONDS)
        )
        rows.append(
            {
                "regencies": count,
                "first_look_ms": round(first, 2),
                "look_ms": round(inbox, 2),
                "unpublished_ms": round(late, 2),
                "looked_at_every_seconds": round(every, 1),
                "share_of_a_core": round(count * (inbox / every + late / late_every) / 1000, 3),
            }
        )
    return rows


def _milliseconds(looks: list[Callable[[], Any]]) -> float:
    started = time.process_time()
    for look in looks:
        look()
    return (time.process_time() - started) / len(looks) * 1000
