"""When a digest is due, what it says, and that what it says is what the audit tables say."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta

import openpyxl
import pytest

from include.alerts import send_alerts
from include.alerts.wording import wording
from tests.unit.alerts.made_by_hand import AS_OF, Home, html_of, text_of

DESA = ("52.05.01.2008", "52.05.01.2007", "52.05.02.2001", "52.05.02.2002")
KELURAHAN = "52.05.01.1003"
Pretend = Callable[[str], None]


def digests(home: Home) -> list[dict]:  # type: ignore[type-arg]
    return [row for row in home.outbox() if row["kind"] == "digest"]


def mail_asks(text: str) -> list[str]:
    """What a mail asks for, the most urgent first: what stands under its two headings of requests."""
    lists = re.findall(r"(?:Mohon paling lambat [^\n]*|mohon juga):\n((?:- [^\n]*\n)+)", text)
    return [line[2:].rstrip(";.") for part in lists for line in part.splitlines()]


def tomorrow(pretend: Pretend, days: int = 1) -> date:
    day = AS_OF + timedelta(days=days)
    pretend(f"{day}T09:00:00+08:00")
    return day


# --- when


def test_nothing_to_tell_is_not_told(home: Home) -> None:
    home.entitlements("blt_dd", "2024-01", DESA[0], 3, timing="on_time")
    assert send_alerts(home.ws, AS_OF, "run", send=True).written == 0
    assert home.outbox() == []
    assert list(home.ws.settings.outbox.glob("*.eml")) == []


def test_the_first_digest_goes_to_the_opd_concerned_only(home: Home) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 2)
    report = send_alerts(home.ws, AS_OF, "run", send=True)
    (row,) = home.outbox()
    assert (report.written, report.sent) == (1, 0)
    assert (row["opd_code"], row["recipient_role"], row["status"]) == ("dpmpd", "opd_head", "written")
    assert json.loads(row["recipients"]) == ["dpmpd@dompukab.example"]
    assert (row["flags_new"], row["flags_open"], row["flags_resolved"]) == (2, 2, 0)


def test_the_same_state_is_written_once_however_often_it_runs(home: Home, pretend: Pretend) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 2)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    assert send_alerts(home.ws, AS_OF, "run2", send=True).unchanged == 1
    assert send_alerts(home.ws, tomorrow(pretend), "run3", send=True).unchanged == 1
    assert len(home.outbox()) == len(list(home.ws.settings.outbox.glob("*.eml"))) == 1


def test_one_digest_a_day_but_new_critical_flags_at_once(home: Home, pretend: Pretend) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 1)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.flag("total_mismatch", "warning", "dpmpd", submission_id="s1")
    assert send_alerts(home.ws, AS_OF, "run2", send=True).held == 1
    home.missing("blt_dd", "2024-01", DESA[1], 1)
    assert send_alerts(home.ws, AS_OF, "run3", send=True).written == 1
    home.flag("total_mismatch", "warning", "dpmpd", submission_id="s2")
    assert send_alerts(home.ws, AS_OF, "run4", send=True).held == 1
    assert send_alerts(home.ws, tomorrow(pretend), "run5", send=True).written == 1
    assert [row["flags_new"] for row in home.outbox()] == [1, 2, 1]


def test_the_day_is_the_regencys_day(home: Home, pretend: Pretend) -> None:
    pretend("2024-02-09T23:30:00+08:00")
    home.missing("blt_dd", "2024-01", DESA[0], 1)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.flag("total_mismatch", "warning", "dpmpd", submission_id="s1")
    pretend("2024-02-10T00:30:00+08:00")  # the same day in UTC
    assert send_alerts(home.ws, date(2024, 2, 10), "run2", send=True).written == 1


def test_a_flag_that_became_graver_is_new_again(home: Home, pretend: Pretend) -> None:
    flag = home.flag(
        "delivery_incomplete", "warning", "dkp", program_code="beras", period="2024-01", village_code=DESA[0]
    )
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.sql("update ledger.flags set severity = 'critical' where flag_id = ?", [flag])
    assert send_alerts(home.ws, AS_OF, "run2", send=True).written == 1
    assert home.outbox()[-1]["state"]["told"] == {"critical": [flag]}


def test_what_changed_counts_new_open_and_resolved(home: Home, pretend: Pretend) -> None:
    first = home.missing("blt_dd", "2024-01", DESA[0], 3)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.resolve(first[:1])
    home.missing("blt_dd", "2024-01", DESA[1], 4)
    send_alerts(home.ws, tomorrow(pretend), "run2", send=True)
    row, mail = home.outbox()[-1], home.mails()[-1]
    assert (row["flags_new"], row["flags_open"], row["flags_resolved"]) == (4, 6, 1)
    assert "Sejak surel terakhir: 4 temuan baru, 2 masih terbuka, dan 1 selesai." in text_of(mail)


def test_everything_resolved_is_told_once_and_a_flag_that_returns_is_new(
    home: Home, pretend: Pretend
) -> None:
    flags = home.missing("blt_dd", "2024-01", DESA[0], 2)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.resolve(flags)
    home.sql("update audit.delivery_accuracy set timing_status = 'late'")
    send_alerts(home.ws, tomorrow(pretend), "run2", send=True)
    mail = home.mails()[-1]
    assert mail["Subject"].startswith(
        "[Biasa] Penyaluran BLT Dana Desa Januari 2024: seluruh temuan telah selesai, 8 hari"
    )
    assert "seluruh temuan atas penyaluran BLT Dana Desa Januari 2024 telah selesai" in text_of(mail)
    assert "Tidak ada tindak lanjut yang diperlukan." in html_of(mail)
    assert not list(mail.iter_attachments())
    assert send_alerts(home.ws, tomorrow(pretend, 2), "run3", send=True).written == 0
    home.sql("update ledger.flags set resolved_on = null")
    assert send_alerts(home.ws, tomorrow(pretend, 3), "run4", send=True).written == 1
    # The state is that of the first mail, the mail is another one.
    first, _, again = home.outbox()
    assert first["state_hash"] == again["state_hash"]
    assert first["message_id"] != again["message_id"]


def test_a_past_fact_is_told_once_and_then_is_history(home: Home, pretend: Pretend) -> None:
    (entitlement,) = home.entitlements("blt_dd", "2024-01", DESA[0], 1, timing="late")
    late = home.flag("delivery_late", "warning", "dpmpd", program_code="blt_dd", period="2024-01", village_code=DESA[0],
                     entitlement_id=entitlement, days_late=5)  # fmt: skip
    send_alerts(home.ws, AS_OF, "run1", send=True)
    mail = home.mails()[0]
    assert mail["Subject"].startswith(
        "[Segera] Penyaluran BLT Dana Desa Januari 2024: 1 KPM di 1 desa menerima setelah jatuh tempo"
    )
    assert (
        "Diterima setelah jatuh tempo (untuk diketahui): 1 KPM di 1 desa (terlambat paling lama 5 hari)"
    ) in text_of(mail)
    assert "Mohon paling lambat" not in text_of(mail)
    assert send_alerts(home.ws, tomorrow(pretend), "run2", send=True).written == 0
    home.resolve([late])  # what validation does once it was told
    assert send_alerts(home.ws, tomorrow(pretend, 2), "run3", send=True).written == 0


def test_a_dry_run_is_written_once_a_day_and_tells_nobody(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 2)
    later = AS_OF + timedelta(days=3)
    assert send_alerts(home.ws, later, "run1", send=False).written == 1
    assert send_alerts(home.ws, later, "run2", send=False).written == 0
    assert send_alerts(home.ws, AS_OF, "run3", send=False).written == 1
    assert {row["state"]["mode"] for row in home.outbox()} == {"dry_run"}
    assert send_alerts(home.ws, AS_OF, "run4", send=True).written == 1
    assert home.outbox()[-1]["flags_new"] == 2


def test_a_replay_knows_nothing_of_flags_first_seen_later(home: Home) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 2)
    assert send_alerts(home.ws, AS_OF - timedelta(days=1), "run", send=False).written == 0


def test_opds_are_decided_apart(home: Home) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 1)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.missing("beras", "2024-01", DESA[0], 1)
    report = send_alerts(home.ws, AS_OF, "run2", send=True)
    assert (report.written, report.unchanged) == (1, 1)
    assert [row["opd_code"] for row in home.outbox()] == ["dpmpd", "dkp"]


# --- what


def test_subject_and_headers(home: Home, pretend: Pretend) -> None:
    for village in DESA:
        home.missing("blt_dd", "2024-01", village, 2)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.missing("blt_dd", "2024-02", DESA[0], 1)
    send_alerts(home.ws, tomorrow(pretend), "run2", send=True)
    first, second = home.mails()
    assert first["Subject"] == (
        "[Sangat Segera] Penyaluran BLT Dana Desa Januari 2024: 8 KPM di 4 desa belum tercatat menerima, 9 hari menuju batas SUSENAS"
    )
    assert "Januari dan Februari 2024: 9 KPM di 4 desa belum tercatat menerima, 8 hari" in second["Subject"]
    row = home.outbox()[0]
    assert first["Message-ID"] == row["message_id"] == f"<{row['alert_id']}@52.05.pantau-salur>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["List-Id"].endswith("<52.05.pantau-salur>")
    assert first["Reply-To"] == "bappeda.litbang@dompukab.example"
    assert first["Date"] == "Fri, 09 Feb 2024 09:00:00 +0800"
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]


def test_the_numbers_are_those_of_the_audit_tables(home: Home) -> None:
    for count, village in enumerate((*DESA, KELURAHAN), start=2):
        home.missing("beras", "2024-01", village, count, days_late=count)
        home.entitlements("beras", "2024-01", village, 10, timing="on_time")
    home.entitlements("beras", "2024-01", "52.05.03.2001", 5, timing="late")
    send_alerts(home.ws, AS_OF, "run", send=True)
    ((families, villages, owed, entitled, complete, on_time),) = home.sql("""
        select count(*) filter (where timing_status = 'missing'),
            count(distinct village_code) filter (where timing_status = 'missing'),
            sum(entitled_amount - delivered_amount) filter (where timing_status = 'missing'),
            count(*), count(*) filter (where timing_status in ('on_time', 'late')),
            count(*) filter (where timing_status = 'on_time')
        from audit.delivery_accuracy where program_code = 'beras' and period = '2024-01'
    """)
    text = text_of(home.mails()[0])
    found = re.search(
        r"Belum tercatat menerima: (\d+) KPM di (\d+) desa/kelurahan \((\d+) kg, terlambat paling lama (\d+) hari\)",
        text,
    )
    assert found is not None
    assert [int(figure) for figure in found.groups()] == [families, villages, owed, 6]
    found = re.search(r"(\d+) dari (\d+) KPM sudah lengkap \(75?[\d,]*%\), (\d+) tepat waktu", text)
    assert found is not None
    assert [int(figure) for figure in found.groups()] == [complete, entitled, on_time]
    ((flags,),) = home.sql("select count(*) from ledger.flags where resolved_on is null and opd_code = 'dkp'")
    assert f"Surel pertama: {flags} temuan baru." in text


def test_text_and_html_say_the_same(home: Home) -> None:
    for count, village in enumerate(DESA, start=2):
        home.missing("blt_dd", "2024-01", village, count)
    home.flag(
        "log_missing", "critical", "dpmpd", program_code="blt_dd", period="2024-01", village_code=DESA[0]
    )
    send_alerts(home.ws, AS_OF, "run", send=True)
    mail = home.mails()[0]
    body = re.sub(r"(?s).*</head>", "", html_of(mail))
    shown = re.sub(r"<!--.*?-->|<div style=\"display:none.*?</div>|<[^>]+>", " ", body, flags=re.S)
    words = [set(re.findall(r"[\w.,/%-]*\w", text)) for text in (text_of(mail), shown.replace("&#39;", "'"))]
    # The plain text carries the nature in capitals; else the words are the same.
    assert {word for word in words[0] ^ words[1] if word.lower() not in {"sangat", "segera"}} == set()


def test_html_fetches_nothing_and_carries_dark_colours(home: Home) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 2)
    send_alerts(home.ws, AS_OF, "run", send=True)
    html = html_of(home.mails()[0])
    assert not re.search(r"<(link|script|iframe|form)\b|url\(|@import", html)
    [image] = re.findall(r"<img[^>]*>", html)
    assert re.findall(r'src="([^"]*)"', html) == re.findall(r'src="(cid:[^"]*)"', image)
    assert set(re.findall(r"https?://[^\"'\s>]+", html)) == {"http://www.w3.org/1999/xhtml"}
    assert "@media (prefers-color-scheme: dark)" in html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert re.search(r'<h1[^>]*style="[^"]*color: #a1160f', html)


def test_villages_worst_first_and_capped(home: Home) -> None:
    villages = [v for v in home.ws.configuration.villages if v.kind == "desa"][:14]
    for count, village in enumerate(villages, start=1):
        home.missing("blt_dd", "2024-01", village.village_code, count)
    send_alerts(home.ws, AS_OF, "run", send=True)
    text = text_of(home.mails()[0])
    shown = [
        int(count)
        for count in re.findall(
            r"^- .+: (\d+) KPM belum tercatat menerima \(Rp[\d.]+, terlambat 4 hari\)$", text, re.M
        )
    ]
    assert sorted(shown, reverse=True) == list(range(14, 4, -1))
    assert "… dan 4 desa lain (lihat lampiran)" in text
    assert f"Nilainya Rp31.500.000; terbanyak di {villages[13].village_name} (14 KPM)" in text
    assert mail_asks(text)[0].startswith("menyalurkan Rp31.500.000 kepada 105 KPM di 14 desa")


def test_the_workbook_lists_every_village_and_no_person(home: Home) -> None:
    for count, village in enumerate(DESA, start=2):
        home.missing("blt_dd", "2024-01", village, count)
    home.sql(
        "update reference.villages set village_name = '=HYPERLINK(\"x\")' where village_code = ?", [DESA[0]]
    )
    send_alerts(home.ws, AS_OF, "run", send=True)
    (attachment,) = home.mails()[0].iter_attachments()
    assert attachment.get_filename() == "rincian-desa-dpmpd-2024-02-09.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(attachment.get_content()))["Desa"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert sum(row[8] for row in rows) == 2 + 3 + 4 + 5
    assert sum(row[11] for row in rows) == (2 + 3 + 4 + 5) * 300_000
    assert '\'=HYPERLINK("x")' in {row[4] for row in rows}
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_what_comes_from_outside_is_inert(home: Home) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 2)
    home.sql(
        "update reference.villages set village_name = '<img src=x onerror=alert(1)>\r\nBcc: x@example.org'"
    )
    home.sql("update reference.programs set name = 'BLT' || chr(10) || 'Bcc: x@example.org'")
    send_alerts(home.ws, AS_OF, "run", send=True)
    mail = home.mails()[0]
    assert "<img src=x" not in html_of(mail)
    assert "&lt;img" in html_of(mail)
    assert mail["Bcc"] is None
    assert "\n" not in home.outbox()[0]["subject"]


def test_never_a_person(home: Home) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 2)
    send_alerts(home.ws, AS_OF, "run", send=True)
    mail = home.mails()[0]
    (attachment,) = mail.iter_attachments()
    with zipfile.ZipFile(io.BytesIO(attachment.get_content())) as archive:
        sheets = "".join(archive.read(name).decode() for name in archive.namelist())
    for mark in ("520501*", "key-1", "E0000000000000001"):
        assert mark not in str(mail["Subject"]) + text_of(mail) + html_of(mail) + sheets


def test_a_family_of_two_periods_is_one_family_and_owed_twice(home: Home) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 1)
    home.missing("blt_dd", "2024-02", DESA[0], 1)
    home.sql("update audit.delivery_accuracy set beneficiary_key = 'key'")
    send_alerts(home.ws, AS_OF, "run", send=True)
    assert re.search(
        r"^- .+: 1 KPM belum tercatat menerima \(Rp600\.000, terlambat 4 hari\)$",
        text_of(home.mails()[0]),
        re.M,
    )


def test_overdue_and_short_is_told_as_one_thing(home: Home) -> None:
    (overdue,) = home.entitlements("beras", "2024-01", DESA[0], 1, timing="incomplete", delivered=7)
    (early,) = home.entitlements("beras", "2024-01", DESA[0], 1, timing="incomplete", delivered=4)
    place = {"program_code": "beras", "period": "2024-01", "village_code": DESA[0]}
    home.flag("delivery_incomplete", "warning", "dkp", entitlement_id=overdue, **place)
    for entitlement in (overdue, early):
        home.flag("amount_under", "warning", "dkp", entitlement_id=entitlement, **place)
    send_alerts(home.ws, AS_OF, "run", send=True)
    text = text_of(home.mails()[0])
    assert "Surel pertama: 2 temuan baru." in text  # as many as the lines tell
    assert "- Tersalur sebagian: 1 KPM di 1 desa (3 kg)" in text
    assert "- Jumlah kurang dari hak: 1 KPM di 1 desa (6 kg)" in text
    assert re.search(
        r"^- .+: 1 KPM baru menerima sebagian; 1 KPM menerima kurang dari hak \(9 kg\)$", text, re.M
    )


@pytest.mark.parametrize(
    ("severity", "deadline"),
    [
        ("critical", "Senin, 12 Februari 2024 pukul 16.00 WITA"),  # 9 February is a day off, then a weekend
        ("warning", "Kamis, 15 Februari 2024 pukul 16.00 WITA"),  # 14 February is election day
        ("info", "Minggu, 18 Februari 2024 pukul 16.00 WITA"),  # five working days would pass the cutoff
    ],
)
def test_what_to_do_by_when(home: Home, severity: str, deadline: str) -> None:
    home.flag("amount_over", severity, "dkp", program_code="beras", period="2024-01", village_code=DESA[0])
    send_alerts(home.ws, date(2024, 2, 9), "run", send=True)
    assert f"Mohon paling lambat {deadline}:" in text_of(home.mails()[0])


def test_a_rule_without_words_is_told_all_the_same(home: Home) -> None:
    home.flag("rule_of_tomorrow", "info", "dinsos")
    send_alerts(home.ws, AS_OF, "run", send=True)
    assert (
        home.mails()[0]["Subject"]
        == "[Biasa] Berkas data: 1 temuan perlu diperiksa, 9 hari menuju batas SUSENAS"
    )


def test_what_is_asked_stands_right_below_the_verdict_with_its_figures(home: Home) -> None:
    for count, village in enumerate(DESA, start=2):
        home.missing("beras", "2024-01", village, count)
        home.log("beras", "2024-01", village, "missing" if count < 4 else "received")
    for village in DESA[:2]:
        home.flag(
            "log_missing", "critical", "dkp", program_code="beras", period="2024-01", village_code=village
        )
    home.flag("amount_over", "warning", "dkp", program_code="beras", period="2024-01", village_code=DESA[0])
    home.flag("total_mismatch", "warning", "dkp", program_code="beras", submission_id="s1")
    send_alerts(home.ws, AS_OF, "run", send=True)
    text = text_of(home.mails()[0])
    verdict, _, body = text.partition("Yth. ")
    assert "14 KPM di 4 desa belum tercatat menerima\n" in verdict
    assert "5 KPM di antaranya di 2 desa yang belum mengirim log.\n" in verdict
    assert (
        "Mohon paling lambat Senin, 12 Februari 2024 pukul 16.00 WITA:\n"
        "- menyalurkan 140 kg kepada 14 KPM di 4 desa yang belum tercatat menerima; bila sudah disalurkan, cukup"
        " mengirimkan lognya;\n"
        "- mengirimkan log penyaluran 2 desa yang belum melapor, atau laporan nihil bila memang belum ada penyaluran.\n"
    ) in verdict
    assert "Dengan tenggat yang sama, mohon juga:\n- mengklarifikasi kelebihan pada 1 temuan" in body
    assert "- memeriksa 1 berkas yang totalnya tidak sama" in body


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (("received", "late"), "Log seluruh desa itu sudah diterima.\n"),
        (("missing", "pending"), "Seluruhnya di 2 desa yang belum mengirim log.\n"),
        (("nil", "missing"), "2 KPM di antaranya di 1 desa yang belum mengirim log.\n"),
    ],
)
def test_not_reported_is_told_apart_from_not_received(
    home: Home, statuses: tuple[str, str], said: str
) -> None:
    for village, status in zip(DESA, statuses, strict=False):
        home.missing("beras", "2024-01", village, 2)
        home.log("beras", "2024-01", village, status)
    send_alerts(home.ws, AS_OF, "run", send=True)
    assert said in text_of(home.mails()[0])


def test_what_a_graver_rule_tells_is_told_once_that_is_mended(home: Home, pretend: Pretend) -> None:
    (overdue,) = home.entitlements("beras", "2024-01", DESA[0], 1, timing="incomplete", delivered=7)
    place = {"program_code": "beras", "period": "2024-01", "village_code": DESA[0], "entitlement_id": overdue}
    graver = home.flag("delivery_incomplete", "warning", "dkp", **place)
    home.flag("amount_under", "warning", "dkp", **place)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.resolve([graver])
    send_alerts(home.ws, tomorrow(pretend), "run2", send=True)
    assert [(row["flags_new"], row["flags_open"], row["flags_resolved"]) for row in home.outbox()] == [
        (1, 1, 0),
        (1, 1, 1),
    ]
    assert "1 KPM di 1 desa menerima kurang dari hak" in home.mails()[1]["Subject"]


# --- the kinds of findings are told apart


def short_but_not_due(home: Home, village: str, count: int) -> None:
    for entitlement in home.entitlements("beras", "2024-02", village, count, timing="pending", delivered=5):
        home.flag("amount_under", "warning", "dkp", program_code="beras", period="2024-02", village_code=village,
                  entitlement_id=entitlement)  # fmt: skip


def test_the_worst_villages_are_those_of_the_headline_and_each_village_names_its_kinds(home: Home) -> None:
    home.missing("beras", "2024-01", DESA[0], 2)
    short_but_not_due(home, DESA[1], 9)
    home.flag("log_missing", "critical", "dkp", program_code="beras", period="2024-01", village_code=DESA[2])
    send_alerts(home.ws, AS_OF, "run", send=True)
    text = text_of(home.mails()[0])
    names = {v.village_code: v.village_name for v in home.ws.configuration.villages}
    assert f"Nilainya 20 kg; terbanyak di {names[DESA[0]]} (2 KPM).\n" in text
    assert "Di mana: 3 desa yang perlu ditindaklanjuti, 1 di antaranya: belum tercatat menerima\n" in text
    assert f"- {names[DESA[0]]}: 2 KPM belum tercatat menerima (20 kg, terlambat 4 hari)" in text
    assert f"- {names[DESA[1]]}: 9 KPM menerima kurang dari hak, Februari 2024 (45 kg)" in text
    assert f"- {names[DESA[2]]}: belum ada log" in text
    assert text.index(f"- {names[DESA[0]]}:") < text.index(f"- {names[DESA[1]]}:")


def test_the_subject_says_that_the_mail_covers_other_months_too(home: Home) -> None:
    home.missing("beras", "2024-01", DESA[0], 2)
    short_but_not_due(home, DESA[1], 9)
    send_alerts(home.ws, AS_OF, "run", send=True)
    assert (
        "Januari 2024, juga Februari 2024: 2 KPM di 1 desa belum tercatat menerima"
        in home.mails()[0]["Subject"]
    )


def test_what_bears_no_date_is_told_and_asked_for_and_neither_complete_nor_on_time(home: Home) -> None:
    home.missing("beras", "2024-01", DESA[0], 1)
    home.entitlements("beras", "2024-01", DESA[0], 6, timing="on_time")
    home.entitlements("beras", "2024-01", DESA[1], 3, timing="undated", delivered=10)
    send_alerts(home.ws, AS_OF, "run", send=True)
    text = text_of(home.mails()[0])
    assert "6 dari 10 KPM sudah lengkap (60%), 6 tepat waktu" in text
    assert "- Tersalur tanpa tanggal: 3 KPM di 1 desa\n" in text
    assert (
        "- mengirimkan tanggal penyaluran bagi 3 KPM di 1 desa yang tercatat menerima tanpa tanggal." in text
    )


def test_what_bears_no_date_is_asked_for_though_every_finding_is_resolved(
    home: Home, pretend: Pretend
) -> None:
    flags = home.missing("beras", "2024-01", DESA[0], 1)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.resolve(flags)
    home.sql("update audit.delivery_accuracy set timing_status = 'undated'")
    send_alerts(home.ws, tomorrow(pretend), "run2", send=True)
    text = text_of(home.mails()[-1])
    assert (
        "Mohon paling lambat Minggu, 18 Februari 2024 pukul 16.00 WITA:\n- mengirimkan tanggal penyaluran"
        in text
    )


def test_days_late_say_which_pause_they_leave_out(home: Home) -> None:
    home.missing("beras", "2024-01", DESA[0], 1, days_late=13)
    home.missing("beras", "2024-02", DESA[0], 1, days_late=1)  # due after the pause
    home.flag("log_missing", "critical", "dkp", program_code="beras", period="2024-01", village_code=DESA[0],
              days_late=12)  # fmt: skip
    home.sql("insert into reference.program_pauses values ('beras', '2024-02-08', '2024-02-14', 'Pemilu')")
    send_alerts(home.ws, AS_OF, "run", send=True)
    text = text_of(home.mails()[0])
    assert "terlambat paling lama 13 hari, tidak termasuk masa jeda 8–14 Februari 2024)" in text
    assert text.count("masa jeda") == 1
    assert "terlambat paling lama 12 hari)" in text


def test_every_kind_that_can_be_mended_is_asked_for(home: Home) -> None:
    rules = ("delivery_missing", "delivery_incomplete", "amount_under", "log_missing", "amount_over",
             "delivery_duplicate", "recipient_not_listed", "unit_suspected", "total_mismatch")  # fmt: skip
    for rule in rules:
        (entitlement,) = home.entitlements("beras", "2024-01", DESA[0], 1)
        home.flag(rule, "warning", "dkp", program_code="beras", period="2024-01", village_code=DESA[0],
                  entitlement_id=entitlement)  # fmt: skip
    send_alerts(home.ws, AS_OF, "run", send=True)
    asked = mail_asks(text_of(home.mails()[0]))
    for rule in rules:
        action = wording().of(rule).action
        assert action is not None
        # The counts differ from rule to rule: what stands around them does not.
        around = re.compile(".*".join(re.escape(part.strip()) for part in re.split(r"\{\w+\}", action)))
        assert [request for request in asked if around.match(request)], rule


def test_a_year_of_service_stands_in_one_line_of_the_first_screen(home: Home) -> None:
    home.entitlements("blt_dd", "2024-01", DESA[0], 3, timing="on_time")
    home.missing("blt_dd", "2024-01", DESA[0], 1)
    home.entitlements("beras", "2024-01", DESA[0], 5, timing="on_time")  # another OPD's
    home.bunch("blt_dd")
    send_alerts(home.ws, AS_OF, "run", send=True)
    (mail,) = home.mails()
    line = "Tepat waktu 12 bulan terakhir: 75% (3 dari 4 hak). Menumpuk menjelang batas SUSENAS 2024: BLT Dana Desa."
    text = text_of(mail)
    assert f"Surel pertama: 1 temuan baru.\n{line}\n\nYth." in text
    assert line in html_of(mail)


def test_what_is_not_bunched_or_cannot_be_judged_takes_no_room(home: Home) -> None:
    home.missing("blt_dd", "2024-01", DESA[0], 1)
    send_alerts(home.ws, AS_OF, "run", send=True)
    assert "Tepat waktu 12 bulan terakhir: 0% (0 dari 1 hak).\n" in text_of(home.mails()[0])
    assert "Menumpuk" not in text_of(home.mails()[0])
