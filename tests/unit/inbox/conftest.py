"""A home with an empty inbox, and the simplest file that a feed takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.config import load_configuration
from include.settings import REPOSITORY, Settings
from include.workspace import Workspace

LOG = "dkp/beras/penyaluran"
CASH = "dpmpd/blt-dd/penyaluran"
CONFIGURATION = load_configuration(REPOSITORY / "include" / "config" / "dompu")


def table(number: int = 1) -> bytes:
    """A one-row log; another number, other bytes."""
    return f"NIK,Nama,Desa,Bulan,Jumlah\n520501990199{number:04d},WARGA CONTOH {number},Nowa,Januari 2024,10\n".encode()


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    settings = Settings(home=tmp_path / "home", given_secret="a secret of the tests only")
    settings.make_folders(feed.path for feed in CONFIGURATION.feeds)
    return Workspace(settings, CONFIGURATION)


def drop(ws: Workspace, name: str, content: bytes | None = None, feed: str = LOG) -> Path:
    """Puts a file into a feed's folder."""
    path = ws.settings.inbox / feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(table() if content is None else content)
    return path
