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

from include.alerts.letter import SUBJECT_LENGTH, Attachment, Image, Letter
from include.alerts.occasion import Occasion, Row
from include.alerts.render import render_html, render_text
from include.alerts.service import service_line
from include.alerts.snoozes import nothing_to_do, open_while_snoozed, snooze_notes
from include.alerts.susenas import Countdown, countdown
from include.alerts.wording import (
    EscalationWords,
    amounts_of,
    counts_of,
    enclosures,
    goals_of,
    villages_noun,
    wording,
)
from include.alerts.workbook import village_workbook
from include.language import indonesian
from include.language.inert import inert
from include.report.charts import Course, Marker, as_png, deliveries_against_due_dates

if TYPE_CHECKING:
    from include.config import Opd

VILLAGES_SHOWN = 10
BLOCKS_SHOWN = 4
WORST_NAMED = 3
# What fits the first screen of a phone beside the verdict; the others follow below.
ASKED_FIRST = 2
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
class Ask:
    """What is asked by when (`title`): the most urgent for the first screen, the others below."""

    title: str
    first: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """What somebody else was asked for, as the reader of an escalation has to know it."""

    title: str
    requests: tuple[str, ...]


@dataclass(frozen=True)
class SituationView:
    """Everything that the templates show, as finished words."""

    tone: str
    nature: str
    addressee: str
    regency: str
    topic: str
    headline: str
    split: str | None
    badge: str | None
    ask: Ask | None
    glance: str | None
    state: str
    opening: str
    blocks: tuple[Block, ...]
    more_blocks: str | None
    places_title: str
    districts: tuple[District, ...]
    more_places: str | None
    changes: str
    service: str | None
    told: Told | None
    idle: str
    notes: tuple[str, ...]
    copies: str | None
    enclosures: str | None
    chart: ChartView | None
    coordinator: str
    report_url: str | None


@dataclass(frozen=True)
class Climbed:
    """To whom it was escalated, in which words, and since when the OPD's head knows by which day to act (None: since today)."""

    words: EscalationWords
    head: str
    told_on: date | None
    asked_until: date | None


@dataclass(frozen=True)
class Frame:
    """What differs from one kind of letter to another.

    `topic` stands before the programme's name; `tail` ends the subject in place of the countdown to the SUSENAS cutoff;
    `opening` and `changes` are finished sentences; `deadline` is asked for only where there is something to do.
    `climbed`: the words for whom it was escalated to, and what the OPD's head was told; None in letters to the head.
    `ends_at_cutoff`: what is asked must be done before the SUSENAS cutoff, which comes before any later deadline.
    `copies` are titles, `enclosures` files that go with the letter beside the table of villages.
    """

    addressee: str
    severity: str | None
    topic: str
    changes: str
    climbed: Climbed | None = None
    copies: tuple[str, ...] = ()
    enclosures: tuple[Attachment, ...] = ()
    opening: str | None = None
    tail: str | None = None
    badge: str | None = None
    deadline: date | None = None
    ends_at_cutoff: bool = True
    with_undated: bool = False


@dataclass(frozen=True)
class Findings:
    """The counts over the flags that the letter in hand is about, in the order of gravity.

    `lines`: a programme, period and rule each; `totals`: a rule each; `asked`: the same with what bears no date, which no
    rule flags; `unreported`: what part of the missing is in villages whose log has not come.
    """

    lines: list[Row]
    totals: list[Row]
    asked: list[Row]
    resolved: list[Row]
    unreported: Row


def write_letter(occasion: Occasion, opd: Opd, frame: Frame) -> Letter:
    """Words the letter whose flags are in letter_flags, with the table of villages."""
    found = count_findings(occasion, opd.code, frame.with_undated)
    soon = countdown(occasion)
    workbook = _workbook(occasion, opd)
    blocks, more_blocks = _blocks(occasion, opd.code, found.lines)
    chart, image = _chart(occasion, opd.code, found.lines, soon.cutoff if soon.is_ahead else None)
    view = _view(occasion, opd, frame, found, soon, (blocks, more_blocks), workbook, chart)
    tail = frame.tail or soon.short
    subject = f"[{view.nature}] {view.topic}: {view.headline}" + (f", {tail}" if tail else "")
    return Letter(
        subject=inert(subject, SUBJECT_LENGTH),
        text=render_text("situation", view),
        html=render_html("situation", view),
        attachments=enclosed(workbook, frame),
        images=(image,) if image else (),
    )


