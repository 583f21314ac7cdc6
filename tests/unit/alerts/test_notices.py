"""Notices: to the sender of a refused file, and to the data engineer; each thing told once."""

from __future__ import annotations

import json
from collections.abc import Callable

from include.alerts import send_alerts
from include.alerts.letter import Attachment
from tests.unit.alerts.made_by_hand import AS_OF, Home, html_of, text_of


def refused_rows(home: Home, submission: str, count: int, reason: str = "amount_invalid") -> None:
    for row in range(count):
        home.sql(
            "insert into marts.rows_judged values (?, 'distribution', 'S', 1, ?, 'data', 'rejected', [?], [])",
            [submission, row, reason],
        )


def rule_outcome(home: Home, run_id: str, outcome: str, rule: str = "amount_over") -> None:
    home.sql(
        "insert into ledger.rule_outcomes values (?, ?, 'warning', ?, null, 'Binder Error: no column x', '2024-02-09')",
        [run_id, rule, outcome],
    )


def test_the_sender_of_a_partly_refused_file_gets_counts_and_reasons_once(home: Home) -> None:
    submission = home.submission("partial", rows_accepted=6, rows_rejected=3)
    refused_rows(home, submission, 3)
    assert send_alerts(home.ws, AS_OF, "run1", send=True).written == 1
    assert send_alerts(home.ws, AS_OF, "run2", send=True).written == 0
    (row,), (mail,) = home.outbox(), home.mails()
    assert (row["kind"], row["recipient_role"]) == ("submission_notice", "operator")
    assert json.loads(row["recipients"]) == ["operator.dkp@dompukab.example"]
    assert mail["Subject"] == "[Segera] Berkas Bantuan Pangan Beras: 3 baris ditolak (TT-2024-0001)"
    text = text_of(mail)
    assert "Diterima: Jumat, 9 Februari 2024 pukul 09.15 WITA" in text
    assert "Baris dibaca: 10\nDiterima sistem: 6\nDitolak: 3\nDilewati (bukan data): 1" in text
    assert "- Jumlah tidak terbaca: 3 baris (Tulis angka saja)" in text
    assert (
        'diperbaiki pada lembar "Baris Diperbaiki" dalam tanda terima di folder returned/dkp/beras/penyaluran/'
        in text
    )
    assert "tanda terima itu ditaruh kembali di folder dkp/beras/penyaluran." in text
    assert "TT-2024-0001" in text


def test_a_wholly_refused_file(home: Home) -> None:
    home.submission("rejected", reason="all_rows_rejected", rows_accepted=0, rows_rejected=9)
    send_alerts(home.ws, AS_OF, "run", send=True)
    mail = home.mails()[0]
    assert mail["Subject"] == (
        "[Segera] Berkas Bantuan Pangan Beras: berkas tidak dapat diterima (TT-2024-0001)"
    )
    assert "- Semua baris ditolak: seluruh berkas (Perbaiki setiap baris)" in text_of(mail)


def test_a_file_of_another_folder_is_told_what_it_is_and_other_details_are_not_repeated(home: Home) -> None:
    for reason, detail in (
        ("wrong_feed", "isinya data P3KE"),
        ("columns_missing", "Nama [terbaca: SITI AMINAH]"),
    ):
        home.submission("rejected", reason=reason, reason_detail=detail, rows_accepted=0, rows_rejected=0)
    send_alerts(home.ws, AS_OF, "run", send=True)
    text = text_of(home.mails()[0])
    assert "(isinya data P3KE): seluruh berkas" in text
    assert "SITI" not in text


