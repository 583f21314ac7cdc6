"""Desa: one measure of every village as tiles grouped by district, as a map where shapes are configured; a page a village."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from include.alerts.wording import SEVERITIES, wording
from include.language import indonesian
from include.report.pages.request import NotFound, Page, Source, View
from include.report.pages.villages.map import Shapes, draw
from include.report.pages.words import LOGS, TIMING, parts_of, status
from include.report.queries import Row, rows
from include.report.scope import set_scope
from include.report.service import YEAR_LABEL, bunching, bunching_label, verdict

HERE = Path(__file__).parent
UNKNOWN_VILLAGE = "lainnya"
"""The last part of the address of what belongs to no known village."""

STEPS = 5
_COUNT_STEPS = (0, 5, 20, 100)
"""The highest number of findings of each step but the last."""
_VERDICT_STEPS: dict[bool | None, int] = {False: 0, True: STEPS - 1}


@dataclass(frozen=True)
class Measure:
    """What a tile shows: a share of a whole, without a whole a plain count, or with a verdict yes or no and that share beside it.

    `more_is_worse` turns the colours round; `in_scope` says whether only the entitlements in scope are counted.
    """

    code: str
    label: str
    explanation: str
    part: Callable[[Row], int]
    whole: Callable[[Row], int] | None
    more_is_worse: bool = False
    in_scope: bool = True
    verdict: Callable[[Row], bool | None] | None = None

    def shown(self, row: Row) -> View:
        """The value in words, and which colour step it takes; no step where there is nothing to measure."""
        part = self.part(row)
        if self.whole is None:
            step = next((i for i, most in enumerate(_COUNT_STEPS) if part <= most), STEPS - 1)
            return {"value": indonesian.number(part), "detail": "temuan", "step": step}
        whole = self.whole(row)
        if not whole:
            return {"value": "–", "detail": "tidak ada data", "step": None}
        detail = f"{indonesian.number(part)} dari {indonesian.number(whole)}"
        if self.verdict is not None:
            found = self.verdict(row)
            return {"value": verdict(found), "detail": detail, "step": _VERDICT_STEPS.get(found)}
        step = min(int(STEPS * part / whole), STEPS - 1)
        return {"value": indonesian.percent(part / whole, 1), "detail": detail, "step": step}

    def legend(self) -> list[View]:
        """The steps in words."""
        if self.verdict is not None:
            return [{"step": step, "label": verdict(found)} for found, step in _VERDICT_STEPS.items()]
        if self.whole is None:
            lowest = [0, *(most + 1 for most in _COUNT_STEPS)]
            words = [
                str(low) if low == high else f"{low}–{high}"
                for low, high in zip(lowest, _COUNT_STEPS, strict=False)
            ] + [f"{lowest[-1]} atau lebih"]
        else:
            width = 100 // STEPS
            words = [f"{i * width} sampai di bawah {(i + 1) * width}%" for i in range(STEPS - 1)]
            words.append(f"{100 - width}% atau lebih")
        return [{"step": step, "label": label} for step, label in enumerate(words)]


MEASURES = {
    one.code: one
    for one in (
        Measure(
            "siap",
            "Siap SUSENAS",
            "Hak dalam lingkup jendela SUSENAS yang lengkap sampai dengan batasnya.",
            lambda row: row["ready"],
            lambda row: row["window_entitled"],
        ),
        Measure(
            "tahun",
            YEAR_LABEL,
            "Hak yang jatuh tempo dalam dua belas bulan sampai dengan hari penilaian, yang lengkap sampai dengan tanggal "
            "jatuh temponya.",
            lambda row: row["year_on_time"],
            lambda row: row["year_due"],
            in_scope=False,
        ),
        Measure(
            "menumpuk",
            "Menumpuk menjelang batas",
            "Apakah penyaluran dua belas bulan sampai dengan batas SUSENAS menumpuk pada hari-hari terakhirnya, dan berapa "
            "hak yang lengkap pada hari-hari itu. Petunjuk untuk diperiksa, bukan bukti.",
            lambda row: row["completed_before_cutoff"],
            lambda row: row["bunching_completed"],
            more_is_worse=True,
            in_scope=False,
            verdict=lambda row: row["is_bunched"],
        ),
        Measure(
            "tepat",
            "Tepat waktu dalam lingkup",
            "Hak dalam lingkup yang lengkap sampai dengan tanggal jatuh temponya.",
            lambda row: row["on_time"],
            lambda row: row["entitled"],
        ),
        Measure(
            "belum",
            "Belum tersalur",
            "Hak dalam lingkup yang telah jatuh tempo tanpa penyaluran apa pun.",
            lambda row: row["missing"],
            lambda row: row["entitled"],
            more_is_worse=True,
        ),
        Measure(
            "lapor",
            "Log diterima",
            "Log penyaluran yang telah diterima, dari yang batas lapornya telah lewat.",
            lambda row: row["logs_received"],
            lambda row: row["logs_owed"],
            in_scope=False,
        ),
        Measure(
            "temuan",
            "Temuan terbuka",
            "Banyaknya temuan yang belum selesai dan masih dapat diperbaiki.",
            lambda row: row["flags"],
            None,
            more_is_worse=True,
            in_scope=False,
        ),
    )
}


def villages(source: Source, arguments: Mapping[str, str]) -> View:
    """Every village with the chosen measure, for one programme or all."""
    scope = set_scope(source.connection)
    programs = rows(source.connection, HERE / "programs.sql")
    program = next((row for row in programs if row["program_code"] == arguments.get("program")), None)
    default = "siap" if scope["susenas_year"] else "tepat"
    measure = MEASURES.get(arguments.get("ukuran", default), MEASURES[default])
    found = rows(
        source.connection, HERE / "measures.sql", {"program": program["program_code"] if program else None}
    )
    tiles = [
        {**row, **measure.shown(row), "address": row["village_code"] or UNKNOWN_VILLAGE} for row in found
    ]
    shapes = Shapes.of(source.ws.configuration.boundaries_file)
    return {
        "measure": measure,
        "measures": list(MEASURES.values()),
        "legend": measure.legend(),
        "program": program,
        "programs": programs,
        "scope": scope,
        "districts": [
            {"name": name, "tiles": list(tiles_of)}
            for name, tiles_of in groupby(tiles, key=lambda tile: tile["district_name"])
        ],
        "map": draw(shapes, tiles, measure.more_is_worse) if shapes else None,
    }


def village(source: Source, arguments: Mapping[str, str]) -> View:
    """One village: its programmes, periods, steps and what is open.

    Raises:
        NotFound: no village of this publication has that code.
    """
    scope = set_scope(source.connection)
    code = None if arguments["village"] == UNKNOWN_VILLAGE else arguments["village"]
    asked = {"village": code}
    found = rows(source.connection, HERE / "village.sql", asked)
    if not found:
        raise NotFound("Desa/kelurahan itu tidak ada dalam terbitan ini.")
    [about] = found
    periods = rows(source.connection, HERE / "village_periods.sql", asked)
    return {
        "title": about["village_name"] or "Desa tidak dikenal",
        "about": about,
        "year_label": YEAR_LABEL,
        "bunching_label": bunching_label(about["bunching_susenas_year"]),
        "bunching": bunching(about),
        "scope": scope,
        "timing": list(TIMING.values()),
        "programs": [
            {**row, "parts": parts_of(row)}
            for row in rows(source.connection, HERE / "village_programs.sql", asked)
        ],
        "periods": [
            {**row, "parts": parts_of(row), "log": status(LOGS, row["log_status"])} for row in periods
        ],
        "flags": _flags(rows(source.connection, HERE / "village_flags.sql", asked)),
        "gates": rows(source.connection, HERE / "village_gates.sql", asked),
    }


def _flags(found: Sequence[Row]) -> list[View]:
    """Gravest first, in the words of the e-mails."""
    return sorted(
        (
            {
                **row,
                "label": wording().of(row["rule"]).label,
                "rank": wording().of(row["rule"]).rank,
                "nature": wording().natures[max(row["severities"], key=SEVERITIES.index)],
                "months": indonesian.periods(row["periods"]) if row["periods"] else None,
            }
            for row in found
        ),
        key=lambda row: (row["rank"], row["program_name"] or ""),
    )


VILLAGES = Page("desa", "Desa", "villages/page.html", villages, query=("ukuran", "program"))
VILLAGE = Page("desa", "Desa", "villages/village.html", village)
