"""From the audit database's figures to what the page shows: finished words and numbers, inert, and none of a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include.alerts.snoozes import snooze_words, still_open
from include.alerts.susenas import worded
from include.alerts.wording import SEVERITIES, goals_of, wording
from include.language import indonesian
from include.language.inert import inert
from include.report import queries
from include.report.queries import Row
from include.report.scope import set_scope
from include.report.service import YEAR_LABEL, bunching, bunching_label, share_of
from include.report.targeting.text import targeting_text

if TYPE_CHECKING:
    from include.config.models import Region

View = dict[str, Any]
SENTENCE_LENGTH = 400
HERE = Path(__file__).parent
_QUERIES = ("windows", "progress", "villages", "districts", "logs", "gates", "findings", "snoozes", "pauses")


@dataclass(frozen=True)
class Room:
    """How many lines each part may take, and how many characters a name; a longer one ends in an ellipsis.

    `late_programs`: programmes whose late villages are shown by district; `names`: how many of
    them in a district, with 0 only their number.
    """

    programs: int
    opds: int
    actions: int
    late_programs: int
    names: int
    gates: int
    years: int
    decisions: int = 6
    targeting: int = 8
    targets: int = 2
    text: int = 120


@dataclass(frozen=True)
class Figures:
    """The rows of this folder's queries; what each holds is said in its file."""

    publication: Row
    scope: Row
    windows: list[Row]
    progress: list[Row]
    villages: list[Row]
    districts: list[Row]
    logs: list[Row]
    gates: list[Row]
    findings: list[Row]
    snoozes: list[Row]
    pauses: list[Row]
    working_days: list[Row]
    targeting: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def as_of(self) -> date:
        """The day judged by."""
        day: date = self.publication["as_of"]
        return day

    @property
    def published_at(self) -> datetime:
        """When the publication was made, aware."""
        moment: datetime = self.publication["published_at"]
        return moment.replace(tzinfo=UTC)


def read_figures(connection: duckdb.DuckDBPyConnection) -> Figures:
    """Asks the audit database; a read-only connection is enough."""
    scope = set_scope(connection)
    days = max(wording().working_days_to_act.values())
    told = targeting_text(connection)
    asked = {name: queries.rows(connection, HERE / f"{name}.sql") for name in _QUERIES}
    return Figures(
        publication=queries.rows(connection, HERE / "publication.sql")[0],
        scope=scope,
        **asked,
        working_days=queries.rows(connection, HERE / "working_days.sql", {"days": days}),
        targeting=(*told.reach, *told.pockets, *told.groups, *told.combinations),
        targets=told.targets,
    )


def contents(figures: Figures, region: Region, room: Room) -> View:
    """Everything that brief.typ shows, as plain JSON: lists of lines, and how many more there would be."""
    view = {
        "heading": _heading(figures),
        "scope": _scope(figures),
        "progress": _progress(figures.progress, room.programs),
        "pauses": _pauses(figures.pauses, room.programs),
        "actions": _actions(figures, room),
        "villages": _villages(figures, room),
        "logs": _logs(figures.logs, room.programs),
        "gates": _gates(figures.gates, room.gates),
        "service": _service(figures.progress, room.programs),
    }
    # These hold no word from outside, and must not be cut.
    own = {"countdown": _countdown(figures), "asks": _asks(figures.findings), "pinned": _pinned(figures)}
    # These are sentences: cut at a name's length they would say something else.
    told = {
        "decisions": _decisions(figures, room),
        "snoozed": _snoozed(figures, room.opds),
        "poverty": _poverty(region, figures.as_of, room.years),
        "targeting": list(figures.targeting[: room.targeting]),
        "targets": list(figures.targets[: room.targets]),
    }
    return {**own, **_inert(view, room.text), **_inert(told, SENTENCE_LENGTH)}


# --- when


def _heading(figures: Figures) -> View:
    publication = figures.publication
    return {
        "place": f"{publication['regency_name']}, {publication['province_name']}",
        "as_of": indonesian.weekday(figures.as_of),
        "number": indonesian.number(publication["publication_number"]),
        "published_at": indonesian.moment(figures.published_at, publication["timezone"]),
    }


def _countdown(figures: Figures) -> View:
    windows = {row["position"]: row for row in figures.windows}
    told = worded(windows.get("ahead"), windows.get("past"), figures.as_of)
    return {"badge": told.badge, "notes": list(told.notes), "is_ahead": told.is_ahead}


