"""Berkas: who has reported what, which files came, and what became of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from include.report.pages.request import NotFound, Page, Source, View
from include.report.pages.words import KINDS, LOGS, SUBMISSIONS, status
from include.report.queries import Row, rows

HERE = Path(__file__).parent
ROOM = 25
"""Files on one page."""

_PLACES = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_RECEIVED = ("received", "nil", "late")


def files(source: Source, arguments: Mapping[str, str]) -> View:
    """The matrix of OPDs and periods, the reasons, and a page of the list of files."""
    connection = source.connection
    opds = rows(connection, HERE / "opds.sql")
    opd = next((row["opd_code"] for row in opds if row["opd_code"] == arguments.get("opd")), None)
    outcome = arguments.get("status") if arguments.get("status") in SUBMISSIONS else None
    number = _page_number(arguments.get("halaman"))
    places = _places(arguments.get("urut"))
    first, last = places or (None, None)
    asked = {
        "opd": opd, "status": outcome, "first": first, "last": last, "room": ROOM, "skip": (number - 1) * ROOM,
    }  # fmt: skip
    found = rows(connection, HERE / "submissions.sql", asked)
    total = found[0]["total"] if found else 0
    return {
        "matrix": _matrix(rows(connection, HERE / "matrix.sql")),
        "logs": list(LOGS.values()),
        "no_list": rows(connection, HERE / "recipients.sql"),
        "reasons": rows(connection, HERE / "reasons.sql"),
        "opds": opds,
        "opd": opd,
        "statuses": list(SUBMISSIONS.values()),
        "status": outcome,
        "places": f"{places[0]}-{places[1]}" if places else None,
        "files": [_file(row) for row in found],
        "total": total,
        "number": number,
        "pages": -(-total // ROOM),
        "first": (number - 1) * ROOM + 1,
    }


def receipt(source: Source, arguments: Mapping[str, str]) -> View:
    """One file, by its receipt number or its submission's id: its counts, its reasons with their places, its remarks.

    Raises:
        NotFound: no file of this publication is called so.
    """
    found = rows(source.connection, HERE / "receipt.sql", {"receipt": arguments["receipt"]})
    if not found:
        raise NotFound(
            "Berkas dengan nomor itu tidak ada dalam terbitan ini. Berkas yang baru diterima terbit pada akhir pengolahan "
            "berikutnya."
        )
    [about] = found
    asked = {"submission": about["submission_id"]}
    return {
        "title": f"Tanda terima {about['receipt_number']}",
        "about": _file(about),
        "reasons": rows(source.connection, HERE / "receipt_reasons.sql", asked),
        "warnings": rows(source.connection, HERE / "receipt_warnings.sql", asked),
    }


def _file(row: Row) -> View:
    return {**row, "outcome": status(SUBMISSIONS, row["status"]), "kind": KINDS.get(row["kind"], "–")}


def _matrix(found: Sequence[Row]) -> View:
    """A line a programme, a column a period; a period in which a programme owes nothing stays empty."""
    periods = sorted({row["period"] for row in found})
    lines = []
    for (opd, program), own in groupby(found, key=lambda row: (row["opd_name"], row["program_name"])):
        by_period = {row["period"]: _cell(row) for row in own}
        lines.append({"opd": opd, "program": program, "cells": [by_period.get(one) for one in periods]})
    return {"periods": periods, "lines": lines}


def _cell(row: Row) -> View:
    reported = sum(row[name] for name in _RECEIVED)
    if row["missing"]:
        css = "bad" if not reported else "partial"
    elif row["pending"]:
        css = "idle"
    else:
        css = "late" if row["late"] else "good"
    return {**row, "reported": reported, "css": css}


def _places(text: str | None) -> tuple[int, int] | None:
    """`120-140`: the submissions with these places in the ledger, as a run's links in Airflow name what it has loaded."""
    found = _PLACES.fullmatch(text or "")
    return (int(found[1]), int(found[2])) if found else None


def _page_number(text: str | None) -> int:
    return max(1, min(int(text), 100_000)) if text and text.isascii() and text.isdigit() else 1


FILES = Page("berkas", "Berkas", "files/page.html", files, query=("opd", "status", "halaman", "urut"))
RECEIPT = Page("berkas", "Tanda terima", "files/receipt.html", receipt)
