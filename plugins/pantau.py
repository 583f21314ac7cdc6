"""Puts our pages into Airflow's navigation. Every byte of them needs an Airflow login; the pages are `include.report.pages`.

Every Airflow process loads its plugins, but only the web server shows pages: what they need is imported at the first visit.
"""

import sys
from functools import lru_cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from include.config.errors import ConfigurationError
from include.config.regencies import regency_of, registry, scoped, serves_several
from include.report.pages.sections import HOME, PROVINCE, PROVINCE_SECTIONS, SECTIONS

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

    from include.report.pages.regencies import Regencies
    from include.report.pages.site import Site

PREFIX = "/pantau"
HANDLES_SUBMISSIONS = "ingest_submissions"
"""Who may edit or run this DAG handles what OPDs send, personal data included; who may only look gets none of it."""
SHOWS_RESULTS = "monitor_disbursement"
"""Where there are several regencies, who may look at a regency's DAG of this name may look at its pages."""

ROLLS_UP = "rollup_province"
"""Who may look at this DAG may look at the page over all regencies."""


async def app(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """The pages as an ASGI application."""
    await _application()(scope, receive, send)


@lru_cache(maxsize=1)
def _site() -> "Site":
    from include.report.pages.site import Site
    from include.workspace import Workspace

    return Site(Workspace.open())


@lru_cache(maxsize=1)
def _regencies() -> "Regencies":
    from include.report.pages.regencies import Regencies

    return Regencies()


# FastAPI reads the annotations of what is defined in here, so they are not put off (no `from __future__ import annotations`).
@lru_cache(maxsize=1)
def _application() -> "FastAPI":
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagDetails
    from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_view
    from fastapi import Depends, FastAPI, HTTPException, Request, Response
    from fastapi.responses import FileResponse, JSONResponse, RedirectResponse

    from include.report.pages.regencies import Access
    from include.report.pages.request import Visit

    # Airflow asks nobody for a login on behalf of a plugin, and a mount would go round this: one route answers everything.
    pages = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_access_view(AccessView.WEBSITE))],
    )

    def may(method: str, dag: str, regency: str | None, user: Any) -> bool:
        """Whether the login may look at (`GET`) or edit (`PUT`) the regency's DAG."""
        details = DagDetails(id=scoped(dag, regency))
        return get_auth_manager().is_authorized_dag(method=method, details=details, user=user)

    def access(user: Any) -> Access:
        def visible() -> set[str]:
            ids = get_auth_manager().get_authorized_dag_ids(user=user)
            return {regency_of(dag) or "" for dag in ids if dag.startswith(SHOWS_RESULTS)}

        return Access(
            user.get_name(),
            visible,
            lambda regency: may("GET", SHOWS_RESULTS, regency, user),
            lambda regency: may("PUT", HANDLES_SUBMISSIONS, regency, user),
            lambda: may("GET", ROLLS_UP, None, user),
        )

    @pages.get("/{path:path}")
    def answer(path: str, request: Request, user: GetUserDep) -> Response:
        query = dict(request.query_params)
        if serves_several():
            found = _regencies().respond(path, query, access(user))
        elif not path:
            return RedirectResponse(HOME)
        else:
            may_download = may("PUT", HANDLES_SUBMISSIONS, None, user)
            found = _site().respond(Visit(path, query, may_download, user.get_name()))
        if isinstance(found.body, Path):
            return FileResponse(found.body, found.status, dict(found.headers), found.media_type)
        return Response(found.body, found.status, dict(found.headers), found.media_type)

    @pages.exception_handler(HTTPException)
    def refuse(request: Request, error: HTTPException) -> Response:
        # A browser without a session is led to the login, and from there to where it wanted to go.
        if error.status_code == 401 and "text/html" in request.headers.get("accept", ""):
            wanted = quote(str(request.url), safe="")
            return RedirectResponse(f"{_base_path()}/api/v2/auth/login?next={wanted}", 302)
        return JSONResponse({"detail": error.detail}, error.status_code, error.headers)

    return pages


def _base_path() -> str:
    """The path below which this Airflow is served, where that is not the root."""
    return urlsplit(conf.get("api", "base_url", fallback="/")).path.rstrip("/")


def _sections() -> dict[str, str]:
    """The bar's entries; Airflow starts with a list of regencies that cannot be read, and its DAG files say what to mend."""
    try:
        listed = registry()
    except ConfigurationError:
        return SECTIONS
    if listed is None or listed.province is None:
        return SECTIONS
    return SECTIONS | {PROVINCE: PROVINCE_SECTIONS[PROVINCE]}


class PantauPages(AirflowPlugin):
    """One entry of its own in the navigation bar, the other pages in the menu of plugins."""

    name = "pantau"
    fastapi_apps: ClassVar[list[dict[str, Any]]] = [
        {"app": app, "url_prefix": PREFIX, "name": "Pantau Salur"}
    ]
    external_views: ClassVar[list[dict[str, Any]]] = [
        {
            "name": name,
            "href": f"{_base_path()}{PREFIX}/{section}",
            "destination": "nav",
            "url_route": section,
            "nav_top_level": section == HOME,
            "icon": f"{_base_path()}{PREFIX}/ikon.svg",
            "icon_dark_mode": f"{_base_path()}{PREFIX}/ikon-gelap.svg",
        }
        for section, name in _sections().items()
    ]


if "api-server" in sys.argv and not serves_several():
    # Imports and the first chart take seconds, the queries of a new publication one: they are had before somebody waits.
    Thread(target=lambda: _site().keep_warm(), name="pantau pages", daemon=True).start()
