"""The outbox: a mail is on disk and in the ledger before anybody tries to send it, and its outcome right after.

Order of events, so that a kill at any point neither loses nor doubles a mail:
1. the .eml is written into outbox/.prepared/;
2. its row is committed (`queued`, or `written` where it is not to be sent);
3. the .eml moves to outbox/ (a run that was killed before this is tidied up by the next: `settle`);
4. it is handed to the SMTP server;
5. the server's answers and the new status are committed.
A kill between the server's acceptance and step 5 is the one moment that SMTP cannot tell apart: the mail goes out once
more, with the same Message-ID.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import duckdb

from include.alerts.letter import Envelope, Letter, compose, readdressed, sender_address
from include.alerts.smtp import Courier, Outcome, Reply
from include.warehouse.connection import HasHome, transaction, writer

log = logging.getLogger("pantau.alerts")

Mode = Literal["send", "file", "dry_run"]
PATIENCE = timedelta(days=5)
_PREPARED = ".prepared"


class Office(HasHome, Protocol):
    """Whose outbox it is, and in whose name it writes."""

    @property
    def sender(self) -> str:
        """Whom the mails come from: an address, alone or with a name before it."""

    @property
    def reply_to(self) -> str:
        """Who gets the answers."""


@dataclass(frozen=True)
class Draft:
    """A mail that is due: rendered, addressed, not yet in the outbox."""

    kind: str
    recipient_role: str
    opd_code: str | None
    letter: Letter
    envelope: Envelope
    state_hash: str
    state: dict[str, Any]
    flags_new: int = 0
    flags_open: int = 0
    flags_resolved: int = 0

    @property
    def alert_id(self) -> str:
        """The mail's name, in the ledger and in its Message-ID."""
        return self.envelope.alert_id


@dataclass(frozen=True)
class Waiting:
    """A queued mail, the addresses that have not got it yet, and since when (UTC) the server puts which of them off.

    `reader` is the To address; the others get copies.
    """

    alert_id: str
    eml_file: str
    body_sha256: str
    attempts: int
    addresses: tuple[str, ...]
    put_off_since: dict[str, datetime]
    reader: str
    reader_has_it: bool


def alert_id(*parts: object) -> str:
    """A name that depends on nothing but what the mail is about."""
    # The letter in front keeps it, in a Message-ID and a file's name, apart from numbers that may be somebody's.
    return "a" + hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:15]


