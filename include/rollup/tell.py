"""The letter to the province's coordinator: when it is due, and that it goes out once, through the same outbox as all others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from include import clock
from include.alerts import outbox
from include.alerts.letter import Envelope, message_id
from include.alerts.notices import notice_letter
from include.alerts.outbox import Draft, Mode
from include.alerts.send import AlertReport
from include.alerts.smtp import Courier, parse_url
from include.config import Province
from include.report.pages.publication import reading
from include.report.queries import Row, rows
from include.rollup.gather import HERE
from include.rollup.letter import Figures, figures, view_of
from include.rollup.publish import listed_with_province
from include.rollup.schedule import MORNING_HOUR
from include.settings import Settings
from include.warehouse.connection import writer

KIND = "province_rollup"
DAYS = 7
"""So long nothing is told where nothing changes."""
_DOMAIN = "provinsi"


class LetterRefused(Exception):
    """The coordinator's address refuses the letter for good; the message says which and what to mend.

    Attributes:
        report: What became of the letters of this run.
    """

    def __init__(self, refused: Row, report: AlertReport) -> None:
        super().__init__(
            f"the letter of {refused['as_of']} to the province's coordinator was refused for good ({refused['error']}). "
            "If the address is wrong, mend province, coordinator, email in regencies.yml: the next run writes to the new one. "
            "Else mend what the answer complains of: the same address is written to once a day"
        )
        self.report = report


@dataclass(frozen=True)
class ProvinceOffice:
    """Whose outbox it is: its ledger is the `warehouse.duckdb` of the province's home, which holds nothing else."""

    settings: Settings
    sender: str
    reply_to: str

    @classmethod
    def of(cls, province: Province) -> ProvinceOffice:
        """The office of a province."""
        return cls(Settings.of_province(province), province.sender, province.coordinator.email)


def tell() -> AlertReport:
    """Sends what waits from earlier, then the letter about the last roll-up where it is due.

    It is due from `MORNING_HOUR` on, at most once a day: when something changed since the last one, else weekly. Without
    PANTAU_SMTP_URL outbox/ is the delivery.

    Raises:
        ConfigurationError: there is no province, or its settings cannot be used.
        PublicationBroken: there is no roll-up to tell of.
        LetterRefused: the coordinator's address has refused it for good, in this run or earlier, and is still the same.
            The outbox and its ledger are complete by then.
    """
    _, province = listed_with_province()
    office, now = ProvinceOffice.of(province), clock.now()
    courier = Courier(parse_url(office.settings.smtp_url)) if office.settings.smtp_url else None
    mode: Mode = "send" if courier else "file"
    outcomes: dict[str, str] = {}
    with reading(province.database) as connection:
        found = figures(connection)
    with outbox.sole_sender(office), closing(courier) if courier else nullcontext():
        outbox.settle(office)
        with writer(office, "the province's letter") as connection:
            drafts = _due(connection, province, found, now, mode)
        outbox.commit(office, drafts, found.day, f"rollup-{found.day}", mode)
        if courier:
            outbox.deliver(office, courier, now, outcomes)
        waiting = len(outbox.waiting(office)) if courier else 0
        refused = _refused(office, province, outcomes)
    report = AlertReport(
        sent=sum(status == "sent" for status in outcomes.values()),
        failed=sum(status == "failed" for status in outcomes.values()),
        unchanged=int(not drafts),
        written=0 if courier else len(drafts),
        waiting=waiting,
    )
    if refused:
        raise LetterRefused(refused[0], report)
    return report


def _refused(office: ProvinceOffice, province: Province, outcomes: Mapping[str, str]) -> list[Row]:
    with writer(office, "the province's letter") as connection:
        asked = {"kind": KIND, "to": province.coordinator.email, "tried": list(outcomes)}
        return rows(connection, HERE / "refused.sql", asked)


def _due(
    connection: duckdb.DuckDBPyConnection, province: Province, found: Figures, now: datetime, mode: Mode
) -> list[Draft]:
    local = now.astimezone(ZoneInfo(province.timezone))
    state = outbox.alert_id(KIND, json.dumps(found.state, default=str))
    [last] = rows(connection, HERE / "told_last.sql", {"kind": KIND, "written_counts": mode == "file"})
    if local.hour < MORNING_HOUR or not _is_time(last["told_at"], last["state_hash"] != state, local):
        return []
    draft = _draft(province, found, now, mode, local.date(), state)
    return [] if outbox.known(connection, draft.alert_id) else [draft]


def _is_time(told_at: datetime | None, is_changed: bool, local: datetime) -> bool:
    if told_at is None:
        return True
    since = local.date() - told_at.replace(tzinfo=UTC).astimezone(local.tzinfo).date()
    return since >= timedelta(days=1 if is_changed else DAYS)


def _draft(province: Province, found: Figures, now: datetime, mode: Mode, today: date, state: str) -> Draft:
    to = province.coordinator.email
    # Named after the day: what was written and not sent for want of a server is another mail than the one that is sent.
    alert = outbox.alert_id(KIND, province.name, to, mode, today)
    return Draft(
        kind=KIND,
        recipient_role="province_coordinator",
        opd_code=None,
        letter=notice_letter(view_of(province, found)),
        envelope=Envelope(
            alert_id=alert,
            message_id=message_id(alert, _DOMAIN),
            sender=province.sender,
            to=(to,),
            cc=(),
            reply_to=to,
            list_id=f"Pemantauan penyaluran bantuan <{_DOMAIN}.pantau-salur>",
            written_at=now,
            timezone=province.timezone,
        ),
        state_hash=state,
        state={"mode": mode},
    )
