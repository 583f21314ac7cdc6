"""Speaks SMTP: reads PANTAU_SMTP_URL, hands a mail over, and says for every address what the server answered.

Four answers, not two: accepted, refused (for good), deferred (try again) and unanswered. Unanswered is what concerns the
server, our account or our sender address and says nothing of the recipient (no connection, wrong password, sender not
allowed): such a mail waits for as long as it takes, and the log says once a run what is to be mended.
"""

from __future__ import annotations

import logging
import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from include.config.errors import ENVIRONMENT, ConfigurationError, Problem
from include.language.inert import inert

log = logging.getLogger("pantau.alerts")

TIMEOUT_SECONDS = 20.0
_DEFAULT_PORTS = {"plain": 25, "starttls": 587, "tls": 465}
_ABOUT_OUR_ACCOUNT = {530, 534, 535, 538}
# RFC 1870, 6: the answers to MAIL FROM that are about the announced size of the mail, not about its sender.
_ABOUT_THE_SIZE = {452, 552}
# RFC 3463, 3.2: X.1.7 and X.1.8 are about the sender's address. Many servers say so only when the recipient is named.
_ABOUT_OUR_SENDER = re.compile(r"[45]\.1\.[78]\b")
_SHAPE = "smtp://[user:password@]host[:port][?starttls=1] or smtps://[user:password@]host[:port]"

Outcome = Literal["accepted", "refused", "deferred", "unanswered"]
Security = Literal["plain", "starttls", "tls"]


class SmtpProblem(Exception):
    """The SMTP server cannot be used; the message never holds the password."""


class WrongSmtpUrl(ConfigurationError, SmtpProblem):
    """PANTAU_SMTP_URL is not what it may be; its value is never repeated, for it may hold a password."""

    def __init__(self, what: str) -> None:
        super().__init__([Problem(ENVIRONMENT, "PANTAU_SMTP_URL", f"its value (not shown: {what})", _SHAPE)])


@dataclass(frozen=True)
class Server:
    """Where to hand mail over."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port} ({self.security}{', with login' if self.user else ''})"


@dataclass(frozen=True)
class Reply:
    """What the server said about one address."""

    address: str
    outcome: Outcome
    text: str


def parse_url(url: str) -> Server:
    """Reads PANTAU_SMTP_URL.

    Raises:
        WrongSmtpUrl: it has another shape than `smtp://user:pass@host:port`, `smtps://…` or `smtp://…?starttls=1`.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise WrongSmtpUrl("the port is no number from 1 to 65535") from None
    if parts.scheme not in ("smtp", "smtps"):
        # The scheme is not repeated: where a URL lacks one, the user's name stands in its place.
        raise WrongSmtpUrl("it must begin with smtp:// or smtps://")
    if not parts.hostname:
        raise WrongSmtpUrl("the host is missing")
    if port == 0:
        raise WrongSmtpUrl("the port is no number from 1 to 65535")
    if parts.path not in ("", "/") or parts.fragment:
        raise WrongSmtpUrl(
            "nothing may follow the port but ?starttls=1 (write / # ? @ : in a password percent-encoded)"
        )
    if parts.password is not None and not parts.username:
        raise WrongSmtpUrl("there is a password but no user")
    if parts.username and parts.password is None:
        raise WrongSmtpUrl("there is a user but no password")
    security = _security(parts.scheme, parts.query)
    return Server(
        host=parts.hostname,
        port=port or _DEFAULT_PORTS[security],
        security=security,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password is not None else None,
    )


def probe(url: str) -> str:
    """Connects, logs in and leaves again; returns one line that says what was reached.

    Raises:
        SmtpProblem: the URL is wrong or the server cannot be used.
    """
    server = parse_url(url)
    try:
        with _connect(server, TIMEOUT_SECONDS) as client:
            client.noop()
    except (OSError, smtplib.SMTPException) as error:
        raise SmtpProblem(f"PANTAU_SMTP_URL: {server} cannot be used: {_said(error)}") from None
    return f"{server} answers"


