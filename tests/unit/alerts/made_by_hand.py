"""A home with the real Dompu configuration and a warehouse made by hand, so that every figure is known."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.alerts import situation
from include.config import Alerts, load_configuration
from include.report import charts
from include.settings import Settings
from include.warehouse.connection import writer
from include.workspace import Workspace

AS_OF = date(2024, 2, 9)
CONFIG = Path(__file__).parents[3] / "include" / "config" / "dompu"
PAST_FACTS = ("delivery_late", "log_late")

_DBT_TABLES = """
create schema if not exists audit;
create schema if not exists marts;
create table if not exists audit.delivery_accuracy (
    entitlement_id varchar, program_code varchar, period varchar, opd_code varchar, beneficiary_key varchar,
    nik_masked varchar, village_code varchar, district_code varchar, entitled_amount double, delivered_amount double,
    unit varchar, due_date date, completed_on date, amount_status varchar, timing_status varchar,
    timing_evidence varchar, days_late integer, working_days_late integer
);
create table if not exists audit.reporting_completeness (
    opd_code varchar, program_code varchar, period varchar, village_code varchar, due_date date, log_due_on date,
    log_status varchar, blocked_by varchar
);
create view if not exists audit.opd_scorecard as
    select
        programs.opd_code, programs.program_code, programs.name as program_name, date '2023-02-10' as year_from,
        count(accuracy.due_date) as year_due,
        count(accuracy.due_date) filter (where accuracy.timing_status = 'on_time') as year_on_time,
        2024 as bunching_susenas_year, null::boolean as is_bunched
    from reference.programs as programs
    left join audit.delivery_accuracy as accuracy
        on
            programs.program_code = accuracy.program_code
            and accuracy.due_date between date '2023-02-10' and date '2024-02-08'
    group by all;
create table if not exists audit.village_gates (
    program_code varchar, budget_year integer, village_code varchar, milestone varchar, is_blocking boolean
);
create table if not exists audit.submissions (
    submission_id varchar, feed varchar, opd_code varchar, program_code varchar, kind varchar, file_name varchar,
    sha256 varchar, received_at timestamp, received_source varchar, rows_read bigint, rows_accepted bigint,
    rows_rejected bigint, rows_skipped bigint, status varchar, reason varchar, warnings varchar[], sequence integer,
    previous_hash varchar, chain_hash varchar, warning_details varchar, reason_detail varchar
);
create table if not exists audit.register_counts (
    registry varchar, welfare_decile integer, entries_without_family bigint, has_doubtful_file boolean
);
create table if not exists audit.targeting_parameters as select 4 as poor_deciles;
create table if not exists audit.pocket_coverage (remaining_public bigint);
create table if not exists audit.targeting_summary as
    select
        true as is_total, null::varchar as village_code, null::varchar as village_name, null::varchar as district_name,
        300::bigint as families_registered, 30::bigint as families_decile_unknown_public, 200::bigint as poor_families_public,
        80::bigint as gap_families_public, 20::bigint as gap_decile_1_public, null::bigint as gap_vulnerable_public,
        0::bigint as recipients_outside_public, 0::bigint as families_in_conflict_public;
