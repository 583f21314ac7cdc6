"""The digest: one mail to the head of an OPD with what is wrong, how much, where, what changed and what to do by when.

SQL decides whether it is due and counts (digest_*.sql); this module puts the counts into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from include.alerts import indonesian, outbox
from include.alerts.inert import inert
from include.alerts.letter import SUBJECT_LENGTH, Attachment, Letter
from include.alerts.occasion import Occasion, Row
from include.alerts.outbox import Draft
from include.alerts.render import render_html, render_text
from include.alerts.susenas import Countdown, countdown
from include.alerts.wording import SEVERITIES, RuleWords, register, wording
from include.alerts.workbook import village_workbook

if TYPE_CHECKING:
    from include.config import Opd

KIND = "digest"
VILLAGES_SHOWN = 10
BLOCKS_SHOWN = 4
WORST_NAMED = 3


@dataclass(frozen=True)
class Decided:
    """The mails that are due, and how many were held back or had nothing new."""

    drafts: list[Draft]
    held: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class Line:
    """One finding: `Belum tersalur`, `312 KPM di 14 desa`, `Rp93.600.000, terlama 26 hari`."""

    label: str
    figure: str
    detail: str
    past_fact: bool


@dataclass(frozen=True)
class Block:
    """One programme and period: what it stands against, and its findings."""

    title: str
    standing: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Place:
    """A village and what waits there."""

    name: str
    figure: str
    detail: str


@dataclass(frozen=True)
class District:
    """A district with its villages, worst first."""

    name: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class DigestView:
    """Everything that the templates show, as finished words."""

    tone: str
    nature: str
    addressee: str
    regency: str
    topic: str
    headline: str
    badge: str | None
    glance: str | None
    state: str
    opening: str
    blocks: tuple[Block, ...]
    more_blocks: str | None
    places_title: str
    districts: tuple[District, ...]
    more_places: str | None
    changes: str
    actions: tuple[str, ...]
    deadline: str | None
    notes: tuple[str, ...]
    attachment: str | None
    coordinator: str
    report_url: str | None


def due(occasion: Occasion) -> Decided:
    """Decides for every OPD, and renders what is due."""
    register(occasion.connection)
    occasion.rows("digest_history", {"as_of": occasion.as_of, "written_counts": occasion.written_counts})
    occasion.rows("digest_flags", {"as_of": occasion.as_of})
    rows = occasion.rows(
        "digest_due",
        {"as_of": occasion.as_of, "day_start": occasion.day_start, "dry_run": occasion.mode == "dry_run"},
    )
    drafts, unchanged = [], sum(row["decision"] == "unchanged" for row in rows)
    for row in rows:
        if row["decision"] != "due":
            continue
        alert = _alert_id(occasion, row)
        if outbox.known(occasion.connection, alert):
            unchanged += 1
        else:
            drafts.append(_draft(occasion, row, alert))
    return Decided(drafts, held=sum(row["decision"] == "held" for row in rows), unchanged=unchanged)


def _alert_id(occasion: Occasion, row: Row) -> str:
    opd = occasion.ws.configuration.opd(row["opd_code"])
    # The predecessor is part of the name, for a state may come back; a replay is named after its day as well.
    replayed = occasion.as_of.isoformat() if occasion.mode == "dry_run" else ""
    return outbox.alert_id(
        KIND, occasion.ws.configuration.region.regency_code, opd.code, opd.email, *opd.cc, occasion.mode, replayed,
        row["last_alert_id"], row["state_hash"],
    )  # fmt: skip


def _draft(occasion: Occasion, row: Row, alert: str) -> Draft:
    opd = occasion.ws.configuration.opd(row["opd_code"])
    letter = _letter(occasion, row, opd)
    envelope = occasion.envelope(
        alert,
        to=opd.email,
        cc=tuple(opd.cc),
        urgent=row["severity_rank"] == len(SEVERITIES),
        in_reply_to=row["last_message_id"],
        references=tuple(filter(None, (row["first_message_id"], row["last_message_id"]))),
    )
    return Draft(
        kind=KIND,
        recipient_role="opd_head",
        opd_code=opd.code,
        letter=letter,
        envelope=envelope,
        state_hash=row["state_hash"],
        state=_state(occasion, row),
        flags_new=row["flags_new"],
        flags_open=row["flags_new"] + row["flags_still_open"],
        flags_resolved=row["flags_resolved"],
    )


def _state(occasion: Occasion, row: Row) -> dict[str, object]:
    told: dict[str, list[str]] = {}
    resolved: list[str] = []
    for part in occasion.rows("digest_state", {"opd_code": row["opd_code"]}):
        if part["change"] == "new":
            told[part["severity"]] = part["flag_ids"]
        else:
            resolved += part["flag_ids"]
    return {"mode": occasion.mode, "number": row["last_number"] + 1, "told": told, "resolved": resolved}


def _letter(occasion: Occasion, row: Row, opd: Opd) -> Letter:
    villages = occasion.rows("digest_villages", {"opd_code": opd.code})
    attachment = None
    if villages:
        title = f"Rincian desa: {opd.name}"
        attachment = Attachment(
            f"rincian-desa-{opd.code}-{occasion.as_of.isoformat()}.xlsx",
            village_workbook(title, occasion.as_of, villages),
        )
    soon = countdown(occasion)
    view = _view(occasion, row, opd, soon, attachment)
    subject = f"[{view.nature}] {view.topic}: {view.headline}" + (f", {soon.short}" if soon.short else "")
    return Letter(
        subject=inert(subject, SUBJECT_LENGTH),
        text=render_text("digest", view),
        html=render_html("digest", view),
        attachments=(attachment,) if attachment else (),
    )


def _view(
    occasion: Occasion, row: Row, opd: Opd, soon: Countdown, attachment: Attachment | None
) -> DigestView:
    code = {"opd_code": opd.code}
    found = occasion.rows("digest_findings", code) + occasion.rows("digest_undated", code)
    findings = sorted(found, key=lambda f: (f["past_fact"], wording().of(f["rule"]).rank))
    totals = sorted(
        occasion.rows("digest_totals", code), key=lambda t: (t["past_fact"], wording().of(t["rule"]).rank)
    )
    resolved = occasion.rows("digest_resolved", code)
    severity = SEVERITIES[row["severity_rank"] - 1] if row["severity_rank"] else None
    pauses = occasion.rows("digest_pauses", {"as_of": occasion.as_of})
    blocks, more_blocks = _blocks(findings, occasion.rows("digest_progress", code), pauses)
    places = _places(occasion, code, totals)
    actions = _actions(findings)
    configuration = occasion.ws.configuration
    topic = _topic(totals, resolved, findings)
    return DigestView(
        tone=severity or "resolved",
        nature=wording().natures[severity or "info"],
        addressee=opd.head_title,
        regency=configuration.region.regency_name,
        topic=topic,
        headline=_headline(totals),
        badge=soon.badge,
        glance=_glance(totals, findings, places),
        state=f"Keadaan per {indonesian.weekday(occasion.as_of)}; disusun {_written(occasion)}",
        opening=_opening(topic, bool(totals)),
        blocks=blocks,
        more_blocks=more_blocks,
        places_title=f"Di mana ({_where(places)})" if places else "",
        districts=_districts(places[:VILLAGES_SHOWN]),
        more_places=_more_places(places),
        changes=_changes(row),
        actions=actions,
        deadline=_deadline(occasion, severity or "info", soon.cutoff) if actions else None,
        notes=soon.notes,
        attachment=attachment.name if attachment else None,
        coordinator=configuration.coordinator.title,
        report_url=configuration.alerts.report_url,
    )


def _written(occasion: Occasion) -> str:
    today = occasion.now.astimezone(occasion.ws.configuration.region.zone).date()
    if today == occasion.as_of:
        return indonesian.clock_time(occasion.now, occasion.timezone)
    return indonesian.moment(occasion.now, occasion.timezone)


# --- the verdict


def _headline(totals: Sequence[Row]) -> str:
    if not totals:
        return "seluruh temuan telah selesai"
    words = wording().of(totals[0]["rule"])
    return words.headline.format(**_counts(totals[0]))


def _counts(row: Row) -> dict[str, str]:
    """Every count of a row with its noun."""
    nouns = wording().nouns
    return {
        name: indonesian.counted(row[name], _villages_noun(row) if name == "villages" else noun)
        for name, noun in nouns.items()
    }


def _villages_noun(row: Row) -> str:
    return "desa/kelurahan" if row["has_kelurahan"] else wording().nouns["villages"]


def _topic(totals: Sequence[Row], resolved: Sequence[Row], findings: Sequence[Row]) -> str:
    names = {
        row["program_code"]: row["program_name"] or row["program_code"] for row in (*findings, *resolved)
    }
    if totals:
        programs, periods = totals[0]["programs"] or [], totals[0]["periods"] or []
    else:
        programs = sorted({row["program_code"] for row in resolved if row["program_code"]})
        periods = [row["period"] for row in resolved if row["period"]]
    if not programs:
        return "Berkas data"
    spoken = indonesian.listing([names[code] for code in sorted(programs)])
    told = indonesian.periods(periods)
    if told and {row["period"] for row in findings if row["period"]} - set(periods):
        told = f"{told} dan lainnya"  # the mail covers more months than its headline
    return " ".join(filter(None, ("Penyaluran", spoken, told)))


def _opening(topic: str, anything: bool) -> str:
    subject = topic[:1].lower() + topic[1:]
    if anything:
        return f"Dengan hormat, bersama ini disampaikan keadaan {subject}."
    return f"Dengan hormat, bersama ini disampaikan bahwa seluruh temuan atas {subject} telah selesai."


def _changes(row: Row) -> str:
    parts = [
        indonesian.counted(row["flags_new"], "temuan baru"),
        indonesian.counted(row["flags_still_open"], "masih terbuka"),
        indonesian.counted(row["flags_resolved"], "selesai"),
    ]
    if not row["last_number"]:
        return f"Surel pertama: {parts[0]}."
    return f"Sejak surel terakhir: {indonesian.listing(parts)}."


# --- what is wrong, how much


def _blocks(
    findings: Sequence[Row], progress: Sequence[Row], pauses: Sequence[Row]
) -> tuple[tuple[Block, ...], str | None]:
    standing = {(row["program_code"], row["period"]): row for row in progress}
    paused: dict[tuple[str | None, str | None], list[str]] = {}
    for row in pauses:
        span = indonesian.day_range(row["starts_on"], row["ends_on"])
        paused.setdefault((row["program_code"], row["period"]), []).append(span)
    grouped: dict[tuple[str | None, str | None], list[Row]] = {}
    for finding in findings:  # in the order of gravity, so the gravest groups come first
        grouped.setdefault((finding["program_code"], finding["period"]), []).append(finding)
    worst = sorted(grouped, key=lambda key: _gravity(grouped[key]))[:BLOCKS_SHOWN]
    shown = sorted(worst, key=lambda key: (key[0] or "~", key[1] or "~"))
    blocks = tuple(_block(grouped[key], standing.get(key), paused.get(key, [])) for key in shown)
    rest = len(grouped) - len(shown)
    return blocks, f"… dan {indonesian.counted(rest, 'periode lain')} (lihat lampiran)" if rest else None


def _gravity(rows: Sequence[Row]) -> tuple[bool, int, int]:
    return rows[0]["past_fact"], wording().of(rows[0]["rule"]).rank, -rows[0]["flags"]


def _block(rows: Sequence[Row], standing: Row | None, pauses: Sequence[str]) -> Block:
    first = rows[0]
    title = first["program_name"] or first["program_code"] or "Berkas data"
    if first["period"]:
        title = f"{title}, {indonesian.period(first['period'])}"
    parts = [f"jatuh tempo {indonesian.day(first['due_date'])}"] if first["due_date"] else []
    if standing:
        share = indonesian.percent(standing["complete"] / standing["entitled"], 1)
        parts.append(
            f"{indonesian.number(standing['complete'])} dari {indonesian.counted(standing['entitled'], 'KPM')} sudah "
            f"lengkap ({share}), {indonesian.number(standing['on_time'])} tepat waktu"
        )
    return Block(
        title=title,
        standing=indonesian.capitalised("; ".join(parts)),
        lines=tuple(_line(row, pauses) for row in rows),
    )


def _line(row: Row, pauses: Sequence[str]) -> Line:
    words = wording().of(row["rule"])
    counts = _counts(row)
    figure = counts[words.counts] if row[words.counts] else counts["flags"]
    if words.counts not in ("villages", "files") and row["villages"]:
        figure = f"{figure} di {counts['villages']}"
    details = []
    if row["amount"]:
        details.append(indonesian.quantity(row["amount"], row["unit"]))
    if row["days_late"]:
        details.append(f"terlambat sampai {indonesian.counted(row['days_late'], 'hari')}")
        # Days late of an entitlement that is still open leave the pauses out; those of a missing log do not.
        if pauses and words.counts == "families" and not row["past_fact"]:
            details.append(f"tidak termasuk masa jeda {indonesian.listing(pauses)}")
    return Line(words.label, figure, ", ".join(details), row["past_fact"])


# --- where


def _places(occasion: Occasion, code: Row, totals: Sequence[Row]) -> list[Row]:
    """The villages with the kinds of their findings, those worst hit by the headline's kind first."""
    head = totals[0] if totals else None
    kinds: dict[str, list[Row]] = {}
    for kind in sorted(
        occasion.rows("digest_place_kinds", code), key=lambda k: int(wording().of(k["rule"]).rank)
    ):
        kinds.setdefault(kind["village_code"], []).append(kind)
    places = []
    for place in occasion.rows("digest_places", code):
        found = kinds.get(place["village_code"], [])
        weight = next((_weight(kind) for kind in found if head and kind["rule"] == head["rule"]), 0)
        usual = head["periods"] if head else []
        places.append(place | {"kinds": [_kind(kind, usual) for kind in found], "weight": weight})
    return sorted(places, key=lambda place: -place["weight"])


