"""After a week without a mail a reader hears that somebody still looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from include.alerts import send_alerts
from include.alerts.letter import Attachment
from tests.unit.alerts.made_by_hand import AS_OF, Home, text_of

VILLAGE = "52.05.01.2008"
Pretend = Callable[[str], None]


@pytest.fixture
def running(home: Home) -> Home:
    """A home whose first run was on AS_OF, with everything received."""
    home.sql(
        "insert into ledger.runs by name select 'run-0' as run_id, ?::date as as_of, now()::timestamp as started_at,"
        " 'succeeded' as outcome, 'schedule' as started_by, '{}' as versions",
        [AS_OF],
    )
    home.entitlements("beras", "2024-01", VILLAGE, 4, timing="on_time")
    home.sql("delete from reference.programs where program_code <> 'beras'")
    return home


def after(home: Home, pretend: Pretend, days: int) -> list[str]:
    day = AS_OF + timedelta(days=days)
    pretend(f"{day}T09:00:00+08:00")
    before = len(home.outbox())
    send_alerts(home.ws, day, f"run-{days}", send=True)
    return [f"{row['kind']} {row['recipient_role']}" for row in home.outbox()[before:]]


def test_all_is_well_is_told_once_a_week(running: Home, pretend: Pretend) -> None:
    told = {days: after(running, pretend, days) for days in (0, 6, 7, 8, 13, 14)}
    assert told == {
        0: [], 6: [], 8: [], 13: [],
        7: ["heartbeat opd_head", "heartbeat coordinator"],
        14: ["heartbeat opd_head", "heartbeat coordinator"],
    }  # fmt: skip
    head, coordinator = running.mails()[:2]
    assert head["Subject"] == "[Biasa] Kabar pekanan pemantauan penyaluran: tidak ada temuan terbuka"
    assert coordinator["To"] == "bappeda.litbang@dompukab.example"
    assert (
        "- Bantuan Pangan Beras: tidak ada temuan (4 dari 4 KPM-periode yang jatuh tempo dalam 12 bulan terakhir sudah lengkap (100%), 4 tepat waktu)"
    ) in text_of(head)
    assert "Dinas Ketahanan Pangan\n" in text_of(coordinator)
    assert "Tidak ada tindak lanjut yang diperlukan." in text_of(head)


def test_a_year_of_service_stands_beside_the_window_and_what_is_older_is_left_out(
    running: Home, pretend: Pretend
) -> None:
    running.entitlements("beras", "2024-01", VILLAGE, 2, timing="late")
    running.entitlements("beras", "2024-02", VILLAGE, 5, timing="pending")
    [(old, _)] = running.sql("select min(entitlement_id), max(entitlement_id) from audit.delivery_accuracy")
    running.sql(
        "update audit.delivery_accuracy set due_date = date '2023-02-09', timing_status = 'missing' where entitlement_id = ?",
        [old],
    )
    after(running, pretend, 7)
    for mail in running.mails():
        assert "Tepat waktu 12 bulan terakhir: 60% (3 dari 5 hak)\n" in text_of(mail)
        assert (
            "5 dari 5 KPM-periode yang jatuh tempo dalam 12 bulan terakhir sudah lengkap (100%), 3 tepat waktu"
            in text_of(mail)
        )
        assert "Menumpuk" not in text_of(mail)


def test_what_was_bunched_before_the_cutoff_is_told_by_name(running: Home, pretend: Pretend) -> None:
    running.bunch("beras")
    after(running, pretend, 7)
    for mail in running.mails():
        assert "Menumpuk menjelang batas SUSENAS 2024: Bantuan Pangan Beras\n" in text_of(mail)


def test_an_opd_without_a_list_of_recipients_hears_that_nothing_can_be_watched(
    running: Home, pretend: Pretend
) -> None:
    running.sql("insert into reference.programs by name select 'blt_dd' as program_code, 'BLT Dana Desa' as name,"
                " 'dpmpd' as opd_code, 'active' as status")  # fmt: skip
    assert after(running, pretend, 7) == ["heartbeat opd_head", "heartbeat opd_head", "heartbeat coordinator"]
    _, head, coordinator = running.mails()
    assert head["To"] == "dpmpd@dompukab.example"
    assert "- BLT Dana Desa: daftar penerima belum diterima\n" in text_of(head)
    for mail in (head, coordinator):
        assert (
            "Mohon daftar penerima BLT Dana Desa dikirimkan: tanpa itu penyalurannya belum terpantau."
            in text_of(mail)
        )
        assert "Tidak ada tindak lanjut yang diperlukan" not in text_of(mail)


def test_an_opd_that_keeps_registries_hears_what_came_last(running: Home, pretend: Pretend) -> None:
    running.sql(
        "insert into reference.feeds values ('dinsos/p3ke', 'dinsos', 'registry', null, 'p3ke', 7),"
        " ('dinsos/dtks', 'dinsos', 'registry', null, 'dtks', 7)"
    )
    running.sql(
        "insert into audit.submissions by name select 's1' as submission_id, 'dinsos/p3ke' as feed, 'dinsos' as opd_code,"
        " 'registry' as kind, 'accepted' as status, timestamp '2024-01-05 20:00:00' as received_at, 862 as rows_accepted,"
        " 1 as sequence"
    )
    assert after(running, pretend, 7) == ["heartbeat opd_head", "heartbeat opd_head", "heartbeat coordinator"]
    head, _, coordinator = (text_of(mail) for mail in running.mails())
    assert (
        "Data yang dikirim\n- Data DTKS: belum pernah diterima\n- Data P3KE: terakhir diterima 6 Januari 2024 (862 baris)\n"
    ) in head
    assert "Data yang dikirim: Dinas Sosial\n" in coordinator
    reach = (
        "Keluarga miskin yang belum terjangkau\n"
        "- Dari 200 keluarga desil 1–4 dalam data rujukan yang berlaku, 80 keluarga tidak tercantum dalam program mana pun yang"
        " berjalan; di antaranya 20 keluarga desil 1\n"
        "- Belum dapat dinilai: 30 keluarga yang desilnya tidak diketahui\n"
    )
    assert reach in coordinator
    assert "belum terjangkau" not in head
    assert "pasangan" not in head


def test_a_registry_that_looks_wrong_is_asked_for_again(running: Home, pretend: Pretend) -> None:
    running.sql("insert into reference.feeds values ('dinsos/p3ke', 'dinsos', 'registry', null, 'p3ke', 7)")
    running.sql(
        "insert into audit.submissions by name select 's1' as submission_id, 'dinsos/p3ke' as feed, 'dinsos' as opd_code,"
        " 'registry' as kind, 'accepted' as status, timestamp '2024-01-05 20:00:00' as received_at, 20 as rows_accepted,"
        " 1 as sequence"
    )
    # A file in force, not necessarily the last: another village's may have come after it.
    running.sql(
        "insert into audit.register_counts by name select 'p3ke' as registry, unnest([1, 2]) as welfare_decile,"
        " 0 as entries_without_family, unnest([false, true]) as has_doubtful_file"
    )
    after(running, pretend, 7)
    for text in (text_of(running.mails()[0]), text_of(running.mails()[-1])):
        assert "(20 baris; keluarga jauh berkurang atau desil tidak ada lagi)" in text
        assert (
            "Mohon data P3KE yang terakhir diperiksa menurut tanda terimanya di folder returned/dinsos/p3ke"
            in text
        )
        assert "Tidak ada tindak lanjut yang diperlukan" not in text


def test_pairs_that_wait_for_an_operator_are_asked_for(running: Home, pretend: Pretend) -> None:
    running.sql("insert into reference.feeds values ('dinsos/dtks', 'dinsos', 'registry', null, 'dtks', 7)")
    running.sql(
        "insert into audit.submissions by name select 's1' as submission_id, 'dinsos/dtks' as feed, 'dinsos' as opd_code,"
        " 'registry' as kind, 'accepted' as status, timestamp '2024-01-05 20:00:00' as received_at, 862 as rows_accepted,"
        " 1 as sequence"
    )
    for number, decision in enumerate(("review", "review", "accepted")):
        running.sql(
            "insert into ledger.registry_matches by name select ? as left_key, 'r' as right_key, 0.8 as match_probability,"
            " 'probability' as matched_by, ? as decision, '{}' as agreement, 'p3ke' as left_registry, 'dtks' as right_registry,"
            " 's0' as left_submission_id, 's1' as right_submission_id",
            [f"l{number}", decision],
        )
    after(running, pretend, 7)
    for text in (text_of(running.mails()[0]), text_of(running.mails()[-1])):
        assert (
            "- Data DTKS: terakhir diterima 6 Januari 2024 (862 baris; 2 pasangan menunggu diperiksa)\n"
            in text
        )
        assert (
            "Mohon petugas memeriksa 2 pasangan orang dalam daftar returned/dinsos/dtks/DAFTAR-PERIKSA-PASANGAN.xlsx dan"
            " menaruhnya kembali di folder dinsos/dtks."
        ) in text
        assert "Tidak ada tindak lanjut yang diperlukan" not in text


def test_a_quiet_week_still_brings_the_coordinator_the_brief(running: Home, pretend: Pretend) -> None:
    day = AS_OF + timedelta(days=7)
    pretend(f"{day}T09:00:00+08:00")
    brief = Attachment("ringkasan.pdf", b"%PDF", "application/pdf")
    send_alerts(running.ws, day, "run-7", send=True, attachments=[brief])
    head, coordinator = (
        [part.get_filename() for part in mail.iter_attachments()] for mail in running.mails()
    )
    assert (head, coordinator) == ([], ["ringkasan.pdf"])


def test_who_got_a_mail_within_the_week_needs_no_heartbeat(running: Home, pretend: Pretend) -> None:
    running.flag("total_mismatch", "warning", "dkp", program_code="beras")
    assert after(running, pretend, 3) == ["digest opd_head"]
    assert after(running, pretend, 7) == ["heartbeat coordinator"]
    # Nothing has changed for a week: what is open is not called well.
    assert after(running, pretend, 10) == ["heartbeat opd_head"]
    mail = running.mails()[-1]
    assert mail["Subject"].endswith("1 temuan masih terbuka")
    assert "1 temuan masih memerlukan tindak lanjut" in text_of(mail)
    assert mail["In-Reply-To"] == running.outbox()[0]["message_id"]


def test_something_new_makes_a_digest_not_a_heartbeat(running: Home, pretend: Pretend) -> None:
    running.flag("total_mismatch", "warning", "dkp", program_code="beras")
    assert after(running, pretend, 7) == ["digest opd_head", "heartbeat coordinator"]


def test_a_reminder_takes_the_heartbeats_place(running: Home, pretend: Pretend) -> None:
    running.entitlements("beras", "2024-02", VILLAGE, 1, timing="pending")
    assert after(running, pretend, 9) == ["reminder opd_head", "heartbeat coordinator"]


def test_a_missed_week_is_not_made_up_for_twice(running: Home, pretend: Pretend) -> None:
    assert len(after(running, pretend, 30)) == 2
    assert after(running, pretend, 31) == []
    assert len(after(running, pretend, 37)) == 2


def test_before_any_run_has_succeeded_there_is_nothing_to_report(home: Home, pretend: Pretend) -> None:
    home.entitlements("beras", "2024-01", VILLAGE, 4, timing="on_time")
    assert after(home, pretend, 30) == []


def test_what_is_snoozed_is_open_and_said_to_be_snoozed(running: Home, pretend: Pretend) -> None:
    running.flag("log_missing", "critical", "dkp", program_code="beras")
    until = AS_OF + timedelta(days=30)
    running.sql("insert into reference.snoozes values ('dkp', null, null, ?, 'Rapat TKPKD')", [until])
    assert after(running, pretend, 7) == ["heartbeat opd_head", "heartbeat coordinator"]
    for mail, title in zip(running.mails(), ("", ": Dinas Ketahanan Pangan"), strict=True):
        assert mail["Subject"].endswith("1 temuan masih terbuka")
        text = text_of(mail)
        assert "Di antaranya ditunda pemberitahuannya: 1\n" in text
        assert f"Pemberitahuan yang ditunda{title}\n" in text
        assert "- Pemberitahuan tentang semua temuan ditunda s.d. 10 Maret 2024: Rapat TKPKD." in text
        assert "Tidak ada tindak lanjut baru; 1 temuan yang pemberitahuannya ditunda masih terbuka." in text
        assert "Tidak ada tindak lanjut yang diperlukan" not in text
    assert [row["flags_open"] for row in running.outbox()] == [1, 1]


def test_what_could_not_be_checked_is_not_called_well(running: Home, pretend: Pretend) -> None:
    running.sql(
        "insert into ledger.rule_outcomes values ('run-7', 'amount_over', 'warning', 'not_evaluated', null, '', now()::timestamp),"
        " ('run-6', 'amount_under', 'warning', 'not_evaluated', null, '', now()::timestamp)"
    )
    after(running, pretend, 7)
    for mail in running.mails()[:2]:
        assert mail["Subject"].endswith("tidak ada temuan terbuka, 1 aturan tidak dapat diperiksa")
        text = text_of(mail)
        assert "pemantauan berjalan, tetapi 1 aturan tidak dapat diperiksa" in text
        assert "1 aturan tidak dapat diperiksa: hasilnya tidak diketahui" in text
        assert "sebagaimana mestinya" not in text
        assert "Tidak ada tindak lanjut yang diperlukan" not in text
