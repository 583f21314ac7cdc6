"""The steps in their order: what one run may not do to another, and what a failure leaves behind."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from include import pipeline
from include.alerts import AlertReport
from include.pipeline import PipelineFailed
from include.warehouse.connection import writer
from include.warehouse.ledger import RunOvertaken, require_current_run
from include.workspace import Workspace

GOLDEN = Path(__file__).parents[1] / "integration" / "golden" / "config"


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_CONFIG", str(GOLDEN))
    monkeypatch.setenv("PANTAU_NOW", "2024-02-16T09:00:00+08:00")
    return Workspace.open()


def test_a_step_of_an_overtaken_run_is_refused() -> None:
    warehouse = duckdb.connect()
    warehouse.execute(
        "create schema reference; create table reference.parameters as select 'later' as run_id"
    )
    require_current_run(warehouse, "later")
    with pytest.raises(RunOvertaken, match="earlier was overtaken by run later"):
        require_current_run(warehouse, "earlier")


def test_an_error_is_told_without_the_values_it_quotes() -> None:
    failed = PipelineFailed(
        "load", ValueError("Could not convert 'SITI AMINAH' 5205 0599 0190 0001 to INT32")
    )
    assert "SITI" not in str(failed)
    assert "0199" not in str(failed)
    assert "Could not convert" in str(failed)


def test_a_warehouse_that_is_none_is_told_and_not_hidden_by_the_closing(ws: Workspace) -> None:
    ws.settings.warehouse_file.write_bytes(b"junk" * 4096)
    with pytest.raises(PipelineFailed, match="load"):
        pipeline.run(ws)


def test_a_submission_that_cannot_be_loaded_fails_the_run_after_all_others_are_published(
    ws: Workspace,
) -> None:
    broken = ws.settings.landing / "dkp/beras/penyaluran" / "s012345678901234.json"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_text(json.dumps({"submission_id": "s012345678901234"}))
    with pytest.raises(PipelineFailed, match="s012345678901234"):
        pipeline.run(ws, date(2024, 2, 16))
    assert ws.settings.audit_db.exists()
    with writer(ws) as warehouse:
        assert warehouse.execute("select outcome from ledger.runs").fetchall() == [("failed",)]


def test_a_claimed_file_whose_feed_left_the_configuration_is_refused_and_kept(ws: Workspace) -> None:
    from include.inbox.claim import claim_complete_files
    from include.ingest.submission import ingest_claim

    (ws.settings.inbox / "dkp/beras/penyaluran" / "log.csv").write_text("NIK,Jumlah\n1,2\n")
    [claim] = claim_complete_files(ws).claims
    feeds = [feed for feed in ws.configuration.feeds if feed.path != claim.feed]
    renamed = Workspace(ws.settings, ws.configuration.model_copy(update={"feeds": feeds}))
    manifest = ingest_claim(renamed, claim.submission_id)
    assert (manifest.reading_status, manifest.reason) == ("rejected", "feed_unknown")
    assert (ws.settings.archive / claim.sha256[:2] / claim.sha256).exists()


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """Nothing is published, and who would be written to is only noted."""
    told: list[dict] = []

    def send_alerts(*_: object, **options: object) -> AlertReport:
        told.append(options)
        return AlertReport(written=1)

    monkeypatch.setattr("include.audit.publish.publish", lambda *_: None)
    monkeypatch.setattr("include.ingest.receipt.write_receipts", lambda _: [])
    monkeypatch.setattr("include.targeting.review.write_reviews", lambda _: [])
    monkeypatch.setattr("include.alerts.send_alerts", send_alerts)
    return told


def test_the_brief_goes_with_the_emails(
    ws: Workspace, telling: list[dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_brief(ws: Workspace) -> None:
        (ws.settings.report / "bahan-rapat-koordinasi.pdf").write_bytes(b"%PDF")

    monkeypatch.setattr("include.report.brief.try_to_write_brief", write_brief)
    report = pipeline.RunReport("run", date(2024, 2, 16))
    pipeline._tell(ws, report, send=True)
    [brief] = telling[0]["attachments"]
    assert (brief.name, brief.content) == ("bahan-rapat-koordinasi-2024-02-16.pdf", b"%PDF")
    assert list(report.seconds) == ["publish", "receipts", "alert"]  # the summary prints nothing new


def test_a_brief_that_cannot_be_made_holds_no_email_back_and_fails_the_run(
    ws: Workspace, telling: list[dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.report.brief.try_to_write_brief", lambda _: "OSError: no space left")
    report = pipeline.RunReport("run", date(2024, 2, 16))
    with pytest.raises(PipelineFailed, match="'brief' failed: BriefNotMade: OSError: no space left"):
        pipeline._tell(ws, report, send=True)
    assert telling == [{"send": True, "attachments": []}]
    assert report.emails_written == 1


def test_registries_that_cannot_be_matched_hold_nobodys_judgement_back_and_fail_the_run(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Workspace) -> None:
        raise ValueError("math domain error")

    monkeypatch.setattr("include.targeting.match.needs_matching", lambda _: True)
    monkeypatch.setattr("include.targeting.match.match_registries", fail)
    with pytest.raises(PipelineFailed, match="'match' failed: NotMatched: ValueError: math domain error"):
        pipeline.run(ws, date(2024, 2, 16))
    assert ws.settings.audit_db.exists()
    with writer(ws) as warehouse:
        assert warehouse.execute("select outcome from ledger.runs").fetchall() == [("failed",)]
