"""PANTAU_SMTP_URL: every shape that is allowed, and a clear word for those that are not, without the password."""

from __future__ import annotations

import pytest

from include.alerts.smtp import Server, WrongSmtpUrl, parse_url
from include.config import ConfigurationError


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:2525", Server("127.0.0.1", 2525, "plain")),
        ("smtp://mail.example", Server("mail.example", 25, "plain")),
        ("smtp://mail.example?starttls=1", Server("mail.example", 587, "starttls")),
        ("smtps://mail.example/", Server("mail.example", 465, "tls")),
        ("smtp://u%40dompu:p%40ss%2F%3A@mail.example:587?starttls=1",
         Server("mail.example", 587, "starttls", "u@dompu", "p@ss/:")),
        ("smtp://[::1]:2525", Server("::1", 2525, "plain")),
    ],
)  # fmt: skip
def test_allowed_shapes(url: str, server: Server) -> None:
    assert parse_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:25", "http://u:rahasia99@mail.example", "smtp://", "smtp://u:rahasia99@mail.example:mail",
        "smtp://u:rahasia99@mail.example:99999", "smtp://u:rahasia99@mail.example?tls=1", "smtp://u@mail.example",
        "smtp://:rahasia99@mail.example", "smtps://u:rahasia99@mail.example?starttls=1",
        "smtp://u:rahasia99/x@mail.example", "smtp://u:rahasia99#@mail.example", "smtp://mail.example:0",
        "smtp://u:rahasia99@mail.example?starttls=ya",
    ],
)  # fmt: skip
def test_wrong_shapes_are_a_configuration_error_that_keeps_the_password(url: str) -> None:
    with pytest.raises(WrongSmtpUrl) as caught:
        parse_url(url)
    assert isinstance(caught.value, ConfigurationError)
    assert "PANTAU_SMTP_URL" in str(caught.value)
    assert "rahasia99" not in str(caught.value)
    assert "rahasia99" not in repr(caught.value)


def test_a_server_shows_no_password() -> None:
    server = parse_url("smtp://operator:rahasia99@mail.example")
    assert "rahasia99" not in f"{server} {server!r}"
