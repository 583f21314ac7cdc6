"""Reads what stands above a table: what its rows lack, and which programme and regency it speaks of.

That is the period, the village, the district and the day. Everything is kept as text; only what a title plainly states is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.config.models import REGISTRIES
from include.ingest.places import Places, plain

if TYPE_CHECKING:
    from include.config import Program, Region

_MONTH = (
    r"(?:jan(?:uari)?|[fp]eb(?:r?uari)?|mar(?:et)?|apr(?:il)?|me?i|jun[iy]?|jul[iy]?|ag(?:us|s)?t?(?:us)?|sep(?:t(?:ember)?)?"
    r"|okt(?:ober)?|no[vp](?:ember)?|des(?:ember)?)"
)
_UNTIL = r"(?:\s*(?:s\s*[./]\s*d\.?|sampai(?:\s+dengan)?|hingga|-|–|—)\s*)"
_AND = r"(?:\s*(?:,|&|dan)\s*)"
_YEAR = r"(?:20\d\d)"
_MONTHS = re.compile(
    rf"\b{_MONTH}\b\.?(?:\s+{_YEAR})?(?:(?:{_UNTIL}|{_AND})\b{_MONTH}\b\.?(?:\s+{_YEAR})?)*(?:\s*(?:tahun)?\s*{_YEAR})?",
    re.I,
)
_ISO_MONTH = re.compile(rf"\b{_YEAR}-(?:0[1-9]|1[0-2])\b(?!-)|\b(?:0?[1-9]|1[0-2])/{_YEAR}\b")
_STAGE = re.compile(
    rf"\b(?:tahap|triwulan|tw)\s*[:.]?\s*(?:[ivx]+|\d+)\b(?:\s*(?:tahun|ta\.?)?\s*{_YEAR})?", re.I
)
_SEPARATOR_HINT = re.compile(r'^"?sep\s*=', re.I)
"""Excel's first line of a CSV file, which names the separator and no September."""
_A_YEAR = re.compile(rf"\b{_YEAR}\b")
_DAY = re.compile(
    rf"\b\d{{1,2}}\s+{_MONTH}\b\.?\s+{_YEAR}|\b\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:20)?\d\d\b|\b{_YEAR}-\d\d-\d\d\b",
    re.I,
)
_DAY_RANGE = re.compile(rf"\b\d{{1,2}}{_UNTIL}\d{{1,2}}\s+{_MONTH}\b\.?\s+{_YEAR}", re.I)
_LABEL_PERIOD = re.compile(
    r"^\s*(?:(?:alokasi|penyaluran|periode|masa)\s+)*(?:bulan|periode|masa|tahap|triwulan|alokasi)\b[^:]*:?\s*(.+)$",
    re.I,
)
_LABEL_DATE = re.compile(
    r"\b(?:hari\s*[,/&]?\s*)?(?:tanggal|tgl)\b\.?\s*(?:salur|penyaluran|pembagian|terima|diterima|penerimaan|pelaksanaan|serah\s+terima|pembayaran)?\s*:?\s*(.+)$",
    re.I,
)
_NO_DELIVERY_DAY = re.compile(r"\b(?:cetak|surat|sk|keputusan|bast|nomor|lahir|sp2d|lapor)\b", re.I)
_LABEL_VILLAGE = re.compile(
    r"(?<!dana )(?<!dana)\b(?:desa\s*/\s*kel(?:urahan)?|kel(?:urahan)?\s*/\s*desa|desa|ds|kelurahan|kel)\b\.?\s*[:=]?\s*(.+)$",
    re.I,
)
_LABEL_DISTRICT = re.compile(r"\b(?:kecamatan|kec)\b\.?\s*[:=]?\s*(.+)$", re.I)
_STOP = re.compile(
    r"\s{2,}|\||[,;(]|\b(?:desa|ds|kelurahan|kel|kecamatan|kec|kabupaten|kab|kota|provinsi|prov|bulan|periode|tahun|tanggal|tgl|rt|rw|dusun|tahap)\b",
    re.I,
)
_REGENCY = re.compile(r"\b(?:kabupaten|kab)\b(?:\s*/\s*kota\b)?\.?\s*[:=]?\s*([a-z][a-z' ]*)", re.I)
_LABEL_OF_ALL = re.compile(
    r"(?:nama\s+|kode\s+|jenis\s+)?(?:program|bantuan|bansos|kegiatan|periode|bulan|tahap|tahun(?:\s+anggaran)?|opd|dinas|instansi"
    r"|desa(?:\s*/\s*kelurahan)?|kelurahan|kecamatan|kabupaten|provinsi|sumber\s+dana|satuan|jumlah\s+kpm|penanggung\s+jawab|operator)"
    r"\s*(?:\s:|\s\s)", re.I,
)  # fmt: skip
_OTHER_SCALE = re.compile(
    r"((?:dalam|satuan)\s*:?\s*(?:ribu(?:an)?|juta(?:an)?|ton|kwintal|karung|koli)\b(?:\s+(?:rupiah|rp))?"
    r"|(?<=\()(?:x\s*)?(?:ribu(?:an)?|juta(?:an)?|ton|kwintal)\b(?:\s+(?:rupiah|rp))?)", re.I,
)  # fmt: skip
_GENERIC = frozenset(
    ("bantuan", "program", "penerima", "daftar", "tahap", "dan", "di", "untuk", "langsung", "tunai", "dana", "desa", "sosial",
     "pemerintah", "cadangan", "pangan", "data", "keluarga", "manfaat", "kpm")
)  # fmt: skip
_OTHER_PROGRAMMES = {
    "dbhcht": "BLT DBHCHT", "cukai": "BLT DBHCHT", "pkh": "PKH", "bpnt": "BPNT", "sembako": "Sembako",
    "kesra": "BLT Kesra", "nino": "BLT El Nino", "rutilahu": "Rutilahu", "pip": "PIP",
}  # fmt: skip


