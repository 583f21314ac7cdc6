"""Recipient lists and registries of the sample, as the offices that keep them export them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from include.sample.chance import generator
from include.sample.people import Family, digits
from include.sample.shapes import DISCLAIMER, Styles, workbook
from include.sample.words import MONTHS, SHORT, day_text, first_day

if TYPE_CHECKING:
    from include.config import Configuration, Program

_SPELLINGS = (
    ("Muhammad", "Moh."),
    ("Abdul", "Abd"),
    ("Siti", "St."),
    ("Syarifuddin", "Sarifudin"),
    ("Yusuf", "Jusuf"),
)


def year_list_workbook(
    program: Program, regency: str, year: int, families: Sequence[Family], signed_on: date
) -> bytes:
    """The year's list of a whole regency: one large sheet under a title that names the year."""
    amount = f"Alokasi ({'Rp' if program.unit == 'IDR' else program.unit.capitalize()})"
    header = ["No", "NIK", "No. KK", "Nama Penerima", "Desa/Kelurahan", "Kecamatan", amount]
    buffer = io.BytesIO()
    with workbook(buffer, signed_on, constant_memory=len(families) > 2000) as book:
        styles = Styles(book)
        ws = book.add_worksheet("Daftar Nominatif")
        titles = (
            DISCLAIMER,
            f"DAFTAR NOMINATIF PENERIMA {program.name.upper()}",
            regency.upper(),
            f"TAHUN {year}",
        )
        for number, line in enumerate(titles):
            ws.merge_range(number, 0, number, len(header) - 1, line, styles.title)
        ws.write_row(5, 0, header, styles.header)
        for at, (number, family) in enumerate(enumerate(families, start=1), start=6):
            ws.write_number(at, 0, number)
            place = (
                family.nik,
                family.kk,
                family.name,
                family.village.village_name,
                family.village.district_name,
            )
            for column, value in enumerate(place, start=1):
                ws.write_string(at, column, value, styles.text)
            ws.write_number(at, 6, program.entitlement)
    return buffer.getvalue()


def year_list_csv(year: int, families: Sequence[Family]) -> bytes:
    """The year's list of one district: a plain CSV with the year in a column."""
    header = ("No", "NIK", "No KK", "Nama Kepala Keluarga", "Desa", "Kecamatan", "Tahun")
    lines = (
        (number, f.nik, f.kk, f.name.upper(), f.village.village_name, f.village.district_name, year)
        for number, f in enumerate(families, start=1)
    )
    return _csv(header, lines, ";", "utf-8-sig")


def steps_taken(program: Program, year: int, taken: dict[str, date | None]) -> bytes:
    """Which village has taken which of the programme's steps: the days, `belum` where the first is still to be taken."""
    lines = [
        (code, gate.name, f"{day - timedelta(days=len(program.gates) - place):%d/%m/%Y}" if day else "belum")
        for code, day in taken.items()
        for place, gate in enumerate(program.gates[: None if day else 1], start=1)
    ]
    title = _csv((f"Tahapan {program.name} Tahun Anggaran {year}", "", ""), iter(()), ";", "utf-8")
    return title + _csv(("Kode Desa", "Tahapan", "Tanggal Tercapai"), iter(lines), ";", "utf-8")


def replacement_list(
    periods: tuple[str, ...],
    families: Sequence[Family],
    replaced: dict[int, tuple[str, str]],
    decided_on: date,
) -> bytes:
    """The new full list of the villages that replace someone, with whom each newcomer replaces and why."""
    start, end = first_day(periods[0]), first_day(periods[-1])
    span = f"{SHORT[start.month - 1]}-{SHORT[end.month - 1]} {end.year}"
    if len(periods) == 1:
        span = f"{MONTHS[start.month - 1]} {start.year}"
    header = (
        "NIK",
        "No. KK",
        "Nama",
        "Desa/Kelurahan",
        "Kecamatan",
        "Periode",
        "NIK yang diganti",
        "Alasan",
        "Berlaku mulai",
    )
    lines = (
        (
            f.nik,
            f.kk,
            f.name,
            f.village.village_name,
            f.village.district_name,
            span,
            *replaced.get(f.number, ("", "")),
            day_text(decided_on, "slash") if f.number in replaced else "",
        )
        for f in families
    )
    return _csv(header, lines, ";", "utf-8")


