"""Whether a table belongs to this feed at all: a file put into the wrong folder is refused whole, and told which it is.

The title speaks first, then the columns: a recipient list is not a distribution log, kilograms are not rupiah.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from include.ingest.amounts import read_amount
from include.ingest.columns import match_headers, words
from include.ingest.header import Header
from include.ingest.readers.sheet import Block
from include.ingest.titles import (
    Title,
    foreign_program,
    foreign_region,
    names_own_program,
    registries_named,
)

if TYPE_CHECKING:
    from include.config import Program, Region

_TELLING = {
    "distribution": ("delivered_on", "status", "bast_number", "received_by"),
    "recipients": ("replaces_nik", "valid_from", "valid_to"),
    "registry": (
        "welfare_decile", "household_size", "is_head", "lives_alone", "disability", "migrant_worker", "female_head",
    ),
}  # fmt: skip
"""Columns that only one kind of file has."""

_FEW, _SEVERAL = 2, 3
_CALLED = {
    "distribution": "laporan penyaluran",
    "recipients": "daftar penerima",
    "registry": "daftar registri",
}
_TITLED_LIST = re.compile(
    r"\b(?:daftar|data)\s+(?:calon\s+|nama\s+)*(?:penerima|kpm|pbp)\b|\bcalon\s+penerima\b|\bpenetapan\b",
    re.I,
)
_TITLED_LOG = re.compile(
    r"\b(?:tanda\s+terima|realisasi|laporan|penyaluran|pengambilan|pembayaran|pembagian)\b", re.I
)
_UNIT_WORDS = {"kg": "kg", "rp": "IDR", "uang": "IDR"}


@dataclass(frozen=True)
class Feed:
    """What a feed expects.

    Attributes:
        program: Its programme; None for a registry.
        programs: All programmes, among which another may be recognised.
        registry: Which registry it takes (p3ke, dtks, dtsen); None for all other kinds.
        file_name: The file's own name, which may say which registry it holds.
    """

    kind: str
    program: Program | None
    programs: Sequence[Program]
    region: Region
    registry: str | None = None
    file_name: str = ""

    def program_named(self, text: str) -> str | None:
        """The programme that a text names, if that is not the feed's own."""
        return foreign_program(text, self.program, self.programs)

    def refuses_title(self, title: Title) -> tuple[str, str] | None:
        """Why a title rules a table out: a code of reasons.yml and what exactly."""
        if other := self.program_named(title.text):
            return "wrong_program", other
        if other := foreign_region(title.text, self.region):
            return "wrong_region", other
        return None

    def refuses_table(self, header: Header, below: Block, title: Title) -> tuple[str, str] | None:
        """Why the columns rule a table out."""
        if other := self._other_kind(header, below, title):
            return "wrong_feed", f"isinya {_CALLED[other]}"
        if registry := self._other_registry(header, title):
            return "wrong_feed", f"isinya data {registry.upper()}"
        if other := self._other_unit(header, below, title):
            return "wrong_program", other
        return None

    def _other_kind(self, header: Header, below: Block, title: Title) -> str | None:
        told = {kind: self._told(header, kind) for kind in _TELLING}
        if self.kind not in told or told[self.kind]:
            return None
        own = header.match.positions
        is_log = "delivered_on" in told["distribution"] and len(told["distribution"]) >= _FEW
        is_registry = len(told["registry"]) >= _SEVERAL
        if self.kind == "distribution":
            if "amount" in own:
                return None
            return "registry" if is_registry else "recipients" if self._is_list(told, title) else None
        if is_log and _has_filled(below, told["distribution"]["delivered_on"]):
            return "distribution"
        if self.kind == "recipients":
            return "registry" if is_registry and "entitled_amount" not in own else None
        is_own = self.registry in registries_named(title.text)
        return "recipients" if self._is_list(told, title) and not is_own else None

    def _other_registry(self, header: Header, title: Title) -> str | None:
        """The one registry that title, file name or the column of family ids names, where none of them names the feed's own."""
        if self.kind != "registry" or self.registry is None:
            return None
        position = header.match.positions.get("family_id")
        column = header.names[position] if position is not None else ""
        named = registries_named(f"{title.text}\n{self.file_name}\n{column}")
        return next(iter(named)) if len(named) == 1 and self.registry not in named else None

    @staticmethod
    def _told(header: Header, kind: str) -> dict[str, int]:
        found = match_headers(header.names, kind).positions
        return {name: found[name] for name in _TELLING[kind] if name in found}

    @staticmethod
    def _is_list(told: dict[str, dict[str, int]], title: Title) -> bool:
        titled = bool(_TITLED_LIST.search(title.text)) and not _TITLED_LOG.search(title.text)
        return bool(told["recipients"]) or titled

    def _other_unit(self, header: Header, below: Block, title: Title) -> str | None:
        """The programme whose unit the amount column names, where its amounts fit that one only."""
        position = header.match.positions.get("amount", header.match.positions.get("entitled_amount"))
        if (
            self.program is None
            or position is None
            or names_own_program(title.text, self.program, self.programs)
        ):
            return None
        unit = next(
            (_UNIT_WORDS[word] for word in words(header.names[position]) if word in _UNIT_WORDS), None
        )
        if unit in (None, self.program.unit) or position >= len(below.columns):
            return None
        amounts = [
            float(amount)
            for text in pc.unique(below.columns[position]).to_pylist()
            if text and (amount := read_amount(text))
        ]
        own = self.program
        if not amounts or any(own.entitlement / 10 <= amount <= own.max_amount for amount in amounts):
            return None
        for other in self.programs:
            if other.unit == unit and all(amount <= other.max_amount for amount in amounts):
                return f'{other.name} (kolom "{header.names[position]}")'
        return None


def _has_filled(below: Block, position: int) -> bool:
    return position < len(below.columns) and any(
        text and text.strip() for text in below.columns[position].to_pylist()
    )
