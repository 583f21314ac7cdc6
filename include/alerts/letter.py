"""A mail as bytes: the rendered parts under headers that mail programs and auditors can rely on.

Everything is derived from the mail's own data, boundaries included, so the same mail is the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import parseaddr
from typing import Literal
from zoneinfo import ZoneInfo

from include.language.inert import inert

SUBJECT_LENGTH = 250
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes
    media_type: str = XLSX


@dataclass(frozen=True)
class Image:
    """A PNG that the HTML shows in its place, as `cid:…`."""

    cid: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """What the reader sees."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom, in which thread."""

    alert_id: str
    message_id: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    reply_to: str
    list_id: str
    written_at: datetime
    timezone: str
    urgent: bool = False
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()


def message_id(alert_id: str, regency_code: str) -> str:
    """The Message-ID that this alert has at every attempt."""
    return f"<{alert_id}@{regency_code}.pantau-salur>"


def sender_address(sender: str) -> str:
    """The bare address of `Name <address>`, for the SMTP envelope."""
    return parseaddr(sender)[1]


def compose(letter: Letter, envelope: Envelope) -> bytes:
    """Puts the letter into its envelope: multipart, text first, HTML with its images second, files attached."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _mailbox(envelope.sender)
    mail["To"] = [_mailbox(address) for address in envelope.to]
    if envelope.cc:
        mail["Cc"] = [_mailbox(address) for address in envelope.cc]
    mail["Reply-To"] = _mailbox(envelope.reply_to)
    mail["Subject"] = inert(letter.subject, SUBJECT_LENGTH)
    mail["Date"] = envelope.written_at.astimezone(ZoneInfo(envelope.timezone))
    mail["Message-ID"] = envelope.message_id
    if envelope.in_reply_to:
        mail["In-Reply-To"] = envelope.in_reply_to
        mail["References"] = " ".join(dict.fromkeys(envelope.references or (envelope.in_reply_to,)))
    mail["List-Id"] = envelope.list_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Content-Language"] = "id"
    if envelope.urgent:
        mail["Importance"] = "high"
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    _show_images(mail, letter.images)
    for attachment in letter.attachments:
        maintype, subtype = attachment.media_type.split("/")
        mail.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=attachment.name)
    for number, part in enumerate(_multiparts(mail)):
        part.set_boundary(f"=_{envelope.alert_id}_{number}")
    # Where a subject just fits a line of its own, the email package leaves the first line empty, and mail programs show a
    # blank before the subject.
    return mail.as_bytes().replace(b"\r\nSubject:\r\n ", b"\r\nSubject: ", 1)


def read_letter(content: bytes) -> Letter:
    """What the reader of a composed mail sees."""
    mail = message_from_bytes(content, policy=SMTP)
    images = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    return Letter(
        subject=str(mail["Subject"]),
        text=_content(mail, "plain"),
        html=_content(mail, "html"),
        attachments=tuple(
            Attachment(str(part.get_filename()), part.get_content(), part.get_content_type())
            for part in mail.iter_attachments()
        ),
        images=tuple(
            Image(part["Content-ID"].strip("<>"), str(part.get_filename()), part.get_content())
            for part in images
        ),
    )


def _content(mail: EmailMessage, kind: Literal["plain", "html"]) -> str:
    body = mail.get_body((kind,))
    return str(body.get_content()) if body else ""


def readdressed(content: bytes, sender: str, reply_to: str) -> bytes:
    """A composed mail as it would be from another sender: From and Reply-To anew, every other byte as it is."""
    head, blank, body = content.partition(b"\r\n\r\n")
    for name, address in (("From", sender), ("Reply-To", reply_to)):
        header = EmailMessage(policy=SMTP)
        header[name] = _mailbox(address)
        line = header.as_bytes().partition(b"\r\n\r\n")[0]
        found = re.search(rb"(?im)^%s:.*(?:\r\n[ \t].*)*" % name.encode(), head)
        if found:
            head = head[: found.start()] + line + head[found.end() :]
    return head + blank + body


def _show_images(mail: EmailMessage, images: tuple[Image, ...]) -> None:
    """Puts the images beside the HTML that shows them, as one related part."""
    html = mail.get_body(("html",))
    if not isinstance(html, EmailMessage):
        return
    for image in images:
        html.add_related(
            image.content, maintype="image", subtype="png", cid=f"<{image.cid}>", disposition="inline",
            filename=image.name,
        )  # fmt: skip


def _multiparts(mail: Message) -> Iterator[Message]:
    return (part for part in mail.walk() if part.is_multipart())


def _mailbox(address: str) -> Address:
    name, bare = parseaddr(address)
    return Address(display_name=inert(name), addr_spec=bare)
