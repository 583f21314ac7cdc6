"""What is left of a row once the person is taken out of it."""

from __future__ import annotations

import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from include.erase import _dates_as_text, _masked_own, _Person, _Row, masked_name
from include.ingest.columns import CANONICAL
from include.ingest.originals import member_hashes
from include.privacy import mask_nik

NIK, KK = "5205014107580003", "5205012208110007"


def sent(kind: str, **cells: str) -> dict[str, str | None]:
    columns = [column.name for column in CANONICAL[kind]]
    blank: dict[str, str | None] = dict.fromkeys(columns)
    return {**blank, "extra": None, "cell_types": "t" * len(columns), **cells}


def masked(kind: str, row: dict[str, str | None], birth_year: int | None = None) -> dict[str, str | None]:
    own = _Row(kind, "s1", 1, 2, "nik-key", "kk-key", birth_year)
    return _masked_own(kind, row, own, _Person.of([row]))


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("SITI AMINAH", "S*** A*****"),
        ("Alm. Arsyad", "Alm. A*****"),
        ("Siti (almh)", "S*** (almh)"),
        ("Arsyad, alm.", "A*****, alm."),
        ("", ""),
        (None, None),
    ],
)
def test_a_name_leaves_its_initials_and_the_mark_of_the_dead(name: str | None, left: str | None) -> None:
    assert masked_name(name) == left
    assert masked_name(left) == left


def test_a_number_is_masked_once_and_for_all() -> None:
    assert mask_nik(mask_nik(NIK)) == mask_nik(NIK) == "520501******0003"


def test_free_text_loses_the_person_and_keeps_what_it_says() -> None:
    row = sent(
        "distribution", nik=NIK, kk=KK, name="Siti Aminah", village="Aminah Jaya", received_by="siti aminah",
        notes="Ibu Siti (5205 0141 0758 0003) diwakili Umar, dirapel 3 bulan", amount="300000",
    )  # fmt: skip
    left = masked("distribution", row)
    assert left["notes"] == "Ibu S*** (520501******0003) diwakili Umar, dirapel 3 bulan"
    assert (left["received_by"], left["village"], left["amount"]) == ("s*** a*****", "Aminah Jaya", "300000")
    assert (left["nik"], left["kk"], left["nik_key"]) == ("520501******0003", "520501******0007", "nik-key")


def test_unknown_columns_keep_short_figures_only() -> None:
    extra = {
        "Potongan": "Rp 10.000",
        "RT": "003",
        "No HP": "081234567890",
        "Nama Ibu": "Fatimah",
        "Alamat": "Jl. 1",
    }
    left = masked("recipients", sent("recipients", nik=NIK, extra=json.dumps(extra)))
    assert json.loads(left["extra"] or "") == {
        "Potongan": "Rp 10.000", "RT": "003", "No HP": "(dihapus)", "Nama Ibu": "(dihapus)", "Alamat": "(dihapus)",
    }  # fmt: skip


def test_of_a_birth_date_the_year_stays_also_where_a_cell_held_a_serial() -> None:
    columns = [column.name for column in CANONICAL["registry"]]
    types = _dates_as_text("n" * len(columns), columns)
    assert [column for column, letter in zip(columns, types, strict=True) if letter == "t"] == ["birth_date"]
    row = sent("registry", nik=NIK, birth_date="21367")
    assert masked("registry", row, 1958)["birth_date"] == "1958-01-01"
    assert masked("registry", row)["birth_date"] == "(dihapus)", "what was no day must stay none"


def test_the_files_in_a_zip_are_told_by_their_hashes(tmp_path: Path) -> None:
    path = tmp_path / "kiriman"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("log.csv", b"NIK;Nama")
    assert member_hashes(path) == {sha256(b"NIK;Nama").hexdigest()}
    path.write_bytes(b"NIK;Nama")
    assert member_hashes(path) == set()
