"""What the letter to the province's coordinator says, from the roll-up alone: counts, regencies and OPDs, never a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from include.alerts.notices import Item, NoticeView, Section
from include.config import Province
from include.language import indonesian
from include.report.pages.province.page import HERE as PAGE
from include.report.pages.province.page import apart, bunched, stands
from include.report.pages.words import PUBLICATIONS, status
from include.report.queries import Row, rows
from include.report.service import YEAR_LABEL, bunching_label
from include.rollup.gather import HERE

REGENCIES_SHOWN = 40
OPDS_SHOWN = 5
LOGS_SHOWN = 10

_RULE = (
    "Menurut bagian hak yang tersalur lengkap tepat waktu dari hak yang jatuh tempo dalam dua belas bulan terakhir; yang sama "
    "besar berbagi peringkat. Bacalah bersama kesiapan SUSENAS, dan bersama program yang menumpuk menjelang batasnya."
)


@dataclass(frozen=True)
class Figures:
    """What is told: the sum, all regencies by place, the OPDs that stand last, the logs missing longest."""

    total: Row
    regencies: list[Row]
    opds: list[Row]
    logs: list[Row]

    @property
    def day(self) -> date:
        """The day of the roll-up."""
        day: date = self.total["rolled_up_on"]
        return day

    @property
    def state(self) -> list[Any]:
        """What makes a letter new when it changes: figures and standing, not the passing of time."""
        passing = ("rolled_up_on", "rolled_up_at", "earliest_as_of", "latest_as_of")
        about = (
            "regency_code",
            "place",
            "status",
            "year_on_time",
            "year_due",
            "programs_bunched",
            "window_ready",
            "window_entitled",
        )
        return [
            [value for name, value in self.total.items() if name not in passing],
            *([row[name] for name in about] for row in self.regencies),
        ]


def figures(connection: duckdb.DuckDBPyConnection) -> Figures:
    """Reads the published roll-up; the same queries as the page's."""
    [total] = rows(connection, PAGE / "sum.sql")
    return Figures(
        total,
        rows(connection, PAGE / "regencies.sql"),
        rows(connection, HERE / "lowest_opds.sql", {"room": OPDS_SHOWN}),
        rows(connection, PAGE / "missing_logs.sql", {"room": LOGS_SHOWN}),
    )


def view_of(province: Province, found: Figures) -> NoticeView:
    """The letter in words."""
    total = found.total
    amiss = [row for row in found.regencies if row["reason"]]
    others = [row for row in found.regencies if any(stands(row).values())]
    name = province.name if province.name.startswith("Provinsi") else f"Provinsi {province.name}"
    return NoticeView(
        tone="warning" if amiss or others or total["entries_unusable"] else "info",
        nature="Biasa",
        addressee=province.coordinator.title,
        regency=name,
        topic="Rekapitulasi penyaluran bantuan kabupaten/kota",
        headline=_headline(total),
        opening="Dengan hormat, bersama ini disampaikan rekapitulasi penyaluran bantuan dari terbitan kabupaten/kota.",
        facts=tuple(_facts(total)),
        sections=tuple(
            section
            for section in (
                _ranking(found.regencies),
                _amiss(amiss),
                _others(others),
                _lowest(found.opds),
                _logs(found.logs),
            )
            if section.items
        ),
        request=_request(total, amiss, others),
        coordinator=province.coordinator.title,
    )


def _headline(total: Row) -> str:
    counted = (
        f"{indonesian.number(total['regencies_counted'])} dari "
        f"{indonesian.counted(total['regencies_listed'], 'kabupaten/kota')} terhitung"
    )
    judged = total["regencies_counted"] - total["regencies_other_year"]
    if total["regencies_other_year"] and not judged:
        return f"{counted}, tidak satu pun dinilai dalam sebulan terakhir"
    among = f" pada {indonesian.number(judged)} di antaranya" if total["regencies_other_year"] else ""
    if not total["year_due"]:
        return f"{counted}, belum ada hak yang jatuh tempo selama dua belas bulan{among}"
    share = indonesian.percent(total["year_on_time"] / total["year_due"], 1)
    return f"{counted}, {share} hak tepat waktu{among}"


def _facts(total: Row) -> list[tuple[str, str]]:
    without = apart(total)
    window = f"Siap SUSENAS {total['susenas_year'] or ''}".strip()
    facts = [
        ("Keadaan per", indonesian.weekday(total["rolled_up_on"])),
        ("Kabupaten/kota terhitung", _of(total["regencies_counted"], total["regencies_listed"])),
        (
            YEAR_LABEL,
            _of(total["year_on_time"], total["year_due"], "hak", without["year"]),
        ),
        (
            bunching_label(total["bunching_susenas_year"]).rstrip("?"),
            ", ".join(filter(None, (bunched(total), without["year"]))),
        ),
        (window, _of(total["window_ready"], total["window_entitled"], "hak", without["window"])),
        ("Laporan desa yang belum ada", _of(total["logs_missing"] or 0, total["logs_due"] or 0)),
    ]
    for label, unit, ending in (("Beras tersalur", "kg", "kg"), ("Uang tersalur", "IDR", "idr")):
        if entitled := total[f"entitled_{ending}"]:
            delivered = indonesian.quantity(total[f"delivered_{ending}"], unit)
            facts.append((label, f"{delivered} dari {indonesian.quantity(entitled, unit)}"))
    if total["programs_hidden"]:
        facts.append(
            ("Program berpenerima sedikit, tidak dihitung", indonesian.number(total["programs_hidden"]))
        )
    return facts


