"""The whole job on the golden scenario: files in, and every figure in the audit database as worked out by hand."""

from __future__ import annotations

import hashlib
import re
import shutil
import struct
from datetime import date
from email import message_from_string, policy
from pathlib import Path

import pytest

from include.alerts import send_alerts
from include.alerts.letter import Image, Letter
from include.alerts.preview import WIDTHS, page, photograph
from include.config import Alerts, load_configuration
from include.settings import Settings
from include.warehouse.connection import writer
from include.workspace import Workspace
from tests.integration.smtp.mail_server import Behaviour, mail_server

from .conftest import Home, drop_scenario, nik


@pytest.fixture(scope="module")
def told(pristine, tmp_path_factory):
    """The pristine home, copied: some of these tests run it again."""
    first, result = pristine
    home = Home(tmp_path_factory.mktemp("told") / "home")
    shutil.copytree(first.folder, home.folder)
    return home, result


def test_counts_of_the_run_add_up(told):
    _, result = told
    assert result["as_of"] == "2024-02-16"
    assert result["submissions"] == {"accepted": 3, "partial": 1, "rejected": 1, "duplicate": 0}
    rows = result["rows"]
    assert rows["read"] == rows["accepted"] + rows["rejected"] + rows["skipped"]
    assert (rows["accepted"], rows["rejected"]) == (6 + 2 + 5 + 2, 1)


def test_timing_as_worked_out_by_hand(told):
    home, result = told
    assert home.audit(
        "select program_code, period, timing_status, count(*) from audit.delivery_accuracy group by all order by all"
    ) == [
        ("beras", "2024-01", "incomplete", 1),
        ("beras", "2024-01", "late", 1),
        ("beras", "2024-01", "missing", 3),
        ("beras", "2024-01", "on_time", 1),
        ("beras", "2024-02", "pending", 6),
        ("blt_dd", "2024-01", "on_time", 2),
    ]
    assert result["timing"] == {
        "incomplete": 1,
        "late": 1,
        "missing": 3,
        "on_time": 3,
        "pending": 6,
        "undated": 0,
    }


def test_amounts_as_worked_out_by_hand(told):
    home, _ = told
    assert home.audit(
        "select program_code, amount_status, count(*), sum(delivered_amount) from audit.delivery_accuracy"
        " where period = '2024-01' group by all order by all"
    ) == [
        ("beras", "exact", 2, 20),
        ("beras", "none", 3, 0),
        ("beras", "under", 1, 5),
        ("blt_dd", "exact", 1, 300000),
        ("blt_dd", "over", 1, 350000),
    ]


def test_days_late_are_calendar_and_working_days(told):
    home, _ = told
    # Wednesday 31 January to Friday 2 February 2024; to Friday 16 February with Isra Mikraj (8), cuti bersama (9) and
    # election day (14) off: 1, 2, 5, 6, 7, 12, 13, 15, 16 February are worked.
    assert home.audit(
        "select distinct timing_status, days_late, working_days_late from audit.delivery_accuracy"
        " where timing_status in ('late', 'missing') order by all"
    ) == [("late", 2, 2), ("missing", 16, 9)]


def test_susenas_status(told):
    home, _ = told
    ready = home.audit(
        "select a.program_code, count(*) filter (where r.susenas_status = 'ready'), count(*) from audit.susenas_readiness r"
        " join audit.delivery_accuracy a using (entitlement_id) group by all order by all"
    )
    assert ready == [
        ("beras", 2, 6),
        ("blt_dd", 2, 2),
    ]  # February's rice is due after the cutoff: out of scope


def test_flags(told):
    _, result = told
    flags = result["flags"]
    expected = {
        "delivery_missing": 3,
        "delivery_late": 1,
        "delivery_incomplete": 1,
        "amount_over": 1,
        "recipient_not_listed": 1,
        "log_missing": 1,
    }
    assert {rule: flags.get(rule) for rule in expected} == expected


def test_the_refused_row_says_where_and_why(told):
    home, _ = told
    [(file, sheet, row, codes, reason)] = home.audit(
        "select file_name, sheet, row_number, reason_codes, reason from audit.rejected_rows"
    )
    assert (file, sheet, row) == ("Nowa Januari (final).xlsx", "Sheet1", 12)
    assert "amount_invalid" in str(codes)
    assert reason