@contextmanager
def sole_sender(ws: Office) -> Iterator[None]:
    """Keeps two runs from sending at once; the warehouse itself stays free while a slow server makes us wait."""
    descriptor = os.open(ws.settings.home / ".outbox.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def settle(ws: Office) -> None:
    """Finishes what a killed run had prepared and committed, and drops what it had not."""
    prepared = sorted((ws.settings.outbox / _PREPARED).glob("*.eml"))
    if not prepared:
        return
    with writer(ws, "outbox") as connection:
        for path in prepared:
            committed = connection.execute(
                "select 1 from ledger.outbox where eml_file = ? and body_sha256 = ?",
                [path.name, hashlib.sha256(path.read_bytes()).hexdigest()],
            )
            if committed.fetchone():
                path.rename(ws.settings.outbox / path.name)
            else:
                path.unlink()


def known(connection: duckdb.DuckDBPyConnection, alert: str) -> bool:
    """Whether this very mail is in the outbox already."""
    return (
        connection.execute("select 1 from ledger.outbox where alert_id = ?", [alert]).fetchone() is not None
    )


def commit(ws: Office, drafts: Sequence[Draft], as_of: date, run_id: str, mode: Mode) -> None:
    """Steps 1 to 3 for all drafts; their rows come into being together."""
    if not drafts:
        return
    folder = ws.settings.outbox / _PREPARED
    status = "queued" if mode == "send" else "written"
    rows = [_prepare(folder, draft, as_of, run_id, status) for draft in drafts]
    with writer(ws, "outbox") as connection, transaction(connection):
        for row in rows:
            names = ", ".join(row)
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into ledger.outbox ({names}) values ({marks})", list(row.values()))
    for row in rows:
        (folder / row["eml_file"]).rename(ws.settings.outbox / row["eml_file"])
        log.info("e-mail %s (%s) is in the outbox: %s", row["alert_id"], row["kind"], status)


def waiting(ws: Office) -> list[Waiting]:
    """Queued mails, oldest first, with the addresses that are still to be served."""
    with writer(ws, "outbox") as connection:
        rows = connection.execute(
            "select alert_id, eml_file, body_sha256, attempts, recipients, cc from ledger.outbox"
            " where status = 'queued' order by created_at, alert_id"
        ).fetchall()
        done = connection.execute(
            "select alert_id, address, outcome from ledger.outbox_attempts where outcome in ('accepted', 'refused')"
        ).fetchall()
        put_off = connection.execute(
            "select alert_id, map_from_entries(list((address, since))) from ("
            "select alert_id, address, min(attempted_at) as since from ledger.outbox_attempts"
            " where outcome = 'deferred' group by alert_id, address) group by alert_id"
        ).fetchall()
    since = dict(put_off)
    served = {(alert, address): outcome for alert, address, outcome in done}
    return [
        Waiting(
            alert_id=alert,
            eml_file=eml_file,
            body_sha256=sha256,
            attempts=attempts,
            put_off_since=since.get(alert, {}),
            addresses=tuple(a for a in json.loads(to) + json.loads(cc) if (alert, a) not in served),
            reader=json.loads(to)[0],
            reader_has_it=served.get((alert, json.loads(to)[0])) == "accepted",
        )
        for alert, eml_file, sha256, attempts, to, cc in rows
    ]


def deliver(ws: Office, courier: Courier, now: datetime, outcomes: dict[str, str]) -> None:
    """Steps 4 and 5 for everything that waits; fills in the new status of each mail that was tried.

    What stands in `outcomes` already is not tried again: a server that put a mail off wants to be left alone for a while.
    """
    for mail in waiting(ws):
        if courier.given_up:
            break
        if mail.alert_id in outcomes:
            continue
        path = ws.settings.outbox / mail.eml_file
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != mail.body_sha256:
            replies = [
                Reply(a, "refused", "the .eml in outbox/ is missing or was altered") for a in mail.addresses
            ]
        else:
            content = _from_today(ws, mail, content)
            replies = courier.deliver(sender_address(ws.sender), mail.addresses, content)
            if not courier.given_up:
                replies = [_impatient(reply, mail, now) for reply in replies]
        outcomes[mail.alert_id] = _record(ws, mail, replies, now)


def _from_today(ws: Office, mail: Waiting, content: bytes) -> bytes:
    """A mail that has waited goes out under the sender and to the secretariat of today, under its own Message-ID.

    It was queued, perhaps, because its sender was wrong. The order of events is that of a new mail: written beside, its
    SHA-256 committed, moved into its place.
    """
    mended = readdressed(content, ws.sender, ws.reply_to)
    if mended == content:
        return content
    folder = ws.settings.outbox / _PREPARED
    _write(folder, mail.eml_file, mended)
    with writer(ws, "outbox") as connection, transaction(connection):
        connection.execute(
            "update ledger.outbox set body_sha256 = ? where alert_id = ?",
            [hashlib.sha256(mended).hexdigest(), mail.alert_id],
        )
    (folder / mail.eml_file).rename(ws.settings.outbox / mail.eml_file)
    return mended


def _write(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _prepare(folder: Path, draft: Draft, as_of: date, run_id: str, status: str) -> dict[str, Any]:
    content = compose(draft.letter, draft.envelope)
    name = "-".join(filter(None, (as_of.isoformat(), draft.kind, draft.opd_code, draft.alert_id))) + ".eml"
    _write(folder, name, content)
    return {
        "alert_id": draft.alert_id,
        "kind": draft.kind,
        "recipient_role": draft.recipient_role,
        "recipients": json.dumps(draft.envelope.to),
        "cc": json.dumps(draft.envelope.cc),
        "opd_code": draft.opd_code,
        "subject": draft.letter.subject,
        "body_sha256": hashlib.sha256(content).hexdigest(),
        "message_id": draft.envelope.message_id,
        "state_hash": draft.state_hash,
        "eml_file": name,
        "as_of": as_of,
        "run_id": run_id,
        "created_at": _utc(draft.envelope.written_at),
        "status": status,
        "flags_new": draft.flags_new,
        "flags_open": draft.flags_open,
        "flags_resolved": draft.flags_resolved,
        "state": json.dumps(draft.state),
    }


def _record(ws: Office, mail: Waiting, replies: list[Reply], now: datetime) -> str:
    outcomes = {reply.outcome for reply in replies}
    reached = mail.reader_has_it or any(r.address == mail.reader and r.outcome == "accepted" for r in replies)
    status = "queued" if outcomes & {"deferred", "unanswered"} else "sent" if reached else "failed"
    error = "; ".join(f"{r.address}: {r.text}" for r in replies if r.outcome != "accepted") or None
    attempt = mail.attempts + 1
    with writer(ws, "outbox") as connection, transaction(connection):
        for reply in replies:
            connection.execute(
                "insert into ledger.outbox_attempts values (?, ?, ?, ?, ?, ?)",
                [mail.alert_id, attempt, _utc(now), reply.address, reply.outcome, reply.text],
            )
        connection.execute(
            "update ledger.outbox set status = ?, attempts = ?, error = ?, sent_at = ? where alert_id = ?",
            [status, attempt, error, _utc(now) if status == "sent" else None, mail.alert_id],
        )
    # Addresses may be people's names: the log gets numbers, the ledger keeps the rest.
    counts = ", ".join(f"{sum(r.outcome == o for r in replies)} {o}" for o in get_args(Outcome))
    log.log(
        logging.WARNING if error else logging.INFO,
        "e-mail %s is %s after attempt %d: %s",
        mail.alert_id,
        status,
        attempt,
        counts,
    )
    return status


def _impatient(reply: Reply, mail: Waiting, now: datetime) -> Reply:
    """A server that has put one address off for days will not change its mind.

    The days of an outage, ours or the server's, are not counted: nobody was put off then.
    """
    put_off_since = mail.put_off_since.get(reply.address, _utc(now))
    if reply.outcome != "deferred" or _utc(now) - put_off_since <= PATIENCE:
        return reply
    return Reply(reply.address, "refused", f"given up after {PATIENCE.days} days: {reply.text}")


def _utc(moment: datetime) -> datetime:
    """As the ledger keeps times: UTC without an offset."""
    return moment.astimezone(UTC).replace(tzinfo=None)