class Courier:
    """Hands mails to one server over one connection, opened when the first mail needs it.

    Once the server cannot be reached the courier gives up for this run: what waits, waits for the next one.
    """

    def __init__(self, server: Server, timeout: float = TIMEOUT_SECONDS) -> None:
        self.server = server
        self.given_up: str | None = None
        self._timeout = timeout
        self._client: smtplib.SMTP | None = None
        self._drops = 0

    def deliver(self, sender: str, addresses: Sequence[str], content: bytes) -> list[Reply]:
        """Offers one mail to all addresses at once; returns one reply an address."""
        if self._client is None:
            try:
                self._client = _connect(self.server, self._timeout)
            except (OSError, smtplib.SMTPException) as error:
                self._give_up(_said(error))
                return _all(addresses, "unanswered", f"server not reached: {_said(error)}")
        try:
            refused = self._client.sendmail(sender, list(addresses), content)
        except smtplib.SMTPRecipientsRefused as error:
            # A 421 in the middle leaves addresses that nobody answered for: they wait.
            replies = [
                self._judged(address, *error.recipients.get(address, (421, b"not asked")))
                for address in addresses
            ]
        except smtplib.SMTPSenderRefused as error:
            replies = self._sender_refused(addresses, error)
        except smtplib.SMTPDataError as error:
            replies = [self._judged(address, error.smtp_code, error.smtp_error) for address in addresses]
        except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
            replies = _all(addresses, "refused", _said(error))
        except (OSError, smtplib.SMTPException) as error:
            return self._dropped(addresses, error)
        else:
            replies = [
                self._judged(address, *refused.get(address, (250, b"accepted"))) for address in addresses
            ]
        self._drops = 0
        if self._client is not None and self._client.sock is None:  # smtplib closes by itself after a 421
            self._client = None
        return replies

    def close(self) -> None:
        """Says goodbye; whether the server hears it no longer matters."""
        if self._client is not None:
            try:
                self._client.quit()
            except (OSError, smtplib.SMTPException):
                self._client.close()
            self._client = None

    def _sender_refused(self, addresses: Sequence[str], error: smtplib.SMTPSenderRefused) -> list[Reply]:
        if error.smtp_code in _ABOUT_THE_SIZE:
            return [self._judged(address, error.smtp_code, error.smtp_error) for address in addresses]
        return [self._about_us(address, _said(error), error.smtp_code) for address in addresses]

    def _judged(self, address: str, code: int, said: bytes | str) -> Reply:
        text = f"{code} {_plain(said)}"
        if code in _ABOUT_OUR_ACCOUNT or (code >= 400 and _ABOUT_OUR_SENDER.match(_plain(said))):
            return self._about_us(address, text, code)
        outcome: Outcome = "accepted" if code in (250, 251, 252) else "refused" if code >= 500 else "deferred"
        return Reply(address, outcome, text)

    def _about_us(self, address: str, text: str, code: int) -> Reply:
        if code in _ABOUT_OUR_ACCOUNT:
            self._give_up(f"mend user and password in PANTAU_SMTP_URL: {text}")
        else:
            self._give_up(f"mend sender in alerts.yml, or allow it on the server: {text}")
        return Reply(address, "unanswered", text)

    def _dropped(self, addresses: Sequence[str], error: Exception) -> list[Reply]:
        if self._client is not None:
            self._client.close()
            self._client = None
        self._drops += 1
        if isinstance(error, TimeoutError) or self._drops > 1:
            self._give_up(_said(error))
        return _all(addresses, "deferred", f"connection lost: {_said(error)}")

    def _give_up(self, reason: str) -> None:
        if self.given_up:
            return
        self.given_up = reason
        log.error("SMTP server %s cannot be used, e-mails wait for the next run: %s", self.server, reason)


def _security(scheme: str, query: str) -> Security:
    options = dict(parse_qsl(query, keep_blank_values=True))
    starttls = options.pop("starttls", "0").lower()
    if options:
        raise WrongSmtpUrl(f"unknown option {inert(sorted(options)[0], 40)!r}; only starttls=1 is known")
    if starttls not in ("0", "1"):
        raise WrongSmtpUrl("starttls must be 0 or 1")
    if scheme == "smtps":
        if starttls == "1":
            raise WrongSmtpUrl("smtps:// is encrypted from the start and cannot have starttls=1")
        return "tls"
    return "starttls" if starttls == "1" else "plain"


def _connect(server: Server, timeout: float) -> smtplib.SMTP:
    # The bare host name: smtplib's own default asks the DNS for a longer one and may wait half a minute for it.
    own_name = socket.gethostname() or "localhost"
    client: smtplib.SMTP
    if server.security == "tls":
        client = smtplib.SMTP_SSL(
            server.host, server.port, own_name, timeout=timeout, context=ssl.create_default_context()
        )
    else:
        client = smtplib.SMTP(server.host, server.port, own_name, timeout=timeout)
    try:
        if server.security == "starttls":
            client.starttls(context=ssl.create_default_context())
        if server.user is not None:
            client.login(server.user, server.password or "")
        client.ehlo_or_helo_if_needed()
    except BaseException:
        client.close()
        raise
    return client


def _all(addresses: Sequence[str], outcome: Outcome, text: str) -> list[Reply]:
    return [Reply(address, outcome, text) for address in addresses]


def _plain(text: bytes | str) -> str:
    return inert(text.decode("utf-8", "replace") if isinstance(text, bytes) else text, 200)


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_plain(error.smtp_error)}"
    return inert(str(error) or type(error).__name__, 200)