@dataclass(frozen=True)
class Title:
    """What the rows above a table (or the sheet's name) state; None where they state nothing."""

    period: str | None = None
    village: str | None = None
    district: str | None = None
    date: str | None = None
    text: str = ""

    def over(self, other: Title) -> Title:
        """This title, with what it does not state taken from another one."""
        return replace(
            self, period=_completed(self.period, other.period), village=self.village or other.village,
            district=self.district or other.district, date=self.date or other.date,
        )  # fmt: skip


def harvest(rows: Sequence[Sequence[str]], places: Places) -> Title:
    """Reads title rows."""
    lines = [line for row in rows if (line := _line(row)) and not _SEPARATOR_HINT.match(line)]
    text = "\n".join(lines)
    return Title(
        period=_period(lines),
        village=_first(lines, lambda line: _place(line, _LABEL_VILLAGE, places.is_village)),
        district=_first(lines, lambda line: _place(line, _LABEL_DISTRICT, places.is_district)),
        date=_first(lines, _date),
        text=text[:2000],
    )


def is_month(text: str) -> bool:
    """Whether a text is a month, or several, and nothing else."""
    return bool(_MONTHS.fullmatch(text.strip()))


def from_sheet_name(name: str, places: Places, columns: Collection[str] = ()) -> Title:
    """What a sheet's name states: a village or district of the regency, or a period.

    Args:
        name: The sheet's name.
        places: The regency's villages and districts.
        columns: The canonical columns that the sheet's table has. Beside a column of villages, a name that a village
            shares with its district is the district's; a year only completes the months of a column.
    """
    if places.is_district(name) and ("village" in columns or not places.is_village(name)):
        return Title(district=name.strip())
    if places.is_village(name):
        return Title(village=name.strip())
    months = _ISO_MONTH.search(name) or _MONTHS.fullmatch(name.strip()) or _STAGE.fullmatch(name.strip())
    if months:
        return Title(period=_tidy(months.group()))
    return Title(period=year_of(name) if "period" in columns else None)


def claims_a_village(name: str) -> bool:
    """Whether a sheet's name says that it is a village's, known or not ("Ds. Nowa")."""
    return bool(re.match(r"\s*(?:desa|ds|kelurahan|kel)\b", name, re.I))


def year_of(text: str | None) -> str | None:
    """The first year that a text states."""
    found = _A_YEAR.search((text or "").replace("_", " "))
    return found.group() if found else None


def described(rows: Sequence[Sequence[str]], places: Places) -> Title | None:
    """What a sheet of labels and values ("Nama Program", "Periode") states for the others; None if it is no such sheet."""
    lines = [line for row in rows if (line := _line(row))]
    labelled = [line for line in lines if _LABEL_OF_ALL.match(line)]
    if not labelled or len(labelled) * 2 < len(lines):
        return None
    return harvest([[line] for line in labelled], places)


def other_scale(text: str) -> str | None:
    """A stated unit that is neither rupiah nor kilograms, as it is written ("dalam ribuan rupiah")."""
    found = _OTHER_SCALE.search(text)
    return " ".join(found.group(1).split()) if found else None


def names_own_program(title: str, program: Program, programs: Sequence[Program]) -> bool:
    """Whether a title speaks of this programme by a word that no other one has."""
    return bool(_said(title) & _marks(program, programs))


