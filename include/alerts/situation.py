"""The words of a letter about an OPD's findings: what is wrong, how much, where, what changed, what to do by when.

Digest, escalation and reminder say the same things about different flags to different readers. SQL counts over the flags
that the letter in hand is about (temporary table letter_flags, queries letter_*.sql); this module puts the counts into words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from include.alerts import indonesian
from include.alerts.inert import inert
from include.alerts.letter import SUBJECT_LENGTH, Attachment, Image, Letter
from include.alerts.occasion import Occasion, Row
from include.alerts.render import render_html, render_text
from include.alerts.snoozes import nothing_to_do, open_while_snoozed, snooze_notes
from include.alerts.susenas import Countdown, countdown
from include.alerts.wording import RuleWords, wording
from include.alerts.workbook import village_workbook
from include.report.charts import Course, Marker, as_png, deliveries_against_due_dates

if TYPE_CHECKING:
    from include.config import Opd

VILLAGES_SHOWN = 10
BLOCKS_SHOWN = 4
WORST_NAMED = 3
CHART_WIDTH = 360

Subject = tuple[str | None, str | None]


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
    blocked: str | None
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
class ChartView:
    """The chart's place in the mail, and in words what it shows."""

    cid: str
    width: int
    words: str


@dataclass(frozen=True)
class SituationView:
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
    idle: str
    deadline: str | None
    notes: tuple[str, ...]
    attachment: str | None
    chart: ChartView | None
    coordinator: str
    report_url: str | None


@dataclass(frozen=True)
class Frame:
    """What differs from one kind of letter to another.

    `topic` stands before the programme's name; `tail` ends the subject in place of the countdown to the SUSENAS cutoff;
    `opening`, `changes` and `actions` are finished sentences; `deadline` is asked for only where there is something to do.
    """

    addressee: str
    severity: str | None
    topic: str
    changes: str
    actions: tuple[str, ...] | None = None
    opening: str | None = None
    tail: str | None = None
    badge: str | None = None
    deadline: date | None = None
    with_undated: bool = False


@dataclass(frozen=True)
class Findings:
    """The counts over the flags that the letter in hand is about, in the order of gravity."""

    lines: list[Row]
    totals: list[Row]
    resolved: list[Row]


def write_letter(occasion: Occasion, opd: Opd, frame: Frame) -> Letter:
    """Words the letter whose flags are in letter_flags, with the table of villages."""
    found = _findings(occasion, opd.code, frame.with_undated)
    soon = countdown(occasion)
    workbook = _workbook(occasion, opd)
    blocks, more_blocks = _blocks(occasion, opd.code, found.lines)
    chart, image = _chart(occasion, opd.code, found.lines, soon.cutoff)
    view = _view(occasion, opd, frame, found, soon, (blocks, more_blocks), workbook, chart)
    tail = frame.tail or soon.short
    subject = f"[{view.nature}] {view.topic}: {view.headline}" + (f", {tail}" if tail else "")
    return Letter(
        subject=inert(subject, SUBJECT_LENGTH),
        text=render_text("situation", view),
        html=render_html("situation", view),
        attachments=(workbook,) if workbook else (),
        images=(image,) if image else (),
    )


def _findings(occasion: Occasion, opd_code: str, with_undated: bool) -> Findings:
    code = {"opd_code": opd_code}
    found = occasion.rows("letter_findings", code)
    if with_undated:
        found += occasion.rows("letter_undated", code)
    return Findings(
        lines=_by_gravity(found),
        totals=_by_gravity(occasion.rows("letter_totals", code)),
        resolved=occasion.rows("letter_resolved", code),
    )


def _by_gravity(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["past_fact"], wording().of(row["rule"]).rank))


def _workbook(occasion: Occasion, opd: Opd) -> Attachment | None:
    villages = occasion.rows("letter_villages", {"opd_code": opd.code})
    if not villages:
        return None
    return Attachment(
        f"rincian-desa-{opd.code}-{occasion.as_of.isoformat()}.xlsx",
        village_workbook(f"Rincian desa: {opd.name}", occasion.as_of, villages),
    )