def _scope(figures: Figures) -> View:
    scope = figures.scope
    return {
        "year": scope["susenas_year"] and str(scope["susenas_year"]),
        "since": scope["scope_from"] and indonesian.day(scope["scope_from"]),
        "until": scope["cutoff"] and indonesian.day(scope["cutoff"]),
        "is_over": bool(scope["cutoff"] and scope["cutoff"] < figures.as_of),
        "visible_from": _visible_from(figures),
    }


def _visible_from(figures: Figures) -> str | None:
    window = next(
        (row for row in figures.windows if row["susenas_year"] == figures.scope["susenas_year"]), None
    )
    return indonesian.day(window["starts_on"] - timedelta(days=window["visible_days"])) if window else None


# --- how far

_COUNTS = ("entitled", "on_time", "late", "incomplete", "missing", "undated", "pending")


def _progress(rows: Sequence[Row], room: int) -> View:
    return {
        "lines": [_progress_line(row) for row in rows[:room]],
        "total": _progress_total(rows) if len(rows) > 1 else None,
        "more": _more(rows, room),
    }


def _progress_line(row: Row) -> View:
    return {
        "opd": row["opd_name"],
        "program": row["program_name"],
        "counts": _counts(row),
        "ready": _ready(row),
        "amount": _amount([row]),
    }


def _progress_total(rows: Sequence[Row]) -> View:
    sums: Row = {name: sum(row[name] for row in rows) for name in _COUNTS}
    for name in ("ready", "visible", "window_entitled"):
        sums[name] = (
            sum(row[name] or 0 for row in rows) if any(row[name] is not None for row in rows) else None
        )
    units = sorted({row["unit"] for row in rows})  # kilograms and rupiah never meet in one sum
    return {
        "counts": _counts(sums),
        "ready": _ready(sums),
        "amounts": [_amount([row for row in rows if row["unit"] == unit]) for unit in reversed(units)],
    }


def _counts(row: Row) -> list[str]:
    return [indonesian.number(row[name]) for name in _COUNTS]


def _ready(row: Row) -> View | None:
    """Complete by the cutoff, and how many of them late enough to be seen by the survey."""
    share = share_of(row["ready"], row["window_entitled"])
    return share and share | {"visible": indonesian.number(row["visible"])}


def _amount(rows: Sequence[Row]) -> View:
    """What was handed out of one unit, up to each entitlement; what was given beyond it stands apart."""
    unit = rows[0]["unit"]
    sums = {name: sum(row[f"{name}_amount"] for row in rows) for name in ("delivered", "entitled", "excess")}
    told = {name: indonesian.quantity(value, unit) for name, value in sums.items()}
    return told | {"excess": told["excess"] if sums["excess"] else None}


def _pauses(rows: Sequence[Row], room: int) -> list[str]:
    return [
        f"{row['program_name']} {indonesian.day_range(row['starts_on'], row['ends_on'])} ({row['reason']})"
        for row in rows[:room]
    ]


# --- what is to be done


def _actions(figures: Figures, room: Room) -> View:
    opds = _asked(figures)
    lines = [
        {
            "opd": name,
            "code": rows[0]["opd_code"],
            "rules": [row["rule"] for row in rows[: room.actions]],
            "more": _more(rows, room.actions),
            "by": _deadline(figures, rows),
            "nature": wording().natures[SEVERITIES[_gravity(rows)]],
        }
        for name, rows in opds[: room.opds]
    ]
    return {"lines": lines, "more": _more(opds, room.opds)}


def _asked(figures: Figures) -> list[tuple[str, list[Row]]]:
    """What is asked of each OPD, the gravest first, the OPD with the gravest first."""
    ordered = sorted(
        (row for row in figures.findings if not row["is_snoozed"] and wording().of(row["rule"]).action),
        key=lambda row: (row["opd_code"], wording().of(row["rule"]).rank),
    )
    found = [(code, list(rows)) for code, rows in groupby(ordered, key=lambda row: row["opd_code"])]
    found.sort(key=lambda one: (-_gravity(one[1]), one[0]))
    names = _opd_names(figures)
    return [(names.get(code, code), rows) for code, rows in found]


