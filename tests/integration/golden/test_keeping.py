"""Identities are shown only with a trace, and a backup is a home that goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from include.audit.reveal import Person, Revealed, RevealError, _folded, reveal
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
    [(key, entitlement)] = golden_copy.audit(
        "select beneficiary_key, entitlement_id from audit.delivery_accuracy where timing_status = 'incomplete'"
    )
    # One family, by key and by entitlement: "Camila" of list and log, one of them "Ds. NOWA".
    camila = (Person(nik(3), None, "Camila", "Nowa", "Woja"),)
    assert reveal(ws, [key, entitlement], WHY) == [
        Revealed(key, key, camila), Revealed(entitlement, key, camila),
    ]  # fmt: skip
    assert revealed(ws) == [(key, "2024-02-16 01:00:00", WHY)]
    # Between two publications the ledger may grow; what was published of it may not shrink.
    assert verify(ws).breaks == []


def test_slips_of_the_pen_are_one_person_and_gaps_are_filled() -> None:
    def row(nik_text: str, kk_text: str | None, name: str, village: str | None) -> dict:
        place = {"village_name": village, "district_name": village and "Woja"}
        return {"nik_text": nik_text, "kk_text": kk_text, "name_text": name, **place}

    assert _folded([
        row(nik(1), None, "Abdullah Arsan", "Nowa"),
        row(f"'{nik(1)}", nik(9), "ABDULAH  ARSAN", "Nowa"),
        row(nik(1), None, "Bacolo", "Nowa"),
        row(nik(1), None, "Abdullah Arsan", "Riwo"),
        row(nik(1), None, "Abdullah Arsan", None),
    ]) == [
        Person(nik(1), nik(9), "Abdullah Arsan", "Nowa", "Woja"),
        Person(nik(1), None, "Bacolo", "Nowa", "Woja"),
        Person(nik(1), None, "Abdullah Arsan", "Riwo", "Woja"),
    ]  # fmt: skip


def test_a_whole_form_gives_a_list_of_names_for_one_account_only(golden_copy: Home, tmp_path: Path) -> None:
    form, names = tmp_path / "form.xlsx", tmp_path / "names.xlsx"
    golden_copy.pantau("sample-form", "--seed", "7", "--out", str(form))
    golden_copy.pantau("reveal", "--form", str(form), "--out", str(names), "--reason", WHY)
    assert names.stat().st_mode & 0o777 == 0o600
    drawn = [row[1] for row in openpyxl.load_workbook(form).active.iter_rows(min_row=6, values_only=True)]
    listed = list(openpyxl.load_workbook(names).active.iter_rows(min_row=4, values_only=True))
    assert list(dict.fromkeys(row[0] for row in listed)) == drawn
    assert {row[3] for row in listed} == {"Arsan", "Bacolo", "Camila", "Dahliana", "Ewiyah", "Faruq"}
    assert {row[4] for row in listed} == {"Nowa", "Riwo"}
    # Six families, two of them drawn for two programmes: one entry a key.
    assert (len(drawn), len(revealed(Workspace.open()))) == (8, 6)
    golden_copy.pantau("reveal", "--form", str(form), "--out", str(names), "--reason", WHY, expect=2)
    golden_copy.pantau("reveal", "unknown", "--out", str(tmp_path / "no.xlsx"), "--reason", WHY, expect=2)
    assert not (tmp_path / "no.xlsx").exists()
    assert len(revealed(Workspace.open())) == 6


def test_nothing_is_revealed_without_a_reason_a_key_or_the_secret(
    golden_copy: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = Workspace.open()
    [(key,)] = golden_copy.audit("select min(beneficiary_key) from audit.delivery_accuracy")
    with pytest.raises(RevealError, match="say why"):
        reveal(ws, [key], "  x  ")
    with pytest.raises(RevealError, match=r"no row bears .* 'unknown'"):
        reveal(ws, [key, "unknown"], WHY)
    with pytest.raises(RevealError, match="name a key"):
        reveal(ws, [], WHY)
    monkeypatch.setenv("PANTAU_SECRET", "another secret of the tests")
    with pytest.raises(RevealError, match="not the one that made its keys"):
        reveal(Workspace.open(), [key], WHY)
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
    assert reveal(restored, [key], WHY)


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
