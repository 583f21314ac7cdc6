"""Every byte of our pages needs an Airflow login, and a receipt more than that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.browser.conftest import WebServer

RECEIPT = "TT-20240203-SD01225B"
WORKBOOK = f"berkas/{RECEIPT}/tanda-terima.xlsx"
PAGES = [
    "ringkasan", "desa", "desa/52.05.05.2003", "penyaluran", "berkas", f"berkas/{RECEIPT}", "sasaran", "mutu", "mutu/model", "bantuan",
]  # fmt: skip
FILES = ["gaya.css", "data-docs.css", "ikon.svg", "mutu/model/dokumen"]


@pytest.fixture(scope="module")
def client(server: WebServer):
    with httpx.Client(base_url=f"{server.url}/pantau/", timeout=30) as found:
        yield found


@pytest.mark.parametrize("address", [*PAGES, *FILES, WORKBOOK, "", "no/such/page"])
def test_without_a_session_nothing_is_told(client: httpx.Client, address: str):
    answer = client.get(address)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Not authenticated"})
    forged = client.get(address, headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."})
    assert forged.status_code in (401, 403)
    assert len(forged.content) < 100


def test_a_browser_without_a_session_is_led_to_the_login_and_back(client: httpx.Client, server: WebServer):
    answer = client.get("desa", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.content == b""
    assert answer.next_request
    login = client.send(answer.next_request)
    assert "/auth/login" in login.headers["location"]
    assert "pantau%2Fdesa" in login.headers["location"]


@pytest.mark.parametrize("address", [*PAGES, *FILES])
def test_a_viewer_may_read_and_nothing_may_run(
    client: httpx.Client, token: Callable[[str], str], address: str
):
    answer = client.get(address, headers=_as(token, "penonton"))
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    # dbt's page is a program: it runs in an origin of its own, from which nothing of ours can be reached.
    assert "script-src" not in policy or policy.startswith("sandbox allow-scripts;")
    assert "private" in answer.headers["cache-control"]


def test_a_receipt_is_for_those_who_handle_submissions(
    client: httpx.Client, token: Callable[[str], str], golden: Path
):
    [kept] = (golden / "returned" / "dkp" / "beras" / "penyaluran").glob(f"TANDA-TERIMA_{RECEIPT}_*.xlsx")
    refused = client.get(WORKBOOK, headers=_as(token, "penonton"))
    assert refused.status_code == 403
    assert "hanya pengelola data" in refused.text
    for login in ("petugas", "pengelola"):
        given = client.get(WORKBOOK, headers=_as(token, login))
        assert (given.status_code, given.content) == (200, kept.read_bytes())
        assert given.headers["content-disposition"].startswith("attachment")
    for login, offered in (("penonton", False), ("petugas", True)):
        page = client.get(f"berkas/{RECEIPT}", headers=_as(token, login)).text
        assert ("Unduh tanda terima" in page) == offered


@pytest.mark.parametrize(
    "address",
    [
        "mutu/data-docs/..%2F..%2F..%2Fsecret",
        "mutu/data-docs/%2Fetc%2Fpasswd",
        "mutu/data-docs/static%2F..%2F..%2F..%2Fsecret%00.css",
        "berkas/..%2F..%2Fsecret/tanda-terima.xlsx",
        "berkas/TT-20240203-XXXXXXXX/tanda-terima.xlsx",
        "desa/52.05.99.9999",
    ],
)
def test_no_path_is_made_of_what_a_visitor_writes(
    client: httpx.Client, token: Callable[[str], str], server: WebServer, golden: Path, address: str
):
    secret = (golden / "airflow" / "keys.json").read_text()
    answer = client.get(httpx.URL(f"{server.url}/pantau/{address}"), headers=_as(token, "pengelola"))
    assert answer.status_code == 404
    assert secret[:20] not in answer.text
    assert "root:" not in answer.text


def test_pages_can_only_be_read(client: httpx.Client, token: Callable[[str], str]):
    for method in ("POST", "PUT", "DELETE"):
        assert client.request(method, "ringkasan", headers=_as(token, "pengelola")).status_code == 405


def _as(token: Callable[[str], str], login: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(login)}"}