def _of(part: int, whole: int, noun: str = "", without: str = "") -> str:
    figure = "belum ada"
    if whole:
        share = indonesian.percent(part / whole, 1)
        figure = f"{indonesian.number(part)} dari {f'{indonesian.number(whole)} {noun}'.strip()} ({share})"
    return f"{figure}, {without}" if without else figure


def _ranking(regencies: list[Row]) -> Section:
    ranked = [row for row in regencies if row["place"] is not None]
    rest = len(ranked) - REGENCIES_SHOWN
    return Section(
        "Peringkat kabupaten/kota",
        tuple(
            Item(f"{indonesian.number(row['place'])}. {row['regency_name']}", _rate(row), _counts(row))
            for row in ranked[:REGENCIES_SHOWN]
        ),
        _RULE,
        f"… dan {indonesian.counted(rest, 'kabupaten/kota lain')}" if rest > 0 else None,
    )


def _lowest(opds: list[Row]) -> Section:
    return Section(
        "OPD pada peringkat terbawah",
        tuple(
            Item(f"{row['opd_name'] or row['opd_code']}, {row['regency_name']}", _rate(row), _counts(row))
            for row in opds
        ),
    )


def _rate(row: Mapping[str, Any]) -> str:
    return indonesian.percent(row["year_on_time"] / row["year_due"], 1)


def _counts(row: Mapping[str, Any]) -> str:
    told = f"{indonesian.number(row['year_on_time'])} dari {indonesian.counted(row['year_due'], 'hak')} tepat waktu"
    if row["window_entitled"]:
        told = f"{told}; {indonesian.number(row['window_ready'])} dari {indonesian.number(row['window_entitled'])} siap SUSENAS"
    return f"{told}; {bunched(row)} menumpuk" if row["programs_bunched"] else told


def _amiss(regencies: list[Row]) -> Section:
    shown = regencies[:REGENCIES_SHOWN]
    rest = len(regencies) - len(shown)
    return Section(
        "Terbitan yang tidak terhitung atau usang",
        tuple(
            Item(row["regency_name"], status(PUBLICATIONS, row["status"]).label, row["reason"].rstrip("."))
            for row in shown
        ),
        None,
        f"… dan {indonesian.counted(rest, 'kabupaten/kota lain')}" if rest > 0 else None,
    )


def _others(regencies: list[Row]) -> Section:
    rest = len(regencies) - REGENCIES_SHOWN
    return Section(
        "Terbitan yang lama dinilai atau menghadapi jendela SUSENAS lain",
        tuple(
            Item(
                row["regency_name"],
                indonesian.listing([one for one in stands(row).values() if one]),
                f"data per {indonesian.day(row['as_of'])}",
            )
            for row in regencies[:REGENCIES_SHOWN]
        ),
        "Angkanya untuk masa atau jendela lain itu tidak dijumlahkan dan tidak diperingkat.",
        f"… dan {indonesian.counted(rest, 'kabupaten/kota lain')}" if rest > 0 else None,
    )


def _logs(logs: list[Row]) -> Section:
    rest = logs[0]["gaps"] - len(logs) if logs else 0
    return Section(
        "Laporan yang paling lama belum ada",
        tuple(
            Item(
                f"{row['program_name'] or row['program_code']}, {indonesian.period(row['period'])}",
                indonesian.counted(row["villages_missing"], "desa"),
                f"{row['opd_name'] or row['opd_code']}, {row['regency_name']}; "
                f"lewat {indonesian.counted(row['days_overdue'], 'hari')}",
            )
            for row in logs
        ),
        None,
        f"… dan {indonesian.counted(rest, 'laporan lain')}" if rest > 0 else None,
    )


def _request(total: Row, amiss: list[Row], others: list[Row]) -> str:
    parts = []
    if amiss:
        parts.append(
            "Mohon kabupaten/kota yang terbitannya tidak terhitung atau usang diminta memeriksa pengolahan datanya."
        )
    if others:
        parts.append(
            "Mohon kabupaten/kota dengan tahun penilaian atau jendela SUSENAS lain diminta memeriksa hari penilaian dan "
            "jadwal SUSENAS-nya."
        )
    if total["entries_unusable"]:
        entries = indonesian.counted(total["entries_unusable"], "entri")
        parts.append(
            f"{entries} dalam daftar wilayah tidak dapat dipakai; mohon pengelola sistem memperbaikinya."
        )
    if total["logs_missing"]:
        parts.append("Mohon OPD yang laporannya belum ada diingatkan melalui kabupaten/kotanya.")
    return " ".join(parts or ["Tidak ada hal yang memerlukan tindak lanjut."])
