"""Several regencies on one Airflow: the data engineer of one reaches neither pages, nor files, nor DAGs of another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import duckdb
import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from include.config.regencies import PROVINCE_ROLE, engineer_role, reader_role
from tests.browser.conftest import WebServer, log_in, token_of
from tests.browser.test_access import RECEIPT, WORKBOOK
from tests.integration.golden.conftest import CONFIG, NOW, Home
from tests.province import province_part

OURS, THEIRS, BROKEN = "52.05", "52.06", "52.07"
LOGINS = {
    "penjaga": engineer_role(OURS),
    "tetangga": engineer_role(THEIRS),
    "pembaca": reader_role(OURS),
    "perawat": engineer_role(BROKEN),
    "provinsi": "Viewer",
    "koordinator": PROVINCE_ROLE,
}
OVER_ALL = province_part("homes/province")
DAG_NAMES = [
    "decide_lists", "ingest_submissions", "match_registries", "monitor_disbursement", "replay_submissions", "watch_schedule",
]  # fmt: skip
PAGES = [
    "ringkasan",
    "desa",
    "penyaluran",
    "berkas",
    f"berkas/{RECEIPT}",
    "sasaran",
    "mutu",
    "mutu/model/dokumen",
    "",
]


@pytest.fixture(scope="module")
def several(pristine: tuple[Home, dict], tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Two regencies with a publication each, one whose configuration is broken and whose publication is not its own, their province."""
    folder = tmp_path_factory.mktemp("several")
    entries = []
    for code in (OURS, THEIRS, BROKEN):
        shutil.copytree(CONFIG, folder / "configuration" / code)
        for file in (folder / "configuration" / code).glob("*.*"):
            file.write_text(file.read_text().replace(OURS, code))
        shutil.copytree(pristine[0].folder, folder / "homes" / code)
        entries.append(f'{{code: "{code}", configuration: configuration/{code}, home: homes/{code}}}')
    (folder / "configuration" / BROKEN / "programs.yml").write_text("programs: [")
    (folder / "regencies.yml").write_text(f"regencies: [{', '.join(entries)}]\n{OVER_ALL}")
    with duckdb.connect(str(folder / "homes" / THEIRS / "audit" / "pantau.duckdb")) as published:
        published.execute("update audit.parameters set regency_code = ?", [THEIRS])
    settings = {
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "PANTAU_REGENCIES": str(folder / "regencies.yml"),
        "PANTAU_NOW": NOW,
    }
    rolling_up = [sys.executable, "-m", "include.cli", "rollup"]
    subprocess.run(rolling_up, env=os.environ | settings, check=True, capture_output=True)
    with WebServer(folder / "airflow", settings, LOGINS, reads_dags=True) as running:
        yield running


@pytest.fixture(scope="module")
def ask(several: WebServer) -> Iterator[Callable[..., httpx.Response]]:
    """Asks as a login; the token is had once a login."""
    tokens = {login: token_of(several, login) for login in LOGINS}
    with httpx.Client(base_url=several.url, timeout=60) as client:

        def asked(login: str, address: str, method: str = "GET", **more: object) -> httpx.Response:
            headers = {"Authorization": f"Bearer {tokens[login]}"}
            return client.request(method, address, headers=headers, **more)

        yield asked


@pytest.mark.parametrize("page", [*PAGES, WORKBOOK])
def test_no_page_and_no_file_of_another_regency_is_shown(ask, page: str):
    refused = ask("penjaga", f"/pantau/{THEIRS}/{page}")
    assert refused.status_code == 403
    assert "tidak berhak melihat halaman wilayah tersebut" in refused.text
    # Nor is it told which regencies there are.
    assert ask("penjaga", f"/pantau/99.99/{page}").text == refused.text
    assert ask("tetangga", f"/pantau/{THEIRS}/{page}").status_code in (200, 302)


def test_without_a_session_nothing_is_told(several: WebServer):
    for address in (f"/pantau/{OURS}/ringkasan", "/pantau/ringkasan", f"/pantau/{OURS}/{WORKBOOK}"):
        assert httpx.get(several.url + address).status_code == 401


def test_whoever_may_only_look_gets_no_file(ask):
    assert ask("pembaca", f"/pantau/{OURS}/berkas/{RECEIPT}").status_code == 200
    refused = ask("pembaca", f"/pantau/{OURS}/{WORKBOOK}")
    assert (refused.status_code, "hanya pengelola data" in refused.text) == (403, True)
    assert ask("penjaga", f"/pantau/{OURS}/{WORKBOOK}").status_code == 200


def test_the_bars_addresses_lead_to_the_regency_that_one_may_see(ask):
    for section in ("ringkasan", "mutu"):
        led = ask("penjaga", f"/pantau/{section}")
        assert (led.status_code, str(led.next_request.url.path)) == (302, f"/pantau/{OURS}/{section}")
    choice = ask("provinsi", "/pantau/desa")
    assert choice.status_code == 200
    assert [f'href="{code}/desa"' in choice.text for code in (OURS, THEIRS)] == [True, True]


