"""What is said where there is nothing to show; the pages themselves are tried on the golden publication."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.config import load_configuration
from include.report.pages.request import Visit
from include.report.pages.sections import HOME, SECTIONS
from include.report.pages.site import Site
from include.settings import REPOSITORY, Settings
from include.workspace import Workspace

CONFIG = REPOSITORY / "include" / "config" / "dompu"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    settings = Settings(home=tmp_path / "home", config_dir=CONFIG)
    settings.make_folders()
    return Site(Workspace(settings, load_configuration(CONFIG)))


@pytest.mark.parametrize("section", SECTIONS)
def test_before_the_first_publication_every_page_says_so_and_links_to_advice(site: Site, section: str):
    answer = site.respond(Visit(section))
    assert (answer.status, answer.media_type) == (503, "text/html; charset=utf-8")
    assert isinstance(answer.body, bytes)
    page = answer.body.decode()
    assert "<h1>Belum ada terbitan</h1>" in page
    assert 'href="./bantuan#belum"' in page
    assert f'href="./{HOME}"' in page


def test_the_advice_that_messages_link_to_exists(site: Site):
    answer = site.respond(Visit("bantuan"))
    assert answer.status == 200
    assert isinstance(answer.body, bytes)
    for place in ("belum", "usang", "rusak"):
        assert f'id="{place}"' in answer.body.decode()


@pytest.mark.parametrize(
    "path", ["nothing", "desa/../mutu", "berkas/x", "Ringkasan", "ringkasan/", "mutu/data-docs/x.html"]
)
def test_an_address_of_nothing_is_not_found(site: Site, path: str):
    answer = site.respond(Visit(path))
    assert answer.status == 404
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_links_of_a_deeper_page_lead_up_to_the_same_places(site: Site):
    answer = site.respond(Visit("desa/52.05.05.2003"))
    assert isinstance(answer.body, bytes)
    assert 'href="../gaya.css?v=' in answer.body.decode()


def test_warming_a_home_without_a_publication_harms_nothing(site: Site):
    site.warm()


class _Stopped(BaseException):
    """Ends what never returns."""


def test_the_pages_are_made_anew_with_each_publication_before_anybody_asks(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    published = tmp_path / "home" / "audit" / "pantau.duckdb"
    looks: list[bytes | None] = []

    def warm() -> None:
        looks.append(published.read_bytes() if published.exists() else None)
        if len(looks) == 3:
            raise _Stopped

    def publish(_seconds: float) -> None:
        published.write_bytes(b"." * len(looks))

    monkeypatch.setattr(site, "warm", warm)
    monkeypatch.setattr("include.report.pages.site.time.sleep", publish)
    with pytest.raises(_Stopped):
        site.keep_warm()
    assert looks == [None, b".", b".."]


def test_a_page_that_cannot_be_made_does_not_keep_the_others_from_being_made(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    def respond(visit: Visit) -> None:
        asked.append(visit.path)
        raise KeyError(visit.path)

    monkeypatch.setattr(site, "respond", respond)
    site.warm()
    assert asked == list(SECTIONS)
