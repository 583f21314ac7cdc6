"""Whose pages are shown, as the list of regencies changes under a running web server."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from include.report.pages.regencies import Access, Regencies
from include.report.pages.request import Response
from include.settings import REPOSITORY

CONFIG = REPOSITORY / "include" / "config" / "dompu"
EVERYTHING = Access("admin", lambda: ["52.05"], lambda _: True, lambda _: True, lambda: True)


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PANTAU_REGENCIES", str(tmp_path / "regencies.yml"))
    for variable in ("PANTAU_SECRET", "PANTAU_NOW", "PANTAU_LAKE"):
        monkeypatch.delenv(variable, raising=False)
    enter(tmp_path, "52.05", "first")
    return tmp_path


def enter(folder: Path, code: str, home: str, **more: object) -> None:
    listed = {"regencies": [{"code": code, "configuration": str(CONFIG), "home": home}], **more}
    (folder / "regencies.yml").write_text(yaml.safe_dump(listed))


def shown(pages: Regencies, address: str = "52.05/ringkasan") -> tuple[int, str]:
    answer: Response = pages.respond(address, {}, EVERYTHING)
    assert isinstance(answer.body, bytes)
    return answer.status, answer.body.decode()


def test_a_regency_that_moved_is_read_from_its_new_home(listing: Path) -> None:
    pages = Regencies()
    assert "<h1>Belum ada terbitan</h1>" in shown(pages)[1]
    published = listing / "moved" / "audit" / "pantau.duckdb"
    published.parent.mkdir(parents=True)
    published.write_bytes(b"no database")
    enter(listing, "52.05", "moved")
    assert "<h1>Terbitan tidak dapat dibaca</h1>" in shown(pages)[1]


def test_a_regency_that_was_taken_out_is_refused_as_an_unknown_one(listing: Path) -> None:
    pages = Regencies()
    assert shown(pages)[0] == 503
    enter(listing, "52.06", "second")
    assert shown(pages) == shown(pages, "99.99/ringkasan")
    assert shown(pages)[0] == 403


def test_a_regency_whose_entry_cannot_be_used_any_more_is_told_so(listing: Path) -> None:
    pages = Regencies()
    shown(pages)
    enter(listing, "52.05", "first\x00")
    status, page = shown(pages)
    assert (status, "pantau --regency 52.05 doctor" in page) == (503, True)


@pytest.mark.parametrize("address", ["52.05/ringkasan", "ringkasan", "provinsi", ""])
def test_a_list_that_cannot_be_read_is_told(listing: Path, address: str) -> None:
    pages = Regencies()
    (listing / "regencies.yml").write_text("regencies: [")
    status, page = shown(pages, address)
    assert (status, "<h1>Daftar wilayah tidak dapat dibaca</h1>" in page) == (503, True)
