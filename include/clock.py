"""The only place that reads the time, so that a demonstration, a test or a replay can pretend another one."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from include.config.errors import ENVIRONMENT, ConfigurationError, Problem, shown

VARIABLE = "PANTAU_NOW"
_ALLOWED = (
    "a time in ISO 8601 such as 2024-02-12T07:00:00+08:00; without an offset (of one regency "
    "only) it is the regency's local time, without a time of day the beginning of that day"
)


def pretended() -> bool:
    """Whether PANTAU_NOW replaces the clock."""
    return bool(os.environ.get(VARIABLE, "").strip())


def now() -> datetime:
    """The present or pretended moment, in UTC.

    A PANTAU_NOW without an offset is read in the time zone of the configured regency: whoever writes
    `PANTAU_NOW=2024-02-12` means that day there, not the evening before.

    Raises:
        ConfigurationError: PANTAU_NOW is no time.
    """
    if not pretended():
        return datetime.now(UTC)
    text = os.environ[VARIABLE].strip()
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=_regency_zone())
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError([Problem(ENVIRONMENT, VARIABLE, shown(text), _ALLOWED)]) from None


def today(tz: str) -> date:
    """The day that it is now in the time zone `tz`."""
    return now().astimezone(ZoneInfo(tz)).date()


def _regency_zone() -> ZoneInfo:
    # Imported here: settings and configuration are needed only for this rare reading, the clock everywhere.
    from include.config import configured_timezone, registry
    from include.settings import Settings

    if registry() is not None:  # they may lie in three time zones
        raise ValueError("no offset")
    return configured_timezone(Settings().config_dir)
