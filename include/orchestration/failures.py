"""Mails the data engineer when a task has failed for good or a run is late, round the warehouse: that may be the trouble."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from include import clock
from include.alerts.smtp import Courier, SmtpProblem, parse_url
from include.config.regencies import regency_of
from include.orchestration import lenient
from include.orchestration.outcome import StepsFailed
from include.privacy import without_long_numbers, without_values
from include.settings import Settings

log = logging.getLogger("pantau.dag")

QUIET_SECONDS = 3600
"""The same failure is told once an hour: while files wait, a broken configuration fails a run a minute."""

_OURS = ("include.", "expectations.")
_OF_DBT = "CosmosDbtRunError"
"""By its name: Cosmos takes a second to import, and this module is imported by every DAG."""
_MESSAGE_AT_MOST = 2000


@dataclass(frozen=True)
class Office:
    """Whose trouble it is: who is told, from which address (None: from the same), and whose outbox keeps the mail."""

    engineer: str | None
    sender: str | None
    settings: Settings


def tell_the_engineer(context: Any) -> None:
    """Callback of a failed task: writes the mail to the outbox and sends it where an SMTP server is set."""
    tell_of_failure(context, office_of(regency_of(context["ti"].dag_id)))


def office_of(regency: str | None) -> Office:
    """The only regency, or one of several, however little of its configuration can be read."""
    return Office(lenient.engineer_email(regency), lenient.sender(regency), Settings.of(regency))


def tell_of_failure(context: Any, office: Office) -> None:
    """Mails what Airflow knows of a failed task, unless the failed steps have mailed by themselves."""
    error = context.get("exception")
    if isinstance(error, StepsFailed) and error.told_already:
        return
    ti = context["ti"]
    mail_the_engineer(
        office,
        about=f"{ti.dag_id}/{ti.task_id}/{describe(error)}",
        number=f"failure-{short(f'{ti.dag_id}{ti.run_id}{ti.task_id}{ti.map_index}')}",
        subject=f"{ti.dag_id}: {ti.task_id} failed",
        text=_failure(ti, error),
    )


def mail_the_engineer(office: Office, about: str, number: str, subject: str, text: str) -> None:
    """Writes a mail to the outbox and sends it where an SMTP server is set; about one thing at most one an hour.

    Args:
        office: Whose data engineer.
        about: What tells this trouble from others.
        number: The Message-ID's own part.
        subject: What is wrong, in a line.
        text: What is wrong and what to do; no value of a file.
    """
    if office.engineer is None:
        log.error("nobody can be told of this: no engineer_email and no coordinator can be read")
        return
    marker = office.settings.home / ".failures_told" / short(about)
    if _told_lately(marker):
        log.info("the data engineer was told of this within the last hour already")
        return
    message = EmailMessage()
    message["From"], message["To"] = office.sender or office.engineer, office.engineer
    message["Subject"] = f"[Pantau Salur] {subject}"
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{number}@pantau-salur>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    _deliver(office.settings, message)
    _note_as_told(marker)
    log.info("the data engineer was told: %s", subject)


def describe(error: BaseException | str | None) -> str:
    """What went wrong. Of a library's error only the kind: its message may quote a value of a file."""
    if not isinstance(error, BaseException):
        return "the task was ended from outside (killed, or it ran too long)"
    kind = type(error)
    if kind.__name__ == _OF_DBT:
        # A line for each model and test that failed, in words of dbt; what it quotes is left out.
        lines = [without_values(line) for line in str(error).splitlines()]
        return "\n       ".join(line for line in lines if line)[:_MESSAGE_AT_MOST]
    ours = isinstance(error, AirflowFailException) or kind.__module__.startswith(_OURS)
    if not ours:
        return f"{kind.__name__} (the task's log says more)"
    return without_long_numbers(f"{kind.__name__}: {error}")[:_MESSAGE_AT_MOST]


def _failure(ti: Any, error: BaseException | str | None) -> str:
    return (
        f"Task {ti.task_id} of {ti.dag_id} has failed, and no further try is due.\n\n"
        f"Run:   {ti.run_id}\nTry:   {ti.try_number}\nError: {describe(error)}\n\nLog:   {ti.log_url}\n\n"
        "What was taken in is kept, and what was last published stands. While something is unpublished, a\n"
        "new run follows by itself. The task's documentation in Airflow says whether to clear it instead.\n"
    )


def _deliver(settings: Settings, message: EmailMessage) -> None:
    content = message.as_bytes(policy=SMTP)
    settings.outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").split("@", 1)[0]
    (settings.outbox / f"{clock.now():%Y%m%dT%H%M%SZ}-{name}.eml").write_bytes(content)
    if not settings.smtp_url:
        return
    courier = Courier(parse_url(settings.smtp_url))
    try:
        replies = courier.deliver(str(message["From"]), [str(message["To"])], content)
    finally:
        courier.close()
    if any(reply.outcome != "accepted" for reply in replies):
        raise SmtpProblem(f"the mail to the data engineer was not accepted: {replies[0].text}")


def _told_lately(marker: Path) -> bool:
    return marker.exists() and time.time() - marker.stat().st_mtime < QUIET_SECONDS


def _note_as_told(marker: Path) -> None:
    marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    marker.touch()


def short(text: str) -> str:
    """A name of a fixed length, for a marker's file or a Message-ID."""
    return "f" + sha256(text.encode()).hexdigest()[:15]
