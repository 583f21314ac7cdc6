"""What is needed of the configuration even when it is broken: to list the DAGs, to tell the engineer.

A DAG must stay in the list, and a mail must go out, precisely when the configuration does not load. So these
read the one thing they need and accept that it may be missing. Everything else goes through `Workspace.open`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from include.config import Alerts, ConfigurationError, configured_region, registry
from include.settings import Settings
from include.warehouse.connection import file_in, place_of
from include.warehouse.place import Place

TAG_AT_MOST = 100
"""Characters of a tag in Airflow's database."""

_LONGEST = 86400


@dataclass(frozen=True)
class Region:
    """What the DAGs tell of a regency: its time zone (a usual one where none can be read), and its name, fit for a tag."""

    timezone: str
    name: str | None


def region(regency: str | None = None) -> Region:
    """What the regency's configuration tells of it, however little that is."""
    try:
        name, zone = configured_region(_configuration(regency))
    except ConfigurationError:
        return Region("UTC", None)
    return Region(zone.key, name[:TAG_AT_MOST] if name else None)


def warehouse() -> Place:
    """Where dbt finds the warehouse; with settings that cannot be used no task gets as far as dbt."""
    try:
        return place_of(Settings())
    except ConfigurationError:
        return file_in(Path())


def engineer_email(regency: str | None = None) -> str | None:
    """Where failures are told: the data engineer, else the coordinator."""
    coordinator = _read("opds.yml", regency).get("coordinator")
    fallback = coordinator.get("email") if isinstance(coordinator, Mapping) else None
    return _text(_read("alerts.yml", regency).get("engineer_email")) or _text(fallback)


def sender(regency: str | None = None) -> str | None:
    """The address that e-mails come from."""
    return _text(_read("alerts.yml", regency).get("sender"))


def _configuration(regency: str | None) -> Path:
    listed = registry()
    return Settings().config_dir if listed is None else listed.get(regency).configuration


def deadline(name: str, regency: str | None = None) -> float:
    """One of the waiting times of alerts.yml; its default where the configuration does not tell."""
    given = _read("alerts.yml", regency).get(name)
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= _LONGEST:
        return float(given)
    return float(Alerts.model_fields[name].default)


def _text(value: Any) -> str | None:
    # No header may be made of a value with a line break.
    return value if isinstance(value, str) and "@" in value and value.isprintable() else None


def _read(name: str, regency: str | None) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load((_configuration(regency) / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, ConfigurationError):
        return {}
    return content if isinstance(content, Mapping) else {}
