"""What goes wrong with the warehouse is told alike by every command, in words that say how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from include.cli import app
from include.warehouse.errors import WarehouseBusyError
from include.workspace import Workspace

WORKS_WITH_THE_WAREHOUSE = [
    ["run"],
    ["verify"],
    ["backup", "{0}/copy"],
    ["rebuild"],
    ["rebuild", "--day", "2024-02-12", "--reason", "Diperiksa ulang"],
    ["erase", "k" * 32, "--reason", "Permintaan warga"],
    ["decide", "s1", "keep", "--reason", "Sudah diperiksa"],
    ["reveal", "k" * 32, "--reason", "Pemeriksaan lapangan"],
    ["alerts", "--preview"],
]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for variable in ("PANTAU_CONFIG", "PANTAU_REGENCIES", "PANTAU_SMTP_URL", "PANTAU_LAKE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    return Workspace.open()


@pytest.mark.parametrize("command", WORKS_WITH_THE_WAREHOUSE, ids=" ".join)
def test_a_catalogue_that_does_not_answer_is_told_with_its_remedy(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("PANTAU_LAKE", "postgresql://127.0.0.1:1/lake")
    (ws.settings.audit_dir / "history").mkdir()
    done = CliRunner().invoke(app, [part.format(tmp_path) for part in command])
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 1, done.output
    for told in ("catalogue cannot be reached", "Connection refused", "PANTAU_LAKE", "PGPASSWORD"):
        assert told in done.output


def test_a_lost_warehouse_is_told_with_its_remedy(ws: Workspace) -> None:
    ws.settings.audit_db.touch()
    done = CliRunner().invoke(app, ["decide", "s1", "keep", "--reason", "Sudah diperiksa"])
    assert (done.exit_code, "restore it from a backup" in done.output) == (1, True), done.output


def test_a_held_warehouse_is_told_with_its_holder(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object) -> None:
        raise WarehouseBusyError("the warehouse is still held by process 7 (a long load)")

    monkeypatch.setattr("include.backup.back_up", held)
    done = CliRunner().invoke(app, ["backup", "anywhere"])
    assert (done.exit_code, "held by process 7 (a long load)" in done.output) == (1, True)


def test_what_is_no_fault_of_the_warehouse_is_not_called_one(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("include.backup.back_up", broken)
    assert isinstance(CliRunner().invoke(app, ["backup", "anywhere"]).exception, RuntimeError)