def _weight(kind: Row) -> int:
    return int(kind[wording().of(kind["rule"]).counts] or kind["flags"])


def _kind(kind: Row, usual: Sequence[str] | None) -> str:
    """`28 KPM belum tersalur`, with the months where they are not those of the headline."""
    if kind["rule"] == "log_missing":
        told = "belum ada log"
    else:
        words = wording().of(kind["rule"])
        counts = _counts(kind)
        if not kind[words.counts]:
            counts[words.counts] = counts["flags"]
        told = words.headline.replace("{villages}", f"{{{words.counts}}}").format(**counts)
    if kind["periods"] and set(kind["periods"]) != set(usual or []):
        told = f"{told}, {indonesian.periods(kind['periods'])}"
    return told


def _where(places: Sequence[Row]) -> str:
    noun = "desa/kelurahan" if any(place["kind"] == "kelurahan" for place in places) else "desa"
    return indonesian.counted(len(places), noun)


def _districts(places: Sequence[Row]) -> tuple[District, ...]:
    grouped: dict[str, list[Place]] = {}
    for place in places:  # worst first; a district stands where its worst village stands
        grouped.setdefault(place["district_name"] or "Kecamatan tidak dikenal", []).append(_place(place))
    return tuple(District(name, tuple(found)) for name, found in grouped.items())


