"""What Airflow's triggerer waits for: files to take in, an inbox that is still, a run that must be made up for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, BaseTrigger, TriggerEvent

from include.config.errors import ConfigurationError
from include.inbox import unpublished
from include.inbox.watch import InboxWatch, stillness
from include.settings import Settings

log = logging.getLogger("pantau.inbox")

LOOK_EVERY_SECONDS = 0.5
TELL_AGAIN_SECONDS = 60.0
LOOK_FOR_UNPUBLISHED_EVERY_SECONDS = 10.0


class InboxTrigger(BaseEventTrigger):
    """Wakes `ingest_submissions` when complete files lie in the inbox: one event a batch."""

    def __init__(
        self,
        look_every_seconds: float = LOOK_EVERY_SECONDS,
        tell_again_seconds: float = TELL_AGAIN_SECONDS,
        regency: str | None = None,
    ) -> None:
        super().__init__()
        self.regency = regency
        self.look_every_seconds = look_every_seconds
        self.tell_again_seconds = tell_again_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """No path is kept in Airflow's database: home and configuration come from the environment, or the regency's entry."""
        arguments = {
            "look_every_seconds": self.look_every_seconds,
            "tell_again_seconds": self.tell_again_seconds,
            "regency": self.regency,
        }
        return "include.inbox.trigger.InboxTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Looks for ever; a look that fails (a disk away for a moment) is logged, and the next one tried."""
        watch = InboxWatch(self.tell_again_seconds, self.regency)
        while True:
            try:
                news = await asyncio.to_thread(watch.news)
            except (OSError, ConfigurationError):
                log.exception("the inbox cannot be looked at")
                news = None
            if news is not None:
                log.info("%d files are complete, %d claims wait", news["file_count"], len(news["claims"]))
                yield TriggerEvent(news)
            await asyncio.sleep(self.look_every_seconds)


class UnpublishedTrigger(BaseEventTrigger):
    """Wakes `monitor_disbursement` when what has landed stays unpublished: its run was killed, or has failed."""

    def __init__(self, regency: str | None = None) -> None:
        super().__init__()
        self.regency = regency

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and regency; home and configuration come from the environment, or its entry."""
        return "include.inbox.trigger.UnpublishedTrigger", {"regency": self.regency}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Looks for ever. When the next run is due is kept in the home, so a restart neither forgets nor repeats it."""
        while True:
            try:
                due = await asyncio.to_thread(lambda: unpublished.is_due(Settings.of(self.regency)))
            except (OSError, ConfigurationError):
                log.exception("it cannot be seen whether something is unpublished")
                due = False
            if due:
                log.warning("something has landed that no successful run has published: asking for a run")
                yield TriggerEvent({"reason": "unpublished"})
            await asyncio.sleep(LOOK_FOR_UNPUBLISHED_EVERY_SECONDS)


class InboxStillTrigger(BaseTrigger):
    """Ends when the inbox has been still for long enough, or at once when this run lacks newer files."""

    def __init__(self, loaded_at: float, settle_seconds: float, regency: str | None = None) -> None:
        super().__init__()
        self.regency = regency
        self.loaded_at = loaded_at
        self.settle_seconds = settle_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments."""
        arguments = {
            "loaded_at": self.loaded_at,
            "settle_seconds": self.settle_seconds,
            "regency": self.regency,
        }
        return "include.inbox.trigger.InboxStillTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Looks until there is an outcome."""
        settings = Settings.of(self.regency)
        while True:
            outcome = await asyncio.to_thread(stillness, settings, self.loaded_at, self.settle_seconds)
            if outcome is not None:
                yield TriggerEvent({"outcome": outcome})
                return
            await asyncio.sleep(LOOK_EVERY_SECONDS)