def test_a_registry_that_was_taken_but_looks_wrong_is_told_of_at_once(home: Home) -> None:
    home.submission(
        "accepted",
        rows_accepted=10,
        warnings=["columns_unknown", "registry_shrunk"],
        warning_details=json.dumps(
            [
                {"code": "columns_unknown", "detail": "Alamat"},
                {
                    "code": "registry_shrunk",
                    "detail": "P3KE tahun 2024; 1 desa: 30 keluarga menurut TT-1 menjadi 12",
                },
            ]
        ),
    )
    assert send_alerts(home.ws, AS_OF, "run1", send=True).written == 1
    assert send_alerts(home.ws, AS_OF, "run2", send=True).written == 0
    (row,), (mail,) = home.outbox(), home.mails()
    assert (row["kind"], row["recipient_role"]) == ("submission_notice", "operator")
    assert mail["Subject"] == (
        "[Segera] Berkas Bantuan Pangan Beras: berkas diterima, tetapi perlu diperiksa (TT-2024-0001)"
    )
    text = text_of(mail)
    assert "(P3KE tahun 2024; 1 desa: 30 keluarga menurut TT-1 menjadi 12): seluruh berkas" in text
    assert "Berkas ini diterima dan sudah dihitung. Mohon diperiksa apakah isinya lengkap" in text
    assert "Alamat" not in text


def test_files_of_one_run_and_sender_are_one_mail(home: Home) -> None:
    for name in ("a.csv", "b 5205010199019999.xlsx"):
        refused_rows(home, home.submission("partial", file_name=name, rows_accepted=6, rows_rejected=3), 3)
    home.submission(
        "rejected", file_name="c.xlsx", reason="all_rows_rejected", rows_accepted=0, rows_rejected=0,
        feed="dkp/beras/penerima",
    )  # fmt: skip
    assert send_alerts(home.ws, AS_OF, "run1", send=True).written == 1
    assert send_alerts(home.ws, AS_OF, "run2", send=True).written == 0
    (row,), (mail,) = home.outbox(), home.mails()
    assert len(row["state"]["items"]) == 3
    assert mail["Subject"] == (
        "[Segera] Berkas Bantuan Pangan Beras: 3 berkas perlu diperbaiki: 1 tidak dapat diterima dan 2 diterima sebagian"
    )
    text = text_of(mail)
    assert "Jumlah baris yang ditolak: 6\n" in text
    assert (
        "a.csv\nTanda terima TT-2024-0001, folder dkp/beras/penyaluran, diterima Jumat, 9 Februari 2024 pukul 09.15 WITA;"
        " 3 baris ditolak.\n- Jumlah tidak terbaca: 3 baris (Tulis angka saja)\n"
    ) in text
    assert "b ….xlsx\n" in text
    assert "c.xlsx\nTanda terima TT-2024-0001, folder dkp/beras/penerima" in text
    assert "Untuk berkas yang diterima sebagian: Mohon baris yang ditolak diperbaiki" in text
    assert "Untuk berkas yang ditolak tanpa rincian baris: Tanda terima" in text
    home.submission("partial", file_name="d.csv", rows_rejected=1)
    assert send_alerts(home.ws, AS_OF, "run3", send=True).written == 1
    assert home.mails()[1]["Subject"].endswith("1 baris ditolak (TT-2024-0001)")


def test_of_many_files_the_first_are_explained_and_the_others_listed(home: Home) -> None:
    for number in range(35):
        home.submission("partial", file_name=f"log-{number:02}.csv", rows_rejected=1)
    send_alerts(home.ws, AS_OF, "run", send=True)
    text = text_of(home.mails()[0])
    assert text.count("Tanda terima TT-2024-0001, folder") == 10
    assert "- log-29.csv: 1 baris ditolak" in text
    assert "… dan 5 berkas lain" in text


def test_accepted_files_and_duplicates_are_not_told(home: Home) -> None:
    home.submission("accepted")
    home.submission("duplicate", reason="duplicate")
    assert send_alerts(home.ws, AS_OF, "run", send=True).written == 0


def test_a_hostile_file_name_is_inert_and_an_identity_number_in_it_is_hidden(home: Home) -> None:
    name = "=cmd|<script>alert(1)</script>\r\nBcc: x@example.org 5205010199019999.xlsx"
    home.submission("partial", file_name=name, rows_rejected=1)
    send_alerts(home.ws, AS_OF, "run", send=True)
    mail = home.mails()[0]
    assert "<script" not in html_of(mail)
    assert mail["Bcc"] is None
    assert "5205010199019999" not in text_of(mail) + html_of(mail)


