"""A copy of the home from which everything goes on, without a lake too: to restore it, point PANTAU_HOME to it, or move it there.

Taken while nobody writes to the warehouse. Files are copied in the order in which a submission does not travel (claims
before landing, landing before archive), so that what is taken in meanwhile is whole in the copy or not in it at all.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pydantic import SecretStr

from include.audit.verify import VerifyReport, verify
from include.warehouse.connection import place_of, writing_lock
from include.workspace import Workspace

_FOLDERS = ("claims", "landing", "archive", "outbox", "returned", "report", "audit")
_UNFINISHED = ".unfinished-"


class BackupError(RuntimeError):
    """No backup was made; the message says why."""


def back_up(ws: Workspace, target: Path) -> VerifyReport:
    """Copies the home to a folder that does not exist yet, and verifies the copy.

    Returns:
        What verifying the copy found: whatever was altered in the home is altered in its copy too.

    Raises:
        BackupError: the folder exists or lies in the home, or there is no warehouse yet.
        OSError: the copy cannot be written.
    """
    target = target.expanduser().resolve()
    home = ws.settings.home
    if target.exists():
        raise BackupError(f"{target} exists; a backup is never written over anything")
    if home == target or home in target.parents:
        raise BackupError(f"{target} lies in the home itself: what takes the home away would take it too")
    if not place_of(ws.settings).exists():
        raise BackupError("no warehouse yet: nothing has been taken in")
    unfinished = target.with_name(f"{_UNFINISHED}{target.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    with writing_lock(ws, "backup"):
        place_of(ws.settings).copy_to(unfinished / ws.settings.warehouse_file.name)
        for name in _FOLDERS:
            if (home / name).is_dir():
                shutil.copytree(
                    home / name, unfinished / name, ignore=shutil.ignore_patterns(".unfinished-*")
                )
    _write_secret(ws, unfinished / ws.settings.secret_file.name)
    unfinished.rename(target)
    settings = ws.settings.model_copy(
        # The copy holds its warehouse as a file, wherever ours lies.
        update={"home": target, "lake": None, "given_secret": SecretStr(ws.settings.secret().decode())}
    )
    return verify(Workspace(settings, ws.configuration))


def _write_secret(ws: Workspace, path: Path) -> None:
    """The key in force, also where it came from PANTAU_SECRET: without it the copy could not go on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(ws.settings.secret() + b"\n")
