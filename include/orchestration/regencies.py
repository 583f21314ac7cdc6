"""One set of DAGs a regency, from the same files: what differs between the sets is named here and nowhere else.

Where there is one regency (PANTAU_REGENCIES is not set) nothing has a suffix and nothing is restricted.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, get_parsing_context
from airflow.sdk.definitions.deadline import DeadlineAlert

from include.config.errors import ConfigurationError
from include.config.regencies import regency_of, registry, scoped
from include.orchestration import lenient
from include.orchestration.assets import RegencyAssets
from include.orchestration.deadlines import run_deadline
from include.orchestration.defaults import TAGS, WAREHOUSE_POOL, default_args, every_morning
from include.orchestration.docs import with_readable_docs
from include.orchestration.links import with_links

DAGS = (
    "ingest_submissions",
    "monitor_disbursement",
    "match_registries",
    "replay_submissions",
    "decide_lists",
    "watch_schedule",
)
"""What each regency has. The roles that may see them have their rights from deploy/accounts.py, and not from `access_control` of
the DAGs: a role that is missing would stop all DAGs of the file, those of all other regencies.
"""


@dataclass(frozen=True)
class RegencyDags:
    """How one regency's DAGs are named, woken and queued. `code` is None where there is but one regency."""

    code: str | None = None
    queue: str | None = None

    @property
    def pool(self) -> str:
        """One slot: DuckDB has one writer. Each regency has a pool of its own, so none waits for another."""
        return scoped(WAREHOUSE_POOL, self.code)

    @cached_property
    def assets(self) -> RegencyAssets:
        """What wakes the DAGs."""
        return RegencyAssets(self.code)

    @cached_property
    def region(self) -> lenient.Region:
        """Name and time zone as far as the configuration tells."""
        return lenient.region(self.code)

    @property
    def morning(self) -> CronTriggerTimetable:
        """The regency's own morning."""
        return every_morning(self.region.timezone)

    @property
    def deadline(self) -> DeadlineAlert:
        """Until when a run must be done."""
        return run_deadline(self.code)

    def dag_id(self, name: str) -> str:
        """`monitor_disbursement`, or `monitor_disbursement__52_05`: Airflow's permissions are per DAG.

        Raises:
            ValueError: no role would be given the DAG.
        """
        if name not in DAGS:
            raise ValueError(f"{name} is none of {', '.join(DAGS)}")
        return scoped(name, self.code)

    def arguments(self, name: str, *tags: str) -> dict[str, Any]:
        """What every DAG of the regency is declared with: its name, owner, tags and queue."""
        defaults = default_args() | ({"queue": self.queue} if self.queue else {})
        return {
            "dag_id": self.dag_id(name),
            "default_args": defaults,
            "tags": [*TAGS, *tags, *self._own_tags()],
        }

    def _own_tags(self) -> list[str]:
        if self.code is None:
            return []
        return [self.code, self.region.name] if self.region.name else [self.code]


def for_each_regency(build: Callable[[RegencyDags], DAG]) -> list[DAG]:
    """Builds the DAG once a regency; while a task is executed only the one that it belongs to.

    A regency's broken configuration does not keep its DAG from being built: its first task says what to mend.
    """
    wanted = _to_build(get_parsing_context().dag_id)
    with _uncollected():
        return [with_links(with_readable_docs(build(one))) for one in wanted]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Puts off collecting garbage: all that is built stays, and looking through it again and again took an eighth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def raise_problems() -> None:
    """Raises what is wrong with entries that were left out; reading a configuration itself is left to its own DAG.

    Raises:
        ConfigurationError: an entry cannot be used, or the file cannot be read.
    """
    listed = registry()
    if listed is not None and listed.problems:
        raise ConfigurationError(listed.problems)


def _to_build(executed: str | None) -> list[RegencyDags]:
    listed = registry()
    if listed is None:
        return [RegencyDags()]
    wanted = list(listed.regencies.values())
    if executed is not None:
        wanted = [one for one in wanted if one.code == regency_of(executed)]
    return [RegencyDags(one.code, one.queue) for one in wanted]