create table if not exists marts.rows_judged (
    submission_id varchar, kind varchar, sheet varchar, sheet_number integer, row_number integer, row_kind varchar,
    outcome varchar, reason_codes varchar[], warning_codes varchar[]
);
"""


def _insert(connection: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    marks = ", ".join("?" for _ in values)
    connection.execute(f"insert into {table} ({', '.join(values)}) values ({marks})", list(values.values()))


@dataclass
class Home:
    """A workspace and short ways to put things into its warehouse and to look at what came out."""

    ws: Workspace
    families: int = 0
    submissions: int = 0
    flags: list[str] = field(default_factory=list)

    def configure(self, **alerts: Any) -> None:
        """Sets keys of alerts.yml."""
        configuration = self.ws.configuration
        changed = Alerts.model_validate(configuration.alerts.model_dump() | alerts)
        self.ws = Workspace(self.ws.settings, configuration.model_copy(update={"alerts": changed}))

    def sql(self, statement: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with writer(self.ws) as connection:
            return connection.execute(statement, parameters or []).fetchall()

    def prepare(self) -> None:
        """The tables and the configuration as rows, as load and dbt would leave them."""
        configuration = self.ws.configuration
        with writer(self.ws) as connection:
            connection.execute(_DBT_TABLES)
            for v in configuration.villages:
                connection.execute(
                    "insert into reference.villages values (?, ?, ?, ?, ?, ?, ?)",
                    [
                        v.village_code,
                        v.village_name,
                        v.district_code,
                        v.district_name,
                        v.kind,
                        v.is_pocket,
                        v.is_remote,
                    ],
                )
            for o in configuration.opds:
                connection.execute(
                    "insert into reference.opds values (?, ?, ?)", [o.code, o.name, o.head_title]
                )
            for p in configuration.programs:
                _insert(
                    connection,
                    "reference.programs",
                    program_code=p.code,
                    name=p.name,
                    unit=p.unit,
                    opd_code=p.opd,
                )
                for period in p.periods:
                    connection.execute(
                        "insert into reference.program_periods values (?, ?, ?)",
                        [p.code, period.period, period.due_date],
                    )
            for w in configuration.windows:
                connection.execute(
                    "insert into reference.susenas_windows values (?, ?, ?, ?, ?, ?, ?, ?)",
                    [w.year, w.start, w.end, w.cutoff, w.scope_from, w.visible_days, w.status, w.source],
                )
            for offset in range(500):
                day = date(2024, 1, 1) + timedelta(days=offset)
                holiday = date(2024, 2, 8) <= day <= date(2024, 2, 9) or day == date(2024, 2, 14)
                connection.execute(
                    "insert into reference.calendar values (?, ?, null)",
                    [day, day.weekday() < 5 and not holiday],
                )
            for rule in PAST_FACTS:
                connection.execute(
                    "insert into ledger.rules values (?, 'warning', true, '', '', '', '')", [rule]
                )
            connection.execute(
                "insert into reference.reasons values ('amount_invalid', 'rejected', 'Jumlah tidak terbaca', 'Tulis angka saja', false),"
                " ('all_rows_rejected', 'submission', 'Semua baris ditolak', 'Perbaiki setiap baris', false),"
                " ('registry_shrunk', 'submission', 'Keluarga berkurang', 'Periksa berkasnya', true)"
            )

    def entitlements(
        self,
        program: str,
        period: str,
        village: str,
        count: int,
        timing: str = "missing",
        delivered: float = 0,
    ) -> list[str]:
        """`count` families of a village with the same fate; returns their entitlement ids."""
        p = self.ws.configuration.program(program)
        amount_status = {"on_time": "exact", "late": "exact", "missing": "none", "pending": "none"}.get(
            timing, "under"
        )
        full = amount_status == "exact"
        due = next(one.due_date for one in p.periods if one.period == period)
        ids = []
        with writer(self.ws) as connection:
            for _ in range(count):
                self.families += 1
                ids.append(f"E{self.families:016d}")
                _insert(
                    connection, "audit.delivery_accuracy", entitlement_id=ids[-1], program_code=program, period=period,
                    opd_code=p.opd, beneficiary_key=f"key-{self.families}", nik_masked="520501******0001", village_code=village,
                    district_code=village[:8], entitled_amount=p.entitlement,
                    delivered_amount=p.entitlement if full else delivered, unit=p.unit, amount_status=amount_status,
                    timing_status=timing, due_date=due,
                )  # fmt: skip
        return ids

    def bunch(self, *programs: str) -> None:
        """What dbt says of the last cutoff: these programmes were bunched before it, the others were not."""
        self.sql(
            "create or replace table audit.bunched as select * replace (program_code in (select unnest(?)) as is_bunched)"
            " from audit.opd_scorecard",
            [list(programs)],
        )
        self.sql("drop view audit.opd_scorecard")
        self.sql("alter table audit.bunched rename to opd_scorecard")

    def flag(self, rule: str, severity: str, opd: str, **subject: Any) -> str:
        """One open flag."""
        flag_id = f"{rule}:{len(self.flags):05d}"
        self.flags.append(flag_id)
        with writer(self.ws) as connection:
            _insert(
                connection, "ledger.flags", flag_id=flag_id, rule=rule, severity=severity, opd_code=opd,
                first_seen_on=AS_OF, last_seen_on=AS_OF, **subject,
            )  # fmt: skip
        return flag_id

    def missing(self, program: str, period: str, village: str, count: int, days_late: int = 4) -> list[str]:
        """Families of a village that got nothing, and their flags."""
        opd = self.ws.configuration.program(program).opd
        with writer(self.ws):
            return [
                self.flag(
                    "delivery_missing", "critical", opd, program_code=program, period=period, village_code=village,
                    district_code=village[:8], entitlement_id=entitlement, days_late=days_late,
                )
                for entitlement in self.entitlements(program, period, village, count)
            ]  # fmt: skip

    def log(self, program: str, period: str, village: str, status: str) -> None:
        """Whether a village's log has come: received, late, nil, missing or pending."""
        p = self.ws.configuration.program(program)
        due = next(one.due_date for one in p.periods if one.period == period)
        self.sql(
            "insert into audit.reporting_completeness values (?, ?, ?, ?, ?, ?, ?, null)",
            [p.opd, program, period, village, due, due + timedelta(days=7), status],
        )

    def resolve(self, flag_ids: list[str]) -> None:
        """What validation does with flags that are mended."""
        self.sql(
            "update ledger.flags set resolved_on = ? where flag_id in (select unnest(?))", [AS_OF, flag_ids]
        )

    def submission(self, status: str, file_name: str = "log.csv", **values: Any) -> str:
        """A file in the ledger and, where it belongs to a feed, among the judged submissions."""
        self.submissions += 1
        submission_id = f"{self.submissions:016x}"
        feed = values.pop("feed", "dkp/beras/penyaluran")
        received = datetime(2024, 2, 9, 1, 15, tzinfo=UTC).replace(tzinfo=None)
        with writer(self.ws) as connection:
            _insert(
                connection, "ledger.submissions", sequence=self.submissions, submission_id=submission_id, feed=feed,
                file_name=file_name, sha256="0" * 64, size_bytes=1, received_at=received, received_source="clock",
                reading_status="landed", reason=values.get("reason"), warnings="[]", sheets="[]", rows_read=10, rows_data=9,
                rows_skipped=1, previous_hash="0", chain_hash="0", loaded_at=received, receipt_number="TT-2024-0001",
            )  # fmt: skip
            _insert(
                connection, "audit.submissions", submission_id=submission_id, feed=feed,
                opd_code="dkp" if feed else None, program_code="beras" if feed else None, file_name=file_name,
                received_at=received, rows_read=10, rows_skipped=1, status=status,
                **{"rows_accepted": 9, "rows_rejected": 0} | values,
            )  # fmt: skip
        return submission_id

    def outbox(self) -> list[dict[str, Any]]:
        """The outbox rows, oldest first."""
        with writer(self.ws) as connection:
            result = connection.execute("select * from ledger.outbox order by created_at, rowid")
            names = [column[0] for column in result.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        return [row | {"state": json.loads(row["state"])} for row in rows]

    def mails(self) -> list[EmailMessage]:
        """The mails in outbox/, in the order of the ledger."""
        return [read_mail(self.ws.settings.outbox / row["eml_file"]) for row in self.outbox()]


def read_mail(path: Path) -> EmailMessage:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


_pictures: dict[str, bytes] = {}


def drawn_once(specification: charts.Specification) -> bytes:
    """The real picture, kept for the next mail that shows the same: drawing is a third of a mail's time."""
    key = json.dumps(specification, sort_keys=True)
    if key not in _pictures:
        _pictures[key] = charts.as_png(specification)
    return _pictures[key]


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the pretended time."""
    return lambda moment: monkeypatch.setenv("PANTAU_NOW", moment)


@pytest.fixture(scope="session")
def prepared_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with configuration and empty tables, made once and copied for each test."""
    settings = Settings(home=tmp_path_factory.mktemp("prepared"), config_dir=CONFIG)
    Home(Workspace(settings, load_configuration(settings.config_dir))).prepare()
    return settings.warehouse_file


@pytest.fixture(scope="session")
def without_ladder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dompu's configuration without escalation, as a folder, for child processes too."""
    folder = tmp_path_factory.mktemp("config") / "dompu"
    shutil.copytree(CONFIG, folder)
    text, cut = re.subn(
        r"escalation:.*\n(  - .*\n)+", "escalation: []\n", (CONFIG / "alerts.yml").read_text()
    )
    assert cut == 1
    (folder / "alerts.yml").write_text(text)
    return folder


@pytest.fixture
def home(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pretend: Callable[[str], None],
    prepared_warehouse: Path,
    without_ladder: Path,
) -> Home:
    """Dompu's home on 9 February 2024; nothing climbs a ladder unless the test sets one up (`Home.configure`)."""
    for variable in ("PANTAU_SMTP_URL", "PANTAU_SECRET"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PANTAU_CONFIG", str(without_ladder))
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    pretend("2024-02-09T09:00:00+08:00")
    monkeypatch.setattr(situation, "as_png", drawn_once)
    settings = Settings()
    settings.make_folders()
    shutil.copy(prepared_warehouse, settings.warehouse_file)
    return Home(Workspace(settings, load_configuration(settings.config_dir)))
