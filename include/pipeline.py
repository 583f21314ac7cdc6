"""The steps of the main job in their order: what `pantau run` does, and what the DAGs spread over tasks.

Each step is one function of one module; this page only says which comes after which, times them and keeps the
ledger's account of the run. Modules are imported where their step begins: dbt and Great Expectations take seconds to
import, and a run that stops at its configuration should not pay for them.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from include import clock
from include.privacy import without_values
from include.workspace import Workspace

log = logging.getLogger("pantau.pipeline")

INGEST_AT_ONCE = 2
LONGEST_CAUSE = 500  # a database's error may quote whole lists


class PipelineFailed(Exception):
    """A step failed; the last published audit database stands and the next run takes up what is left."""

    def __init__(self, step: str, cause: BaseException) -> None:
        told = without_values(str(cause))
        shown = told if len(told) <= LONGEST_CAUSE else f"{told[:LONGEST_CAUSE]}…"
        super().__init__(f"step {step!r} failed: {type(cause).__name__}: {shown}")
        self.step = step


class LeftBehind(Exception):
    """Some submissions could not be taken in; all others were judged and published."""

    def __init__(self, reasons: dict[str, str]) -> None:
        told = "; ".join(f"{submission_id} ({why})" for submission_id, why in sorted(reasons.items()))
        super().__init__(f"submissions that could not be taken in: {told}")


class NotMatched(Exception):
    """The registries could not be matched; everything else was done with the pairs of before."""


class BriefNotMade(Exception):
    """The coordination brief could not be made; everything else was done, e-mails included."""


@dataclass
class RunReport:
    """What one run did; counts are of this run, the state itself is in the audit database.

    `left_behind` names submissions that could not be landed or loaded, and why: they wait for the next run. `not_matched` says
    why the registries could not be matched. `seconds`
    holds the wall time by step, in the order in which the steps ran. `loaded_at` is when the loading began, by the real clock.
    """

    run_id: str
    as_of: date
    loaded_at: float = 0.0
    taken_in: int = 0
    still_being_written: list[str] = field(default_factory=list)
    in_no_feed: list[str] = field(default_factory=list)
    not_takable: list[str] = field(default_factory=list)
    left_behind: dict[str, str] = field(default_factory=dict)
    not_matched: str | None = None
    not_evaluated: list[str] = field(default_factory=list)
    emails_sent: int = 0
    emails_unchanged: int = 0
    emails_written: int = 0
    emails_failed: int = 0
    emails_waiting: int = 0
    emails_held: int = 0
    receipts: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times a step and names it in the error when it fails."""
        started = time.monotonic()
        try:
            yield
        except Exception as error:
            raise PipelineFailed(name, error) from error
        finally:
            self.seconds[name] = round(time.monotonic() - started, 3)
            log.info("step %s took %.2f s", name, self.seconds[name])


def new_run_id() -> str:
    """A run's name: its UTC start and a random tail, so that two runs of one second stay apart."""
    return f"{clock.now():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"


def run(ws: Workspace, as_of: date | None = None, started_by: str = "command") -> RunReport:
    """Takes in the inbox, transforms, matches, validates, publishes, writes receipts and e-mails.

    Args:
        ws: The regency's home and configuration.
        as_of: The day to judge by; default today in the region's time zone. On another day than today e-mails are
            written and recorded but not sent (contract, section 6).
        started_by: `command`, `files`, `schedule` or `person`, for the ledger.

    Raises:
        PipelineFailed: a step failed. What was taken in stays taken in.
    """
    from include.warehouse.connection import writing_lock

    today = clock.today(ws.configuration.region.timezone)
    report = RunReport(run_id=new_run_id(), as_of=as_of or today)
    _take_in(ws, report)
    # One run at a time from loading to telling: the day to judge by is the warehouse's, not the process's.
    with writing_lock(ws, "run"):
        try:
            _judge(ws, report, started_by)
            _tell(ws, report, send=report.as_of == today)
        except PipelineFailed:
            _close_failed(ws, report)
            raise
        with report.step("close"):
            _close(ws, report, outcome="failed" if report.left_behind or report.not_matched else "succeeded")
    if report.left_behind:
        raise PipelineFailed("take in", LeftBehind(report.left_behind))
    if report.not_matched:
        raise PipelineFailed("match", NotMatched(report.not_matched))
    return report


