"""What is needed of the configuration even when it is broken: to list the DAGs, to tell the engineer.

A DAG must stay in the list, and a mail must go out, precisely when the configuration does not load. So these
read the one thing they need and accept that it may be missing. Everything else goes through `Workspace.open`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from include.config import Alerts, ConfigurationError, configured_timezone
from include.settings import Settings

TAG_AT_MOST = 100
"""Characters of a tag in Airflow's database."""

_LONGEST = 86400


def timezone_name(regency: str | None = None) -> str:
    """The regency's time zone; a usual one where the configuration does not tell."""
    try:
        return configured_timezone(Settings.of(regency).config_dir).key
    except ConfigurationError:
        return "UTC"


def regency_name(regency: str) -> str | None:
    """What the regency is called, fit for a tag."""
    name = _read("region.yml", regency).get("regency_name")
    return name.strip()[:TAG_AT_MOST] if isinstance(name, str) and name.isprintable() else None


def warehouse_file() -> Path:
    """Where dbt finds the warehouse; with settings that cannot be used no task gets as far as dbt."""
    try:
        return Settings().warehouse_file
    except ConfigurationError:
        return Path("warehouse.duckdb")


def engineer_email(regency: str | None = None) -> str | None:
    """Where failures are told: the data engineer, else the coordinator."""
    coordinator = _read("opds.yml", regency).get("coordinator")
    fallback = coordinator.get("email") if isinstance(coordinator, Mapping) else None
    return _text(_read("alerts.yml", regency).get("engineer_email")) or _text(fallback)


def sender(regency: str | None = None) -> str | None:
    """The address that e-mails come from."""
    return _text(_read("alerts.yml", regency).get("sender"))


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
        content = yaml.safe_load((Settings.of(regency).config_dir / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, ConfigurationError):
        return {}
    return content if isinstance(content, Mapping) else {}
