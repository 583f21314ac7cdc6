"""The list of pairs that an operator is asked about: both persons side by side, one cell to choose an answer in.

It lies in `returned/<feed>/` of the right registry and comes back through the same feed's inbox folder, where reading knows
it by its columns (include/ingest/columns.py). Whatever is still open is written anew after every matching; an answer holds
for ever, because it bears the keys of the two persons and no row.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import xlsxwriter

from include.ingest.columns import CANONICAL, REVIEWED
from include.warehouse.connection import reader

if TYPE_CHECKING:
    from include.workspace import Workspace

FILE_NAME = "DAFTAR-PERIKSA-PASANGAN.xlsx"
ANSWERS = ("sama", "bukan", "belum tahu")
MOST_PAIRS = 2_000
"""In one list, the most probable first; the others follow once these are answered."""

_TITLE = "DAFTAR PERIKSA PASANGAN DATA RUJUKAN"
_GUIDE = (
    "Setiap baris memuat satu orang dalam P3KE dan satu orang dalam DTKS/DTSEN yang mungkin orang yang sama.",
    'Pilih "sama", "bukan", atau "belum tahu" pada kolom Keputusan; baris yang belum diperiksa boleh dibiarkan kosong.',
    'Taruh kembali berkas ini dalam map data rujukan (inbox) asalnya. Jawaban "sama" dan "bukan" tidak ditanyakan lagi.',
    "Jangan mengubah kolom ID Pasangan. Berkas ini memuat data pribadi; jangan diteruskan kepada pihak lain.",
)
_COMPARED = {
    "nik": "NIK",
    "name": "nama",
    "birth_date": "tanggal lahir",
    "kk": "No. KK",
    "village": "desa",
    "gender": "jenis kelamin",
}
_LEVELS = {
    "same": "sama", "sounds_same": "sama bunyinya", "near": "mirip", "different": "berbeda", "same_year": "tahunnya sama",
    "same_district": "berbeda, satu kecamatan", "shortened": "sama 15 angka, angka terakhir hilang",
    "one_digit": "beda satu angka", "serial": "beda nomor urut",
}  # fmt: skip

_OPEN = """
    with entries as (
        select
            entry.registry, entry.beneficiary_key, sent.name_text, sent.nik_text, sent.kk_text, sent.birth_date, sent.gender,
            coalesce(villages.village_name, sent.village_sent) as village
        from intermediate.int_registry_entries as entry
        inner join staging.stg_registry__rows as sent on entry.row_id = sent.row_id
        left join reference.villages as villages on entry.village_code = villages.village_code
    )
    select
        files.feed, matches.left_key, matches.right_key, matches.agreement,
        case when said.left_key is not null and said.is_same is null then 'belum tahu' end as answer,
        l.name_text, r.name_text, l.nik_text, r.nik_text, l.kk_text, r.kk_text, l.birth_date, r.birth_date,
        l.gender, r.gender, l.village, r.village
    from ledger.registry_matches as matches
    inner join ledger.submissions as files on matches.right_submission_id = files.submission_id
    inner join entries as l on matches.left_key = l.beneficiary_key and matches.left_registry = l.registry
    inner join entries as r on matches.right_key = r.beneficiary_key and matches.right_registry = r.registry
    left join intermediate.int_registry_reviews as said
        on matches.left_key = said.left_key and matches.right_key = said.right_key
    where matches.decision = 'review'
    order by files.feed, matches.match_probability desc, matches.left_key, matches.right_key
"""


@dataclass(frozen=True)
class _Question:
    """A pair as an operator sees it; `sides` holds what each registry says, column by column, left before right."""

    pair_id: str
    answer: str | None
    basis: str
    sides: tuple[str, ...]


def write_reviews(ws: Workspace) -> list[Path]:
    """Writes what is open, a list a feed, and takes away the lists of feeds where nothing is open any more.

    Returns:
        The lists that are there now. One that says what it said before is left alone.
    """
    with reader(ws) as connection:
        lines = connection.execute(_OPEN).fetchall()
    written = []
    for feed, group in groupby(lines, key=lambda line: str(line[0])):
        path = ws.settings.returned / feed / FILE_NAME
        _write_whole(path, _workbook([_question(line[1:]) for line in group][:MOST_PAIRS]))
        written.append(path)
    for path in ws.settings.returned.rglob(FILE_NAME):
        if path not in written:
            path.unlink()
    return written


def _question(line: Sequence[object]) -> _Question:
    left, right, agreement, answer, *sides = line
    return _Question(
        f"{left}-{right}", str(answer) if answer else None, _basis(json.loads(str(agreement))),
        tuple(_text(value) for value in sides),
    )  # fmt: skip


def _basis(agreement: dict[str, str]) -> str:
    """`nama sama; tanggal lahir mirip`: what speaks for and against the pair."""
    return "; ".join(
        f"{name} {_LEVELS[agreement[comparison]]}"
        for comparison, name in _COMPARED.items()
        if comparison in agreement
    )


def _text(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return (
        {"male": "laki-laki", "female": "perempuan"}.get(str(value), str(value)) if value is not None else ""
    )


def _workbook(questions: Sequence[_Question]) -> bytes:
    labels = {column.name: column.label for column in CANONICAL["reviews"]}
    header = (labels["decision"], *REVIEWED, labels["notes"], labels["pair_id"])
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    ) as book:
        book.set_properties({"created": datetime(2024, 1, 1, tzinfo=UTC)})  # the same pairs, the same file
        sheet = book.add_worksheet("Periksa")
        bold = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#D9E2F3", "border": 1}
        )
        title, plain = (
            book.add_format({"bold": True, "font_size": 14}),
            book.add_format({"num_format": "@", "border": 1}),
        )
        quiet, asked = (
            book.add_format({"font_color": "#808080"}),
            book.add_format({"bg_color": "#FFF2CC", "border": 1}),
        )
        sheet.write_string(0, 0, _TITLE, title)
        for at, line in enumerate(_GUIDE, start=1):
            sheet.write_string(at, 0, line)
        first = len(_GUIDE) + 2
        sheet.write_row(first - 1, 0, header, bold)
        for at, question in enumerate(questions, start=first):
            sheet.write(at, 0, question.answer, asked)
            for column, text in enumerate((question.basis, *question.sides, ""), start=1):
                sheet.write_string(at, column, text, plain)
            sheet.write_string(at, len(header) - 1, question.pair_id, quiet)
        last = first + max(len(questions), 1) - 1
        sheet.data_validation(first, 0, last, 0, {
            "validate": "list", "source": list(ANSWERS), "error_title": "Keputusan",
            "error_message": f"Pilih salah satu: {', '.join(ANSWERS)}.",
        })  # fmt: skip
        for column, width in _widths(header):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(first, 1)
    return buffer.getvalue()


def _widths(header: Sequence[str]) -> Iterator[tuple[int, int]]:
    for column, name in enumerate(header):
        yield column, {"Keputusan": 14, "Dasar": 44, "ID Pasangan": 12}.get(name, 20)


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.read_bytes() == content:
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)
