"""A real SMTP server on loopback whose answers a test chooses."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Behaviour:
    """What the server answers, and what it has accepted so far.

    `login` is the user and password to be given; `sender` answers MAIL FROM, `rcpt` gives an answer by address, `data` to the mail itself;
    `drop` closes the connection between two `recipients`, `before` or `after` the mail was taken, without an answer; `hold` keeps the answer
    to a mail back for so many seconds.
    """

    sender: str = "250 ok"
    rcpt: dict[str, str] = field(default_factory=dict)
    data: str = "250 accepted"
    drop: str | None = None
    hold: float = 0.0
    login: tuple[bytes, bytes] | None = None
    accepted: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        if self.sender.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(mail_options)
        return self.sender

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if self.drop == "recipients" and envelope.rcpt_tos:
            _close(server)
        answer = self.rcpt.get(address, "250 ok")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.drop == "before":
            _close(server)
            return "421 gone"
        if self.data.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            mail = message_from_bytes(content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.accepted.append((list(envelope.rcpt_tos), mail))
        self.arrived.set()
        await asyncio.sleep(self.hold)
        if self.drop == "after":
            _close(server)
        return self.data

    @property
    def message_ids(self) -> list[str]:
        return [mail["Message-ID"] for _, mail in self.accepted]


def _close(server: Any) -> None:
    server.transport.abort()


@contextmanager
def mail_server(behaviour: Behaviour, port: int = 0) -> Iterator[int]:
    """Runs the server; yields its port."""
    chosen = port or free_port()
    wanted = behaviour.login
    controller = Controller(
        behaviour,
        hostname="127.0.0.1",
        port=chosen,
        auth_required=wanted is not None,
        auth_require_tls=False,
        authenticator=lambda _server, _session, _envelope, _mechanism, given: AuthResult(
            success=isinstance(given, LoginPassword) and (given.login, given.password) == wanted,
            handled=False,
        ),
    )
    controller.start()
    try:
        yield chosen
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(event: threading.Event, seconds: float = 30) -> None:
    """Fails the test rather than waiting for ever."""
    started = time.monotonic()
    assert event.wait(seconds), f"nothing arrived in {time.monotonic() - started:.0f} seconds"