def _csv(header: Sequence[str], lines: Iterator[Sequence[Any]], delimiter: str, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode(encoding)


def p3ke(configuration: Configuration, families: Sequence[Family], year: int, signed_on: date) -> bytes:
    """A P3KE family file: two title rows, the village by name and by code, the decile."""
    region = configuration.region
    header = (
        "No",
        "ID Keluarga P3KE",
        "Provinsi",
        "Kabupaten/Kota",
        "Kecamatan",
        "Desa/Kelurahan",
        "Kode Kemdagri",
        "Desil Kesejahteraan",
        "Kepala Keluarga",
        "NIK",
        "No KK",
        "Padan Dukcapil",
        "Jenis Kelamin",
        "Tanggal Lahir",
        "Jumlah Anggota Keluarga",
        "Lansia Tunggal",
        "Penyandang Disabilitas",
        "Pekerja Migran",
        "Kepala Keluarga Perempuan",
    )
    buffer = io.BytesIO()
    with workbook(buffer, signed_on, constant_memory=len(families) > 2000) as book:
        styles = Styles(book)
        ws = book.add_worksheet("Keluarga")
        ws.write_string(0, 0, f"Data P3KE Keluarga ({DISCLAIMER})", styles.title)
        ws.write_string(1, 0, f"Tahun: {year}", styles.title)
        ws.write_row(3, 0, header, styles.header)
        listed = (family for family in families if family.in_p3ke)
        for at, (number, f) in enumerate(enumerate(listed, start=1), start=4):
            ws.write_number(at, 0, number)
            texts = (
                f"P3KE{digits(region.regency_code)}{f.number:08d}",
                region.province_name,
                region.regency_name,
                f.village.district_name,
                f.village.village_name,
                f.village.village_code,
                str(f.decile),
                f.name,
                f.nik,
                f.kk,
                "YA" if f.number % 9 else "TIDAK",
                "Laki-laki" if f.gender == "L" else "Perempuan",
                day_text(f.birth, "dash"),
                str(f.members),
                _yes(f.lives_alone),
                _yes(f.disability),
                _yes(f.migrant),
                _yes(f.gender == "P"),
            )
            for column, value in enumerate(texts, start=1):
                ws.write_string(at, column, value)
    return buffer.getvalue()


def _yes(value: bool) -> str:
    return "Ya" if value else "Tidak"


def social_registry(families: Sequence[Family], seed: int, topic: str) -> bytes:
    """A DTKS or DTSEN export of the same families, kept by others: NIK missing, names spelt otherwise."""
    rng = generator(seed, "registry", topic)
    header = (
        "ID_DTKS",
        "NIK",
        "NO_KK",
        "NAMA",
        "TGL_LAHIR",
        "JENIS_KELAMIN",
        "KECAMATAN",
        "DESA_KELURAHAN",
        "HUB_KELUARGA",
        "DESIL",
        "JENIS_DISABILITAS",
        "PMI",
    )

    taken = {f.nik for f in families}

    def lines() -> Iterator[tuple[Any, ...]]:
        for f in families:
            if not f.in_dtks:
                continue
            draw = rng.random()
            swapped = _two_digits_swapped(f.nik)
            mistyped = draw < 0.04 and swapped not in taken
            nik = "" if draw < 0.02 else swapped if mistyped else f.nik
            name = _spelt_otherwise(f.name) if rng.random() < 0.15 else f.name
            yield (
                f"DTKS{f.number:010d}",
                nik,
                f.kk,
                name.upper(),
                f.birth.isoformat(),
                f.gender,
                f.village.district_name.upper(),
                f.village.village_name.upper(),
                "KEPALA KELUARGA",
                f.decile,
                "Tuna daksa" if f.disability else "",
                "YA" if f.migrant else "TIDAK",
            )

    return _csv(header, lines(), "\t", "utf-8")


def _two_digits_swapped(nik: str) -> str:
    return f"{nik[:12]}{nik[13]}{nik[12]}{nik[14:]}"


def _spelt_otherwise(name: str) -> str:
    for usual, other in _SPELLINGS:
        if usual in name:
            return name.replace(usual, other)
    return name.replace("u", "oe", 1)
