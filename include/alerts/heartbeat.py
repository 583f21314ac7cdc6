"""The heartbeat: after a week without a mail a reader hears that all is well, or that nothing has changed.

Without it silence could mean either that there is nothing to tell or that nobody looks any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC
from zoneinfo import ZoneInfo

from include.alerts import outbox
from include.alerts.notices import Item, NoticeView, Section, notice_letter
from include.alerts.occasion import Occasion, Row
from include.alerts.outbox import Draft
from include.alerts.service import service_facts
from include.alerts.snoozes import nothing_to_do, snooze_notes, still_open
from include.alerts.susenas import countdown
from include.language import indonesian
from include.report.targeting import text as targeting
from include.targeting.review import FILE_NAME as REVIEW_LIST

KIND = "heartbeat"
DAYS = 7


def due(occasion: Occasion, quiet_opds: Collection[str]) -> list[Draft]:
    """One mail a reader that heard nothing for a week: an OPD's head, and the coordinator for all of them.

    Args:
        occasion: The run; compared_flags must be there.
        quiet_opds: The OPDs to which nothing else goes out now.
    """
    if occasion.quiet and occasion.mode != "dry_run":
        return []
    readers = occasion.rows("heartbeat_due", {"as_of": occasion.as_of, "days": DAYS})
    readers = [row for row in readers if row["opd_code"] is None or row["opd_code"] in quiet_opds]
    if not readers:
        return []
    standing = occasion.rows("heartbeat_standing", {"as_of": occasion.as_of})
    registries = occasion.rows("heartbeat_registries")
    drafts = [_draft(occasion, reader, standing, registries) for reader in readers]
    return [draft for draft in drafts if not outbox.known(occasion.connection, draft.alert_id)]


def _draft(occasion: Occasion, reader: Row, standing: list[Row], registries: list[Row]) -> Draft:
    configuration = occasion.ws.configuration
    code = reader["opd_code"]
    opd = configuration.opd(code) if code else None
    to = opd.email if opd else configuration.coordinator.email
    cc = tuple(opd.cc) if opd else ()
    title = opd.head_title if opd else configuration.coordinator.title
    own, kept = (
        [row for row in rows if opd is None or row["opd_code"] == code] for rows in (standing, registries)
    )
    alert = outbox.alert_id(
        KIND, configuration.region.regency_code, code, to, *cc, *occasion.manner, reader["since"],
        reader["last_alert_id"],
    )  # fmt: skip
    programs = sorted({row["program_code"] for row in own if row["program_code"]}) if opd else []
    return Draft(
        kind=KIND,
        recipient_role="opd_head" if opd else "coordinator",
        opd_code=code,
        letter=notice_letter(_view(occasion, title, own, kept, code), files=occasion.enclosures(to, *cc)),
        envelope=occasion.envelope(alert, to=to, cc=cc, thread=occasion.thread(code, programs)),
        state_hash=outbox.alert_id(KIND, reader["since"]),
        state={"mode": occasion.mode, "programs": programs},
        flags_open=sum(row["flags"] for row in own),
    )


def _view(
    occasion: Occasion, addressee: str, rows: list[Row], registries: list[Row], opd_code: str | None
) -> NoticeView:
    by_opd = opd_code is None
    unresolved = sum(row["flags"] for row in rows)
    snoozed = sum(row["snoozed"] for row in rows)
    unchecked = occasion.rows("rules_unchecked", {"run_id": occasion.run_id})[0]["rules"]
    soon = countdown(occasion)
    facts = [("Keadaan per", indonesian.weekday(occasion.as_of))]
    if soon.badge:
        facts.append(("SUSENAS", soon.badge))
    facts += service_facts(occasion, opd_code)
    facts.append(("Temuan terbuka", indonesian.number(unresolved)))
    if snoozed:
        facts.append(("Di antaranya ditunda pemberitahuannya", indonesian.number(snoozed)))
    if unchecked:
        facts.append(("Aturan yang tidak dapat diperiksa", indonesian.number(unchecked)))
    return NoticeView(
        tone="warning" if unchecked else "info" if unresolved else "resolved",
        nature="Biasa",
        addressee=addressee,
        regency=occasion.ws.configuration.region.regency_name,
        topic="Kabar pekanan pemantauan penyaluran",
        headline=_headline(unresolved, unchecked),
        opening=_opening(unchecked, by_opd),
        facts=tuple(facts),
        sections=(
            *_standing(rows, by_opd),
            *_registries(occasion, registries, by_opd),
            *(_reach(occasion, registries) if by_opd else ()),
            *_snoozed(occasion, rows, by_opd),
        ),
        request=_request(unresolved - snoozed, snoozed, unchecked, _unlisted(rows), registries),
        coordinator=occasion.ws.configuration.coordinator.title,
    )


def _headline(unresolved: int, unchecked: int) -> str:
    found = (
        f"{indonesian.counted(unresolved, 'temuan')} masih terbuka"
        if unresolved
        else "tidak ada temuan terbuka"
    )
    return f"{found}, {_not_checked(unchecked)}" if unchecked else found


def _not_checked(rules: int) -> str:
    return f"{indonesian.counted(rules, 'aturan')} tidak dapat diperiksa"


def _opening(unchecked: int, by_opd: bool) -> str:
    course = (
        f"pemantauan berjalan, tetapi {_not_checked(unchecked)}"
        if unchecked
        else "pemantauan berjalan sebagaimana mestinya"
    )
    if by_opd:
        return f"Dengan hormat, bersama ini disampaikan ringkasan pekanan bahwa {course}."
    return (
        f"Dengan hormat, bersama ini disampaikan bahwa {course} dan "
        "selama sepekan terakhir tidak ada perubahan yang perlu disampaikan."
    )


def _unlisted(rows: list[Row]) -> list[str]:
    return [row["program_name"] or row["program_code"] for row in rows if not row["is_listed"]]


def _request(told: int, snoozed: int, unchecked: int, unlisted: list[str], registries: list[Row]) -> str:
    """What was told is asked for again; what is snoozed or could not be checked is never passed off as nothing."""
    parts = []
    if told:
        found = indonesian.counted(told, "temuan")
        parts.append(f"{found} masih memerlukan tindak lanjut; rinciannya ada dalam surel sebelumnya.")
    if unchecked:
        parts.append(
            f"{_not_checked(unchecked).capitalize()}: hasilnya tidak diketahui, dan pengelola data diberi tahu."
        )
    if unlisted:
        parts.append(
            f"Mohon daftar penerima {indonesian.listing(unlisted)} dikirimkan: tanpa itu penyalurannya belum terpantau."
        )
    parts += [
        f"Mohon petugas memeriksa {indonesian.number(row['pairs_to_review'])} pasangan orang dalam daftar "
        f"returned/{row['feed']}/{REVIEW_LIST} dan menaruhnya kembali di folder {row['feed']}."
        for row in registries
        if row["pairs_to_review"]
    ]
    parts += [
        f"Mohon data {row['registry'].upper()} yang terakhir diperiksa menurut tanda terimanya di folder returned/{row['feed']}, "
        "dan dikirimkan kembali secara lengkap bila keliru."
        for row in registries
        if row["is_doubtful"]
    ]
    if snoozed or not parts:
        parts.append(nothing_to_do(snoozed) if not told else f"{still_open(snoozed)}.")
    return " ".join(parts)


def _standing(rows: list[Row], by_opd: bool) -> tuple[Section, ...]:
    heading: Callable[[Row], str] = (
        (lambda row: row["opd_name"]) if by_opd else (lambda _: "Keadaan penyaluran")
    )
    titles = list(dict.fromkeys(heading(row) for row in rows))
    return tuple(
        Section(title, tuple(_item(row) for row in rows if heading(row) == title)) for title in titles
    )


def _registries(occasion: Occasion, rows: list[Row], by_opd: bool) -> tuple[Section, ...]:
    """What came last of the registers that an OPD keeps: its head has no delivery to hear of."""
    names = {row["opd_code"]: row["opd_name"] for row in rows}
    return tuple(
        Section(
            f"Data yang dikirim: {name}" if by_opd else "Data yang dikirim",
            tuple(_registry(occasion, row) for row in rows if row["opd_code"] == code),
        )
        for code, name in names.items()
    )


def _reach(occasion: Occasion, registries: list[Row]) -> tuple[Section, ...]:
    """Whom no programme reaches, in the words of the brief; nothing where no registry has ever come."""
    if not any(row["received_at"] for row in registries):
        return ()
    told = targeting.reach_text(occasion.connection)
    return (
        Section(
            "Keluarga miskin yang belum terjangkau", tuple(Item(line.rstrip("."), "", "") for line in told)
        ),
    )


def _registry(occasion: Occasion, row: Row) -> Item:
    title = f"Data {row['registry'].upper()}"
    if row["received_at"] is None:
        return Item(title, "belum pernah diterima", "")
    received = indonesian.day(
        row["received_at"].replace(tzinfo=UTC).astimezone(ZoneInfo(occasion.timezone)).date()
    )
    told = indonesian.counted(row["rows_accepted"], "baris")
    if row["pairs_to_review"]:
        told += f"; {indonesian.counted(row['pairs_to_review'], 'pasangan')} menunggu diperiksa"
    if row["is_doubtful"]:
        told += "; keluarga jauh berkurang atau desil tidak ada lagi"
    return Item(title, f"terakhir diterima {received}", told)


def _snoozed(occasion: Occasion, rows: list[Row], by_opd: bool) -> tuple[Section, ...]:
    """One section an OPD that has something open and snoozed: what, until when, why."""
    names = {row["opd_code"]: row["opd_name"] for row in rows if row["snoozed"]}
    return tuple(
        Section(
            f"Pemberitahuan yang ditunda: {name}" if by_opd else "Pemberitahuan yang ditunda",
            tuple(Item(note, "", "") for note in snooze_notes(occasion, code)),
        )
        for code, name in names.items()
    )


def _item(row: Row) -> Item:
    title = row["program_name"] or row["program_code"] or "Berkas data"
    if not row["is_listed"] and not row["flags"]:
        return Item(title, "daftar penerima belum diterima", "")
    told = f"{indonesian.counted(row['flags'], 'temuan')} terbuka" if row["flags"] else "tidak ada temuan"
    if row["snoozed"]:
        told += f", {indonesian.number(row['snoozed'])} ditunda"
    if not row["entitled"]:
        return Item(title, told, "")
    share = indonesian.percent(row["complete"] / row["entitled"], 1)
    detail = (
        f"{indonesian.number(row['complete'])} dari {indonesian.counted(row['entitled'], 'KPM-periode')} yang jatuh tempo "
        f"dalam 12 bulan terakhir sudah lengkap ({share}), {indonesian.number(row['on_time'])} tepat waktu"
    )
    return Item(title, told, detail)
