"""From the audit database's figures to what the page shows: finished words and numbers, inert, and none of a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include.alerts import indonesian
from include.alerts.inert import inert
from include.alerts.susenas import worded
from include.alerts.wording import SEVERITIES, register, wording

if TYPE_CHECKING:
    from include.config.models import Region

Row = dict[str, Any]
View = dict[str, Any]


@dataclass(frozen=True)
class Room:
    """How many lines each part may take, and how many characters a name; a longer one ends in an ellipsis."""

    programs: int
    opds: int
    actions: int
    villages: int
    districts: int
    gates: int
    years: int
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
    working_days: list[Row]

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
    register(connection)
    connection.execute(_sql("scope"))
    days = max(wording().working_days_to_act.values())
    [scope] = _records(connection.sql("from scope"))
    return Figures(
        publication=_rows(connection, "publication")[0],
        scope=scope,
        windows=_rows(connection, "windows"),
        progress=_rows(connection, "progress"),
        villages=_rows(connection, "villages"),
        districts=_rows(connection, "districts"),
        logs=_rows(connection, "logs"),
        gates=_rows(connection, "gates"),
        findings=_rows(connection, "findings"),
        working_days=_rows(connection, "working_days", {"days": days}),
    )


def contents(figures: Figures, region: Region, room: Room) -> View:
    """Everything that brief.typ shows, as plain JSON: lists of lines, and how many more there would be."""
    view = {
        "heading": _heading(figures),
        "scope": _scope(figures),
        "progress": _progress(figures.progress, room.programs),
        "actions": _actions(figures, room),
        "villages": _villages(figures, room),
        "logs": _logs(figures.logs, room.programs),
        "gates": _gates(figures.gates, room.gates),
        "service": _service(figures.progress, room.programs),
        "poverty": _poverty(region, room.years),
    }
    # These hold no word from outside, and must not be cut.
    own = {"countdown": _countdown(figures), "asks": _asks(figures.findings), "pinned": _pinned(figures)}
    return {**own, **_inert(view, room.text)}


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
    return {"badge": told.badge, "notes": list(told.notes), "is_ahead": told.cutoff is not None}


def _scope(figures: Figures) -> View:
    scope = figures.scope
    return {
        "year": scope["susenas_year"] and str(scope["susenas_year"]),
        "since": scope["scope_from"] and indonesian.day(scope["scope_from"]),
        "until": scope["cutoff"] and indonesian.day(scope["cutoff"]),
        "is_over": bool(scope["cutoff"] and scope["cutoff"] < figures.as_of),
    }


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
        "ready": _of(row["ready"], row["window_entitled"]),
        "amount": _amount(row["delivered_amount"], row["entitled_amount"], row["unit"]),
    }


def _progress_total(rows: Sequence[Row]) -> View:
    sums: Row = {name: sum(row[name] for row in rows) for name in _COUNTS}
    for name in ("ready", "window_entitled"):
        sums[name] = (
            sum(row[name] or 0 for row in rows) if any(row[name] is not None for row in rows) else None
        )
    units = sorted({row["unit"] for row in rows})  # kilograms and rupiah never meet in one sum
    amounts = [
        _amount(
            sum(row["delivered_amount"] for row in rows if row["unit"] == unit),
            sum(row["entitled_amount"] for row in rows if row["unit"] == unit),
            unit,
        )
        for unit in reversed(units)
    ]
    return {
        "counts": _counts(sums),
        "ready": _of(sums["ready"], sums["window_entitled"]),
        "amounts": amounts,
    }


def _counts(row: Row) -> list[str]:
    return [indonesian.number(row[name]) for name in _COUNTS]


def _amount(delivered: float, entitled: float, unit: str) -> View:
    return {
        "delivered": indonesian.quantity(delivered, unit),
        "entitled": indonesian.quantity(entitled, unit),
    }


def _of(part: int | None, whole: int | None) -> View | None:
    """A share with both its numbers; None where there is nothing to divide by."""
    if part is None or not whole:
        return None
    return {
        "part": indonesian.number(part),
        "whole": indonesian.number(whole),
        "share": indonesian.percent(part / whole, 1),
    }


# --- what is to be done


def _actions(figures: Figures, room: Room) -> View:
    names = {row["opd_code"]: row["opd_name"] for row in figures.progress}
    ordered = sorted(figures.findings, key=lambda row: (row["opd_code"], wording().of(row["rule"]).rank))
    found = [
        (code, [row for row in rows if wording().of(row["rule"]).action])
        for code, rows in groupby(ordered, key=lambda row: row["opd_code"])
    ]
    opds = sorted((one for one in found if one[1]), key=lambda one: (-_gravity(one[1]), one[0]))
    lines = [
        {
            "opd": names.get(code, code),
            "actions": [_action(row) for row in rows[: room.actions]],
            "more": _more(rows, room.actions),
            "by": _deadline(figures, SEVERITIES[_gravity(rows)]),
            "nature": wording().natures[SEVERITIES[_gravity(rows)]],
        }
        for code, rows in opds[: room.opds]
    ]
    return {"lines": lines, "more": _more(opds, room.opds)}


def _asks(findings: Iterable[Row]) -> View:
    """What each rule asks for, in the words of the e-mails."""
    return {row["rule"]: indonesian.capitalised(wording().of(row["rule"]).action or "") for row in findings}


def _gravity(rows: Iterable[Row]) -> int:
    return max(SEVERITIES.index(severity) for row in rows for severity in row["severities"])


def _action(row: Row) -> View:
    """For how much something is asked: a finding is of one entitlement, village, delivery or file."""
    counts = wording().of(row["rule"]).counts
    villages = indonesian.counted(row["villages"], "desa/kelurahan")
    if counts == "villages":
        amount = villages
    else:
        noun = "hak" if counts == "families" else wording().nouns[counts]
        where = f" di {villages}" if row["villages"] else ""
        amount = f"{indonesian.counted(row['flags'], noun)}{where}"
    return {"rule": row["rule"], "amount": amount}


def _deadline(figures: Figures, severity: str) -> str:
    """As many working days as an e-mail of that severity leaves, never beyond a cutoff that lies ahead."""
    days = figures.working_days
    last: date = days[min(wording().working_days_to_act[severity], len(days)) - 1]["day"]
    ahead = [row["cutoff"] for row in figures.windows if row["position"] == "ahead"]
    zone = indonesian.zone_label(figures.publication["timezone"])
    return f"{indonesian.weekday(min([last, *ahead]))} pukul {wording().close_of_business} {zone}"


# --- where


def _villages(figures: Figures, room: Room) -> View:
    rows = figures.villages
    missing = [row for row in figures.districts if row["will_miss"]]
    return {
        "will_miss": indonesian.number(sum(row["will_miss"] for row in figures.districts)),
        "villages": indonesian.number(sum(row["villages"] for row in figures.districts)),
        "any": bool(missing),
        "unknown": _some(sum(row["unknown"] for row in figures.districts)),
        "districts": [_district(row) for row in missing[: room.districts]],
        "more_districts": _more(missing, room.districts),
        "lines": [_village(row) for row in rows[: room.villages]],
        "more": _more(rows, room.villages),
        "more_remaining": indonesian.number(sum(row["remaining"] for row in rows[room.villages :])),
    }


def _district(row: Row) -> View:
    return {
        "name": row["district_name"],
        "will_miss": indonesian.number(row["will_miss"]),
        "villages": indonesian.number(row["villages"]),
        "remaining": indonesian.number(row["remaining"]),
    }


def _village(row: Row) -> View:
    projected = row["projected_completion_date"]
    return {
        "district": row["district_name"],
        "village": row["village_name"],
        "programs": _programs(row["programs"]),
        "ready": indonesian.number(row["ready"]),
        "entitled": indonesian.number(row["entitled"]),
        "pace": projected and indonesian.number(row["pace_per_day"], 1),
        "projected": projected and indonesian.short_day(projected),
    }


def _programs(names: Sequence[str]) -> str:
    return indonesian.listing(names) if len(names) < 3 else indonesian.counted(len(names), "program")


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
        }
        for row in rows[:room]
    ]
    return {"lines": lines, "more": _more(rows, room)}


# --- beside the window: the whole year, and the official figures


def _service(rows: Sequence[Row], room: int) -> View:
    lines = [
        {
            "program": row["program_name"],
            "year": _of(row["year_on_time"], row["year_due"]),
            "ready": _of(row["ready"], row["window_entitled"]),
            "bunching": _bunching(row),
        }
        for row in rows[:room]
    ]
    approached = {str(row["bunching_susenas_year"]) for row in rows if row["bunching_susenas_year"]}
    return {"lines": lines, "susenas": max(approached, default=None), "more": _more(rows, room)}


def _bunching(row: Row) -> View | None:
    if row["is_bunched"] is None:
        return None
    return {
        "is_bunched": row["is_bunched"],
        "even": indonesian.percent(row["even_share"], 1),
        "before": _of(row["completed_before_cutoff"], row["year_completed"]),
    }


def _poverty(region: Region, room: int) -> list[View]:
    official = {one.year: one for one in region.official_poverty}
    targets = {one.year: one for one in region.targets}
    lines = []
    for year in sorted(official.keys() | targets.keys(), reverse=True)[:room]:
        found, target = official.get(year), targets.get(year)
        lines.append(
            {
                "year": str(year),
                "rate": found and _per_cent(found.poverty_rate),
                "people": found and indonesian.number(found.poor_people),
                "source": found.source if found else None,
                "target": target and _per_cent(target.poverty_rate),
                "extreme_target": target and _per_cent(target.extreme_poverty_rate),
            }
        )
    return lines


def _per_cent(value: float) -> str:
    return f"{indonesian.number(value)}%"


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


def _rows(
    connection: duckdb.DuckDBPyConnection, statement: str, parameters: Mapping[str, Any] | None = None
) -> list[Row]:
    return _records(connection.execute(_sql(statement), dict(parameters or {})))


def _records(result: Any) -> list[Row]:
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@lru_cache(maxsize=16)
def _sql(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")
