"""Decides which e-mails are due, puts them into the outbox and sends them: the last step of a run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from include import clock
from include.alerts import digest, escalation, heartbeat, notices, outbox, reminder
from include.alerts.letter import Attachment
from include.alerts.occasion import Occasion
from include.alerts.outbox import Draft, Mode
from include.alerts.smtp import Courier, parse_url
from include.alerts.wording import register
from include.warehouse.connection import writer
from include.warehouse.ledger import require_current_run

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.alerts")


@dataclass
class AlertReport:
    """What became of the e-mails of one run; `waiting` stay queued for the next one."""

    sent: int = 0
    failed: int = 0
    unchanged: int = 0
    written: int = 0
    held: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Due:
    """The mails that are due, and how many digests were held back or had nothing new."""

    drafts: list[Draft]
    held: int
    unchanged: int


def decide(occasion: Occasion) -> Due:
    """Decides and renders every mail that is due to OPDs, coordinator and chair; writes nothing."""
    register(occasion.connection)
    occasion.remember()
    occasion.rows("compared_flags", {"as_of": occasion.as_of})
    occasion.rows("alert_flags")
    digests = digest.due(occasion)
    drafts = [*digests.drafts, *reminder.due(occasion), *escalation.due(occasion)]
    drafts += heartbeat.due(occasion, digests.quiet_opds.difference(draft.opd_code for draft in drafts))
    drafts += notices.submission_notices(occasion)
    return Due(drafts, digests.held, digests.unchanged)


# Who hears of what could not be done, in this order and after all others: each tells which mails before it were refused.
TROUBLE = (notices.engineer_notices, notices.coordinator_notices)


def send_alerts(
    ws: Workspace, as_of: date, run_id: str, send: bool, attachments: Sequence[Attachment] = ()
) -> AlertReport:
    """Sends what waits from earlier runs, then what is due now; see outbox.py for the order of events.

    Args:
        ws: The regency's home and configuration.
        as_of: The day by which the flags were judged.
        run_id: The run that the mails belong to.
        send: False (a dry run, or another day than today): due mails are written to outbox/ and recorded as
            `written`, never sent and not counted as told.
        attachments: Files that go with every mail that the coordinator gets, be it as a copy.

    Without PANTAU_SMTP_URL outbox/ is the delivery: mails are `written` and count as told until a server is configured.
    """
    courier = Courier(parse_url(ws.settings.smtp_url)) if ws.settings.smtp_url else None
    mode: Mode = "dry_run" if not send else "send" if courier else "file"
    report = AlertReport()
    outcomes: dict[str, str] = {}

    def deliver() -> None:
        if mode == "send" and courier is not None:
            outbox.deliver(ws, courier, clock.now(), outcomes)

    def tell(deciding: Callable[[Occasion], list[Draft]]) -> None:
        with writer(ws, "alerts") as connection:
            require_current_run(connection, run_id)
            drafts = deciding(
                Occasion(
                    ws, connection, as_of, run_id, mode, courier is None, clock.now(), tuple(attachments)
                )
            )
        outbox.commit(ws, drafts, as_of, run_id, mode)
        report.written += 0 if mode == "send" else len(drafts)
        deliver()

    def ordinary(occasion: Occasion) -> list[Draft]:
        due = decide(occasion)
        report.held, report.unchanged = due.held, due.unchanged
        return due.drafts

    with outbox.sole_sender(ws), _closing(courier):
        outbox.settle(ws)
        deliver()
        tell(ordinary)
        for deciding in TROUBLE:
            tell(deciding)
        report.waiting = len(outbox.waiting(ws)) if mode == "send" else 0
    report.sent = sum(status == "sent" for status in outcomes.values())
    report.failed = sum(status == "failed" for status in outcomes.values())
    log.info(
        "e-mails: %d sent, %d written, %d failed, %d held, %d unchanged, %d wait for the server",
        report.sent, report.written, report.failed, report.held, report.unchanged, report.waiting,
    )  # fmt: skip
    return report


@contextmanager
def _closing(courier: Courier | None) -> Iterator[None]:
    try:
        yield
    finally:
        if courier is not None:
            courier.close()
