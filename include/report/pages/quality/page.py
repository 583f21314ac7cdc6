"""Mutu: whether every rule was evaluated and what it found, and how the runs went."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from include.alerts.wording import wording
from include.report.pages.downloads import MODELS, data_docs, has_models
from include.report.pages.request import Page, Source, View
from include.report.pages.words import OUTCOMES, RUNS, STARTED_BY, status
from include.report.queries import Row, rows

HERE = Path(__file__).parent
ROOM = 30
"""Runs and publications on the page."""

MAILS = {
    "sent": "terkirim",
    "written": "ditulis ke outbox",
    "failed": "gagal",
    "waiting": "menunggu server surel",
    "queued": "menunggu dikirim",
}


def view(source: Source, _arguments: Mapping[str, str]) -> View:
    """Rules, runs, publications, e-mails."""
    connection = source.connection
    rules = [_rule(row) for row in rows(connection, HERE / "rules.sql")]
    runs = [_run(row) for row in rows(connection, HERE / "runs.sql", {"room": ROOM})]
    return {
        "rules": sorted(rules, key=lambda row: (row["rank"], row["rule"])),
        "evaluated": sum(row["outcome"] in ("passed", "failed") for row in rules),
        "runs": runs,
        "slowest": max((run["total"] for run in runs), default=0),
        "versions": json.loads(runs[0]["versions"] or "{}") if runs else {},
        "publications": rows(connection, HERE / "publications.sql", {"room": 10}),
        "mails": [
            {**row, "label": MAILS.get(row["status"], row["status"])}
            for row in rows(connection, HERE / "alerts.sql")
        ],
        "data_docs": data_docs(source.ws),
        "models": "mutu/model" if has_models() else None,
    }


def models(_source: Source, _arguments: Mapping[str, str]) -> View:
    """The page that dbt makes of its models, in a frame of its own."""
    return {"address": f"../{MODELS}"}


def _rule(row: Row) -> View:
    words = wording().of(row["rule"])
    return {
        **row,
        "label": words.label,
        "rank": words.rank,
        "nature": wording().natures.get(row["severity"], row["severity"]),
        "status": status(OUTCOMES, row["outcome"]),
    }


def _run(row: Row) -> View:
    seconds = json.loads(row["seconds"] or "{}")
    return {
        **row,
        "status": status(RUNS, row["outcome"]),
        "by": STARTED_BY.get(row["started_by"], row["started_by"]),
        "steps": [{"name": name, "seconds": spent} for name, spent in seconds.items()],
        "total": sum(seconds.values()),
    }


QUALITY = Page("mutu", "Mutu", "quality/page.html", view)
QUALITY_MODELS = Page("mutu", "Model data", "quality/models.html", models)
