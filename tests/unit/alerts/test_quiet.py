"""Quiet days and snoozes hold mails back; flags, and what is critical, they do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from include.alerts import send_alerts
from tests.unit.alerts.made_by_hand import Home, html_of, text_of

VILLAGE = "52.05.01.2008"
PLACE = {"program_code": "blt_dd", "period": "2024-01", "village_code": VILLAGE}
FRIDAY, SATURDAY, MONDAY = date(2024, 2, 9), date(2024, 2, 10), date(2024, 2, 12)
Pretend = Callable[[str], None]


def on(home: Home, pretend: Pretend, day: date) -> list[str]:
    pretend(f"{day}T09:00:00+08:00")
    before = len(home.outbox())
    send_alerts(home.ws, day, f"run-{day}", send=True)
    return [row["kind"] for row in home.outbox()[before:]]


def snooze(home: Home, until: date, program: str | None = None, rule: str | None = None) -> None:
    home.sql(
        "insert into reference.snoozes values ('dpmpd', ?, ?, ?, 'Pemindahan data, keputusan rapat TKPKD')",
        [program, rule, until],
    )


# --- quiet days


@pytest.mark.parametrize(
    ("quiet", "day", "held"),
    [
        (["weekends"], SATURDAY, True),
        (["weekends"], MONDAY, False),
        (["saturday"], SATURDAY, True),
        (["sunday"], SATURDAY, False),
        (["holidays"], SATURDAY, False),
        (["holidays"], FRIDAY, True),
        ([], SATURDAY, False),
    ],
)
def test_a_digest_waits_for_a_day_that_is_not_quiet(
    home: Home, pretend: Pretend, quiet: list[str], day: date, held: bool
) -> None:
    home.sql("update reference.calendar set holiday_name = 'Cuti bersama' where day = ?", [FRIDAY])
    home.configure(quiet_days=quiet)
    home.flag("total_mismatch", "warning", "dpmpd", **PLACE)
    assert on(home, pretend, day) == ([] if held else ["digest"])
    assert on(home, pretend, date(2024, 2, 13)) == (["digest"] if held else [])


def test_the_day_is_that_of_as_of_not_of_the_clock(home: Home, pretend: Pretend) -> None:
    home.configure(quiet_days=["weekends"])
    home.flag("total_mismatch", "warning", "dpmpd", **PLACE)
    pretend("2024-02-12T09:00:00+08:00")
    assert send_alerts(home.ws, SATURDAY, "run", send=True).held == 1


def test_what_is_critical_goes_out_on_a_quiet_day(home: Home, pretend: Pretend) -> None:
    home.configure(quiet_days=["weekends"], escalation=[{"to": "coordinator", "days_overdue": 7}])
    home.missing("blt_dd", "2024-01", VILLAGE, 1, days_late=8)
    assert on(home, pretend, SATURDAY) == ["digest"]
    assert on(home, pretend, SATURDAY + timedelta(days=7)) == ["escalation"]


def test_a_critical_flag_that_only_grew_waits(home: Home, pretend: Pretend) -> None:
    home.configure(quiet_days=["weekends"])
    home.missing("blt_dd", "2024-01", VILLAGE, 1)
    on(home, pretend, FRIDAY)
    home.sql("update ledger.flags set worsened_on = ?", [SATURDAY])
    assert on(home, pretend, SATURDAY) == []
    assert on(home, pretend, MONDAY) == ["digest"]


def test_reminders_and_heartbeats_wait_too(home: Home, pretend: Pretend) -> None:
    home.configure(quiet_days=["weekends"])
    home.sql(
        "insert into ledger.runs by name select 'run-0' as run_id, date '2024-02-01' as as_of,"
        " now()::timestamp as started_at, 'succeeded' as outcome, 'schedule' as started_by, '{}' as versions"
    )
    home.entitlements("beras", "2024-02", VILLAGE, 1, timing="pending")
    assert on(home, pretend, date(2024, 2, 18)) == []  # a Sunday, a week before the due date
    assert sorted(on(home, pretend, date(2024, 2, 19))) == ["heartbeat", "heartbeat", "reminder"]


# --- worse


def test_a_flag_that_grew_is_told_as_worse_once(home: Home, pretend: Pretend) -> None:
    first, _ = home.missing("blt_dd", "2024-01", VILLAGE, 2)
    on(home, pretend, FRIDAY)
    home.sql("update ledger.flags set worsened_on = ? where flag_id = ?", [SATURDAY, first])
    assert on(home, pretend, SATURDAY) == ["digest"]
    text = text_of(home.mails()[-1])
    assert "Sejak surel terakhir: 0 temuan baru, 1 memburuk, 1 masih terbuka, dan 0 selesai." in text
    assert home.outbox()[-1]["flags_open"] == 2
    assert on(home, pretend, MONDAY) == []


def test_which_step_holds_the_aid_up_is_told_where_it_is_known(home: Home, pretend: Pretend) -> None:
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    home.missing("blt_dd", "2024-01", "52.05.01.2007", 1)
    home.missing("blt_dd", "2024-01", "52.05.01.2006", 1)
    home.sql("update ledger.flags set blocked_by = 'penetapan APBDes'")
    for village, is_blocking in ((VILLAGE, True), ("52.05.01.2007", True), ("52.05.01.2006", False)):
        home.sql(
            "insert into audit.village_gates values ('blt_dd', 2024, ?, 'penetapan APBDes', ?)",
            [village, is_blocking],
        )
    on(home, pretend, FRIDAY)
    # The third village took the step after the due date: it holds nothing up any more.
    assert "Tertahan pada tahapan: penetapan APBDes (2 desa)." in text_of(home.mails()[0])


# --- snoozes


@pytest.mark.parametrize(
    ("program", "rule", "told"),
    [
        (None, None, []),
        ("blt_dd", None, []),
        ("blt_dd", "delivery_missing", []),
        (None, "delivery_missing", []),
        ("blt_dd", "log_missing", ["digest"]),
        ("beras", None, ["digest"]),
    ],
)
def test_a_snooze_suppresses_mails_never_flags(
    home: Home, pretend: Pretend, program: str | None, rule: str | None, told: list[str]
) -> None:
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    snooze(home, SATURDAY, program, rule)
    assert on(home, pretend, FRIDAY) == told
    assert home.sql("select count(*) from ledger.flags where resolved_on is null") == [(2,)]


def test_after_its_last_day_the_snoozed_is_told(home: Home, pretend: Pretend) -> None:
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    snooze(home, SATURDAY)
    assert on(home, pretend, SATURDAY) == []
    assert on(home, pretend, date(2024, 2, 11)) == ["digest"]
    assert home.outbox()[0]["flags_new"] == 2


def test_what_is_snoozed_after_it_was_told_is_not_called_resolved(home: Home, pretend: Pretend) -> None:
    flags = home.missing("blt_dd", "2024-01", VILLAGE, 2)
    on(home, pretend, FRIDAY)
    snooze(home, SATURDAY)
    assert on(home, pretend, SATURDAY) == []
    home.resolve(flags)
    assert on(home, pretend, date(2024, 2, 11)) == ["digest"]
    assert home.outbox()[-1]["flags_resolved"] == 2


def test_the_digest_says_what_it_leaves_out(home: Home, pretend: Pretend) -> None:
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    home.flag("total_mismatch", "warning", "dpmpd", **PLACE)
    snooze(home, SATURDAY, "blt_dd", "delivery_missing")
    on(home, pretend, FRIDAY)
    text = text_of(home.mails()[0])
    assert "KPM di 1 desa" not in text
    assert (
        "Pemberitahuan tentang belum tercatat menerima BLT Dana Desa ditunda s.d. 10 Februari 2024: "
        "Pemindahan data, keputusan rapat TKPKD."
    ) in text


def test_a_digest_with_nothing_left_but_the_snoozed_does_not_call_all_of_it_mended(
    home: Home, pretend: Pretend
) -> None:
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    mended = home.flag("total_mismatch", "warning", "dpmpd", **PLACE)
    snooze(home, SATURDAY, "blt_dd", "delivery_missing")
    on(home, pretend, FRIDAY)
    home.resolve([mended])
    assert on(home, pretend, SATURDAY) == ["digest"]
    mail = home.mails()[-1]
    assert ": temuan lain telah selesai" in mail["Subject"]
    for body in (text_of(mail), html_of(mail)):
        assert "seluruh temuan" not in body
        assert "Tidak ada tindak lanjut yang diperlukan" not in body
        assert "Tidak ada tindak lanjut baru; 2 temuan yang pemberitahuannya ditunda masih terbuka." in body


def test_neither_reminder_nor_escalation_while_snoozed(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=[{"to": "coordinator", "days_overdue": 7}])
    home.missing("blt_dd", "2024-01", VILLAGE, 2, days_late=9)
    home.entitlements("blt_dd", "2024-03", VILLAGE, 2, timing="pending")
    snooze(home, date(2024, 3, 8))
    assert on(home, pretend, date(2024, 3, 8)) == []
    assert sorted(on(home, pretend, date(2024, 3, 9))) == ["digest", "reminder"]
    assert on(home, pretend, date(2024, 3, 12)) == ["escalation"]
