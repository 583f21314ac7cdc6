"""What every kind of mail needs to decide: the warehouse, the day, the moment, and whether mails really go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb

from include.alerts.letter import Attachment, Envelope, message_id
from include.alerts.outbox import Draft, Mode

if TYPE_CHECKING:
    from include.workspace import Workspace

Row = dict[str, Any]


@dataclass(frozen=True)
class Thread:
    """Message-IDs of the first and the last mail of a thread; None where this is the first."""

    first: str | None
    last: str | None


@dataclass(frozen=True)
class Occasion:
    """One run's turn at writing mails.

    `mode` is `send`, `file` (no SMTP server is configured: outbox/ is the delivery) or `dry_run`;
    `written_counts` says whether mails that were only written count as told; `files` go with whatever the coordinator gets.
    """

    ws: Workspace
    connection: duckdb.DuckDBPyConnection
    as_of: date
    run_id: str
    mode: Mode
    written_counts: bool
    now: datetime
    files: tuple[Attachment, ...] = ()

    @cached_property
    def timezone(self) -> str:
        """The regency's time zone."""
        return str(self.ws.configuration.region.timezone)

    @cached_property
    def day_start(self) -> datetime:
        """When the regency's day began, in UTC without an offset, as the ledger keeps times."""
        zone = ZoneInfo(self.timezone)
        midnight = datetime.combine(self.now.astimezone(zone).date(), time.min, zone)
        return midnight.astimezone(UTC).replace(tzinfo=None)

    @cached_property
    def quiet(self) -> bool:
        """Whether as_of is a quiet day: only what is critical goes out (`quiet_days` of alerts.yml)."""
        days = list(self.ws.configuration.alerts.quiet_days)
        return bool(self.rows("quiet_day", {"as_of": self.as_of, "quiet_days": days})[0]["is_quiet"])

    @property
    def manner(self) -> tuple[str, str]:
        """What sets the mails of this run's manner apart from others of the same content; a replay is named after its day."""
        return self.mode, self.as_of.isoformat() if self.mode == "dry_run" else ""

    def remember(self) -> None:
        """Makes the temporary table told_mails, by which every kind of mail knows what was told; call it first."""
        self.rows("told_mails", {"as_of": self.as_of, "written_counts": self.written_counts})
        self.connection.execute(
            "create or replace temp table drafted_mails (place integer, opd_code varchar, programs varchar[], message_id varchar)"
        )

    def drafted(self, draft: Draft) -> Draft:
        """Remembers a mail of this run, so that the next one of its thread answers it; returns it as it is."""
        self.connection.execute(
            "insert into drafted_mails select count(*), ?, ?, ? from drafted_mails",
            [draft.opd_code, draft.state.get("programs", []), draft.envelope.message_id],
        )
        return draft

    def enclosures(self, *addresses: str) -> tuple[Attachment, ...]:
        """The files that go with a mail to these addresses: the coordinator gets them with whatever he gets."""
        return self.files if self.ws.configuration.coordinator.email in addresses else ()

    def programs_of_letter(self) -> list[str]:
        """The programmes that the letter in hand tells of."""
        return [row["program_code"] for row in self.rows("letter_programs")]

    def thread(self, opd_code: str | None, programs: list[str]) -> Thread:
        """The mails before this one, of this run too, to or about an OPD that told of one of the programmes."""
        [row] = self.rows("thread", {"opd_code": opd_code, "programs": programs})
        return Thread(row["first_message_id"], row["last_message_id"])

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Runs one of this folder's SQL files and returns its rows by column name."""
        result = self.connection.execute(_sql(statement), dict(parameters or {}))
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def envelope(
        self,
        alert: str,
        to: str,
        cc: tuple[str, ...] = (),
        urgent: bool = False,
        thread: Thread | None = None,
    ) -> Envelope:
        """The headers that all our mails have in common."""
        configuration = self.ws.configuration
        code = configuration.region.regency_code
        return Envelope(
            alert_id=alert,
            message_id=message_id(alert, code),
            sender=configuration.alerts.sender,
            to=(to,),
            cc=tuple(address for address in dict.fromkeys(cc) if address != to),
            reply_to=configuration.coordinator.email,
            list_id=f"Pemantauan penyaluran bantuan <{code}.pantau-salur>",
            written_at=self.now,
            timezone=self.timezone,
            urgent=urgent,
            in_reply_to=thread.last if thread else None,
            references=tuple(filter(None, (thread.first, thread.last))) if thread else (),
        )


@lru_cache(maxsize=32)
def _sql(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")
