"""Which address shows what, and what is said where there is nothing to show."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from include import clock
from include.language import indonesian
from include.report.pages import downloads
from include.report.pages.deliveries.page import DELIVERIES
from include.report.pages.files.page import FILES, RECEIPT
from include.report.pages.overview.page import OVERVIEW
from include.report.pages.province import page as province
from include.report.pages.publication import (
    Heading,
    PublicationBroken,
    PublicationMissing,
    PublishedDatabase,
    heading,
)
from include.report.pages.quality.page import QUALITY, QUALITY_MODELS
from include.report.pages.rendering import STYLE, render, style_version
from include.report.pages.request import NotAllowed, NotFound, Page, Response, Source, View, Visit
from include.report.pages.sections import HOME, PROVINCE, PROVINCE_SECTIONS, SECTIONS
from include.report.pages.targeting.page import TARGETING
from include.report.pages.villages.page import VILLAGE, VILLAGES
from include.workspace import Workspace

log = logging.getLogger("pantau.pages")

_PAGES: tuple[tuple[re.Pattern[str], Page], ...] = tuple(
    (re.compile(pattern), page)
    for pattern, page in (
        (r"ringkasan", OVERVIEW),
        (r"desa", VILLAGES),
        (r"desa/(?P<village>[0-9.]{13}|lainnya)", VILLAGE),
        (r"penyaluran", DELIVERIES),
        (r"berkas", FILES),
        (r"berkas/(?P<receipt>[A-Za-z0-9-]{4,64})", RECEIPT),
        (r"sasaran", TARGETING),
        (r"mutu", QUALITY),
        (r"mutu/model", QUALITY_MODELS),
    )
)
_ASSETS = {
    "gaya.css": (STYLE, "text/css; charset=utf-8"),
    "data-docs.css": (STYLE.with_name("data_docs.css"), "text/css; charset=utf-8"),
    "ikon.svg": (STYLE.with_name("icon.svg"), "image/svg+xml"),
    "ikon-gelap.svg": (STYLE.with_name("icon_dark.svg"), "image/svg+xml"),
}
_HELP_PATH = "bantuan"
_LONGEST_VALUE = 60
_LOOK_SECONDS = 1.0

_HTML = "text/html; charset=utf-8"
# Nothing runs, nothing comes from elsewhere, nobody else frames it: an agency's text that slipped through could do nothing.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
_ASSETS_KEPT = "private, max-age=86400"  # the style sheet's address changes with it
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def asset(path: str) -> Response | None:
    """A style sheet or picture, if this is its address."""
    if path not in _ASSETS:
        return None
    file, kind = _ASSETS[path]
    return Response(200, kind, file.read_bytes(), {**_HEADERS, "Cache-Control": _ASSETS_KEPT})


def help_page(visit: Visit, several: bool = False) -> Response | None:
    """What to do when something is amiss, if this is its address; needs no publication."""
    if visit.path != _HELP_PATH:
        return None
    return _page(visit, "layout/help.html", "Bantuan", "", {}, None, several=several)


def message(
    visit: Visit, status: int, title: str, kind: str, detail: Any = "", several: bool = False
) -> Response:
    """A page that says why there is nothing to show."""
    view = {"kind": kind, "detail": detail}
    return _page(visit, "layout/message.html", title, "", view, None, status, several)


def province_page(visit: Visit, published: PublishedDatabase) -> Response:
    """The page over all regencies; where there is no roll-up to be shown, a page that says so."""
    arguments = {name: visit.query[name][:_LONGEST_VALUE] for name in ("halaman",) if name in visit.query}
    try:
        view = published.ask(
            (PROVINCE, *arguments.values()), lambda connection: province.view(connection, arguments)
        )
    except PublicationMissing:
        return message(visit, 503, "Belum ada rekapitulasi", "no_rollup")
    except PublicationBroken as error:
        log.error("the roll-up cannot be shown: %s", error)
        return message(visit, 503, "Rekapitulasi tidak dapat dibaca", "no_rollup")
    return _page(visit, province.TEMPLATE, "Provinsi", PROVINCE, view, None, sections=PROVINCE_SECTIONS)


class Site:
    """All pages of one regency's home; `several`: there are others beside it, which a link leads to."""

    def __init__(self, ws: Workspace, several: bool = False) -> None:
        self._ws = ws
        self._several = several
        self._published = PublishedDatabase(ws.settings.audit_db)

    def respond(self, visit: Visit) -> Response:
        """The answer to a visit that was let in; whatever goes wrong is a page that says so."""
        try:
            return self._answer(visit)
        except NotFound as error:
            return self._message(visit, 404, "Halaman tidak ditemukan", "not_found", str(error))
        except NotAllowed as error:
            return self._message(visit, 403, "Tidak diizinkan", "not_allowed", str(error))
        except PublicationMissing:
            return self._message(visit, 503, "Belum ada terbitan", "missing")
        except PublicationBroken as error:
            log.error("the published audit database cannot be shown: %s", error)
            return self._message(visit, 503, "Terbitan tidak dapat dibaca", "broken")

    def keep_warm(self) -> None:
        """Makes the pages anew with each publication, so that no visitor waits for their first making; never returns."""
        while True:
            made_of = self._published.fingerprint()
            self.warm()
            while self._published.fingerprint() == made_of:
                time.sleep(_LOOK_SECONDS)

    def warm(self) -> None:
        """Makes the pages that most visitors open first, and keeps what they are made from."""
        for section in SECTIONS:
            try:
                self.respond(Visit(section))
            except Exception:  # whoever opens it gets the error; the other pages are made all the same
                log.exception("the page %s cannot be made", section)

    def _answer(self, visit: Visit) -> Response:
        if found := asset(visit.path) or help_page(visit, self._several):
            return found
        if file := downloads.find(visit.path):
            return file(self._ws, self._published, visit, _HEADERS)
        page, arguments = _page_of(visit)
        about = self._published.ask("heading", heading)
        view = self._published.ask(
            (visit.path, tuple(sorted(arguments.items()))),
            lambda connection: page.view(Source(self._ws, connection, about), arguments),
        )
        title = view.get("title", page.title)
        return _page(visit, page.template, title, page.section, view, about, several=self._several)

    def _message(self, visit: Visit, status: int, title: str, kind: str, detail: str = "") -> Response:
        return message(visit, status, title, kind, detail, self._several)


