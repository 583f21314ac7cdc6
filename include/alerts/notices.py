"""The short mails: to the sender of a refused file, and to data engineer and coordinator when something could not be done.

Both are a heading, some facts, a list of what is wrong and what is asked: one template.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC

from include.alerts import outbox
from include.alerts.letter import SUBJECT_LENGTH, Attachment, Letter
from include.alerts.occasion import Occasion, Row
from include.alerts.outbox import Draft
from include.alerts.render import render_html, render_text
from include.alerts.wording import enclosures
from include.language import indonesian
from include.language.inert import file_name, inert

SUBMISSION, ENGINEER, COORDINATOR = "submission_notice", "engineer_notice", "coordinator_notice"
ITEMS_SHOWN = 20
FILES_SHOWN = 10
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
    enclosures: str | None = None


def submission_notices(occasion: Occasion) -> list[Draft]:
    """One mail a run and sender about all files refused or partly refused, or taken although they look wrong.

    A file once, again only to a mended address.
    """
    files: dict[tuple[str, str], list[Row]] = {}
    for row in occasion.rows("submission_notices", {"mode": occasion.mode}):
        to = _sender_of(occasion, row)
        if to not in row["tried"]:
            files.setdefault((row["opd_code"], to), []).append(row)
    return [_submission_draft(occasion, opd, to, rows) for (opd, to), rows in files.items()]


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
            letter=notice_letter(_trouble_view(occasion, addressee, rows), files=occasion.enclosures(to)),
            envelope=occasion.envelope(alert, to=to),
            state_hash=outbox.alert_id(*items),
            state={"mode": occasion.mode, "items": items},
        )
    ]


def notice_letter(view: NoticeView, reference: str = "", files: tuple[Attachment, ...] = ()) -> Letter:
    """Renders a short mail; `reference` tells the subjects of several of a kind apart, `files` go with it."""
    subject = f"[{view.nature}] {view.topic}: {view.headline}" + (f" ({reference})" if reference else "")
    view = replace(view, enclosures=enclosures([file.name for file in files]))
    return Letter(
        subject=inert(subject, SUBJECT_LENGTH),
        text=render_text("notice", view),
        html=render_html("notice", view),
        attachments=files,
    )


def _sender_of(occasion: Occasion, row: Row) -> str:
    opd = occasion.ws.configuration.opd(row["opd_code"])
    return opd.operator_email or opd.email


def _submission_draft(occasion: Occasion, opd_code: str, to: str, rows: list[Row]) -> Draft:
    opd = occasion.ws.configuration.opd(opd_code)
    items = [row["submission_id"] for row in rows]
    region = occasion.ws.configuration.region.regency_code
    view = _one_file(occasion, rows[0], opd.name) if len(rows) == 1 else _files(occasion, rows, opd.name)
    return Draft(
        kind=SUBMISSION,
        recipient_role="operator",
        opd_code=opd.code,
        letter=notice_letter(view, _reference(rows[0]) if len(rows) == 1 else "", occasion.enclosures(to)),
        envelope=occasion.envelope(outbox.alert_id(SUBMISSION, region, to, *items, occasion.mode), to=to),
        state_hash=outbox.alert_id(*items),
        state={"mode": occasion.mode, "items": items},
    )


def _reference(row: Row) -> str:
    """What tells the subjects of refused files apart: the receipt's number, else the file's name."""
    return inert(row["receipt_number"] or file_name(row["file_name"]), REFERENCE_LENGTH)


_MEND_ROWS = (
    'Mohon baris yang ditolak diperbaiki pada lembar "Baris Diperbaiki" dalam tanda terima di folder {returned} '
    'tanpa mengubah kolom "ID Baris", disimpan, lalu tanda terima itu ditaruh kembali di folder {feed}. '
    "Hanya baris di lembar itu yang diganti; baris lain tetap."
)
_LOOK_AT_FILE = (
    "Berkas ini diterima dan sudah dihitung. Mohon diperiksa apakah isinya lengkap; bila keliru, mohon berkas yang benar "
    "untuk versi yang sama ditaruh di folder {feed}. Tanda terimanya ada di folder {returned}."
)
_MEND_FILE = (
    "Tanda terima dengan alasan dan cara memperbaikinya ada di folder {returned}. "
    "Mohon berkas diperbaiki, lalu ditaruh kembali di folder {feed}."
)


def _how_to_mend(rows: list[Row]) -> str:
    """The same ways as the receipts themselves and the guide for the OPD tell them."""
    feeds = {row["feed"] for row in rows}
    feed = feeds.pop() if len(feeds) == 1 else ""
    # With files of several folders each is named where its reasons stand.
    place = {"returned": f"returned/{feed}/" if feed else "returned/", "feed": feed or "asalnya"}
    ways = [
        (files, way.format(**place))
        for files, way, wanted in (
            ("yang diterima sebagian", _MEND_ROWS, lambda row: not _is_whole(row) and row["rows_rejected"]),
            (
                "yang ditolak tanpa rincian baris",
                _MEND_FILE,
                lambda row: not _is_whole(row) and not row["rows_rejected"],
            ),
            ("yang perlu diperiksa", _LOOK_AT_FILE, _is_whole),
        )
        if any(wanted(row) for row in rows)
    ]
    if len(ways) == 1:
        return ways[0][1]
    return " ".join(f"Untuk berkas {files}: {way}" for files, way in ways)


def _is_whole(row: Row) -> bool:
    """Whether nothing of it was refused: it is told of because it looks wrong."""
    return bool(row["status"] == "accepted")


def _received(occasion: Occasion, row: Row) -> str:
    return indonesian.moment(row["received_at"].replace(tzinfo=UTC), occasion.timezone)


def _outcome(row: Row) -> str:
    if _is_whole(row):
        return "berkas diterima, tetapi perlu diperiksa"
    whole = row["status"] == "rejected"
    return (
        "berkas tidak dapat diterima" if whole else indonesian.counted(row["rows_rejected"], "baris ditolak")
    )


_BECAME = {
    "rejected": "tidak dapat diterima",
    "partial": "diterima sebagian",
    "accepted": "diterima, tetapi perlu diperiksa",
}


def _one_file(occasion: Occasion, row: Row, opd_name: str) -> NoticeView:
    facts = [
        ("Berkas", file_name(row["file_name"])),
        ("Folder", row["feed"]),
        ("Diterima", _received(occasion, row)),
        ("Baris dibaca", indonesian.number(row["rows_read"])),
        ("Diterima sistem", indonesian.number(row["rows_accepted"])),
        ("Ditolak", indonesian.number(row["rows_rejected"])),
        ("Dilewati (bukan data)", indonesian.number(row["rows_skipped"])),
    ]
    if row["receipt_number"]:
        facts.append(("Nomor tanda terima", row["receipt_number"]))
    return _about_files(
        occasion,
        opd_name,
        [row],
        headline=_outcome(row),
        opening=f"berkas berikut {_BECAME[row['status']]}",
        facts=tuple(facts),
        sections=(Section("Alasan", _reasons(occasion, row)),),
    )


def _files(occasion: Occasion, rows: list[Row], opd_name: str) -> NoticeView:
    count = indonesian.counted(len(rows), "berkas")
    counted = [
        (told, number)
        for status, told in _BECAME.items()
        if (number := sum(row["status"] == status for row in rows)) or status != "accepted"
    ]
    outcomes = [f"{indonesian.number(number)} {told}" for told, number in counted if number]
    facts = (
        *((f"Berkas yang {told}", indonesian.number(number)) for told, number in counted),
        ("Jumlah baris yang ditolak", indonesian.number(sum(row["rows_rejected"] for row in rows))),
    )
    return _about_files(
        occasion,
        opd_name,
        rows,
        headline=f"{count} perlu diperbaiki: {indonesian.listing(outcomes)}",
        opening=f"{count} berikut tidak dapat diterima, hanya diterima sebagian, atau perlu diperiksa"
        if any(map(_is_whole, rows))
        else f"{count} berikut tidak dapat diterima atau hanya diterima sebagian",
        facts=facts,
        sections=(*(_file(occasion, row) for row in rows[:FILES_SHOWN]), *_other_files(rows[FILES_SHOWN:])),
    )


def _about_files(
    occasion: Occasion,
    opd_name: str,
    rows: list[Row],
    headline: str,
    opening: str,
    facts: tuple[tuple[str, str], ...],
    sections: tuple[Section, ...],
) -> NoticeView:
    programs = {row["program_name"] for row in rows}
    return NoticeView(
        tone="warning",
        nature="Segera",
        addressee=f"Operator data {opd_name}",
        regency=occasion.ws.configuration.region.regency_name,
        topic=f"Berkas {(programs.pop() if len(programs) == 1 else None) or 'data'}",
        headline=headline,
        opening=f"Dengan hormat, bersama ini disampaikan bahwa {opening}.",
        facts=facts,
        sections=sections,
        request=_how_to_mend(rows),
        coordinator=occasion.ws.configuration.coordinator.title,
    )


def _file(occasion: Occasion, row: Row) -> Section:
    number = f"Tanda terima {row['receipt_number']}, " if row["receipt_number"] else ""
    about = f"{number}folder {row['feed']}, diterima {_received(occasion, row)}; {_outcome(row)}."
    return Section(file_name(row["file_name"]), _reasons(occasion, row), indonesian.capitalised(about))


def _other_files(rows: list[Row]) -> tuple[Section, ...]:
    if not rows:
        return ()
    items = tuple(Item(file_name(row["file_name"]), _outcome(row), row["feed"]) for row in rows[:ITEMS_SHOWN])
    rest = len(rows) - ITEMS_SHOWN
    more = f"… dan {indonesian.counted(rest, 'berkas lain')}" if rest > 0 else None
    return (Section("Berkas lain", items, None, more),)


def _reasons(occasion: Occasion, row: Row) -> tuple[Item, ...]:
    found = occasion.rows("submission_reasons", {"submission_id": row["submission_id"]})
    return tuple(_reason(reason) for reason in found)


def _reason(row: Row) -> Item:
    counted = indonesian.counted(row["rows_counted"], "baris") if row["rows_counted"] else "seluruh berkas"
    figures = f" ({inert(row['detail'], 300)})" if row["detail"] else ""
    return Item(row["text"].rstrip(".") + figures, counted, row["remedy"] or "")


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