def test_without_a_receipt_number_the_subject_carries_the_name_shortened_and_safe(home: Home) -> None:
    home.submission(
        "rejected",
        reason="all_rows_rejected",
        file_name="salur 5205010199019999\r\nBcc: x " + "a" * 90 + ".csv",
    )
    home.sql("update ledger.submissions set receipt_number = null")
    send_alerts(home.ws, AS_OF, "run", send=True)
    mail = home.mails()[0]
    assert mail["Bcc"] is None
    assert "5205010199019999" not in mail["Subject"]
    assert mail["Subject"].endswith("diterima (salur … Bcc: x " + "a" * 24 + "…)")
    assert "Mohon berkas diperbaiki, lalu ditaruh kembali" in text_of(
        mail
    )  # there are no rows to mend one by one


def test_the_engineer_hears_once_of_a_file_in_no_feeds_folder(home: Home) -> None:
    home.submission("rejected", feed=None, reason="feed_unknown", file_name="salah.xlsx")
    home.submission("rejected", feed=None, reason="feed_unknown", file_name="tempat.xlsx")
    assert send_alerts(home.ws, AS_OF, "run1", send=True).written == 1
    assert send_alerts(home.ws, AS_OF, "run2", send=True).written == 0
    (row,), (mail,) = home.outbox(), home.mails()
    assert (row["kind"], json.loads(row["recipients"])) == (
        "engineer_notice",
        ["data.engineer@dompukab.example"],
    )
    assert mail["Subject"] == "[Segera] Pemantauan penyaluran: 2 berkas perlu ditangani"
    assert "- salah.xlsx" in text_of(mail)
    assert "- tempat.xlsx" in text_of(mail)


def test_the_engineer_hears_of_what_cannot_be_taken_from_the_inbox(home: Home) -> None:
    submission = home.submission("rejected", feed=None, reason="file_not_taken", file_name="dkp/tertutup")
    home.sql(
        "update ledger.submissions set reason_detail = 'hak akses' where submission_id = ?", [submission]
    )
    assert send_alerts(home.ws, AS_OF, "run1", send=True).written == 1
    (mail,) = home.mails()
    assert mail["Subject"] == "[Segera] Pemantauan penyaluran: 1 berkas perlu ditangani"
    assert "Berkas yang tidak dapat diambil" in text_of(mail)
    assert "- dkp/tertutup (hak akses)" in text_of(mail)


def test_a_rule_that_could_not_be_evaluated_is_told_once_a_streak(
    home: Home, pretend: Callable[[str], None]
) -> None:
    written = []
    for run, outcome in enumerate(["not_evaluated", "not_evaluated", "passed", "not_evaluated"]):
        rule_outcome(home, f"run{run}", outcome)
        written.append(send_alerts(home.ws, AS_OF, f"run{run}", send=True).written)
    assert written == [1, 0, 0, 1]
    mail = home.mails()[0]
    assert mail["Subject"] == "[Sangat Segera] Pemantauan penyaluran: 1 aturan perlu ditangani"
    assert "- amount_over (Binder Error: no column x)" in text_of(mail)


def test_a_dry_run_leaves_notices_to_be_told(home: Home) -> None:
    home.submission("partial", rows_rejected=1)
    assert send_alerts(home.ws, AS_OF, "run1", send=False).written == 1
    assert send_alerts(home.ws, AS_OF, "run2", send=False).written == 0
    assert send_alerts(home.ws, AS_OF, "run3", send=True).written == 1


def test_a_notice_brings_the_coordinator_the_brief_and_the_data_engineer_none(home: Home) -> None:
    home.configure(engineer_email="data.engineer@dompukab.example")
    home.submission("partial", rows_rejected=1)
    send_alerts(home.ws, AS_OF, "run1", send=True)
    home.sql(
        "insert into ledger.outbox_attempts select alert_id, 1, '2024-02-09', 'x@example.org', 'refused', '550'"
        " from ledger.outbox"
    )
    brief = Attachment("ringkasan.pdf", b"%PDF", "application/pdf")
    send_alerts(home.ws, AS_OF, "run2", send=True, attachments=[brief])
    carried = {
        row["kind"]: [part.get_filename() for part in mail.iter_attachments()]
        for row, mail in zip(home.outbox(), home.mails(), strict=True)
    }
    assert carried == {
        "submission_notice": [],
        "engineer_notice": [],
        "coordinator_notice": ["ringkasan.pdf"],
    }
