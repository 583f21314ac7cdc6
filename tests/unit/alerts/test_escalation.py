"""What stays overdue climbs the ladder: each step once, none left out where runs were missed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from include.alerts import send_alerts
from include.alerts.letter import Attachment
from tests.unit.alerts.made_by_hand import AS_OF, Home, text_of

DESA = ("52.05.01.2008", "52.05.01.2007")
COORDINATOR, CHAIR = "bappeda.litbang@dompukab.example", "wakil.bupati@dompukab.example"
OPD = "dpmpd@dompukab.example"
# The head who is written to on AS_OF has time until the close of Monday, 12 February: what climbs, climbs from the 13th on.
LATER = AS_OF + timedelta(days=4)
BY_DAYS = [{"to": "coordinator", "days_overdue": 7}, {"to": "chair", "days_overdue": 21}]
Pretend = Callable[[str], None]


def on(home: Home, pretend: Pretend, day: date, **options: Any) -> None:
    pretend(f"{day}T09:00:00+08:00")
    send_alerts(home.ws, day, f"run-{day}", **{"send": True} | options)


def late_by(home: Home, days: int) -> None:
    home.sql("update ledger.flags set days_late = ?", [days])


def escalations(home: Home) -> list[dict[str, Any]]:
    return [row for row in home.outbox() if row["kind"] == "escalation"]


def to(home: Home) -> list[tuple[str, list[str]]]:
    return [(json.loads(row["recipients"])[0], json.loads(row["cc"])) for row in escalations(home)]


def test_first_the_coordinator_then_the_chair_each_once(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 2, days_late=6)
    on(home, pretend, AS_OF)
    assert to(home) == []
    late_by(home, 7)
    on(home, pretend, LATER)
    on(home, pretend, LATER + timedelta(days=1))
    assert to(home) == [(COORDINATOR, [OPD])]
    late_by(home, 21)
    on(home, pretend, AS_OF + timedelta(days=15))
    on(home, pretend, AS_OF + timedelta(days=16))
    assert to(home) == [(COORDINATOR, [OPD]), (CHAIR, [OPD])]
    assert [row["recipient_role"] for row in escalations(home)] == ["coordinator", "chair"]


def test_what_it_says(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 2, days_late=8)
    brief = Attachment("bahan-rapat.pdf", b"%PDF", "application/pdf")
    on(home, pretend, AS_OF)
    on(home, pretend, LATER, attachments=[brief])
    digest, mail = home.mails()
    assert mail["Subject"] == (
        "[Sangat Segera] Eskalasi penyaluran BLT Dana Desa Januari 2024: 2 KPM di 1 desa belum tercatat menerima,"
        " 5 hari menuju batas SUSENAS"
    )
    text = text_of(mail)
    assert "Yth. Kepala Bappeda dan Litbang Kabupaten Dompu selaku Sekretaris TKPKD" in text
    assert (
        "Disampaikan kepada Bapak/Ibu karena keterlambatan telah mencapai 8 hari (batas yang ditetapkan 7 hari).\n"
        in text
    )
    head = "Kepala Dinas Pemberdayaan Masyarakat dan Pemerintahan Desa Kabupaten Dompu"
    assert (
        "Mohon paling lambat Kamis, 15 Februari 2024 pukul 16.00 WITA:\n"
        f"- mengoordinasikan dengan {head} agar Rp600.000 bagi 2 KPM di 1 desa segera disalurkan.\n"
    ) in text
    assert "- Belum tercatat menerima: 2 KPM di 1 desa (Rp600.000, terlambat paling lama 8 hari)" in text
    # The reader knows what the head was asked for and by when, who else reads this, and what goes with it.
    assert (
        f"{head} telah disurati sejak Jumat, 9 Februari 2024, dengan tenggat Senin, 12 Februari 2024 pukul 16.00 WITA."
        " Keadaan hari ini, yang diminta:\n- menyalurkan Rp600.000 kepada 2 KPM di 1 desa"
    ) in text
    assert f"Tembusan: {head}.\n" in text
    assert "Lampiran: rincian-desa-dpmpd-2024-02-13.xlsx dan bahan-rapat.pdf." in text
    assert mail["In-Reply-To"] == digest["Message-ID"]
    late_by(home, 21)
    on(home, pretend, LATER + timedelta(days=1))
    chair = home.mails()[-1]
    assert chair["In-Reply-To"] == mail["Message-ID"]
    assert chair["Subject"].startswith(
        "[Sangat Segera] Mohon arahan atas penyaluran BLT Dana Desa Januari 2024: 2 KPM"
    )
    assert (
        "Mohon perkenan Bapak/Ibu, sedapat mungkin paling lambat Kamis, 15 Februari 2024 pukul 16.00 WITA:\n"
        f"- memberikan arahan kepada {head} agar Rp600.000 bagi 2 KPM di 1 desa segera disalurkan.\n"
    ) in text_of(chair)


def test_the_head_has_the_time_that_his_own_mail_gives_him(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 2, days_late=30)
    for days in range(4):
        on(home, pretend, AS_OF + timedelta(days=days))
    assert to(home) == []
    assert "Mohon paling lambat Senin, 12 Februari 2024 pukul 16.00 WITA" in text_of(home.mails()[0])
    on(home, pretend, LATER)
    assert to(home) == [(CHAIR, [COORDINATOR, OPD])]
    assert "Tidak menunggu" not in text_of(home.mails()[-1])


def test_shortly_before_the_cutoff_nobody_waits_and_the_mail_says_why(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 2, days_late=8)
    on(home, pretend, LATER)  # two working days to the cutoff, and the head hears of it today
    assert to(home) == [(COORDINATOR, [OPD])]
    digest, mail = home.mails()
    assert mail["In-Reply-To"] == digest["Message-ID"]  # of the same run
    assert (
        "Tidak menunggu tindak lanjut Kepala Dinas Pemberdayaan Masyarakat dan Pemerintahan Desa Kabupaten Dompu:"
        " batas SUSENAS tinggal 5 hari."
    ) in text_of(mail)
    assert (
        "Kabupaten Dompu disurati pada hari yang sama dengan permintaan:\n- menyalurkan Rp600.000"
        in text_of(mail)
    )


def test_a_head_who_cannot_be_reached_keeps_nothing_from_climbing(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 2, days_late=8)
    on(home, pretend, AS_OF)
    home.sql(
        "insert into ledger.outbox_attempts select alert_id, 1, '2024-02-09', ?, 'refused', '550' from ledger.outbox"
        " where kind = 'digest'", [OPD],
    )  # fmt: skip
    home.sql(
        "update ledger.outbox set status = 'failed', state = json_merge_patch(cast(state as json), '{\"mode\": \"send\"}')"
    )
    on(home, pretend, AS_OF)
    assert to(home) == [(COORDINATOR, [OPD])]
    assert "ditolak server penerima" in text_of(home.mails()[-1])


def test_missed_runs_leave_no_step_out_and_repeat_none(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 2, days_late=30)
    on(home, pretend, AS_OF)
    on(home, pretend, LATER)
    # The chair's step is reached; the coordinator, whose step was missed, gets a copy, and no mail of his own later.
    assert to(home) == [(CHAIR, [COORDINATOR, OPD])]
    assert len(escalations(home)[0]["state"]["steps"]) == 2
    on(home, pretend, LATER + timedelta(days=1))
    assert len(escalations(home)) == 1


def test_a_step_whose_limits_are_edited_is_not_told_again(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 2, days_late=8)
    on(home, pretend, AS_OF)
    on(home, pretend, LATER)
    assert to(home) == [(COORDINATOR, [OPD])]
    home.configure(escalation=[{"to": "coordinator", "days_overdue": 5, "days_to_cutoff": 20}, BY_DAYS[1]])
    on(home, pretend, LATER + timedelta(days=1))
    assert len(escalations(home)) == 1
    late_by(home, 21)
    on(home, pretend, LATER + timedelta(days=2))
    assert to(home)[1:] == [(CHAIR, [OPD])]


def test_a_lower_step_reached_after_a_higher_one_is_not_told(home: Home, pretend: Pretend) -> None:
    home.configure(
        escalation=[{"to": "coordinator", "days_overdue": 7}, {"to": "chair", "days_to_cutoff": 10}]
    )
    home.missing("blt_dd", "2024-01", DESA[0], 1, days_late=1)
    on(home, pretend, AS_OF)
    on(home, pretend, LATER)
    assert to(home) == [(CHAIR, [COORDINATOR, OPD])]
    late_by(home, 7)
    on(home, pretend, LATER + timedelta(days=1))
    assert len(escalations(home)) == 1


def test_by_days_to_the_cutoff_of_the_window_that_the_due_date_counts_for(
    home: Home, pretend: Pretend
) -> None:
    home.configure(escalation=[{"to": "coordinator", "days_to_cutoff": 4}])
    home.missing("blt_dd", "2024-01", DESA[0], 1, days_late=1)
    on(home, pretend, AS_OF)
    on(home, pretend, LATER)  # five days
    assert to(home) == []
    on(home, pretend, LATER + timedelta(days=1))
    assert to(home) == [(COORDINATOR, [OPD])]
    assert "karena batas SUSENAS tinggal 4 hari (batas yang ditetapkan 4 hari)" in text_of(home.mails()[-1])


def test_a_window_that_has_closed_escalates_nothing(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=[{"to": "coordinator", "days_to_cutoff": 365}])
    home.missing("blt_dd", "2024-01", DESA[0], 1, days_late=1)
    on(home, pretend, date(2024, 2, 19))
    on(home, pretend, date(2024, 2, 26))
    assert to(home) == []


def test_what_is_about_to_miss_the_cutoff_climbs_though_it_is_no_critical_flag(
    home: Home, pretend: Pretend
) -> None:
    home.configure(escalation=[{"to": "coordinator", "days_overdue": 7, "days_to_cutoff": 10}])
    place = {"program_code": "blt_dd", "period": "2024-01", "village_code": DESA[0]}
    home.flag("amount_over", "warning", "dpmpd", days_late=40, **place)
    on(home, pretend, AS_OF - timedelta(days=5))
    on(home, pretend, AS_OF)
    assert to(home) == []
    home.flag("susenas_at_risk", "warning", "dpmpd", **place)
    on(home, pretend, AS_OF + timedelta(days=1))
    on(home, pretend, LATER)
    assert to(home) == [(COORDINATOR, [OPD])]


def test_programmes_and_periods_climb_by_themselves_and_share_one_mail(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 1, days_late=8)
    home.missing("blt_dd", "2024-02", DESA[0], 1, days_late=8)
    home.missing("beras", "2024-01", DESA[0], 1, days_late=2)
    on(home, pretend, AS_OF)
    on(home, pretend, LATER)
    assert len(escalations(home)) == 1
    home.sql("update ledger.flags set days_late = 9 where program_code = 'beras'")
    on(home, pretend, LATER + timedelta(days=1))
    assert [row["opd_code"] for row in escalations(home)] == ["dpmpd", "dkp"]
    assert "beras|2024-01" in escalations(home)[1]["state"]["steps"][0]


def test_a_dry_run_climbs_no_step(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 1, days_late=8)
    on(home, pretend, AS_OF)
    on(home, pretend, LATER, send=False)
    on(home, pretend, LATER, send=False)
    on(home, pretend, LATER)
    assert [row["state"]["mode"] for row in escalations(home)] == ["dry_run", "file"]


def test_files_for_the_coordinator_go_with_the_chairs_mail_of_which_he_gets_a_copy(
    home: Home, pretend: Pretend
) -> None:
    home.configure(escalation=BY_DAYS)
    home.missing("blt_dd", "2024-01", DESA[0], 2, days_late=30)
    on(home, pretend, AS_OF)
    on(home, pretend, LATER, attachments=[Attachment("ringkasan.pdf", b"%PDF", "application/pdf")])
    assert to(home) == [(CHAIR, [COORDINATOR, OPD])]
    assert "ringkasan.pdf" in [part.get_filename() for part in home.mails()[-1].iter_attachments()]


def test_files_for_the_coordinator_go_with_the_coordinators_mail_only(home: Home, pretend: Pretend) -> None:
    home.configure(escalation=BY_DAYS)
    brief = Attachment("ringkasan.pdf", b"%PDF-1.7 made up", "application/pdf")
    home.missing("blt_dd", "2024-01", DESA[0], 1, days_late=8)
    on(home, pretend, AS_OF, attachments=[brief])
    on(home, pretend, LATER, attachments=[brief])
    late_by(home, 21)
    on(home, pretend, LATER + timedelta(days=1), attachments=[brief])
    digest, coordinator, chair = (
        {part.get_filename(): part.get_content_type() for part in mail.iter_attachments()}
        for mail in home.mails()
    )
    assert coordinator["ringkasan.pdf"] == "application/pdf"
    assert "ringkasan.pdf" not in digest.keys() | chair.keys()


@pytest.mark.parametrize("resolved", [False, True])
def test_only_what_is_still_open_climbs(home: Home, pretend: Pretend, resolved: bool) -> None:
    home.configure(escalation=BY_DAYS)
    flags = home.missing("blt_dd", "2024-01", DESA[0], 1, days_late=3)
    on(home, pretend, AS_OF)
    late_by(home, 8)
    if resolved:
        home.resolve(flags)
    on(home, pretend, LATER)
    assert len(escalations(home)) == (0 if resolved else 1)