def _place(row: Row) -> Place:
    details = []
    if row["owed_rupiah"]:
        details.append(indonesian.rupiah(row["owed_rupiah"]))
    if row["owed_kg"]:
        details.append(indonesian.quantity(row["owed_kg"], "kg"))
    if row["days_late"]:
        details.append(f"terlambat {indonesian.counted(row['days_late'], 'hari')}")
    figure = "; ".join(row["kinds"]) or indonesian.counted(row["flags"], "temuan")
    return Place(_place_name(row), figure, ", ".join(details))


def _place_name(row: Row) -> str:
    name: str = row["village_name"] or row["village_code"]
    return f"Kel. {name}" if row["kind"] == "kelurahan" else name


def _glance(totals: Sequence[Row], findings: Sequence[Row], places: Sequence[Row]) -> str | None:
    """How much and where in one sentence, for the first screen of a phone."""
    parts = []
    if totals and wording().of(totals[0]["rule"]).counts == "families":
        parts.append(
            "seluruhnya " + ", ".join((_counts(totals[0])["families"], *_amounts(totals[0], findings)))
        )
    counts = wording().of(totals[0]["rule"]).counts if totals else "files"
    worst = [
        f"{_place_name(place)} ({indonesian.counted(place['weight'], wording().nouns[counts])})"
        for place in places[:WORST_NAMED]
        if place["weight"]
    ]
    if worst and counts not in ("villages", "files"):  # these are one in each village: no village has most
        parts.append(f"terbanyak {indonesian.listing(worst)}")
    return indonesian.capitalised("; ".join(parts)) + "." if parts else None