def enclosed(workbook: Attachment | None, frame: Frame) -> tuple[Attachment, ...]:
    """What goes with the letter, the table of villages first."""
    return (*([workbook] if workbook else []), *frame.enclosures)


def count_findings(occasion: Occasion, opd_code: str, with_undated: bool) -> Findings:
    """Counts over the letter's flags; letter_flags must be there."""
    code = {"opd_code": opd_code}
    found = occasion.rows("letter_findings", code)
    totals = occasion.rows("letter_totals", code)
    undated = occasion.rows("letter_undated_totals", code) if with_undated else []
    if with_undated:
        found += occasion.rows("letter_undated", code)
    asked = [total | {"amounts": _amounts(total, found)} for total in (*totals, *undated)]
    return Findings(
        lines=_by_gravity(found),
        totals=_by_gravity(totals),
        asked=_by_gravity(asked),
        resolved=occasion.rows("letter_resolved", code),
        unreported=occasion.rows("letter_unreported", code)[0],
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
        split=_split(found),
        badge=frame.badge or soon.badge,
        ask=_ask(occasion, found, frame, severity, soon.cutoff if frame.ends_at_cutoff else None),
        glance=_glance(found, places),
        state=f"Keadaan per {indonesian.weekday(occasion.as_of)}; disusun {_written(occasion)}",
        opening=frame.opening or _opening(topic, bool(found.totals), done),
        blocks=blocks[0],
        more_blocks=blocks[1],
        places_title=_places_title(places, found.totals),
        districts=_districts(places[:VILLAGES_SHOWN]),
        more_places=_more_places(places),
        changes=frame.changes,
        service=service_line(occasion, opd.code),
        told=_told(occasion, found, frame.climbed) if frame.climbed else None,
        idle=nothing_to_do(snoozed),
        notes=(*soon.notes, *snooze_notes(occasion, opd.code)),
        copies=f"Tembusan: {indonesian.listing(frame.copies)}." if frame.copies else None,
        enclosures=enclosures([file.name for file in enclosed(workbook, frame)]),
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
    return wording().of(totals[0]["rule"]).verdict(totals[0])


def _split(found: Findings) -> str | None:
    """Whether the missing were not served or only not reported: what is missing with and without a log."""
    missing = next((row for row in found.totals if row["rule"] == "delivery_missing"), None)
    if missing is None or missing is not found.totals[0]:
        return None
    waits = found.unreported
    if not waits["families"]:
        known = missing["villages"] and waits["villages_reported"] == missing["villages"]
        return f"Log seluruh {villages_noun(missing)} itu sudah diterima." if known else None
    counts = counts_of({name: 0 for name in wording().nouns} | waits)
    where = f"di {counts['villages']} yang belum mengirim log"
    if waits["families"] == missing["families"]:
        return f"Seluruhnya {where}."
    return f"{counts['families']} di antaranya {where}."


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
    others = {row["period"] for row in findings if row["period"]} - set(periods)
    if told and others:
        told = f"{told}, juga {indonesian.periods(others)}"  # the mail covers more months than its headline
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
    counts = counts_of(row)
    figure = counts[words.counts] if row[words.counts] else counts["flags"]
    if words.counts not in ("villages", "files") and row["villages"]:
        figure = f"{figure} di {counts['villages']}"
    details = []
    if row["amount"]:
        details.append(indonesian.quantity(row["amount"], row["unit"]))
    if row["days_late"]:
        details.append(f"terlambat paling lama {indonesian.counted(row['days_late'], 'hari')}")
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
    told = wording().of(kind["rule"]).in_one_village(kind)
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
    return indonesian.village(name, row["kind"])


def _places_title(places: Sequence[Row], totals: Sequence[Row]) -> str:
    """All villages with something to do, and how many of them are those of the headline."""
    if not places:
        return ""
    title = f"Di mana: {_where(places)} yang perlu ditindaklanjuti"
    head = wording().of(totals[0]["rule"])
    of_headline = [place for place in places if place["weight"]]
    if not of_headline or len(of_headline) == len(places):
        return title
    return f"{title}, {indonesian.number(len(of_headline))} di antaranya: {head.label[:1].lower()}{head.label[1:]}"


def _glance(found: Findings, places: Sequence[Row]) -> str | None:
    """How much and where in one sentence, for the first screen of a phone."""
    if not found.totals:
        return None
    head = found.totals[0]
    words = wording().of(head["rule"])
    amounts = amounts_of(_amounts(head, found.lines))
    parts = [f"Nilainya {amounts}"] if amounts else []
    worst = [
        f"{_place_name(place)} ({indonesian.counted(place['weight'], wording().nouns[words.counts])})"
        for place in places[:WORST_NAMED]
        if place["weight"]
    ]
    if worst and words.counts not in ("villages", "files"):  # one in each village: no village has most
        parts.append(f"terbanyak di {indonesian.listing(worst)}")
    return indonesian.capitalised("; ".join(parts)) + "." if parts else None


def _amounts(total: Row, findings: Sequence[Row]) -> list[tuple[str | None, float]]:
    """What a rule's findings add up to, unit by unit."""
    sums: dict[str | None, float] = {}
    for finding in findings:
        if finding["rule"] == total["rule"] and finding["amount"]:
            sums[finding["unit"]] = sums.get(finding["unit"], 0) + finding["amount"]
    return list(sums.items())


def _more_places(places: Sequence[Row]) -> str | None:
    rest = places[VILLAGES_SHOWN:]
    return f"… dan {_where(rest)} lain (lihat lampiran)" if rest else None


# --- what to do by when


def _ask(occasion: Occasion, found: Findings, frame: Frame, severity: str, cutoff: date | None) -> Ask | None:
    requests = _climbed_requests(found, frame.climbed) if frame.climbed else _requests(found)
    if not requests:
        return None
    title = frame.climbed.words.ask if frame.climbed else wording().ask
    # One more is shown at once rather than set apart.
    first = len(requests) if len(requests) <= ASKED_FIRST + 1 else ASKED_FIRST
    deadline = _deadline(occasion, severity, cutoff, frame.deadline)
    return Ask(title.format(deadline=deadline), requests[:first], requests[first:])


def _requests(found: Findings) -> tuple[str, ...]:
    """What the OPD's head is asked for, the most urgent first."""
    asked = (wording().of(row["rule"]).request(row) for row in found.asked)
    return tuple(request for request in asked if request)


def _climbed_requests(found: Findings, climbed: Climbed) -> tuple[str, ...]:
    told = goals_of(found.asked) or "temuan di bawah ini segera ditindaklanjuti"
    return tuple(action.format(head=climbed.head, goals=told) for action in climbed.words.actions)


def _told(occasion: Occasion, found: Findings, climbed: Climbed) -> Told:
    """What the head was asked for, when, and by when, so that nobody who reads the escalation has to ask."""
    if climbed.told_on is None or climbed.asked_until is None:
        title = f"{climbed.head} disurati pada hari yang sama dengan permintaan:"
    else:
        title = (
            f"{climbed.head} telah disurati sejak {indonesian.weekday(climbed.told_on)}, dengan tenggat "
            f"{_close_of_business(occasion, climbed.asked_until)}. Keadaan hari ini, yang diminta:"
        )
    return Told(title, _requests(found))


def _deadline(occasion: Occasion, severity: str, cutoff: date | None, fixed: date | None) -> str:
    last = fixed or _last_day_to_act(occasion, severity)
    if cutoff:
        last = min(last, cutoff)
    return _close_of_business(occasion, last)


def _close_of_business(occasion: Occasion, day: date) -> str:
    zone = indonesian.zone_label(occasion.timezone)
    return f"{indonesian.weekday(day)} pukul {wording().close_of_business} {zone}"


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