def test_emails_name_village_and_countdown_but_no_person(told):
    home, _result = told
    mails = [path.read_text() for path in (home.folder / "outbox").glob("*.eml")]
    assert mails
    digests = [message_from_string(m, policy=policy.default) for m in mails]
    to_dkp = [m for m in digests if m["To"] == "dkp@pemda.example" or "<dkp@pemda.example>" in str(m["To"])]
    assert len(to_dkp) == 1
    text = to_dkp[0].get_body(("plain",)).get_content()
    assert "Riwo" in text
    assert "SUSENAS" in text.upper()
    for name in ("Arsan", "Bacolo", "Camila", "Dahliana", "Ewiyah", "Faruq", "Xaveria"):
        assert name not in text


@pytest.fixture(scope="module")
def mails_of_every_kind(told, tmp_path_factory):
    """What the scenario's home sends to a real mail server on its day and the days after, by kind.

    A rule that could not be checked and a refused address are added on the first day; then everything is mended; then the
    next due date comes near.
    """
    folder = tmp_path_factory.mktemp("mails") / "home"
    shutil.copytree(told[0].folder, folder)
    configuration = load_configuration(Path(told[0].environment["PANTAU_CONFIG"]))
    ladder = {"escalation": [{"to": "coordinator", "days_overdue": 7}]}
    alerts = Alerts.model_validate(configuration.alerts.model_dump() | ladder)
    configuration = configuration.model_copy(update={"alerts": alerts})
    behaviour = Behaviour(rcpt={"dpmpd@pemda.example": "550 5.1.1 no such user"})
    with mail_server(behaviour) as port, pytest.MonkeyPatch.context() as patch:
        ws = Workspace(Settings(home=folder, smtp_url=f"smtp://127.0.0.1:{port}"), configuration)

        def write(statement):
            with writer(ws) as connection:
                return connection.execute(statement).fetchall()

        [(run_id,)] = write("select run_id from reference.parameters")
        write(
            f"insert into ledger.rule_outcomes values ('{run_id}', 'rule_of_tomorrow', 'warning', 'not_evaluated', null,"
            " 'Binder Error', now()::timestamp)"
        )
        for day, before in (
            ("2024-02-16", "select 1"),
            ("2024-02-17", "update ledger.flags set resolved_on = '2024-02-17' where opd_code = 'dkp' returning 1"),
            ("2024-02-24", "select 1"),
        ):  # fmt: skip
            patch.setenv("PANTAU_NOW", f"{day}T09:00:00+08:00")
            write(before)
            send_alerts(ws, date.fromisoformat(day), run_id, send=True)
        kinds = dict(write("select message_id, kind || ' ' || recipient_role from ledger.outbox"))
    found = {}
    for _, mail in behaviour.accepted:
        found.setdefault(kinds[mail["Message-ID"]], []).append(mail)
    return found


def test_every_kind_of_mail_goes_out_from_the_scenario(mails_of_every_kind):
    subjects = {kind: [mail["Subject"] for mail in mails] for kind, mails in mails_of_every_kind.items()}
    assert {kind: len(mails) for kind, mails in subjects.items()} == {
        "digest opd_head": 2,
        "escalation coordinator": 1,
        "submission_notice operator": 1,
        "engineer_notice engineer": 1,
        "coordinator_notice coordinator": 1,
        "reminder opd_head": 1,
        "heartbeat coordinator": 1,
    }
    first, mended = subjects["digest opd_head"]
    assert first == (
        "[Sangat Segera] Penyaluran Bantuan Beras Januari 2024: 3 KPM di 2 desa belum tercatat menerima, 2 hari menuju batas SUSENAS"
    )
    assert "seluruh temuan telah selesai, 1 hari menuju batas SUSENAS" in mended
    assert subjects["escalation coordinator"][0].startswith(
        "[Sangat Segera] Eskalasi penyaluran Bantuan Beras"
    )
    assert subjects["reminder opd_head"] == [
        "[Biasa] Pengingat penyaluran Bantuan Beras Februari 2024: 6 KPM di 2 desa belum tercatat menerima, 5 hari menuju jatuh tempo"
    ]
    assert "1 aturan dan 1 surel perlu ditangani" in subjects["engineer_notice engineer"][0]


def test_every_mail_says_the_same_to_every_reader_and_never_a_person(mails_of_every_kind):
    people = ("Arsan", "Bacolo", "Camila", "Dahliana", "Ewiyah", "Faruq", "Xaveria", nik(1)[:12], "52050599")
    for kind, mails in mails_of_every_kind.items():
        for mail in mails:
            assert mail["Auto-Submitted"] == "auto-generated"
            assert mail["List-Id"].endswith("<52.05.pantau-salur>")
            assert mail["Reply-To"] == "bappeda@pemda.example"
            for part in ("plain", "html"):
                text = " ".join(mail.get_body((part,)).get_content().split())
                assert "Surel ini dikirim otomatis oleh sistem pemantauan penyaluran bantuan" in text, kind
                assert not [name for name in people if name in text], kind


