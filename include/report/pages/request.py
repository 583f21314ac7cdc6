"""What a page is given, and what it gives back: no web framework in here, so that a page is made in a test as in Airflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from include.report.pages.publication import Heading
from include.workspace import Workspace

View = dict[str, Any]


class NotFound(LookupError):
    """There is no such page; the message says what is known instead."""


class NotAllowed(PermissionError):
    """This login may not have it."""


@dataclass(frozen=True)
class Source:
    """What a page is made from: one publication, and the configuration beside it."""

    ws: Workspace
    connection: duckdb.DuckDBPyConnection
    heading: Heading


@dataclass(frozen=True)
class Visit:
    """Who asks for what. `may_download`: whether this login may have files that name persons."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    may_download: bool = False
    login: str = "-"


@dataclass(frozen=True)
class Response:
    """An answer; a path as `body` is a file to be sent as a download."""

    status: int
    media_type: str
    body: bytes | Path
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page of the site.

    Attributes:
        section: The part of the navigation that it belongs to.
        title: Its heading and the window's title.
        template: Its Jinja file, below this folder.
        view: Everything that the template shows, made of one publication.
        query: The query parameters that it knows; others are ignored.
    """

    section: str
    title: str
    template: str
    view: Callable[[Source, Mapping[str, str]], View]
    query: tuple[str, ...] = ()