def _opd_names(figures: Figures) -> dict[str, str]:
    return {row["opd_code"]: row["opd_name"] for row in figures.progress}


def _asks(findings: Iterable[Row]) -> View:
    """What is asked of an OPD under a rule, in the words and figures of the e-mails."""
    return {
        f"{row['opd_code']} {row['rule']}": indonesian.capitalised(
            wording().of(row["rule"]).request(row) or ""
        )
        for row in findings
        if not row["is_snoozed"]
    }


def _decisions(figures: Figures, room: Room) -> list[str]:
    """What the meeting is asked to decide, with the figures that stand below."""
    asked = [
        f"Menetapkan bagi {inert(name, room.text)}: {goals}, paling lambat {_deadline(figures, rows)}"
        for name, rows in _asked(figures)
        if (goals := goals_of(rows))
    ]
    held = [
        f"Mempercepat tahapan {inert(row['milestone_name'], room.text)} di "
        f"{indonesian.counted(row['villages_waiting'], 'desa')} yang menahan {inert(row['program_name'], room.text)}"
        for row in figures.gates
        if row["villages_waiting"]
    ]
    late = sum(row["will_miss"] for row in figures.districts)
    helped = (
        [
            f"Menetapkan pendampingan bagi {indonesian.counted(late, 'desa/kelurahan')} yang pada laju sekarang akan "
            "melewati batas SUSENAS"
        ]
        if late and not _scope(figures)["is_over"]
        else []
    )
    return [*asked[: room.decisions], *held[: room.decisions], *helped]


def _snoozed(figures: Figures, room: int) -> list[str]:
    """What is open but asked of nobody for the time being, and why."""
    flags: Counter[str] = Counter()
    for row in figures.findings:
        flags[row["opd_code"]] += row["flags"] if row["is_snoozed"] else 0
    names = _opd_names(figures)
    notes = []
    for code, rows in groupby(figures.snoozes, key=lambda row: row["opd_code"]):
        if flags[code]:
            told = " ".join(snooze_words(row) for row in rows)
            notes.append(f"{names.get(code, code)}: {still_open(flags[code])}. {told}")
    return notes[:room]


def _gravity(rows: Iterable[Row]) -> int:
    return max(SEVERITIES.index(severity) for row in rows for severity in row["severities"])


def _deadline(figures: Figures, rows: Iterable[Row]) -> str:
    """As many working days as an e-mail about these leaves, never beyond a cutoff that lies ahead."""
    days = figures.working_days
    wanted = wording().working_days_to_act[SEVERITIES[_gravity(rows)]]
    last: date = days[min(wanted, len(days)) - 1]["day"]
    ahead = [row["cutoff"] for row in figures.windows if row["position"] == "ahead"]
    zone = indonesian.zone_label(figures.publication["timezone"])
    return f"{indonesian.weekday(min([last, *ahead]))} pukul {wording().close_of_business} {zone}"


# --- where


def _villages(figures: Figures, room: Room) -> View:
    of_program = groupby(figures.villages, key=lambda row: (row["opd_code"], row["program_code"]))
    programs = [list(rows) for _, rows in of_program]
    missing = sum(row["will_miss"] for row in figures.districts)
    return {
        "will_miss": indonesian.number(missing),
        "villages": indonesian.number(sum(row["villages"] for row in figures.districts)),
        "unknown": _some(sum(row["unknown"] for row in figures.districts)),
        "programs": [
            _late_program(rows, room.names if number < room.late_programs else None)
            for number, rows in enumerate(programs[: room.programs])
        ],
        "more": _more(programs, room.programs),
    }


def _late_program(rows: Sequence[Row], room: int | None) -> View:
    """With its districts and so many names of villages in each; None: its sums alone."""
    districts: dict[str, list[Row]] = {}
    for row in rows:
        districts.setdefault(row["district_name"], []).append(row)
    ordered = sorted(districts.items(), key=lambda found: (-_remaining(found[1]), found[0]))
    return {
        "opd": rows[0]["opd_name"],
        "program": rows[0]["program_name"],
        "villages": indonesian.number(len(rows)),
        "remaining": indonesian.number(_remaining(rows)),
        "is-named": bool(room),
        "districts": [_late_district(name, found, room) for name, found in ordered if room is not None],
    }


