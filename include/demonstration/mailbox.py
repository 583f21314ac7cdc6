"""A mail server on the loopback that keeps what it is sent: the demonstration's e-mails reach nobody else."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from include.demonstration.services import free_port

FIRST_PORT = 2525


@dataclass(frozen=True)
class Mail:
    """A mail as it came over the wire."""

    recipients: tuple[str, ...]
    message: EmailMessage
    file: Path

    @property
    def subject(self) -> str:
        """Its subject, on one line."""
        return " ".join(str(self.message["Subject"]).split())

    @property
    def message_id(self) -> str:
        """Its Message-ID, by which the outbox knows it."""
        return str(self.message["Message-ID"]).strip()


class Mailbox:
    """Catches every mail and keeps it as a file. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mails: list[Mail] = []
        self._guard = threading.Lock()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=free_port(FIRST_PORT), data_size_limit=None
        )

    def __enter__(self) -> Self:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        """For PANTAU_SMTP_URL."""
        return f"smtp://127.0.0.1:{self._controller.port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        """Takes a mail."""
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        with self._guard:
            recipient = re.sub(r"[^\w.@-]", "_", envelope.rcpt_tos[0])
            file = self.folder / f"{len(self.mails) + 1:03d}-{recipient}.eml"
            file.write_bytes(content)
            self.mails.append(Mail(tuple(envelope.rcpt_tos), message, file))
        return "250 kept"
