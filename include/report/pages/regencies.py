"""The pages of several regencies, each below its own code: `52.05/ringkasan`. Who may see which is asked at every visit.

An address without a code (Airflow's bar knows no regency) leads on to the only regency that the visitor may see, or offers those.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from include.config import ConfigurationError, configured_region, registry
from include.config.regencies import Regency
from include.report.pages.publication import PublishedDatabase
from include.report.pages.request import Response, Visit
from include.report.pages.sections import HOME, PROVINCE, SECTIONS
from include.report.pages.site import Site, asset, help_page, message, province_page
from include.workspace import Workspace

log = logging.getLogger("pantau.pages")

_SITES_KEPT = 64
"""Sites kept open at once; each keeps answers of its publication in memory."""


@dataclass(frozen=True)
class Access:
    """What a visitor may have, as Airflow's permissions on the regencies' DAGs say."""

    login: str
    visible: Callable[[], Iterable[str]]
    may_see: Callable[[str], bool]
    may_download: Callable[[str], bool]
    may_see_province: Callable[[], bool]


class Regencies:
    """All regencies of an installation."""

    def __init__(self) -> None:
        # By the entry, not by its code: a regency with another home or configuration is shown from there at once.
        self._sites: OrderedDict[Regency, Site] = OrderedDict()
        self._lock = threading.Lock()
        self._rollups: dict[Path, PublishedDatabase] = {}

    def respond(self, path: str, query: Mapping[str, str], access: Access) -> Response:
        """The answer to somebody who has logged in; where the list of regencies cannot be read, a page that says so."""
        visit = Visit(path, query, login=access.login)
        try:
            return self._answer(visit, access)
        except ConfigurationError as error:
            log.error("the list of regencies cannot be read: %s", error)
            return message(visit, 503, "Daftar wilayah tidak dapat dibaca", "list")

    def _answer(self, visit: Visit, access: Access) -> Response:
        path = visit.path
        first, _, rest = path.partition("/")
        if path == PROVINCE:
            return self._province(visit, access)
        if first in SECTIONS or not path:
            return self._choice(first or HOME, visit, access)
        if found := asset(path) or help_page(visit):
            return found
        if not access.may_see(first):
            return _unknown(visit)
        if not rest:
            return _moved(HOME if path.endswith("/") else f"{first}/{HOME}")
        listed = registry()
        if listed is None or (first not in listed.regencies and not listed.problems):
            # Airflow knows the DAGs of a regency that was taken out of the list for a while yet.
            return _unknown(visit)
        try:
            site = self._site(listed.get(first))
        except ConfigurationError as error:
            log.error("the pages of %s cannot be shown: %s", first, error)
            return message(visit, 503, "Konfigurasi tidak dapat dibaca", "configuration", first)
        return site.respond(Visit(rest, visit.query, access.may_download(first), access.login))

    def _province(self, visit: Visit, access: Access) -> Response:
        listed = registry()
        if listed is None or listed.province is None or not access.may_see_province():
            refusal = "Akun ini tidak berhak melihat halaman provinsi, atau provinsi belum dikonfigurasi."
            return message(visit, 403, "Tidak diizinkan", "elsewhere", refusal)
        path = listed.province.database
        with self._lock:
            rollup = self._rollups.setdefault(path, PublishedDatabase(path))
        return province_page(visit, rollup)

    def _choice(self, section: str, visit: Visit, access: Access) -> Response:
        listed = registry()
        known = listed.regencies if listed else {}
        visible = set(access.visible())
        names = {
            code: configured_region(one.configuration)[0] or code
            for code, one in known.items()
            if code in visible
        }
        if not names:
            refusal = (
                "Akun ini belum diberi hak atas satu wilayah pun. Mintalah hak itu kepada pengelola Airflow."
            )
            return message(visit, 403, "Tidak diizinkan", "elsewhere", refusal)
        root = "../" * visit.path.count("/")
        if len(names) == 1:
            return _moved(f"{root}{next(iter(names))}/{section}")
        view = {"regencies": names, "section": section, "root": root}
        return message(visit, 200, "Pilih wilayah", "choice", view)

    def _site(self, regency: Regency) -> Site:
        with self._lock:
            if regency not in self._sites:
                self._sites[regency] = Site(Workspace.open(regency.code), several=True)
                while len(self._sites) > _SITES_KEPT:
                    self._sites.popitem(last=False)
            self._sites.move_to_end(regency)
            return self._sites[regency]


def _unknown(visit: Visit) -> Response:
    # The same for a regency that must not be seen as for one that does not exist: nobody need learn which there are.
    refusal = "Akun ini tidak berhak melihat halaman wilayah tersebut."
    return message(visit, 403, "Tidak diizinkan", "elsewhere", refusal)


def _moved(place: str) -> Response:
    return Response(302, "text/html", b"", {"Location": place, "Cache-Control": "private, no-store"})
