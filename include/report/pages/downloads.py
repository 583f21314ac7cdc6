"""Files behind the pages: receipts for those who may have them, Great Expectations' Data Docs, the models' documentation.

No path is ever made of what a visitor wrote: a receipt is looked up in the publication by its number, a page of the
Data Docs among the files that are there.
"""

from __future__ import annotations

import json
import logging
import mimetypes
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from include.ingest.receipt import Addressed, receipt_path
from include.report.pages.publication import PublishedDatabase
from include.report.pages.request import NotAllowed, NotFound, Response, Visit
from include.report.queries import rows
from include.transform import MANIFEST
from include.workspace import Workspace

log = logging.getLogger("pantau.pages")

Finder = Callable[[Workspace, PublishedDatabase, Visit, Mapping[str, str]], Response]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DATA_DOCS = "data-docs"
MODELS = "mutu/model/dokumen"

_RECEIPT = re.compile(r"berkas/(?P<receipt>[A-Z0-9-]{4,40})/tanda-terima\.xlsx")
_DATA_DOCS = re.compile(rf"mutu/{DATA_DOCS}/(?P<file>.+)")
_QUERY = Path(__file__).parent / "files" / "receipt_file.sql"

# Great Expectations' pages style themselves inline; they may do no more than be read.
_STYLED = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'"
# dbt's page is a program. In an origin of its own it reaches neither the login's cookie, nor our pages, nor any network.
_SANDBOXED = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; base-uri 'none'; frame-ancestors 'self'"
)
# What those pages would fetch from elsewhere or where nothing is, and what they would run.
_FOREIGN = re.compile(
    r"<script\b.*?</script\s*>|<link\b[^>]*\b(?:href=[\"']https?:|rel=[\"'][a-z ]*icon\b)[^>]*>"
    r"|<img\b[^>]*\bsrc=[\"']https?:[^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_OUR_STYLE = '<link rel="icon" href="data:,"><link rel="stylesheet" href="{root}data-docs.css"></head>'


def find(path: str) -> Finder | None:
    """Who answers for this address, if it is a file's."""
    if _RECEIPT.fullmatch(path):
        return _receipt
    if _DATA_DOCS.fullmatch(path):
        return _data_docs
    return _models if path == MODELS else None


def data_docs(ws: Workspace) -> dict[str, str]:
    """The last run's page of each suite, by the suite's name, as addresses below `mutu/`.

    Great Expectations' own index is a program that fills a table; this list stands for it.
    """
    folder = _docs_folder(ws)
    found = sorted((folder / "validations").glob("*/*/*/*.html"))
    return {
        path.relative_to(folder).parts[1]: f"{DATA_DOCS}/{path.relative_to(folder).as_posix()}"
        for path in found
    }


def has_models() -> bool:
    """Whether dbt's manifest is there, from which the documentation is made."""
    return MANIFEST.is_file()


def _receipt(
    ws: Workspace, published: PublishedDatabase, visit: Visit, headers: Mapping[str, str]
) -> Response:
    """The workbook that went back to the sender. It holds the sender's own rows, so it is not for every login."""
    if not visit.may_download:
        raise NotAllowed(
            "Tanda terima memuat data perseorangan; hanya pengelola data yang dapat mengunduhnya."
        )
    found = _RECEIPT.fullmatch(visit.path)
    number = found["receipt"] if found else ""
    addressed = published.ask(
        ("receipt", number),
        lambda connection: [Addressed(**row) for row in rows(connection, _QUERY, {"receipt": number})],
    )
    returned = ws.settings.returned.resolve()
    for one in addressed:
        path = receipt_path(returned, one)
        if path.is_file() and not path.is_symlink() and path.resolve().is_relative_to(returned):
            log.info("receipt %s was downloaded by %s", number, visit.login)
            name = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.name)}"}
            return Response(200, XLSX, path, {**headers, **name})
    raise NotFound("Tanda terima itu tidak (lagi) tersimpan; masa simpannya ditetapkan dalam retention.yml.")


def _data_docs(
    ws: Workspace, _published: PublishedDatabase, visit: Visit, headers: Mapping[str, str]
) -> Response:
    found = _DATA_DOCS.fullmatch(visit.path)
    asked = found["file"] if found else ""
    if asked == "index.html":
        return Response(302, "text/html", b"", {**headers, "Location": "../../mutu#dokumen"})
    folder = _docs_folder(ws)
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if _is_plain(path)}
    if asked not in there:
        raise NotFound("Laporan itu tidak (lagi) tersimpan; setiap pengolahan menulis Data Docs yang baru.")
    path = there[asked]
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = path.read_bytes()
    if kind == "text/html":
        content = _made_local(content.decode("utf-8", "replace"), "../" * visit.path.count("/")).encode()
    return Response(200, kind, content, {**headers, "Content-Security-Policy": _STYLED})


def _models(
    _ws: Workspace, _published: PublishedDatabase, _visit: Visit, headers: Mapping[str, str]
) -> Response:
    if not has_models():
        raise NotFound("Dokumentasi model belum disusun: jalankan `make setup`, lalu mulai ulang Airflow.")
    content = _documentation(MANIFEST.stat().st_mtime_ns)
    return Response(
        200, "text/html; charset=utf-8", content, {**headers, "Content-Security-Policy": _SANDBOXED}
    )


@lru_cache(maxsize=1)
def _documentation(_modified: int) -> bytes:
    """What `dbt docs generate --static --empty-catalog` writes, without starting dbt.

    The columns and their types stand in the models' contracts; a catalogue would only repeat them at the price of a
    look into the warehouse with every run.
    """
    page = package_files("dbt.task.docs").joinpath("index.html").read_text(encoding="utf-8")
    # A browser would fetch these addresses before the program has filled them in.
    page = re.sub(r'<link rel="shortcut icon"[^>]*>', "", page).replace(
        'xlink:href="{{', 'ng-attr-xlink:href="{{'
    )
    catalogue: dict[str, Any] = {"metadata": {}, "nodes": {}, "sources": {}, "errors": None}
    for marker, content in (
        ('"MANIFEST.JSON INLINE DATA"', MANIFEST.read_text(encoding="utf-8")),
        ('"CATALOG.JSON INLINE DATA"', json.dumps(catalogue)),
    ):
        # A description must not be able to end the script that it stands in.
        page = page.replace(marker, content.replace("</", "<\\/"))
    return page.encode()


def _made_local(html: str, root: str) -> str:
    return _FOREIGN.sub("", html).replace("</head>", _OUR_STYLE.format(root=root), 1)


def _docs_folder(ws: Workspace) -> Path:
    folder: Path = ws.settings.report / "data_docs"
    return folder


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
