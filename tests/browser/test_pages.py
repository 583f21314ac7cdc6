"""Our pages as people meet them: opened from Airflow's navigation after a login, read on a phone and at a desk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import WebServer, kept
from tests.browser.test_access import PAGES

Open = Callable[..., Page]

A4_WITHIN_MARGINS = 718
"""Width in CSS pixels of a page of 210 mm without 1 cm left and right."""

# What the golden scenario was worked out to be (tests/integration/golden), where a reader looks for it.
SHOWN = {
    "Ringkasan": [
        "2 hari menuju batas SUSENAS (18 Februari 2024)", "4 dari 8 hak", "37,5%", "Rp600.000", "Menyalurkan 30 kg kepada 3 KPM",
    ],
    "Desa": ["Kecamatan Woja", "Nowa", "66,7%", "4 dari 6", "Riwo", "0 dari 2"],
    "Penyaluran": ["Januari 2024", "31-01-2024", "25 kg", "dari 60 kg", "16 hari"],
    "Berkas": ["1 dari 2", "1 belum", "Jumlah tidak dicatat atau tidak dapat dibaca", "Nowa Januari (final).xlsx", "Ditolak"],
    "Sasaran": ["Belum ada data rujukan", "Kombinasi program", "+4,9 poin", "13.435 orang"],
    "Mutu": ["aturan dinilai pada pengolahan terakhir", "Belum tercatat menerima", "Berhasil", "Data Docs Great Expectations"],
}  # fmt: skip


def test_each_page_opens_from_the_navigation_and_shows_the_golden_numbers(server: WebServer, open_tab: Open):
    tab = open_tab()
    tab.goto(server.url)
    for name, texts in SHOWN.items():
        if name != "Ringkasan":  # it stands in the bar itself
            tab.get_by_role("button", name="Plugins").click()
        tab.get_by_role("menuitem" if name != "Ringkasan" else "link", name=name).click()
        frame = tab.frame_locator(f"iframe[title='{name}']")
        expect(frame.get_by_role("heading", level=1, name=name)).to_be_visible()
        for text in texts:
            expect(frame.get_by_text(text).first).to_be_visible()
    assert [text for kind, text in tab.said if kind == "error"] == []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_fits_a_phone_is_accessible_and_says_nothing_wrong(
    server: WebServer, open_tab: Open, address: str
):
    for width, scheme in ((360, "light"), (1200, "dark")):
        tab = open_tab(width, color_scheme=scheme)
        tab.goto(f"{server.url}/pantau/{address}", wait_until="load")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        # dbt's own page, in its frame, is not ours to judge.
        violations = Axe().run(tab, context={"exclude": [["iframe.document"]]}).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []
        assert [text for kind, text in tab.said if kind == "error"] == []


def test_it_is_used_without_a_mouse(server: WebServer, open_tab: Open):
    tab = open_tab()
    tab.goto(f"{server.url}/pantau/desa")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Langsung ke isi"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "isi"
    tab.keyboard.press("Tab")
    tab.keyboard.type("Temuan")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=2, name="Temuan terbuka")).to_be_visible()
    tab.get_by_role("link", name="Nowa").press("Enter")
    expect(tab.get_by_role("heading", level=1, name="Nowa")).to_be_visible()
    expect(tab.get_by_text("Penerima tidak ada dalam daftar")).to_be_visible()


def test_nothing_is_fetched_from_elsewhere(server: WebServer, open_tab: Open):
    tab = open_tab()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    for address in ("ringkasan", "mutu/model", "mutu"):
        tab.goto(f"{server.url}/pantau/{address}", wait_until="networkidle")
    tab.get_by_role("link", name="submissions__soundness").click()
    expect(tab.get_by_text("Evaluated Expectations")).to_be_visible()
    assert len(asked) > 4
    assert [url for url in asked if not url.startswith((server.url, "data:"))] == []
    assert [text for kind, text in tab.said if kind == "error"] == []


def test_great_expectations_and_dbt_tell_of_our_rules_and_tables(server: WebServer, open_tab: Open):
    tab = open_tab()
    tab.goto(f"{server.url}/pantau/mutu")
    tab.get_by_role("link", name="delivery_accuracy__amount_and_timing").click()
    expect(
        tab.get_by_text(
            "Setiap hak yang telah jatuh tempo sudah menerima penyaluran; masa jeda bukan keterlambatan."
        )
    ).to_be_visible()
    tab.get_by_role("link", name="Home").click()
    expect(tab.get_by_role("heading", level=1, name="Mutu")).to_be_visible()
    tab.goto(f"{server.url}/pantau/mutu/model")
    expect(
        tab.frame_locator("iframe").get_by_text("pantau_salur").locator("visible=true").first
    ).to_be_visible()
    # In an origin of its own: the program cannot see who is logged in.
    frame = next(one for one in tab.frames if "/dokumen" in one.url)
    assert frame.evaluate("window.origin") == "null"


def test_it_prints_without_what_is_only_for_screens(server: WebServer, open_tab: Open):
    tab = open_tab()
    tab.goto(f"{server.url}/pantau/desa")
    tab.emulate_media(media="print")
    expect(tab.get_by_role("navigation")).to_be_hidden()
    expect(tab.get_by_role("button", name="Tampilkan")).to_be_hidden()
    expect(tab.get_by_text("4 dari 6")).to_be_visible()


def test_a_year_of_periods_and_every_table_fit_on_paper(server: WebServer, open_tab: Open, golden: Path):
    published = golden / "audit" / "pantau.duckdb"
    tab = open_tab(A4_WITHIN_MARGINS)
    tab.emulate_media(media="print")
    with kept(published):
        # Beside it, then renamed over it, as a publication is: the web server looks at what is published whenever it likes.
        fresh = published.with_name("a-year.duckdb")
        shutil.copyfile(published, fresh)
        with duckdb.connect(str(fresh)) as connection:
            connection.execute(
                "insert into audit.reporting_completeness by name select logs.* replace ('2023-' || lpad(month::varchar, 2, '0') "
                "as period) from audit.reporting_completeness as logs, range(1, 13) as months (month) where period = '2024-01'"
            )
        fresh.replace(published)
        for address in PAGES:
            tab.goto(f"{server.url}/pantau/{address}", wait_until="load")
            wide = "[...document.querySelectorAll('main, main div')].filter(one => one.scrollWidth > one.clientWidth + 1)"
            assert (address, tab.evaluate(f"{wide}.map(one => one.className)")) == (address, [])
        tab.goto(f"{server.url}/pantau/berkas")
        expect(tab.get_by_role("columnheader", name="Des 2023")).to_be_visible()


def test_without_a_publication_or_with_a_broken_one_it_says_what_to_do(
    server: WebServer, open_tab: Open, golden: Path
):
    published = golden / "audit" / "pantau.duckdb"
    tab = open_tab()
    for content, title, advice in (
        (None, "Belum ada terbitan", "Taruh sebuah berkas"),
        (b"not a database", "Terbitan tidak dapat dibaca", "pantau verify"),
    ):
        with kept(published):
            published.unlink()
            if content:
                published.write_bytes(content)
            answer = tab.goto(f"{server.url}/pantau/ringkasan")
            assert answer is not None
            assert answer.status == 503
            expect(tab.get_by_role("heading", level=1, name=title)).to_be_visible()
            tab.get_by_role("link", name="Yang perlu dilakukan").click()
            expect(tab.get_by_text(advice).first).to_be_visible()
    tab.goto(f"{server.url}/pantau/ringkasan")
    expect(tab.get_by_text("4 dari 8 hak")).to_be_visible()
