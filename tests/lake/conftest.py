"""One PostgreSQL for all tests of the lake, and homes whose warehouse lies in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.workspace import Workspace
from tests.integration.golden.conftest import CONFIG, NOW, pristine
from tests.lake.servers import PASSWORD, Postgres, postgres, s3

__all__ = ["pristine"]


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with pytest.MonkeyPatch.context() as patch, postgres() as found:
        patch.setenv("PGPASSWORD", PASSWORD)
        found.make("lake")
        yield found


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with s3(tmp_path_factory.mktemp("store")) as environment:
        yield environment


@pytest.fixture
def ws(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Workspace:
    """A new home with a part of the lake of its own, its rows on disk."""
    schema = f"t{abs(hash(request.node.nodeid)):x}"
    for name, value in {
        "PANTAU_HOME": str(tmp_path / "home"), "PANTAU_CONFIG": str(CONFIG), "PANTAU_NOW": NOW,
        "PANTAU_SECRET": "a secret of the tests", "PANTAU_LAKE": server.address("lake"),
        "PANTAU_LAKE_DATA": str(tmp_path / "data"), "PANTAU_LAKE_SCHEMA": schema,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return Workspace.open()
