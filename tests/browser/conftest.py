"""One web server of Airflow with the login of a server (FAB, with roles) over the golden scenario's publication, and a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from include.demonstration.services import AirflowServices
from tests.integration.golden.conftest import CONFIG, NOW, Home, pristine

__all__ = ["pristine"]

ROLES = {"penonton": "Viewer", "petugas": "User", "pengelola": "Op"}
"""Login and role; the password is the login twice."""

expect.set_options(timeout=30_000)  # far more than is needed, so that a busy machine fails no test
_FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


class WebServer(AirflowServices):
    """Only what serves pages: no scheduler, nothing that would run, and no pools for it."""

    first_port = 8280  # other tests may start an Airflow at the same moment

    def __init__(
        self, home: Path, settings: dict[str, str], roles: dict[str, str], reads_dags: bool = False
    ) -> None:
        super().__init__(home, settings, services=["api-server"])
        self.roles = roles
        self.reads_dags = reads_dags

    def _bring_up_to_date(self) -> None:
        logins = [f"{name}:{role}" for name, role in self.roles.items()]
        for arguments in (
            ["-m", "airflow", "db", "migrate"],
            [str(Path(__file__).with_name("make_logins.py")), *logins],
            # Once what the DAG processor does time and again: it is also what gives roles the DAGs meant for them.
            *([["-m", "airflow", "dags", "reserialize"]] if self.reads_dags else []),
        ):
            subprocess.run(
                [sys.executable, *arguments],
                env=self.environment(),
                cwd=self.home.folder,
                check=True,
                stdout=subprocess.DEVNULL,
            )


@pytest.fixture(scope="session")
def golden(pristine: tuple[Home, dict], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the golden home: the web server keeps its own state in it."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(pristine[0].folder, home)
    return home


@pytest.fixture(scope="session")
def server(golden: Path) -> Iterator[WebServer]:
    settings = {
        "AIRFLOW__CORE__AUTH_MANAGER": _FAB,
        "PANTAU_CONFIG": str(CONFIG),
        "PANTAU_NOW": NOW,
    }
    with WebServer(golden, settings, ROLES) as running:
        yield running


def password(login: str) -> str:
    return login * 2


@pytest.fixture(scope="session")
def token(server: WebServer) -> Callable[[str], str]:
    """A login's token, as a program gets it."""
    return lambda login: token_of(server, login)


def token_of(server: WebServer, login: str) -> str:
    credentials = {"username": login, "password": password(login)}
    answer = httpx.post(f"{server.url}/auth/token", json=credentials, timeout=30)
    return str(answer.raise_for_status().json()["access_token"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("needs Debian's chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def signed_in(server: WebServer, browser: Browser) -> dict:
    """The state of a browser in which somebody has logged in through the form, as a viewer."""
    context = browser.new_context()
    tab = context.new_page()
    log_in(tab, server.url, "penonton")
    state = context.storage_state()
    context.close()
    return dict(state)


def log_in(tab: Page, url: str, login: str) -> None:
    tab.goto(url)
    tab.fill("input[name=username]", login)
    tab.fill("input[name=password]", password(login))
    tab.click("input[type=submit]")
    tab.get_by_role("link", name="Ringkasan").wait_for()


@pytest.fixture
def open_tab(browser: Browser, signed_in: dict) -> Iterator[Callable[..., Page]]:
    """Opens a tab of a given width; what its console says is kept in `tab.said`."""
    contexts = []

    def opened(width: int = 1200, **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, storage_state=signed_in, **options
        )
        contexts.append(context)
        tab = context.new_page()
        tab.said = []
        tab.on(
            "console",
            lambda message: tab.said.append((message.type, f"{message.text} ({message.location['url']})")),
        )
        tab.on("pageerror", lambda error: tab.said.append(("error", str(error))))
        return tab

    yield opened
    for context in contexts:
        context.close()


@contextmanager
def kept(path: Path) -> Iterator[None]:
    """Whatever is done to a file within is undone."""
    beside = path.with_name(f".{path.name}.kept")
    os.link(path, beside)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        beside.rename(path)