def test_a_broken_configuration_is_told_on_its_own_pages_only(ask):
    told = ask("perawat", f"/pantau/{BROKEN}/ringkasan")
    assert (told.status_code, f"pantau --regency {BROKEN} doctor" in told.text) == (503, True)
    assert ask("penjaga", f"/pantau/{OURS}/ringkasan").status_code == 200


def test_no_dag_of_another_regency_can_be_seen_or_run(ask):
    listed = ask("penjaga", "/api/v2/dags").json()["dags"]
    assert sorted(dag["dag_id"] for dag in listed) == [f"{name}__52_05" for name in DAG_NAMES]
    run = {"logical_date": None}
    for name in DAG_NAMES:
        theirs = f"/api/v2/dags/{name}__52_06"
        for method, address, body in (
            ("GET", theirs, None),
            ("GET", f"{theirs}/dagRuns", None),
            ("GET", f"{theirs}/tasks", None),
            ("GET", f"/api/v2/dagSources/{name}__52_06", None),
            ("PATCH", theirs, {"is_paused": False}),
            ("POST", f"{theirs}/dagRuns", run),
            ("DELETE", theirs, None),
        ):
            assert ask("penjaga", address, method, json=body).status_code == 403, (method, address)
    assert (
        ask("tetangga", "/api/v2/dags/monitor_disbursement__52_06/dagRuns", "POST", json=run).status_code
        == 200
    )
    assert (
        ask("pembaca", "/api/v2/dags/monitor_disbursement__52_05/dagRuns", "POST", json=run).status_code
        == 403
    )
    assert ask("penjaga", "/api/v2/dags/~/dagRuns").json()["dag_runs"] == []


@pytest.mark.parametrize(
    "address",
    [
        "dagTags",
        "dagWarnings",
        "importErrors",
        "dagStats",
        "assets",
        "assets/events",
        "pools",
        "eventLogs",
        "jobs",
        "variables",
        "connections",
        "config",
        "dags/~/dagRuns/~/taskInstances",
        "dags/~/dagRuns/~/hitlDetails",
    ],
)
def test_no_list_names_another_regency(ask, address: str):
    answer = ask("penjaga", f"/api/v2/{address}")
    assert answer.status_code in (200, 403, 404), answer.text
    assert "52_06" not in answer.text
    assert THEIRS not in answer.text


def test_the_bar_opens_the_engineers_own_regency(several: WebServer, browser: Browser):
    tab = browser.new_page()
    log_in(tab, several.url, "penjaga")
    tab.get_by_role("link", name="Ringkasan").click()
    frame = tab.frame_locator("iframe[title='Ringkasan']")
    expect(frame.get_by_role("heading", level=1, name="Ringkasan")).to_be_visible()
    frame.get_by_role("link", name="Desa", exact=True).click()
    expect(frame.get_by_role("heading", level=1, name="Desa")).to_be_visible()
    frame.get_by_role("link", name="Wilayah lain").click()
    expect(frame.get_by_role("heading", level=1, name="Desa")).to_be_visible()
    tab.close()


def test_the_choice_of_a_regency_fits_a_phone_and_is_accessible(several: WebServer, browser: Browser):
    tab = browser.new_page(viewport={"width": 360, "height": 800})
    log_in(tab, several.url, "provinsi")
    tab.goto(f"{several.url}/pantau/desa")
    expect(tab.get_by_role("heading", level=1, name="Pilih wilayah")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    violations = Axe().run(tab).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []
    tab.get_by_role("link", name="Kabupaten Dompu").first.click()
    expect(tab.get_by_role("heading", level=1, name="Desa")).to_be_visible()
    tab.close()


def test_the_province_is_shown_to_its_own_role_which_sees_no_regency_by_it(ask):
    shown = ask("koordinator", "/pantau/provinsi")
    assert (shown.status_code, "Peringkat kabupaten/kota" in shown.text) == (200, True)
    assert ask("provinsi", "/pantau/provinsi").status_code == 200
    for login in ("penjaga", "pembaca", "tetangga"):
        refused = ask(login, "/pantau/provinsi")
        assert (refused.status_code, "Nusa Tenggara Barat" in refused.text) == (403, False)
        assert ask(login, "/api/v2/dags/rollup_province").status_code == 403
    assert ask("koordinator", f"/pantau/{OURS}/ringkasan").status_code == 403
    assert ask("koordinator", f"/pantau/{OURS}/{WORKBOOK}").status_code == 403
    listed = ask("koordinator", "/api/v2/dags").json()["dags"]
    assert [dag["dag_id"] for dag in listed] == ["rollup_province"]


@pytest.mark.parametrize("width", [360, 1200])
def test_the_provinces_page_fits_and_is_accessible(several: WebServer, browser: Browser, width: int):
    tab = browser.new_page(viewport={"width": width, "height": 800})
    log_in(tab, several.url, "provinsi")
    tab.goto(f"{several.url}/pantau/provinsi")
    expect(tab.get_by_role("heading", level=1, name="Nusa Tenggara Barat")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    violations = Axe().run(tab).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []
    tab.get_by_role("rowheader", name="Kabupaten Dompu").first.get_by_role("link").click()
    expect(tab.get_by_role("heading", level=1, name="Ringkasan")).to_be_visible()
    tab.close()