def _late_district(name: str, rows: Sequence[Row], room: int) -> View:
    return {
        "name": name,
        "villages": indonesian.number(len(rows)),
        "remaining": indonesian.number(_remaining(rows)),
        "names": [_late_village(row) for row in rows[:room]],
        "more": _more(rows, room) if room else None,
    }


def _late_village(row: Row) -> View:
    projected = row["projected_completion_date"]
    pace = indonesian.number(row["pace_per_day"] or 0, 1)
    return {
        "name": indonesian.village(row["village_name"], row["village_kind"]),
        "remaining": indonesian.number(row["remaining"]),
        "pace": f"{pace} hak per hari, selesai {indonesian.short_day(projected)}" if projected else None,
    }


def _remaining(rows: Iterable[Row]) -> int:
    return sum(row["remaining"] for row in rows)


def _logs(rows: Sequence[Row], room: int) -> View:
    lines = [
        {
            "program": row["program_name"],
            "missing": indonesian.number(row["villages_missing"]),
            "villages": indonesian.number(row["villages"]),
            "noun": "desa/kelurahan" if row["has_kelurahan"] else "desa",
            "periods": indonesian.periods(row["periods_missing"]) if row["periods_missing"] else None,
        }
        for row in rows[:room]
    ]
    return {"lines": lines, "more": _more(rows, room)}


def _gates(rows: Sequence[Row], room: int) -> View:
    lines = [
        {
            "program": row["program_name"],
            "year": str(row["budget_year"]),
            "milestone": row["milestone_name"],
            "reached": indonesian.number(row["villages_reached"]),
            "villages": indonesian.number(row["villages"]),
            "blocked": _some(row["villages_blocked"]),
            "waiting": indonesian.number(row["villages_waiting"]),
        }
        for row in rows[:room]
    ]
    return {"lines": lines, "more": _more(rows, room)}


# --- beside the window: service over twelve months, and the official figures


def _service(rows: Sequence[Row], room: int) -> View:
    lines = [
        {
            "program": row["program_name"],
            "year": share_of(row["year_on_time"], row["year_due"]),
            "ready": share_of(row["ready"], row["window_entitled"]),
            "bunching": bunching(row),
        }
        for row in rows[:room]
    ]
    approached = max((row["bunching_susenas_year"] or 0 for row in rows), default=0)
    return {
        "lines": lines,
        "year_label": YEAR_LABEL,
        "bunching_label": bunching_label(approached or None),
        "more": _more(rows, room),
    }


def _poverty(region: Region, as_of: date, room: int) -> list[View]:
    """The official figures that were known on that day, and the targets, each with who said so."""
    official = {
        one.year: one
        for one in region.official_poverty
        if one.published_on is None or one.published_on <= as_of
    }
    targets = {one.year: one for one in region.targets}
    lines = []
    for year in sorted(official.keys() | targets.keys(), reverse=True)[:room]:
        found, target = official.get(year), targets.get(year)
        said = (("Angka resmi", found and found.source), ("Sasaran", target and target.source))
        lines.append(
            {
                "year": str(year),
                "rate": found and indonesian.rate(found.poverty_rate),
                "people": found and indonesian.number(found.poor_people),
                "target": target and indonesian.rate(target.poverty_rate),
                "extreme_target": target and indonesian.rate(target.extreme_poverty_rate),
                "source": " ".join(f"{what}: {source}." for what, source in said if source) or None,
            }
        )
    return lines


def _pinned(figures: Figures) -> View:
    publication = figures.publication
    is_first = publication["publication_number"] == 1
    return {
        "submissions": indonesian.number(publication["submissions"]),
        "sequence": indonesian.number(publication["sequence"]),
        "chain": publication["submission_chain_hash"],
        "previous": None if is_first else publication["previous_hash"],
        "previous_number": indonesian.number(publication["publication_number"] - 1),
    }


# --- helpers


def _some(count: int) -> str | None:
    return indonesian.number(count) if count else None


def _more(rows: Sequence[Any], room: int) -> str | None:
    return _some(max(len(rows) - room, 0))


def _inert(value: Any, limit: int) -> Any:
    """Every text of one line and bounded length: names come from files and configuration."""
    if isinstance(value, str):
        return inert(value, limit)
    if isinstance(value, Mapping):
        return {key: _inert(one, limit) for key, one in value.items()}
    return [_inert(one, limit) for one in value] if isinstance(value, list) else value