def _view(
    occasion: Occasion,
    opd: Opd,
    frame: Frame,
    found: Findings,
    soon: Countdown,
    blocks: tuple[tuple[Block, ...], str | None],
    workbook: Attachment | None,
    chart: ChartView | None,
) -> SituationView:
    places = _places(occasion, {"opd_code": opd.code}, found.totals)
    actions = _actions(found.lines) if frame.actions is None else frame.actions
    severity = frame.severity or "info"
    configuration = occasion.ws.configuration
    topic = _topic(frame.topic, found)
    snoozed = open_while_snoozed(occasion, opd.code)
    done = _done(snoozed)
    return SituationView(
        tone=frame.severity or "resolved",
        nature=wording().natures[severity],
        addressee=frame.addressee,
        regency=configuration.region.regency_name,
        topic=topic,
        headline=_headline(found.totals, done),
        badge=frame.badge or soon.badge,
        glance=_glance(found.totals, found.lines, places),
        state=f"Keadaan per {indonesian.weekday(occasion.as_of)}; disusun {_written(occasion)}",
        opening=frame.opening or _opening(topic, bool(found.totals), done),
        blocks=blocks[0],
        more_blocks=blocks[1],
        places_title=f"Di mana ({_where(places)})" if places else "",
        districts=_districts(places[:VILLAGES_SHOWN]),
        more_places=_more_places(places),
        changes=frame.changes,
        actions=actions,
        idle=nothing_to_do(snoozed),
        deadline=_deadline(occasion, severity, soon.cutoff, frame.deadline) if actions else None,
        notes=(*soon.notes, *snooze_notes(occasion, opd.code)),
        attachment=workbook.name if workbook else None,
        chart=chart,
        coordinator=configuration.coordinator.title,
        report_url=configuration.alerts.report_url,
    )


def _written(occasion: Occasion) -> str:
    today = occasion.now.astimezone(occasion.ws.configuration.region.zone).date()
    if today == occasion.as_of:
        return indonesian.clock_time(occasion.now, occasion.timezone)
    return indonesian.moment(occasion.now, occasion.timezone)


# --- the verdict


def _done(snoozed: int) -> str:
    """What is mended where the mail has nothing left to tell: not all of it while something open is snoozed."""
    return "temuan lain" if snoozed else "seluruh temuan"


def _headline(totals: Sequence[Row], done: str) -> str:
    if not totals:
        return f"{done} telah selesai"
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


def _topic(beginning: str, found: Findings) -> str:
    totals, resolved, findings = found.totals, found.resolved, found.lines
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
    return " ".join(filter(None, (beginning, spoken, told)))


def _opening(topic: str, anything: bool, done: str) -> str:
    subject = topic[:1].lower() + topic[1:]
    if anything:
        return f"Dengan hormat, bersama ini disampaikan keadaan {subject}."
    return f"Dengan hormat, bersama ini disampaikan bahwa {done} atas {subject} telah selesai."


# --- what is wrong, how much


def _blocks(
    occasion: Occasion, opd_code: str, findings: Sequence[Row]
) -> tuple[tuple[Block, ...], str | None]:
    standing = {_subject(row): row for row in occasion.rows("letter_progress", {"opd_code": opd_code})}
    paused = _grouped(occasion.rows("letter_pauses", {"as_of": occasion.as_of}))
    blocked = _grouped(occasion.rows("letter_blocked"))
    grouped = _grouped(findings)
    blocks = tuple(
        _block(grouped[key], standing.get(key), paused.get(key, []), blocked.get(key, []))
        for key in _shown(findings)
    )
    rest = len(grouped) - len(blocks)
    return blocks, f"… dan {indonesian.counted(rest, 'periode lain')} (lihat lampiran)" if rest else None


def _subject(row: Row) -> Subject:
    return row["program_code"], row["period"]


def _grouped(rows: Iterable[Row]) -> dict[Subject, list[Row]]:
    """The rows by programme and period, in the order given: of findings the gravest first."""
    grouped: dict[Subject, list[Row]] = {}
    for row in rows:
        grouped.setdefault(_subject(row), []).append(row)
    return grouped


def _shown(findings: Sequence[Row]) -> list[Subject]:
    """The programmes and periods that a letter has room for: the gravest, in the order of the calendar."""
    grouped = _grouped(findings)
    worst = sorted(grouped, key=lambda key: _gravity(grouped[key]))[:BLOCKS_SHOWN]
    return sorted(worst, key=lambda key: (key[0] or "~", key[1] or "~"))


def _gravity(rows: Sequence[Row]) -> tuple[bool, int, int]:
    return rows[0]["past_fact"], wording().of(rows[0]["rule"]).rank, -rows[0]["flags"]


def _block(rows: Sequence[Row], standing: Row | None, pauses: Sequence[Row], blocked: Sequence[Row]) -> Block:
    first = rows[0]
    spans = [indonesian.day_range(pause["starts_on"], pause["ends_on"]) for pause in pauses]
    parts = [f"jatuh tempo {indonesian.day(first['due_date'])}"] if first["due_date"] else []
    if standing:
        share = indonesian.percent(standing["complete"] / standing["entitled"], 1)
        parts.append(
            f"{indonesian.number(standing['complete'])} dari {indonesian.counted(standing['entitled'], 'KPM')} sudah "
            f"lengkap ({share}), {indonesian.number(standing['on_time'])} tepat waktu"
        )
    return Block(
        title=_title(first),
        standing=indonesian.capitalised("; ".join(parts)),
        blocked=_held_up(blocked),
        lines=_lines(rows, spans),
    )


