"""Sets the stage: a home and a configuration of our own, a pretended day in the week before the cutoff."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from include.config import load_configuration
from include.settings import Settings

MARKER = ".demonstration"
SERVED = Path("airflow") / ".served"
DAYS_BEFORE_CUTOFF = 5
SETTLE_SECONDS = 5


class StageError(RuntimeError):
    """The home cannot be used for a demonstration; the message says what to do."""


@dataclass(frozen=True)
class Stage:
    """Where the demonstration plays, and the environment that makes every process see it."""

    home: Path
    environment: dict[str, str]

    @property
    def mailbox(self) -> Path:
        """The e-mails that were delivered, as files."""
        return self.home / "mailbox"

    @property
    def sample(self) -> Path:
        """The sample files, before they are dropped."""
        return self.home / "sample"


def set_stage() -> Stage:
    """Empties the home if it is a demonstration's, and lays out configuration and time."""
    settings = Settings()
    clear_home(settings.home)
    configuration = settings.home / "configuration"
    copy_configuration(settings.config_dir, configuration, SETTLE_SECONDS)
    now = os.environ.get("PANTAU_NOW") or week_before_cutoff(configuration).isoformat()
    environment = {
        "PANTAU_HOME": str(settings.home),
        "PANTAU_CONFIG": str(configuration),
        "PANTAU_NOW": now,
    }
    return Stage(settings.home, environment)


def clear_home(home: Path) -> None:
    """Makes the home anew, unless something lies in it that is not a demonstration's."""
    if home.is_symlink() or (home.exists() and not home.is_dir()):
        raise StageError(f"{home} is not a plain folder: set PANTAU_HOME to another one")
    if home.is_dir() and any(home.iterdir()):
        if not (home / MARKER).is_file() and _holds_data(home):
            raise StageError(
                f"{home} holds data that is no demonstration's; a demonstration begins with an empty home.\n"
                "  to serve that data:          make run ARGS=--no-sample\n"
                "  to demonstrate elsewhere:    PANTAU_HOME=/another/folder make run"
            )
        _refuse_if_served(home)
        # The marker goes last: interrupted, the next start still knows that the rest may go.
        for entry in _all_but_marker(home):
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / MARKER).write_text("`make run` may empty this folder: it holds nothing but a demonstration.\n")


def refuse_demonstration(home: Path) -> None:
    """Keeps real data out of a home that the next demonstration would empty."""
    if (home / MARKER).exists():
        raise StageError(
            f"{home} is the home of a demonstration, which the next `make run` empties.\n"
            "  for your own data:    PANTAU_HOME=/another/folder make run ARGS=--no-sample"
        )


def _holds_data(home: Path) -> bool:
    """Whether there is more than the folders and the key that every command makes."""
    return any(not path.is_dir() and path != home / "secret" for path in home.rglob("*"))


def copy_configuration(source: Path, target: Path, settle_seconds: float) -> None:
    """The regency's configuration, but e-mails wait for seconds instead of minutes."""
    shutil.copytree(source, target)
    alerts = target / "alerts.yml"
    settings = yaml.safe_load(alerts.read_text(encoding="utf-8"))
    alerts.write_text(
        yaml.safe_dump({**settings, "settle_seconds": settle_seconds}, allow_unicode=True), encoding="utf-8"
    )


def week_before_cutoff(configuration_folder: Path) -> datetime:
    """Nine in the morning, some days before the cutoff of the first configured window."""
    configuration = load_configuration(configuration_folder)
    first = min(configuration.windows, key=lambda window: window.cutoff)
    day = first.cutoff - timedelta(days=DAYS_BEFORE_CUTOFF)
    return datetime.combine(day, time(9), ZoneInfo(configuration.region.timezone))


def _refuse_if_served(home: Path) -> None:
    if not (home / SERVED).exists():
        return
    with (home / SERVED).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StageError(
                f"a demonstration is running on {home}: stop it first (Ctrl-C where it was started)"
            ) from None


def _all_but_marker(home: Path) -> Iterator[Path]:
    return (entry for entry in list(home.iterdir()) if entry.name != MARKER)
