"""The short mails: to the sender of a refused file, and to data engineer and coordinator when something could not be done.

Both are a heading, some facts, a list of what is wrong and what is asked: one template.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from include.alerts import indonesian, outbox
from include.alerts.inert import file_name, inert
from include.alerts.letter import SUBJECT_LENGTH, Letter
from include.alerts.occasion import Occasion, Row
from include.alerts.outbox import Draft
from include.alerts.render import render_html, render_text

SUBMISSION, ENGINEER, COORDINATOR = "submission_notice", "engineer_notice", "coordinator_notice"
ITEMS_SHOWN = 20
REFERENCE_LENGTH = 40


@dataclass(frozen=True)
class Item:
    """One thing that is wrong, how often, and what to do about it."""

    title: str
    figure: str
    detail: str


@dataclass(frozen=True)
class Section:
    """Items under a heading."""

    title: str
    items: tuple[Item, ...]
    advice: str | None = None
    more: str | None = None


@dataclass(frozen=True)
class NoticeView:
    """Everything that the template shows, as finished words."""

    tone: str
    nature: str
    addressee: str
    regency: str
    topic: str
    headline: str
    opening: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    request: str
    coordinator: str


def submission_notices(occasion: Occasion) -> list[Draft]:
    """One mail a refused or partly refused file, to its sender, once; again only if it failed and the address is another."""
    rows = occasion.rows("submission_notices")
    drafts = []
    for row in rows:
        region = occasion.ws.configuration.region.regency_code
        to = _sender_of(occasion, row)
        alert = outbox.alert_id(SUBMISSION, region, to, row["submission_id"], occasion.mode)
        if not outbox.known(occasion.connection, alert):
            drafts.append(_submission_draft(occasion, row, alert, to))
    return drafts


def engineer_notices(occasion: Occasion) -> list[Draft]:
    """At most one mail: everything that the data engineer has not been told yet."""
    occasion.remember()
    configuration = occasion.ws.configuration
    to = configuration.alerts.engineer_email or configuration.coordinator.email
    rows = occasion.rows("engineer_items", {"run_id": occasion.run_id})
    return _trouble(occasion, ENGINEER, "engineer", to, "Pengelola data Pantau Salur", rows)


def coordinator_notices(occasion: Occasion) -> list[Draft]:
    """At most one mail: which e-mails did not reach their reader; none where the coordinator is the data engineer."""
    configuration = occasion.ws.configuration
    coordinator = configuration.coordinator
    if configuration.alerts.engineer_email == coordinator.email:
        return []
    occasion.remember()
    rows = occasion.rows("coordinator_items")
    return _trouble(occasion, COORDINATOR, "coordinator", coordinator.email, coordinator.title, rows)


def _trouble(
    occasion: Occasion, kind: str, role: str, to: str, addressee: str, rows: list[Row]
) -> list[Draft]:
    region = occasion.ws.configuration.region.regency_code
    items = [row["item"] for row in rows]
    alert = outbox.alert_id(kind, region, to, occasion.mode, *items)
    if not items or outbox.known(occasion.connection, alert):
        return []
    return [
        Draft(
            kind=kind,
            recipient_role=role,
            opd_code=None,
            letter=notice_letter(_trouble_view(occasion, addressee, rows)),
            envelope=occasion.envelope(alert, to=to),
            state_hash=outbox.alert_id(*items),
            state={"mode": occasion.mode, "items": items},
        )
    ]


def notice_letter(view: NoticeView, reference: str = "") -> Letter:
    """Renders a short mail; `reference` tells the subjects of several of a kind apart."""
    subject = f"[{view.nature}] {view.topic}: {view.headline}" + (f" ({reference})" if reference else "")
    return Letter(
        subject=inert(subject, SUBJECT_LENGTH),
        text=render_text("notice", view),
        html=render_html("notice", view),
    )


def _sender_of(occasion: Occasion, row: Row) -> str:
    opd = occasion.ws.configuration.opd(row["opd_code"])
    return opd.operator_email or opd.email


def _submission_draft(occasion: Occasion, row: Row, alert: str, to: str) -> Draft:
    opd = occasion.ws.configuration.opd(row["opd_code"])
    return Draft(
        kind=SUBMISSION,
        recipient_role="operator",
        opd_code=opd.code,
        letter=notice_letter(_submission_view(occasion, row, opd.name), _reference(row)),
        envelope=occasion.envelope(alert, to=to),
        state_hash=outbox.alert_id(row["submission_id"]),
        state={"mode": occasion.mode, "items": [row["submission_id"]]},
    )


def _reference(row: Row) -> str:
    """What tells the subjects of several refused files apart: the receipt's number, else the file's name."""
    return inert(row["receipt_number"] or file_name(row["file_name"]), REFERENCE_LENGTH)


def _how_to_mend(row: Row) -> str:
    """The same way as the receipt itself and the guide for the OPD tell it."""
    returned = f"returned/{row['feed']}/"
    if not row["rows_rejected"]:
        return (
            f"Tanda terima dengan alasan dan cara memperbaikinya ada di folder {returned}. "
            f"Mohon berkas diperbaiki, lalu ditaruh kembali di folder {row['feed']}."
        )
    return (
        f'Mohon baris yang ditolak diperbaiki pada lembar "Baris Diperbaiki" dalam tanda terima di folder {returned} '
        f'tanpa mengubah kolom "ID Baris", disimpan, lalu tanda terima itu ditaruh kembali di folder {row["feed"]}. '
        "Hanya baris di lembar itu yang diganti; baris lain tetap."
    )


def _submission_view(occasion: Occasion, row: Row, opd_name: str) -> NoticeView:
    whole = row["status"] == "rejected"
    reasons = occasion.rows("submission_reasons", {"submission_id": row["submission_id"]})
    received = indonesian.moment(row["received_at"].replace(tzinfo=UTC), occasion.timezone)
    facts = [
        ("Berkas", file_name(row["file_name"])),
        ("Folder", row["feed"]),
        ("Diterima", received),
        ("Baris dibaca", indonesian.number(row["rows_read"])),
        ("Diterima sistem", indonesian.number(row["rows_accepted"])),
        ("Ditolak", indonesian.number(row["rows_rejected"])),
        ("Dilewati (bukan data)", indonesian.number(row["rows_skipped"])),
    ]
    if row["receipt_number"]:
        facts.append(("Nomor tanda terima", row["receipt_number"]))
    rejected = indonesian.counted(row["rows_rejected"], "baris ditolak")
    return NoticeView(
        tone="warning",
        nature="Segera",
        addressee=f"Operator data {opd_name}",
        regency=occasion.ws.configuration.region.regency_name,
        topic=f"Berkas {row['program_name'] or 'data'}",
        headline="berkas tidak dapat diterima" if whole else rejected,
        opening=(
            "Dengan hormat, bersama ini disampaikan bahwa berkas berikut "
            f"{'tidak dapat diterima' if whole else 'diterima sebagian'}."
        ),
        facts=tuple(facts),
        sections=(Section("Alasan", tuple(_reason(reason) for reason in reasons)),),
        request=_how_to_mend(row),
        coordinator=occasion.ws.configuration.coordinator.title,
    )


def _reason(row: Row) -> Item:
    counted = indonesian.counted(row["rows_counted"], "baris") if row["rows_counted"] else "seluruh berkas"
    return Item(row["text"].rstrip("."), counted, row["remedy"] or "")


_TOPICS = {
    "file": (
        "Berkas di luar folder pengumpan",
        "Berkas tetap di tempatnya. Pindahkan ke folder pengumpan yang benar di bawah inbox/, atau hapus.",
    ),
    "stuck": (
        "Berkas yang tidak dapat diambil",
        "Isinya tetap di tempatnya dan belum diolah. Periksa hak akses berkas dan foldernya; ganti tautan dengan berkas aslinya.",
    ),
    "rule": (
        "Aturan yang tidak dapat diperiksa",
        "Hasilnya tidak diketahui: bukan lulus, bukan gagal. Periksa log langkah validasi, lalu jalankan ulang.",
    ),
    "mail": (
        "Surel yang ditolak server penerima",
        "Periksa alamat dalam opds.yml. Surel lengkap ada di outbox/.",
    ),
}
_ABOUT_FILES = ("file", "stuck")


def _trouble_view(occasion: Occasion, addressee: str, rows: list[Row]) -> NoticeView:
    sections, counts = [], []
    for topic, (title, advice) in _TOPICS.items():
        found = [row for row in rows if row["topic"] == topic]
        if not found:
            continue
        counts.append(
            indonesian.counted(len(found), {"rule": "aturan", "mail": "surel"}.get(topic, "berkas"))
        )
        more = (
            f"… dan {indonesian.number(len(found) - ITEMS_SHOWN)} lain" if len(found) > ITEMS_SHOWN else None
        )
        items = tuple(_problem(row) for row in found[:ITEMS_SHOWN])
        sections.append(Section(title, items, advice, more))
    grave = any(row["topic"] not in _ABOUT_FILES for row in rows)
    return NoticeView(
        tone="critical" if grave else "warning",
        nature="Sangat Segera" if grave else "Segera",
        addressee=addressee,
        regency=occasion.ws.configuration.region.regency_name,
        topic="Pemantauan penyaluran",
        headline=f"{indonesian.listing(counts)} perlu ditangani",
        opening="Dengan hormat, bersama ini disampaikan hal-hal yang tidak dapat diselesaikan sendiri oleh sistem.",
        facts=(
            ("Keadaan per", indonesian.weekday(occasion.as_of)),
            ("Disusun", indonesian.moment(occasion.now, occasion.timezone)),
            ("Nomor proses", occasion.run_id),
        ),
        sections=tuple(sections),
        request="Setiap hal hanya diberitahukan sekali.",
        coordinator=occasion.ws.configuration.coordinator.title,
    )


def _problem(row: Row) -> Item:
    shown = file_name(row["subject"]) if row["topic"] in _ABOUT_FILES else inert(row["subject"])
    detail = "" if row["topic"] == "file" else inert(row["detail"] or "", 300)
    return Item(shown, "", detail)
