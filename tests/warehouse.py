"""A warehouse that holds what a test's SQL makes, in a home that is made once and copied."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from include.settings import Settings
from include.warehouse.connection import writer
from include.workspace import Workspace


def home_with(sql: str, home: Path) -> Path:
    """Makes the home, whose workspace has no configuration."""
    settings = Settings(home=home)
    settings.make_folders()
    with writer(Workspace(settings, cast("Any", None))) as connection:
        connection.execute(sql)
    return home
