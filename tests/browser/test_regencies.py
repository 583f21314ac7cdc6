"""Several regencies on one Airflow: the data engineer of one reaches neither pages, nor files, nor DAGs of another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from include.config.regencies import PROVINCE_ROLE, engineer_role, reader_role
from include.orchestration.regencies import DAGS
from tests.browser.conftest import WebServer, kept, log_in, token_of
from tests.browser.test_access import RECEIPT, WORKBOOK
from tests.integration.golden.conftest import CONFIG, NOW, Home
from tests.province import province_part

OURS, THEIRS, BROKEN = "52.05", "52.06", "52.07"
OURS_IN_NAMES, THEIRS_IN_NAMES = (code.replace(".", "_") for code in (OURS, THEIRS))
LOGINS = {
    "penjaga": engineer_role(OURS),
    "tetangga": engineer_role(THEIRS),
    "pembaca": reader_role(OURS),
    "perawat": engineer_role(BROKEN),
    "provinsi": "Viewer",
    "koordinator": PROVINCE_ROLE,
}
OVER_ALL = province_part("homes/province")
RUN = {"logical_date": None}
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
    """Two regencies with a publication each, one whose configuration is broken and whose publication is not its own, their province.

    A fourth entry cannot be used: Airflow shows that as an import error that names another regency's home.
    """
    folder = tmp_path_factory.mktemp("several")
    entries = []
    for code in (OURS, THEIRS, BROKEN):
        shutil.copytree(CONFIG, folder / "configuration" / code)
        for file in (folder / "configuration" / code).glob("*.*"):
            file.write_text(file.read_text().replace(OURS, code))
        shutil.copytree(pristine[0].folder, folder / "homes" / code)
        entries.append(f'{{code: "{code}", configuration: configuration/{code}, home: homes/{code}}}')
    (folder / "configuration" / BROKEN / "programs.yml").write_text("programs: [")
    entries.append(f'{{code: "52.08", configuration: configuration/{OURS}, home: homes/{THEIRS}/inside}}')
    (folder / "regencies.yml").write_text(f"regencies: [{', '.join(entries)}]\n{OVER_ALL}")
    with duckdb.connect(str(folder / "homes" / THEIRS / "audit" / "pantau.duckdb")) as published:
        published.execute("update audit.parameters set regency_code = ?", [THEIRS])
    settings = {
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        # Airflow remembers for half a minute what a login may do.
        "AIRFLOW__FAB__CACHE_TTL": "0",
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


@pytest.fixture(scope="module")
def their_run(several: WebServer, ask) -> str:
    """A run of the neighbour's with a question in it, so that there is something that must not be shown."""
    begun = ask("tetangga", f"/api/v2/dags/decide_lists__{THEIRS_IN_NAMES}/dagRuns", "POST", json=RUN)
    run_id = begun.raise_for_status().json()["dag_run_id"]
    asking = [sys.executable, str(Path(__file__).with_name("ask_somebody.py"))]
    subprocess.run(
        [*asking, f"decide_lists__{THEIRS_IN_NAMES}", run_id], env=several.environment(), check=True
    )
    return run_id


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
    assert sorted(dag["dag_id"] for dag in listed) == sorted(f"{name}__{OURS_IN_NAMES}" for name in DAGS)
    for name in DAGS:
        dag_id = f"{name}__{THEIRS_IN_NAMES}"
        theirs = f"/api/v2/dags/{dag_id}"
        replay = {"dag_id": dag_id, "from_date": "2024-01-01T00:00:00Z", "to_date": "2024-01-02T00:00:00Z"}
        for method, address, body in (
            ("GET", theirs, None),
            ("GET", f"{theirs}/details", None),
            ("GET", f"{theirs}/dagRuns", None),
            ("GET", f"{theirs}/tasks", None),
            ("GET", f"/api/v2/dagSources/{dag_id}", None),
            ("GET", f"/ui/structure/structure_data?dag_id={dag_id}", None),
            ("PATCH", theirs, {"is_paused": False}),
            ("POST", f"{theirs}/dagRuns", RUN),
            ("POST", f"{theirs}/clearTaskInstances", {"dry_run": True}),
            ("POST", "/api/v2/backfills", replay),
            ("DELETE", theirs, None),
        ):
            assert ask("penjaga", address, method, json=body).status_code == 403, (method, address)


