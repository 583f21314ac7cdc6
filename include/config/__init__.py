"""The configuration of one regency: files in, checked objects out."""

from include.config.errors import ConfigurationError, Problem
from include.config.load import configured_region, configured_timezone, load_configuration
from include.config.models import (
    Alerts,
    Configuration,
    EscalationStep,
    Feed,
    Limits,
    OfficialPoverty,
    Opd,
    Pause,
    Period,
    Program,
    Region,
    Retention,
    Snooze,
    SusenasWindow,
    Target,
    Village,
    VillageAlias,
)
from include.config.regencies import Province, Regency, Registry, registry

__all__ = [
    "Alerts",
    "Configuration",
    "ConfigurationError",
    "EscalationStep",
    "Feed",
    "Limits",
    "OfficialPoverty",
    "Opd",
    "Pause",
    "Period",
    "Problem",
    "Program",
    "Province",
    "Regency",
    "Region",
    "Registry",
    "Retention",
    "Snooze",
    "SusenasWindow",
    "Target",
    "Village",
    "VillageAlias",
    "configured_region",
    "configured_timezone",
    "load_configuration",
    "registry",
]