def _take_in(ws: Workspace, report: RunReport) -> None:
    from include.inbox.claim import claim_complete_files, pending_claims

    with report.step("claim"):
        claimed = claim_complete_files(ws)
        report.still_being_written = claimed.waiting
        report.in_no_feed = claimed.unknown
        report.not_takable = claimed.blocked
    with report.step("ingest"), ThreadPoolExecutor(INGEST_AT_ONCE) as threads:
        waiting = [claim.submission_id for claim in pending_claims(ws)]
        report.taken_in = sum(threads.map(partial(_ingest, ws, report), waiting))


def _ingest(ws: Workspace, report: RunReport, submission_id: str) -> bool:
    """Lands one claim; one that cannot be landed is kept, named, and holds back no other."""
    from include.ingest.submission import WAITING, ingest_claim

    try:
        return ingest_claim(ws, submission_id).reading_status != WAITING
    except Exception as error:
        log.error("submission %s could not be ingested: %s", submission_id, without_values(str(error)))
        report.left_behind[submission_id] = f"{type(error).__name__}: {without_values(str(error))}"
        return False


def _judge(ws: Workspace, report: RunReport, started_by: str) -> None:
    from include.inbox.unpublished import begin_attempt
    from include.warehouse.load import load_landed

    with report.step("load"):
        report.loaded_at = begin_attempt(ws.settings)
        report.left_behind.update(load_landed(ws, report.as_of, report.run_id, started_by).failed)
    with report.step("transform"):
        from include.transform import transform

        transform(ws)
    from include.targeting.match import DEPENDENT_MODELS

    with report.step("match"):
        if _match(ws, report):
            transform(ws, DEPENDENT_MODELS)
    with report.step("validate"):
        from include.quality.validate import validate

        report.not_evaluated = validate(ws, report.as_of, report.run_id).not_evaluated


def _match(ws: Workspace, report: RunReport) -> bool:
    """Whether the registries were matched anew; where that fails, nobody else's aid waits to be judged."""
    from include.targeting.match import match_registries, needs_matching

    try:
        if not needs_matching(ws):
            return False
        match_registries(ws)
    except Exception as error:
        report.not_matched = f"{type(error).__name__}: {without_values(str(error))}"
        log.error("the registries could not be matched: %s", report.not_matched)
        return False
    return True


def _tell(ws: Workspace, report: RunReport, send: bool) -> None:
    from include.alerts import send_alerts
    from include.audit.publish import publish
    from include.ingest.receipt import write_receipts
    from include.report.brief import attachments, try_to_write_brief
    from include.targeting.review import write_reviews

    with report.step("publish"):
        publish(ws, report.as_of, report.run_id)
        no_brief = try_to_write_brief(ws)
    with report.step("receipts"):
        report.receipts = len(write_receipts(ws))
        write_reviews(ws)
    with report.step("alert"):
        brief = attachments(ws, report.as_of)
        emails = send_alerts(ws, report.as_of, report.run_id, send=send, attachments=brief)
        report.emails_sent, report.emails_failed = emails.sent, emails.failed
        report.emails_unchanged, report.emails_written = emails.unchanged, emails.written
        report.emails_waiting, report.emails_held = emails.waiting, emails.held
    if no_brief:
        raise PipelineFailed("brief", BriefNotMade(no_brief))


def _close_failed(ws: Workspace, report: RunReport) -> None:
    """Notes the failure where that is possible; what made the step fail may keep the ledger shut as well."""
    try:
        _close(ws, report, outcome="failed")
    except Exception as error:
        log.warning("the ledger could not be told that the run failed: %s", without_values(str(error)))


def _close(ws: Workspace, report: RunReport, outcome: str) -> None:
    from include.audit.publish import publish_outcome
    from include.inbox.unpublished import note_published
    from include.warehouse.ledger import close_run

    counts = {"taken_in": report.taken_in, "receipts": report.receipts, "emails_sent": report.emails_sent}
    close_run(ws, report.run_id, outcome, counts, report.seconds)
    if ws.settings.audit_db.exists():
        publish_outcome(ws, report.run_id)
    if outcome == "succeeded":
        note_published(ws.settings, report.loaded_at)
