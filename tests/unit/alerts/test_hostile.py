"""What comes from outside is inert in every kind of mail: in headers, HTML, pictures and workbooks."""

from __future__ import annotations

import io
from datetime import date, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser

import openpyxl
import pytest

from include.alerts import send_alerts
from tests.unit.alerts.made_by_hand import AS_OF, Home, html_of

VILLAGE = "52.05.01.2008"
HOSTILE = "=HYPERLINK(1)<script>alert(1)</script>\r\nBcc: x@example.org\u202e<img src=x onerror=alert(2)>"
KINDS = {
    "digest", "reminder", "escalation", "heartbeat", "submission_notice", "engineer_notice", "coordinator_notice",
}  # fmt: skip


HARMLESS = {
    "html", "head", "title", "meta", "style", "body", "div", "p", "span", "strong", "b", "br", "h1", "h2", "h3", "ul", "li",
    "table", "tbody", "tr", "td", "img",
}  # fmt: skip


class Tags(HTMLParser):
    """What a mail program would make of the HTML: a `<` inside an attribute's value begins no tag."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.sources: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources |= {value or "" for name, value in attrs if name in ("src", "href")}


@pytest.fixture
def mails(home: Home, pretend) -> list[tuple[str, EmailMessage]]:  # type: ignore[no-untyped-def]
    """One mail of every kind, every name in them hostile."""
    home.configure(escalation=[{"to": "coordinator", "days_overdue": 3}])
    for table, column in (
        ("villages", "village_name"), ("villages", "district_name"), ("programs", "name"), ("opds", "name"),
    ):  # fmt: skip
        home.sql(f"update reference.{table} set {column} = ?", [HOSTILE])
    home.sql(
        "insert into reference.snoozes values ('dkp', null, 'log_missing', date '2024-12-31', ?)", [HOSTILE]
    )
    home.sql(
        "insert into ledger.runs by name select 'run' as run_id, ?::date as as_of, now()::timestamp as started_at,"
        " 'succeeded' as outcome, 'schedule' as started_by, '{}' as versions",
        [AS_OF],
    )
    home.sql(
        "insert into ledger.rule_outcomes values ('run', ?, 'warning', 'not_evaluated', null, ?, '2024-02-09')",
        [HOSTILE, HOSTILE],
    )
    home.missing("beras", "2024-01", VILLAGE, 2)
    home.sql("update ledger.flags set blocked_by = ?", [HOSTILE])
    home.sql("insert into audit.village_gates values ('beras', 2024, ?, ?, true)", [VILLAGE, HOSTILE])
    home.entitlements("beras", "2024-02", VILLAGE, 2, timing="pending")
    home.submission("partial", file_name=HOSTILE, rows_rejected=1)
    for day in (AS_OF, date(2024, 2, 22), date(2024, 2, 22) + timedelta(days=7)):
        pretend(f"{day}T09:00:00+08:00")
        send_alerts(home.ws, day, "run", send=True)
        home.sql(
            "insert into ledger.outbox_attempts select alert_id, 1, '2024-02-09', 'x@example.org', 'refused', ?"
            " from ledger.outbox where kind = 'digest'",
            [HOSTILE],
        )
    return [(row["kind"], mail) for row, mail in zip(home.outbox(), home.mails(), strict=True)]


def test_nothing_acts_in_any_kind_of_mail(mails: list[tuple[str, EmailMessage]]) -> None:
    assert {kind for kind, _ in mails} == KINDS
    for kind, mail in mails:
        assert mail["Bcc"] is None, kind
        assert not any("\n" in str(value) or "\u202e" in str(value) for value in mail.values()), kind
        html = html_of(mail)
        tags = Tags()
        tags.feed(html)
        assert tags.names <= HARMLESS, (kind, tags.names - HARMLESS)
        assert not [name for name in tags.attributes if name.startswith("on")], kind
        # The one image is our own, by its Content-ID.
        assert {source.partition(":")[0] for source in tags.sources} <= {"cid"}, kind
        assert "\u202e" not in html, kind
    books = [part for _, mail in mails for part in mail.iter_attachments()]
    assert len(books) >= 3
    for part in books:
        for sheet in openpyxl.load_workbook(io.BytesIO(part.get_content())):
            assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
