"""`pantau doctor` looks at what a run relies on, and says of each fault how to mend it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include import doctor
from include.warehouse.connection import writer
from include.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PANTAU_CONFIG", raising=False)
    monkeypatch.delenv("PANTAU_SMTP_URL", raising=False)
    return Workspace.open()


def finding(subject: str) -> doctor.Finding:
    return next(found for found in doctor.examine() if found.subject == subject)


def test_a_new_home_is_sound(ws: Workspace) -> None:
    assert [found for found in doctor.examine() if not found.healthy] == []
    assert finding("warehouse").message == "none yet: `pantau run` makes it"


def test_a_warehouse_that_can_be_read_is_counted(ws: Workspace) -> None:
    with writer(ws):
        pass
    assert finding("warehouse").message == "0 submissions in its ledger"


@pytest.mark.parametrize("content", [b"junk" * 4096, None])
def test_a_damaged_or_lost_warehouse_is_found(ws: Workspace, content: bytes | None) -> None:
    ws.settings.audit_db.touch()
    if content is not None:
        ws.settings.warehouse_file.write_bytes(content)
    found = finding("warehouse")
    assert not found.healthy
    assert "restore it from a backup" in found.message


def test_a_broken_configuration_ends_the_look(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_CONFIG", str(tmp_path / "nowhere"))
    found = doctor.examine()[-1]
    assert (found.subject, found.healthy) == ("configuration", False)


def test_a_snooze_that_is_over_is_a_note(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    shutil.copytree(ws.settings.config_dir, config)
    config.joinpath("snoozes.yml").write_text(
        "snoozes: [{opd: dkp, until: 2024-02-08, reason: Rapat}, {opd: dpmpd, until: 2024-02-09, reason: Rapat}]\n"
    )
    monkeypatch.setenv("PANTAU_CONFIG", str(config))
    monkeypatch.setenv("PANTAU_NOW", "2024-02-09T09:00:00+08:00")
    found = finding("snoozes")
    assert (found.healthy, found.advice) == (True, True)
    assert found.message == "no longer in force, take them out of snoozes.yml: dkp until 2024-02-08"