def _title(row: Row) -> str:
    title: str = row["program_name"] or row["program_code"] or "Berkas data"
    return f"{title}, {indonesian.period(row['period'])}" if row["period"] else title


def _held_up(blocked: Sequence[Row]) -> str | None:
    """The steps before the delivery that hold it up, the most frequent first."""
    steps = [f"{row['blocked_by']} ({indonesian.counted(row['villages'], 'desa')})" for row in blocked]
    return f"Tertahan pada tahapan: {indonesian.listing(steps)}." if steps else None


def _lines(rows: Sequence[Row], pauses: Sequence[str]) -> tuple[Line, ...]:
    """One line a finding; the pauses are told once, with the first number of days that leaves them out."""
    first = next((row for row in rows if _leaves_pauses_out(row)), None)
    return tuple(_line(row, pauses if row is first else ()) for row in rows)


def _leaves_pauses_out(row: Row) -> bool:
    """Days late of an entitlement that is still open leave the pauses out; those of a missing log do not."""
    return bool(row["days_late"]) and not row["past_fact"] and wording().of(row["rule"]).counts == "families"


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
    if pauses:
        details.append(f"tidak termasuk masa jeda {indonesian.listing(pauses)}")
    return Line(words.label, figure, ", ".join(details), row["past_fact"])


# --- where


def _places(occasion: Occasion, code: Row, totals: Sequence[Row]) -> list[Row]:
    """The villages with the kinds of their findings, those worst hit by the headline's kind first."""
    head = totals[0] if totals else None
    kinds: dict[str, list[Row]] = {}
    for kind in sorted(
        occasion.rows("letter_place_kinds", code), key=lambda k: int(wording().of(k["rule"]).rank)
    ):
        kinds.setdefault(kind["village_code"], []).append(kind)
    places = []
    for place in occasion.rows("letter_places", code):
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


def _deadline(occasion: Occasion, severity: str, cutoff: date | None, fixed: date | None) -> str:
    last = fixed or _last_day_to_act(occasion, severity)
    if cutoff:
        last = min(last, cutoff)
    zone = indonesian.zone_label(occasion.timezone)
    return f"{indonesian.weekday(last)} pukul {wording().close_of_business} {zone}"


def _last_day_to_act(occasion: Occasion, severity: str) -> date:
    wanted = wording().working_days_to_act[severity]
    days = occasion.rows("working_days", {"as_of": occasion.as_of, "days": wanted})
    last: date = days[-1]["day"] if len(days) == wanted else occasion.as_of + timedelta(days=wanted)
    return last


# --- the chart


def _chart(
    occasion: Occasion, opd_code: str, findings: Sequence[Row], cutoff: date | None
) -> tuple[ChartView | None, Image | None]:
    """How deliveries went against the due dates of the periods that the letter shows, as a picture and in words."""
    titles = {_subject(row): _title(row) for row in findings}
    rows = _grouped(occasion.rows("letter_course", {"opd_code": opd_code, "as_of": occasion.as_of}))
    subjects = [subject for subject in _shown(findings) if subject in rows]
    if not subjects:
        return None, None
    courses = [_course(titles[subject], rows[subject]) for subject in subjects]
    marker = Marker(f"batas SUSENAS {indonesian.day(cutoff)}", cutoff) if cutoff else None
    png = as_png(deliveries_against_due_dates(courses, occasion.as_of, marker))
    region = occasion.ws.configuration.region.regency_code
    # Named after its content: the same mail is the same bytes, and no two pictures share a name.
    cid = f"g{hashlib.sha256(png).hexdigest()[:15]}@{region}.pantau-salur"
    told = "; ".join(_course_in_words(course, occasion.as_of) for course in courses)
    shown = f"Bagian KPM yang lengkap menerima menurut tanggal (garis putus-putus: jatuh tempo). {told}."
    return ChartView(cid, CHART_WIDTH, shown), Image(cid, "penyaluran.png", png)


def _course(label: str, rows: Sequence[Row]) -> Course:
    entitled = rows[0]["entitled"]
    points = tuple((row["day"], row["complete"] / entitled) for row in rows if row["day"])
    return Course(inert(label), rows[0]["due_date"], points)


def _course_in_words(course: Course, as_of: date) -> str:
    def share(day: date) -> str:
        return indonesian.percent(max((s for d, s in course.points if d <= day), default=0.0), 1)

    parts = [f"{share(as_of)} per {indonesian.day(as_of)}"]
    if course.due_on <= as_of:
        parts.insert(0, f"{share(course.due_on)} pada jatuh tempo {indonesian.day(course.due_on)}")
    else:
        parts.append(f"jatuh tempo {indonesian.day(course.due_on)}")
    return f"{course.label}: {', '.join(parts)}"
