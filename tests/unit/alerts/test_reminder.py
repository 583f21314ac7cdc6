"""Before a due date an OPD is reminded of the families that still wait, after it of the logs that are still awaited: once a step,
whatever runs were missed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from include.alerts import send_alerts
from tests.unit.alerts.made_by_hand import Home, text_of

VILLAGE = "52.05.01.2008"  # rice of February 2024 falls due on Sunday, 25 February
Pretend = Callable[[str], None]


def on(home: Home, pretend: Pretend, day: int, **options: Any) -> None:
    pretend(f"2024-02-{day:02}T09:00:00+08:00")
    send_alerts(home.ws, date(2024, 2, day), f"run-{day}", **{"send": True} | options)


def reminders(home: Home) -> list[tuple[str, str]]:
    return [
        (f"{row['as_of']:%d}", row["state"]["steps"][0].split("|")[2])
        for row in home.outbox()
        if row["kind"] == "reminder"
    ]


@pytest.fixture
def waiting(home: Home) -> Home:
    home.entitlements("beras", "2024-02", VILLAGE, 3, timing="pending")
    home.entitlements("beras", "2024-02", VILLAGE, 5, timing="on_time")
    home.entitlements("beras", "2024-03", VILLAGE, 8, timing="pending")
    return home


def test_a_week_and_three_days_before_each_once(waiting: Home, pretend: Pretend) -> None:
    for day in (17, 18, 19, 21, 22, 23, 25):
        on(waiting, pretend, day)
    assert reminders(waiting) == [("18", "7"), ("22", "3")]


def test_missed_runs_are_made_up_for(waiting: Home, pretend: Pretend) -> None:
    for day in (20, 21, 24):
        on(waiting, pretend, day)
    assert reminders(waiting) == [("20", "7"), ("24", "3")]


def test_a_step_that_was_passed_over_is_not_told_after_a_nearer_one(waiting: Home, pretend: Pretend) -> None:
    on(waiting, pretend, 23)
    waiting.configure(reminder_days=[7])
    on(waiting, pretend, 24)
    assert reminders(waiting) == [("23", "3")]


def test_only_who_still_waits_is_told_of(waiting: Home, pretend: Pretend) -> None:
    on(waiting, pretend, 22)
    (mail,) = waiting.mails()
    assert mail["Subject"] == (
        "[Segera] Pengingat penyaluran Bantuan Pangan Beras Februari 2024: 3 KPM di 1 desa belum tercatat menerima, 3 hari menuju jatuh tempo"
    )
    text = text_of(mail)
    assert "Jatuh tempo 25 Februari 2024; 5 dari 8 KPM sudah lengkap (62,5%), 5 tepat waktu" in text
    assert "- Belum tercatat menerima: 3 KPM di 1 desa (30 kg)" in text
    assert "3 hari menuju jatuh tempo (Minggu, 25 Februari 2024)\n" in text
    assert "Mohon paling lambat Minggu, 25 Februari 2024 pukul 16.00 WITA:" in text
    assert "Bantuan Pangan Beras, Maret" not in text
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "rincian-desa-dkp-2024-02-22.xlsx"


def test_the_first_reminder_is_gentle(waiting: Home, pretend: Pretend) -> None:
    on(waiting, pretend, 18)
    assert waiting.mails()[0]["Subject"].startswith("[Biasa] Pengingat")


def test_nobody_is_reminded_when_all_have_received(home: Home, pretend: Pretend) -> None:
    home.entitlements("beras", "2024-02", VILLAGE, 5, timing="on_time")
    on(home, pretend, 22)
    assert home.outbox() == []


def test_no_reminder_where_none_is_wanted(waiting: Home, pretend: Pretend) -> None:
    waiting.configure(reminder_days=[])
    on(waiting, pretend, 22)
    assert waiting.outbox() == []


def test_a_dry_run_reminds_nobody(waiting: Home, pretend: Pretend) -> None:
    on(waiting, pretend, 22, send=False)
    on(waiting, pretend, 22)
    assert [row["state"]["mode"] for row in waiting.outbox()] == ["dry_run", "file"]


@pytest.fixture
def unreported(home: Home) -> Home:
    """Rice of February fell due on 25 February, its logs on 3 March: two villages of three have not reported."""
    for village, status in (
        (VILLAGE, "pending"),
        ("52.05.01.2009", "pending"),
        ("52.05.02.2001", "received"),
    ):
        home.entitlements(
            "beras", "2024-02", village, 4, timing="on_time" if status == "received" else "missing"
        )
        home.log("beras", "2024-02", village, status)
    return home


def test_logs_are_asked_for_while_there_is_time_to_report(unreported: Home, pretend: Pretend) -> None:
    for day in (25, 26, 28, 29):
        on(unreported, pretend, day)
    assert reminders(unreported) == [("29", "3")]
    (mail,) = unreported.mails()
    assert mail["Subject"] == (
        "[Segera] Pengingat log penyaluran Bantuan Pangan Beras Februari 2024: log 2 desa belum diterima, 3 hari menuju batas lapor"
    )
    text = text_of(mail)
    assert "- Log penyaluran belum diterima: 2 desa\n" in text
    assert "mengirimkan log penyaluran 2 desa yang belum melapor, atau laporan nihil" in text
    assert "Mohon paling lambat Minggu, 3 Maret 2024 pukul 16.00 WITA:" in text
    assert "belum ada log" in text
    (attachment,) = mail.iter_attachments()
    sheet = load_workbook(BytesIO(attachment.get_content()))["Desa"]
    header = [cell.value for cell in sheet[4]]
    row = dict(zip(header, [cell.value for cell in sheet[5]], strict=True))
    # Of the families nothing is said here, least of all that nobody waits.
    assert (row["KPM berhak"], row["KPM belum tercatat menerima"], row["Belum dipenuhi"]) == (4, None, None)
    assert row["Log belum diterima"] == "ya"


def test_a_log_need_not_come_before_a_cutoff_nor_from_an_unknown_village(
    unreported: Home, pretend: Pretend
) -> None:
    unreported.sql("update reference.susenas_windows set cutoff = '2024-03-01', starts_on = '2024-03-02'")
    unreported.sql(
        "update audit.reporting_completeness set village_code = null where village_code = '52.05.01.2009'"
    )
    unreported.sql(
        "update audit.reporting_completeness set blocked_by = 'apbdes' where village_code is not null"
    )
    unreported.sql(
        "insert into audit.village_gates by name select 'beras' as program_code, 2024 as budget_year, ? as village_code, "
        "'apbdes' as milestone, true as is_blocking",
        [VILLAGE],
    )
    on(unreported, pretend, 29)
    (mail,) = unreported.mails()
    assert "log 1 desa belum diterima" in mail["Subject"]
    text = text_of(mail)
    assert "Mohon paling lambat Minggu, 3 Maret 2024 pukul 16.00 WITA:" in text
    assert "Tertahan pada tahapan: apbdes (1 desa)." in text


def test_the_step_of_a_delivery_keeps_the_name_under_which_it_was_told(
    waiting: Home, pretend: Pretend
) -> None:
    on(waiting, pretend, 18)
    assert waiting.outbox()[0]["state"]["steps"] == ["beras|2024-02|7"]


def test_a_missed_reminder_of_logs_is_made_up_for_until_they_are_due(
    unreported: Home, pretend: Pretend
) -> None:
    for day in (2, 3, 4):
        pretend(f"2024-03-{day:02}T09:00:00+08:00")
        send_alerts(unreported.ws, date(2024, 3, day), f"run-{day}", send=True)
    assert reminders(unreported) == [("02", "3")]


def test_a_log_that_is_snoozed_or_came_is_not_asked_for(unreported: Home, pretend: Pretend) -> None:
    unreported.sql(
        "insert into reference.snoozes by name "
        "select 'dkp' as opd_code, 'log_missing' as rule, date '2024-02-29' as snoozed_until"
    )
    on(unreported, pretend, 29)
    unreported.sql("delete from reference.snoozes")
    unreported.sql("update audit.reporting_completeness set log_status = 'nil'")
    on(unreported, pretend, 29)
    assert reminders(unreported) == []


def test_deliveries_and_logs_are_reminded_of_each_in_a_letter_of_its_own(
    unreported: Home, pretend: Pretend
) -> None:
    unreported.entitlements("beras", "2024-03", VILLAGE, 3, timing="pending")
    unreported.configure(reminder_days=[30, 3])
    on(unreported, pretend, 29)
    told = sorted(row["state"]["steps"][0] for row in unreported.outbox())
    assert told == ["beras|2024-02|3|log", "beras|2024-03|30"]


def test_a_later_mail_of_the_programme_answers_to_it(waiting: Home, pretend: Pretend) -> None:
    on(waiting, pretend, 18)
    waiting.missing("beras", "2024-01", VILLAGE, 1)
    waiting.missing("blt_dd", "2024-01", VILLAGE, 1)
    on(waiting, pretend, 19)
    reminder, *digests = waiting.mails()
    # Threads are of an OPD and a programme: the digest about BLT begins one of its own.
    assert {mail["To"]: mail["In-Reply-To"] for mail in digests} == {
        "dkp@dompukab.example": reminder["Message-ID"],
        "dpmpd@dompukab.example": None,
    }
