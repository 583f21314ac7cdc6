"""The summary shows what the published audit database holds, and the JSON object has the contract's keys."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from include.audit.query import QueryError
from include.config import load_configuration
from include.pipeline import RunReport
from include.report.summary import as_object, print_summary, summarise
from include.settings import Settings
from include.workspace import Workspace

CONFIG = Path(__file__).parents[3] / "include" / "config" / "dompu"

_PUBLISHED = """
    create schema audit;
    create table audit.delivery_accuracy as
    select * from (values
        ('dkp', 'beras', 'on_time', 'exact'), ('dkp', 'beras', 'missing', 'none'), ('dkp', 'beras', 'missing', 'none'),
        ('dpmpd', 'blt_dd', 'late', 'exact'), ('dpmpd', 'blt_dd', 'incomplete', 'under')
    ) as t (opd_code, program_code, timing_status, amount_status);
    create table audit.submissions as
    select * from (values
        ('dkp', 'beras', 'partial', 10, 7, 2, 1), ('dkp', 'beras', 'accepted', 5, 5, 0, 0),
        (null, null, 'rejected', 0, 0, 0, 0)
    ) as t (opd_code, program_code, status, rows_read, rows_accepted, rows_rejected, rows_skipped);
    create table audit.flags as
    select * from (values
        ('delivery_missing', null), ('delivery_missing', null), ('amount_under', null), ('amount_under', date '2024-02-01')
    ) as t (rule, resolved_on);
    create table audit.alerts as select * from (values ('sent'), ('sent'), ('written')) as t (status);
    create table audit.runs as select date '2024-02-09' as as_of, timestamp '2024-02-09 01:00:00' as started_at;
"""


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    settings = Settings(home=tmp_path / "home", config_dir=CONFIG)
    settings.make_folders()
    return Workspace(settings, load_configuration(settings.config_dir))


@pytest.fixture
def published(ws: Workspace) -> Workspace:
    with duckdb.connect(str(ws.settings.audit_db)) as connection:
        connection.execute(_PUBLISHED)
    return ws


@pytest.fixture
def report() -> RunReport:
    return RunReport(
        "run1", date(2024, 2, 9), taken_in=3, in_no_feed=["salah/[x].csv"], emails_sent=2, emails_unchanged=1,
        receipts=3, seconds={"claim": 0.5, "ingest": 1.25},
    )  # fmt: skip


def test_the_json_object_is_the_contracts(published: Workspace, report: RunReport) -> None:
    shown = json.loads(json.dumps(as_object(published, report)))
    assert shown == {
        "as_of": "2024-02-09",
        "submissions": {"accepted": 1, "partial": 1, "rejected": 1, "duplicate": 0},
        "rows": {"read": 15, "accepted": 12, "rejected": 2, "skipped": 1},
        "timing": {"on_time": 1, "late": 1, "pending": 0, "incomplete": 1, "missing": 2, "undated": 0},
        "amount": {"exact": 2, "under": 1, "over": 0, "none": 2},
        "flags": {"delivery_missing": 2, "amount_under": 1},
        "emails": {"sent": 2, "unchanged": 1, "written": 0, "failed": 0, "waiting": 0, "held": 0},
        "audit_db": str(published.settings.audit_db),
        "seconds": {"claim": 0.5, "ingest": 1.25},
    }


def test_rows_are_kept_in_balance(published: Workspace) -> None:
    rows = summarise(published).rows
    assert rows["read"] == rows["accepted"] + rows["rejected"] + rows["skipped"]


@pytest.mark.parametrize("with_report", [True, False])
def test_the_tables_show_every_opd_and_programme(
    published: Workspace, report: RunReport, with_report: bool
) -> None:
    written = io.StringIO()
    print_summary(published, report if with_report else None, Console(file=written, width=80))
    shown = written.getvalue()
    lines = [line.split() for line in shown.splitlines()]
    assert ["dkp", "beras", "3", "1", "0", "0", "0", "2", "0"] in lines
    assert ["dpmpd", "blt_dd", "2", "0", "1", "0", "1", "0", "0"] in lines
    assert ["dkp", "beras", "2", "15", "12", "2", "1"] in lines
    assert "Incomplete" in shown  # nothing is cut off at 80 characters
    assert ["(no", "feed)", "-", "1", "0", "0", "0", "0"] in lines
    assert ["delivery_missing", "2"] in lines
    assert "E-mails: 2 sent, 1 written" in shown
    assert ("In no feed's folder: salah/[x].csv" in shown) is with_report


def test_nothing_published_is_said_plainly(ws: Workspace) -> None:
    with pytest.raises(QueryError):
        summarise(ws)