def test_every_kind_fits_a_phone_and_a_desk(mails_of_every_kind, tmp_path: Path):
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("needs Debian's chromium")
    pages = []
    for kind, mails in mails_of_every_kind.items():
        path = tmp_path / f"{kind.replace(' ', '-')}.html"
        path.write_text(page(_letter_of(mails[-1])))
        pages.append(path)
    for picture in photograph(browser, pages):
        # Whatever is wider than the screen would make the picture wider.
        width, _ = struct.unpack(">II", picture.read_bytes()[16:24])
        assert width == int(picture.stem.rpartition("-")[2]) in WIDTHS, picture.name


def _letter_of(mail):
    images = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    shown = tuple(Image(part["Content-ID"].strip("<>"), "", part.get_content()) for part in images)
    return Letter("", "", mail.get_body(("html",)).get_content(), images=shown)


def test_no_person_leaves_the_private_folders(told):
    home, _ = told
    private = {"inbox", "archive", "landing", "claims", "returned", "warehouse.duckdb", "secret"}
    for path in home.folder.rglob("*"):
        if path.is_file() and path.relative_to(home.folder).parts[0] not in private:
            content = path.read_bytes()
            assert not any(personal in content for personal in (nik(1).encode(), b"Dahliana")), path


def test_originals_are_kept_byte_for_byte(told):
    home, _ = told
    for (sha256,) in home.audit("select sha256 from audit.submissions"):
        kept = home.folder / "archive" / sha256[:2] / sha256
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == sha256


def contents(home: Home, table: str) -> list[tuple]:
    """A table's rows without what the contract (section 8) lets differ between two runs."""
    life = " exclude (first_seen_on, last_seen_on, resolved_on)" if table == "flags" else ""
    return home.audit(f"select *{life} from audit.{table} order by all")


def test_a_second_run_changes_nothing_and_sends_nothing(told):
    home, _first = told
    tables = [
        name
        for (name,) in home.audit(
            "select table_name from information_schema.tables where table_schema = 'audit'"
        )
        # They tell of runs, e-mails and publications: one more of each, or the seal over them.
        if name not in ("runs", "alerts", "publications", "fingerprints")
    ]
    before = {name: contents(home, name) for name in tables}
    mails = len(list((home.folder / "outbox").glob("*.eml")))
    second = home.run()
    assert second["emails"]["sent"] == 0
    assert len(list((home.folder / "outbox").glob("*.eml"))) == mails
    assert {name: contents(home, name) for name in tables} == before


def test_one_file_at_a_time_gives_the_same_rows(told, make_home):
    """The same files, one run a file: what is published must not depend on how submissions were batched."""
    home, _ = told
    other = make_home()
    drop_scenario(other)
    waiting = other.folder / "waiting"
    (other.folder / "inbox").rename(waiting)
    files = sorted((p for p in waiting.rglob("*") if p.is_file()), key=lambda p: p.stat().st_mtime)
    other.run_after_each([(file, other.folder / "inbox" / file.relative_to(waiting)) for file in files])
    for table in ("submissions", "rejected_rows", "deliveries", "delivery_accuracy", "susenas_readiness"):
        assert contents(other, table) == contents(home, table), table
    # Past facts close when they have been told, and who was told when depends on the runs.
    still_open = """
        select flag_id from audit.flags join audit.rules using (rule)
        where resolved_on is null and not past_fact order by all
    """
    assert other.audit(still_open) == home.audit(still_open)


def test_a_file_in_no_feeds_folder_stays_and_is_listed(make_home):
    home = make_home()
    stray = home.csv("dkp/lain", "catatan.csv", "2024-02-10T10:00:00+08:00", [["a", "b"], ["1", "2"]])
    home.run()
    assert stray.exists()
    assert home.audit("select status, reason from audit.submissions") == [("rejected", "feed_unknown")]
    assert any("data@pemda.example" in path.read_text() for path in (home.folder / "outbox").glob("*.eml"))


def test_a_configuration_error_touches_nothing(make_home, tmp_path: Path):
    home = make_home()
    drop_scenario(home)
    broken = tmp_path / "config"
    broken.mkdir()
    for file in (Path(__file__).parent / "config").iterdir():
        broken.joinpath(file.name).write_text(re.sub("unit: kg", "unit: ton", file.read_text()))
    home.environment["PANTAU_CONFIG"] = str(broken)
    before = sorted(p for p in home.folder.rglob("*"))
    home.pantau("run", expect=2)
    assert sorted(p for p in home.folder.rglob("*")) == before