def _amounts(total: Row, findings: Sequence[Row]) -> list[str]:
    sums: dict[str, float] = {}
    for finding in findings:
        if finding["rule"] == total["rule"] and finding["amount"]:
            sums[finding["unit"]] = sums.get(finding["unit"], 0) + finding["amount"]
    return [indonesian.quantity(amount, unit) for unit, amount in sorted(sums.items())]


def _more_places(places: Sequence[Row]) -> str | None:
    rest = places[VILLAGES_SHOWN:]
    return f"… dan {_where(rest)} lain (lihat lampiran)" if rest else None


# --- what to do by when


def _actions(findings: Iterable[Row]) -> tuple[str, ...]:
    words: Iterable[RuleWords] = (wording().of(finding["rule"]) for finding in findings)
    return tuple(dict.fromkeys(word.action for word in words if word.action))


def _deadline(occasion: Occasion, severity: str, cutoff: date | None) -> str:
    wanted = wording().working_days_to_act[severity]
    days = occasion.rows("working_days", {"as_of": occasion.as_of, "days": wanted})
    last: date = days[-1]["day"] if len(days) == wanted else occasion.as_of + timedelta(days=wanted)
    if cutoff:
        last = min(last, cutoff)
    zone = indonesian.zone_label(occasion.timezone)
    return f"{indonesian.weekday(last)} pukul {wording().close_of_business} {zone}"