def test_nothing_of_another_regencys_run_can_be_seen_or_answered(ask, their_run: str):
    run = f"/api/v2/dags/decide_lists__{THEIRS_IN_NAMES}/dagRuns/{their_run}"
    task = ask("tetangga", f"{run}/taskInstances").json()["task_instances"][0]["task_id"]
    for method, address, body in (
        ("GET", run, None),
        ("GET", f"{run}/taskInstances", None),
        ("GET", f"{run}/taskInstances/{task}", None),
        ("GET", f"{run}/taskInstances/{task}/logs/1", None),
        ("GET", f"{run}/taskInstances/{task}/xcomEntries", None),
        ("PATCH", f"{run}/taskInstances/{task}", {"new_state": "success"}),
        ("PATCH", f"{run}/taskInstances/{task}/-1/hitlDetails", {"chosen_options": ["yes"]}),
        ("PATCH", run, {"note": "seen"}),
    ):
        assert ask("penjaga", address, method, json=body).status_code == 403, (method, address)


def test_an_engineer_runs_the_own_dags_sees_their_graph_and_a_reader_only_looks(ask):
    ours = f"monitor_disbursement__{OURS_IN_NAMES}"
    graph = f"/ui/structure/structure_data?dag_id={ours}&external_dependencies=true"
    for login in ("penjaga", "pembaca"):
        shown = ask(login, graph)
        assert shown.status_code == 200
        assert "validate" in {node["id"] for node in shown.json()["nodes"]}
        assert THEIRS_IN_NAMES not in shown.text
    assert ask("pembaca", f"/api/v2/dags/{ours}/dagRuns", "POST", json=RUN).status_code == 403
    assert ask("penjaga", f"/api/v2/dags/{ours}/dagRuns", "POST", json=RUN).status_code == 200


@pytest.mark.parametrize(
    ("address", "is_told_to_all"),
    [
        ("dags/~/dagRuns", True),
        ("dags/~/dagRuns/~/taskInstances", True),
        ("dags/~/dagRuns/~/hitlDetails", True),
        ("dagTags", True),
        ("dagStats", True),
        ("importErrors", True),
        ("assets", True),
        ("dagWarnings", False),
        ("assets/events", False),
        ("backfills?dag_id=", False),
        ("pools", False),
        ("eventLogs", False),
        ("jobs", False),
        ("variables", False),
        ("connections", False),
        ("config", False),
    ],
)
def test_no_list_names_another_regency(ask, their_run: str, address: str, is_told_to_all: bool):
    """Where `is_told_to_all` there is something of the neighbour's that somebody of the whole province is shown."""

    def names_theirs(login: str) -> bool:
        answer = ask(login, f"/api/v2/{address}")
        assert answer.status_code in (200, 403, 404, 422), answer.text
        return THEIRS_IN_NAMES in answer.text or THEIRS in answer.text

    assert not names_theirs("penjaga")
    assert names_theirs("provinsi") or not is_told_to_all


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


def test_a_list_of_regencies_that_cannot_be_read_is_told_on_every_page(several: WebServer, ask):
    listed = Path(several.environment()["PANTAU_REGENCIES"])
    with kept(listed):
        listed.unlink()
        listed.write_text("regencies: [")
        for login, page in (("penjaga", f"{OURS}/ringkasan"), ("provinsi", "provinsi"), ("provinsi", "desa")):
            told = ask(login, f"/pantau/{page}")
            assert (told.status_code, "pantau doctor" in told.text) == (503, True), page
    assert ask("penjaga", f"/pantau/{OURS}/ringkasan").status_code == 200


def test_a_regency_that_is_listed_no_longer_takes_its_roles_rights_with_it(several: WebServer, ask):
    """What deploy/init.sh does after every change."""
    listed = Path(several.environment()["PANTAU_REGENCIES"])
    make_roles = [sys.executable, str(Path(__file__).with_name("make_logins.py"))]
    with kept(listed):
        listed.unlink()
        listed.write_text(
            f'regencies: [{{code: "{OURS}", configuration: configuration/{OURS}, home: homes/{OURS}}}]'
        )
        subprocess.run(make_roles, env=several.environment(), check=True)
        for address in ("/api/v2/dags", f"/pantau/{THEIRS}/ringkasan"):
            assert ask("tetangga", address).status_code == 403
        assert len(ask("penjaga", "/api/v2/dags").json()["dags"]) == len(DAGS)
    subprocess.run(make_roles, env=several.environment(), check=True)
    assert len(ask("tetangga", "/api/v2/dags").json()["dags"]) == len(DAGS)