def foreign_program(title: str, program: Program | None, programs: Sequence[Program]) -> str | None:
    """The name of another programme that a title speaks of, if it does not speak of the feed's own."""
    if program is None or not title:
        return None
    said = _said(title)
    own = _marks(program, programs)
    for word, name in _OTHER_PROGRAMMES.items():
        if (
            word in said
            and word not in own
            and (word in ("dbhcht", "cukai", "kesra", "nino") or not said & own)
        ):
            return name
    if said & own:
        return None
    others = [other for other in programs if other.code != program.code]
    return next(
        (
            other.name
            for other in others
            if said & _marks(other, programs) or _is_part_of_name(said, other, program)
        ),
        None,
    )


def _is_part_of_name(said: set[str], other: Program, own: Program) -> bool:
    """Whether a text is nothing but another programme's name, shortened ("Bantuan Pangan")."""
    return len(said) > 1 and said <= _said(other.name) and not said <= _said(own.name)


def registries_named(text: str) -> set[str]:
    """Which registries a text names."""
    return _said(text).intersection(REGISTRIES)


def foreign_region(title: str, region: Region) -> str | None:
    """The name of another regency that a title speaks of, if it does not name our own."""
    own = plain(re.sub(r"(?i)^(kabupaten|kota)\s+", "", region.regency_name))
    for line in title.splitlines():
        if own in plain(line):
            return None
    for line in title.splitlines():
        if (found := _REGENCY.search(line)) and (name := _cut(found.group(1))):
            return name
    return None


def _marks(program: Program, programs: Sequence[Program]) -> set[str]:
    """Words that only this programme's code or name has."""
    others = {word for other in programs if other.code != program.code for word in _words(other)}
    return _words(program) - others


def _words(program: Program) -> set[str]:
    return {word for word in _said(f"{program.code} {program.name}") if len(word) > 1} - _GENERIC


def _said(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower().replace("_", " ")))


def _line(row: Sequence[str]) -> str:
    """The cells of a title row as one line; cells stay told apart by two spaces, but around a colon."""
    cells = [" ".join(cell.split()) for cell in row if cell.strip()]
    return re.sub(r"\s*:\s*", " : ", "  ".join(cells)).strip()


def _first(lines: Sequence[str], find: Callable[[str], str | None]) -> str | None:
    return next((found for line in lines if (found := find(line))), None)


def _place(line: str, label: re.Pattern[str], known: Callable[[str], bool]) -> str | None:
    """A place after its label; without a colon only if it is one that we know ("DANA DESA" is none)."""
    for start in label.finditer(line):
        name = _cut(start.group(1))
        if name and (known(name) or ":" in line[start.start() : start.start(1)]):
            return name
    return None


def _cut(rest: str) -> str:
    """A name up to the next label."""
    rest = rest.lstrip(" :=")
    end = _STOP.search(rest)
    return (rest[: end.start()] if end and end.start() > 0 else "" if end else rest).strip(" .:-")


def _period(lines: Sequence[str]) -> str | None:
    """A stated period, completed by the year that another line states; a year alone where there is nothing else."""
    lines = [line for line in lines if not _NO_DELIVERY_DAY.search(line) and not _DAY.search(line)]
    year = next((found.group() for line in lines if (found := _A_YEAR.search(line))), None)
    labelled = [line for line in lines if _LABEL_PERIOD.match(line)]
    for line in [*labelled, *(line for line in lines if line not in labelled)]:
        for pattern in (_ISO_MONTH, _MONTHS, _STAGE):
            if found := pattern.search(line):
                text = _tidy(found.group())
                return text if _A_YEAR.search(text) or not year else f"{text} {year}"
    return year


def _date(line: str) -> str | None:
    """The day of the delivery, where a title gives one; of a range its last day."""
    label = _LABEL_DATE.search(line)
    if not label or _NO_DELIVERY_DAY.search(line):
        return None
    if span := _DAY_RANGE.search(label.group(1)):
        return re.sub(rf"^\d{{1,2}}{_UNTIL}", "", span.group(), flags=re.I)
    found = _DAY.search(label.group(1))
    return found.group() if found else None


def _completed(period: str | None, other: str | None) -> str | None:
    """A period with the year that another statement gives, where it gives none itself."""
    if not period or year_of(period):
        return period or other
    year = year_of(other)
    return f"{period} {year}" if year else period


def _tidy(period: str) -> str:
    """One spelling of "until", so that `JANUARI S/D MARET 2024` reads as `JANUARI-MARET 2024`."""
    if _ISO_MONTH.fullmatch(period):
        return period
    period = re.sub(_UNTIL, "-", period, flags=re.I)
    return re.sub(
        r"\s+", " ", re.sub(rf"\s*\b(?:tahun|ta)\b\.?\s*(?={_YEAR})", " ", period, flags=re.I)
    ).strip(" .,")
