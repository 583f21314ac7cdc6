"""Tells the rows that are data from those that are not: totals, repeated headers, column numbers, signatures, headings.

Rows with a 16-digit identity are data and never come here; these functions see the few others, one by one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from include.ingest.header import Header
from include.ingest.identity import IDENTITY_PATTERN
from include.ingest.places import Places
from include.ingest.titles import Title, harvest, is_month

KINDS = ("data", "total", "repeated_header", "column_numbers", "blank", "signature", "heading", "note")

_IDENTITY = re.compile(IDENTITY_PATTERN)
_TOTAL = re.compile(
    r"^\s*(?:sub\s*[- ]?)?(?:jumlah|jml|total|grand\s*total|subtotal|rekapitulasi|pindahan"
    r"|jumlah\s+(?:di)?pindah(?:an|kan))\b(?!\s+(?:diterima|hak))",
    re.I,
)
_COLUMN_NUMBER = re.compile(r"^\s*\(?\s*-?(\d{1,2})\s*(?:=[^)]*)?\)?\s*$")
_FAMILY = re.compile(r"\bno(?:mor)?\.?\s*(?:kk|kartu\s+keluarga)\b[^0-9]{0,12}(\d[\d .\-]{10,}\d)", re.I)
_END = re.compile(r"^\s*#{2,}\s*$")
_NOTE = re.compile(r"^\s*(?:\*+\s*\)?|catatan|keterangan|ket|nb|sumber|note)\s*[:.)]", re.I)
_SIGNATURE = re.compile(
    r"^\s*(?:mengetahui|menyetujui|mengesahkan|disahkan|disetujui|ditetapkan\s+di|diperiksa|dibuat\s+oleh|yang\s+(?:menyerahkan|menerima|melaporkan|membuat)|pihak\s+(?:pertama|kedua)"
    r"|kepala\s+(?:desa|dinas|bidang|seksi|kelurahan|dusun|upt)\b|pj\.?\s*kepala|plt\.?\s*kepala|a\.?\s*n\.?\s|lurah\b|camat\b|sekretaris\b|bendahara\b|petugas\b|koordinator\b|pendamping\b"
    r"|ttd\b|nip\b|tanda\s+tangan\s*[:,]|cap\s*/)", re.I,
)  # fmt: skip
_PLACE_AND_DAY = re.compile(
    r"^\s*[A-Z][A-Za-z'’ ]{2,30},\s*(?:tanggal\s*)?(?:\d{1,2}|\.{2,}|…+|_+)?\s*[A-Za-z.…_]*\s*(?:20\d\d|\d\d)?\s*$"
)
_DIGITS = re.compile(r"\D")
_CONTEXT = frozenset(("village", "district", "period"))
_MOST_CELLS_OF_A_SIGNATURE = 5


@dataclass(frozen=True)
class Verdict:
    """What a row is; for headings what holds for the rows below."""

    kind: str
    title: Title | None = None
    family: str | None = None
    ends_table: bool = False


@dataclass
class Classifier:
    """Classifies the rows of one table in their order; remembers whether the table's signature block has begun."""

    header: Header
    places: Places
    after_signature: bool = False
    data_met: bool = False

    def classify(self, cells: Sequence[str]) -> Verdict:
        """What one row is."""
        filled = [(position, cell.strip()) for position, cell in enumerate(cells) if cell.strip()]
        if not filled:
            return Verdict("blank")
        if self.header.repeats(cells):
            self.after_signature = False
            return Verdict("repeated_header")
        if self.after_signature:
            return self._after_the_table(cells, filled)
        verdict = self._inside(cells, filled)
        self.after_signature = verdict.ends_table
        self.data_met |= verdict.kind == "data"
        return verdict

    def _after_the_table(self, cells: Sequence[str], filled: list[tuple[int, str]]) -> Verdict:
        """Below the signatures only a further table (title, header, rows) can follow."""
        title = harvest([cells], self.places)
        stated = (
            title
            if (title.village or title.district or title.period) and not self._is_signature(filled)
            else None
        )
        return Verdict("signature", title=stated)

    def _inside(self, cells: Sequence[str], filled: list[tuple[int, str]]) -> Verdict:
        if _END.match(filled[0][1]):
            return Verdict("note", ends_table=True)
        if _are_column_numbers(filled):
            return Verdict("column_numbers")
        texts = [text for _, text in filled]
        by_column = self._by_column(cells)
        if any(_IDENTITY.match(by_column.get(name, "")) for name in ("nik", "kk")):
            return Verdict("data")
        return self._special(cells, filled, texts, by_column) or Verdict("data")

    def _special(
        self,
        cells: Sequence[str],
        filled: list[tuple[int, str]],
        texts: list[str],
        by_column: Mapping[str, str],
    ) -> Verdict | None:
        label = next((text for text in texts if not _is_number(text)), "")
        if _TOTAL.match(label) or (label and _TOTAL.match(" ".join(texts))):
            return Verdict("total")
        if family := _FAMILY.search("  ".join(texts)):
            return Verdict("heading", family=_DIGITS.sub("", family.group(1)))
        if self._is_signature(filled):
            return Verdict("signature", ends_table=True)
        if not by_column or set(by_column) <= _CONTEXT:
            return self._without_content(cells, filled, by_column)
        if len(filled) == 1 and set(by_column) != {"name"}:
            return self._without_content(cells, filled, by_column)
        return Verdict("note") if len(filled) <= 2 and _NOTE.match(texts[0]) else None

    def _without_content(
        self, cells: Sequence[str], filled: list[tuple[int, str]], by_column: Mapping[str, str]
    ) -> Verdict:
        """A row that says nothing of a person: a heading, a remark, or a line of the form that nobody filled in."""
        if by_column and set(by_column) <= _CONTEXT and len(filled) > 1:
            return Verdict("blank")
        if len(filled) > 1 and all(is_month(text) for _, text in filled):
            # Below a group of the header: the months of its columns, not one that holds for the rows.
            return Verdict("repeated_header")
        title = harvest([cells], self.places)
        if title.village or title.district or title.period:
            return Verdict("heading", title=title)
        if all(_is_number(text) for _, text in filled):
            return Verdict("blank")
        return Verdict("note")

    def _is_signature(self, filled: list[tuple[int, str]]) -> bool:
        return len(filled) <= _MOST_CELLS_OF_A_SIGNATURE and any(
            _SIGNATURE.match(text) or (len(filled) <= 2 and _PLACE_AND_DAY.match(text)) for _, text in filled
        )

    def _by_column(self, cells: Sequence[str]) -> dict[str, str]:
        """The filled canonical cells of a row."""
        return {
            name: cells[position].strip()
            for name, position in self.header.match.positions.items()
            if position < len(cells) and cells[position].strip()
        }


def _are_column_numbers(filled: list[tuple[int, str]]) -> bool:
    """(1) (2) (3), also stored as -1 -2 -3: at least three in a row, each one more than the one before."""
    numbers = [int(found.group(1)) for _, text in filled if (found := _COLUMN_NUMBER.match(text))]
    if len(numbers) < max(3, len(filled) - 1) or len(numbers) < len(filled) - 1 or numbers[0] > 2:
        return False
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    return sum(step == 1 for step in steps) >= len(steps) - 1


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.,\s()%-]+", text))
