"""Identities are shown only with a trace, and a backup is a home that goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include.audit.reveal import Person, RevealError, reveal
from include.audit.verify import verify
from include.backup import BackupError, back_up
from include.warehouse.connection import reader
from include.workspace import Workspace

from .conftest import Home, nik

WHY = "Pemeriksaan lapangan Inspektorat"


def revealed(ws: Workspace) -> list[tuple]:
    with reader(ws) as connection:
        return connection.execute(
            "select beneficiary_key, revealed_at::varchar, reason from ledger.reveals"
        ).fetchall()


def test_a_key_is_revealed_with_who_when_and_why(golden_copy: Home) -> None:
    ws = Workspace.open()
    [(key,)] = golden_copy.audit(
        "select beneficiary_key from audit.delivery_accuracy where timing_status = 'incomplete'"
    )
    persons = reveal(ws, key, WHY)
    assert Person(nik(3), None, "Camila", "Nowa") in persons
    assert {one.nik for one in persons} == {nik(3)}
    assert revealed(ws) == [(key, "2024-02-16 01:00:00", WHY)]
    # Between two publications the ledger may grow; what was published of it may not shrink.
    assert verify(ws).breaks == []


def test_nothing_is_revealed_without_a_reason_a_key_or_the_secret(
    golden_copy: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = Workspace.open()
    [(key,)] = golden_copy.audit("select min(beneficiary_key) from audit.delivery_accuracy")
    with pytest.raises(RevealError, match="say why"):
        reveal(ws, key, "  x  ")
    with pytest.raises(RevealError, match="no row bears"):
        reveal(ws, "unknown", WHY)
    monkeypatch.setenv("PANTAU_SECRET", "another secret of the tests")
    with pytest.raises(RevealError, match="not the one that made its keys"):
        reveal(Workspace.open(), key, WHY)
    assert revealed(ws) == []


def test_a_backup_goes_on_where_the_home_stood(
    golden_copy: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "kept" / "backup"
    assert back_up(Workspace.open(), target).breaks == []
    shutil.rmtree(golden_copy.folder)
    assert (target / "secret").stat().st_mode & 0o777 == 0o600
    # The secret came from the environment; the copy brings it along.
    monkeypatch.delenv("PANTAU_SECRET")
    monkeypatch.setenv("PANTAU_HOME", str(target))
    restored = Workspace.open()
    assert verify(restored).breaks == []
    [(key,)] = Home(target).audit("select min(beneficiary_key) from audit.delivery_accuracy")
    assert reveal(restored, key, WHY)


def test_a_backup_is_never_written_over_anything_nor_into_the_home(golden_copy: Home, tmp_path: Path) -> None:
    ws = Workspace.open()
    with pytest.raises(BackupError, match="exists"):
        back_up(ws, tmp_path)
    with pytest.raises(BackupError, match="lies in the home"):
        back_up(ws, golden_copy.folder / "backup")


def test_a_backup_of_an_altered_home_says_so(golden_copy: Home, tmp_path: Path) -> None:
    original = next(path for path in (golden_copy.folder / "archive").rglob("*") if path.is_file())
    original.chmod(0o600)
    original.write_bytes(b"x")
    [found] = back_up(Workspace.open(), tmp_path / "backup").breaks
    assert original.name in found.where