def _page(
    visit: Visit,
    template: str,
    title: str,
    section: str,
    view: View,
    about: Heading | None,
    status: int = 200,
    several: bool = False,
    sections: Mapping[str, str] = SECTIONS,
) -> Response:
    root = "../" * visit.path.count("/") or "./"
    body = render(
        template,
        title=title,
        section=section,
        sections=sections,
        view=view,
        heading=about,
        age=_age(about),
        root=root,
        others=f"{root}../{section or HOME}" if several else None,
        style_version=style_version(),
        may_download=visit.may_download,
        query=visit.query,
    )
    return Response(status, _HTML, body, _HEADERS)


def _page_of(visit: Visit) -> tuple[Page, dict[str, str]]:
    for pattern, page in _PAGES:
        if found := pattern.fullmatch(visit.path):
            known: Mapping[str, Any] = {
                name: visit.query[name] for name in page.query if visit.query.get(name)
            }
            short = {name: str(value)[:_LONGEST_VALUE] for name, value in known.items()}
            return page, {**short, **found.groupdict()}
    raise NotFound("Alamat ini bukan alamat sebuah halaman.")


def _age(about: Heading | None) -> str | None:
    """`3 hari`, where the publication is older than it may be."""
    age = about.age(clock.now()) if about else None
    if age is None:
        return None
    days, hours = age.days, age // timedelta(hours=1)
    return indonesian.counted(days, "hari") if days > 1 else indonesian.counted(hours, "jam")
