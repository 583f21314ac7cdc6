"""Turns the blocks of one sheet into landing rows: canonical columns, row kinds, cell types, keys and extras.

Work is done by column. Only rows that hold no identity, few in any file, are looked at one by one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.ingest.columns import (
    CANONICAL,
    KEYS,
    ROW_ID,
    TITLE,
    corrected_by,
    is_plan,
    landing_columns,
    names_program,
    words,
)
from include.ingest.header import Header
from include.ingest.identity import IDENTITY_PATTERN, KeyMaker, pairs, trusted
from include.ingest.marked import MERGED, MergedCells, row_marks
from include.ingest.places import Places
from include.ingest.readers.sheet import Block, Marks, Unreadable
from include.ingest.rows import KINDS, Classifier, Verdict
from include.ingest.titles import Title

_DATA, _BLANK = KINDS.index("data"), KINDS.index("blank")
_AMOUNT = {"distribution": "amount", "recipients": "entitled_amount"}
_STATUS_LIKE = (
    r"(?i)^\s*(?:(?:sudah|telah)\b.*|tersalur\w*|salur|(?:di)?terima|lunas|cair|v|√|✓|ya|ok|hadir|belum\b.*|blm\b.*|gagal\b.*|tidak\s+hadir|tdk\s+hadir|th|"
    r"batal|meninggal.*|alm.*|pindah.*|ganda|menolak|di?wakil\w*|-|0|1)\s*$"
)


# In columns of corrections: what corrects, and for names what says that there is nothing to correct.
_CORRECTION = {"nik": IDENTITY_PATTERN, "name": r"[a-z]{2}"}
_AS_IT_WAS = r"^\s*(?:sesuai|sama|tetap|benar|ya|tidak|tdk|valid|padan|ok|belum|sudah)\b"


def schema(kind: str) -> pa.Schema:
    """The schema of a landing Parquet."""
    numbers = {"sheet_number", "row_number"}
    return pa.schema(
        [(name, pa.int32() if name in numbers else pa.string()) for name in landing_columns(kind)]
    )


@dataclass
class Counts:
    """How many rows were read and how many of them are data."""

    read: int = 0
    data: int = 0


@dataclass
class TableReader:
    """Reads one table.

    Attributes:
        submission_id: Whose rows these are.
        kind: The feed's kind.
        sheet: Name of the sheet.
        sheet_number: Its place in the workbook.
        header: The header that was found.
        title: What the title and the sheet's name state; a heading within the table changes it for the rows below.
        marks: What the workbook says of the sheet beside its cells.
        other_program: The programme that a text names, if that is not the feed's own.
    """

    submission_id: str
    kind: str
    sheet: str
    sheet_number: int
    header: Header
    title: Title
    places: Places
    keys: KeyMaker
    marks: Marks = field(default_factory=Marks)
    other_program: Callable[[str], str | None] = lambda _: None
    counts: Counts = field(default_factory=Counts)
    family_used: bool = False
    rows_after_signature: int = 0

    def __post_init__(self) -> None:
        self._classifier = Classifier(self.header, self.places)
        self._schema = schema(self.kind)
        self._positions = self.header.match.positions
        self._family: str | None = None
        self._held_blank = 0
        self._extra_names = _extra_names(self.header)
        self._corrections = {
            at: name
            for at, header in self._extra_names.items()
            if (name := corrected_by(header)) in self._positions
        }
        if ROW_ID.name in self._positions:
            # A returned workbook of ours: the colours are our own, on the cells to be mended.
            self.marks = replace(self.marks, coloured=())
        positions = self._positions
        amounts = {positions[name] for name in [_AMOUNT.get(self.kind)] if name in positions}
        self.merged = MergedCells(
            self.marks.merged,
            frozenset(amounts | {at for at, name in self._extra_names.items() if is_plan(name)}),
            frozenset(positions[name] for name in ("nik", "name") if name in positions),
        )

    def read(self, blocks: Iterable[Block]) -> Iterator[pa.Table]:
        """Landing rows of everything below the header. Blank rows at the end are no rows."""
        for block in blocks:
            filled = _last_filled(block)
            if filled == 0:
                self._held_blank += block.rows
                continue
            if self._held_blank:
                yield self._blank_rows(block.first_row)
            self._held_blank = block.rows - filled
            yield self._land(_cut(block, filled))

    def _blank_rows(self, before: int) -> pa.Table:
        """Blank rows that turned out to stand between filled ones."""
        count = self._held_blank
        empty = [pa.nulls(count, pa.string()) for _ in range(max(1, len(self.header.names)))]
        return self._land(Block(before - count, empty))

    def _land(self, block: Block) -> pa.Table:
        if self.marks.merged:
            block = self.merged.apply(block, _blank_rows_of(block))
        cells = _Cells(block, self._positions)
        moved = cells.split_pairs() if "kk_key" in self._schema.names else set()
        moved |= cells.take_corrections(block, self._corrections)
        kinds, verdicts = self._classify(block, cells)
        titles, family = self._states(block, verdicts)
        if family is not None and "kk" in [column.name for column in CANONICAL[self.kind]]:
            self._fill_family(cells, family, kinds)
        is_data = pa.array(kinds == _DATA)
        self.counts.read += block.rows
        self.counts.data += int((kinds == _DATA).sum())
        columns: dict[str, Any] = {
            "submission_id": pa.repeat(pa.scalar(self.submission_id), block.rows),
            "sheet": pa.repeat(pa.scalar(self.sheet), block.rows),
            "sheet_number": pa.repeat(pa.scalar(self.sheet_number, pa.int32()), block.rows),
            "row_number": pa.array(np.arange(block.first_row, block.first_row + block.rows, dtype=np.int32)),
            "row_kind": pa.DictionaryArray.from_arrays(pa.array(kinds), list(KINDS)).cast(pa.string()),
            "cell_types": cells.types(column.name for column in CANONICAL[self.kind]),
            "row_marks": row_marks(
                block.first_row, kinds == _DATA, self.marks, self._names_other_program(block)
            ),
            **{column.name: cells.text(column.name) for column in CANONICAL[self.kind]},
            ROW_ID.name: cells.text(ROW_ID.name),
            **{
                key: self._key(cells.identity(source, identity), identity, is_data)
                for key, source, identity in KEYS[self.kind]
            },
            **titles,
            "extra": self._extra_of(block, moved),
        }
        return pa.Table.from_arrays([columns[name] for name in self._schema.names], schema=self._schema)

    def _key(self, texts: pa.Array, identity: str, is_data: pa.Array) -> pa.Array:
        if texts.null_count == len(texts):
            return pa.nulls(len(texts), pa.string())
        if pc.all(is_data).as_py():
            return self.keys.column(texts, identity)
        return self.keys.column(pc.if_else(is_data, texts, pa.scalar(None, pa.string())), identity)

    def _extra_of(self, block: Block, moved: set[int]) -> pa.Array:
        """Columns that the feed does not know; a review shows persons beside its decisions, who need not be kept again."""
        if self.kind == "reviews":
            return pa.nulls(block.rows, pa.string())
        names = self._extra_names | {position: self.header.names[position] for position in moved}
        return _extra(block, names, len(self.header.names))

    def _names_other_program(self, block: Block) -> np.ndarray | None:
        """Rows where a column such as "Jenis Bantuan" names another programme than the folder's, which decides."""
        found = None
        for position, name in self._extra_names.items():
            if position >= len(block.columns) or not names_program(name):
                continue
            encoded = block.columns[position].dictionary_encode()
            other = [self.other_program(text) is not None for text in encoded.dictionary.to_pylist()]
            if any(other):
                here = pc.fill_null(pa.array(other).take(encoded.indices), False).to_numpy(
                    zero_copy_only=False
                )
                found = here if found is None else found | here
        return found

    # --- which rows are data

    def _classify(self, block: Block, cells: _Cells) -> tuple[np.ndarray, dict[int, Verdict]]:
        kinds = np.full(block.rows, _DATA, dtype=np.int8)
        blank = _blank_rows_of(block)
        kinds[blank] = _BLANK
        plain = cells.has_identity(("nik", "kk"))
        special = np.flatnonzero(~plain & ~blank)
        verdicts: dict[int, Verdict] = {}
        if not len(special):
            self._plain_rows(int(plain.sum()))
            return kinds, verdicts
        rows = _rows_at(block, special)
        plain_before = np.concatenate(([0], np.cumsum(plain)))
        seen = 0
        for index, row in zip(special.tolist(), rows, strict=True):
            self._plain_rows(int(plain_before[index] - seen))
            seen = int(plain_before[index])
            verdict = self._classifier.classify(row)
            if verdict.kind == "repeated_header" and self.header.is_moved(row):
                raise Unreadable("columns_moved", f"baris {block.first_row + index}")
            verdicts[index] = verdict
            kinds[index] = KINDS.index(verdict.kind)
        self._plain_rows(int(plain_before[-1] - seen))
        return kinds, verdicts

    def _plain_rows(self, count: int) -> None:
        """Rows with an identity below a signature block are data all the same, and end it: nothing is lost."""
        if count:
            if self._classifier.after_signature:
                self.rows_after_signature += count
                self._classifier.after_signature = False
            self._classifier.data_met = True

    # --- what headings state for the rows below

    def _states(
        self, block: Block, verdicts: Mapping[int, Verdict]
    ) -> tuple[dict[str, pa.Array], pa.Array | None]:
        changes: list[tuple[int, Title, str | None]] = [(0, self.title, self._family)]
        for index, verdict in verdicts.items():
            if verdict.title is not None:
                self.title, self._family = verdict.title.over(self.title), None
                changes.append((index, self.title, None))
            elif verdict.family is not None:
                self._family = verdict.family
                changes.append((index, self.title, self._family))
        lengths = np.diff([*(start for start, _, _ in changes), block.rows])
        titles = {
            f"title_{name}": _spread([getattr(title, name) for _, title, _ in changes], lengths)
            for name in (column.removeprefix("title_") for column in TITLE)
        }
        families = [family for _, _, family in changes]
        return titles, _spread(families, lengths) if any(families) else None

    def _fill_family(self, cells: _Cells, family: pa.Array, kinds: np.ndarray) -> None:
        """The KK of a family's heading row holds for the members below that have none; marked `h` in the cell types."""
        fill = pc.and_(pc.and_(pc.is_null(cells.text("kk")), pc.is_valid(family)), pa.array(kinds == _DATA))
        if pc.any(fill).as_py():
            self.family_used = True
            cells.replace("kk", pc.if_else(fill, family, cells.text("kk")), fill, "h")


class _Cells:
    """The canonical cells of a block: blank ones are null, with a type letter each."""

    def __init__(self, block: Block, positions: Mapping[str, int]) -> None:
        self.rows = block.rows
        self._texts: dict[str, pa.Array] = {}
        self._letters: dict[str, pa.Array | None] = {}
        for name, position in positions.items():
            if position < len(block.columns):
                column = block.columns[position]
                blank = is_blank(column)
                filled = not pc.any(blank).as_py()
                self._texts[name] = (
                    column if filled else pc.if_else(blank, pa.scalar(None, pa.string()), column)
                )
                self._letters[name] = block.types[position] if block.types else None
        self._absent = pa.nulls(block.rows, pa.string())
        self._positions = positions

    def text(self, name: str) -> pa.Array:
        return self._texts.get(name, self._absent)

    def identity(self, name: str, kind: str) -> pa.Array:
        """A column as a key is made of it: a number that a spreadsheet has cut is left out."""
        return self.text(name) if kind == "name" else trusted(self.text(name), self._letters.get(name))

    def replace(self, name: str, texts: pa.Array, where: pa.Array, letter: str) -> None:
        letters = self._letters.get(name) or pa.repeat(pa.scalar("t"), self.rows)
        self._texts[name] = texts
        self._letters[name] = pc.if_else(where, pa.scalar(letter), letters)

    def split_pairs(self) -> set[int]:
        """Parts cells that hold NIK and KK at once, marked `p`, in the order that the column's own name suggests.

        Returns:
            The positions of the columns that such cells stand in.
        """
        split: set[int] = set()
        for name, other in (("nik", "kk"), ("kk", "nik")):
            found = pairs(self.text(name)) if name in self._texts else None
            if found is None:
                continue
            first, second = found
            where = pc.and_(pc.is_valid(first), pc.is_null(self.text(other)))
            if pc.any(where).as_py():
                self.replace(other, pc.if_else(where, second, self.text(other)), where, "p")
                self.replace(name, pc.if_else(where, first, self.text(name)), where, "p")
                split.add(self._positions[name])
        return split

    def take_corrections(self, block: Block, corrections: Mapping[int, str]) -> set[int]:
        """Puts what a verified registry corrects ("NIK_perbaikan") in the place of what it corrects, marked `k`.

        Returns:
            The positions of the columns that are corrected: what stood there is kept beside.
        """
        corrected: set[int] = set()
        for position, name in corrections.items():
            if position >= len(block.columns):
                continue
            texts = block.columns[position]
            if name == "nik":
                texts = trusted(texts, block.types[position] if block.types else None)
            says = pc.and_not(_fits(texts, _CORRECTION[name]), _fits(texts, _AS_IT_WAS))
            where = pc.and_(says, pc.not_equal(pc.fill_null(texts, ""), pc.fill_null(self.text(name), "")))
            if pc.any(where).as_py():
                self.replace(name, pc.if_else(where, texts, self.text(name)), where, "k")
                corrected.add(self._positions[name])
        return corrected

    def types(self, names: Iterable[str]) -> pa.Array:
        """One letter a canonical column, joined."""
        parts: list[Any] = []
        for name in names:
            if name not in self._positions and name not in self._texts:
                parts.append("-")
                continue
            letters = self._letters.get(name)
            if letters is None and self.text(name).null_count == 0:
                parts.append("t")
            elif letters is None:
                parts.append(pc.if_else(pc.is_null(self.text(name)), ".", "t"))
            else:
                blank = pc.and_(pc.is_null(self.text(name)), pc.not_equal(letters, MERGED))
                parts.append(pc.if_else(blank, ".", letters))
        return _joined_letters(parts, self.rows)

    def has_identity(self, names: Sequence[str]) -> np.ndarray:
        """Rows where one of these cells holds nothing but the digits of an identity."""
        found = np.zeros(self.rows, dtype=bool)
        for name in names:
            if name in self._texts:
                matches = pc.match_substring_regex(self._texts[name], IDENTITY_PATTERN)
                found |= pc.fill_null(matches, False).to_numpy(zero_copy_only=False)
                if found.all():
                    break
        return found


def _fits(texts: pa.Array, pattern: str) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(texts, pattern, ignore_case=True), False)


def is_blank(column: pa.Array) -> pa.Array:
    """Which cells hold nothing but white space."""
    return pc.fill_null(pc.or_(pc.utf8_is_space(column), pc.equal(pc.binary_length(column), 0)), True)


def looks_like_status(column: pa.Array) -> bool:
    """Whether a remarks column ("Keterangan") in truth holds the status of each delivery."""
    filled = column.filter(pc.invert(is_blank(column)))
    if not len(filled):
        return False
    matches = pc.sum(pc.match_substring_regex(filled, _STATUS_LIKE)).as_py()
    return bool(matches >= 0.6 * len(filled))


def planned_columns(header: Header) -> list[str]:
    """Headers that name a planned amount and were not taken for anything else."""
    return [header.names[index] for index in header.match.unknown if is_plan(header.names[index])]


def _joined_letters(parts: Sequence[pa.Array | str], rows: int) -> pa.Array:
    """Letters that are the same in every row are joined once, not row by row."""
    pieces: list[Any] = []
    for part in parts:
        if pieces and isinstance(part, str) and isinstance(pieces[-1], str):
            pieces[-1] += part
        else:
            pieces.append(part)
    if rows and any(isinstance(piece, pa.Array) for piece in pieces):
        return pc.binary_join_element_wise(*pieces, "")
    return pa.repeat(pa.scalar("".join(map(str, pieces)) if rows else ""), rows)


def _spread(values: Sequence[str | None], lengths: np.ndarray) -> pa.Array:
    """Values that each hold for a stretch of rows, as a column."""
    if len(values) == 1:
        return pa.repeat(pa.scalar(values[0], pa.string()), int(lengths[0]))
    return pa.array(list(values), pa.string()).take(pa.array(np.repeat(np.arange(len(values)), lengths)))


def _blank_rows_of(block: Block) -> np.ndarray:
    blank = np.ones(block.rows, dtype=bool)
    for column in block.columns:
        if not blank.any():
            break
        blank &= is_blank(column).to_numpy(zero_copy_only=False)
    return blank


def _last_filled(block: Block) -> int:
    """How many rows there are up to the last one that is not blank."""
    if any(column[-1].as_py() and column[-1].as_py().strip() for column in block.columns if block.rows):
        return block.rows
    filled = np.flatnonzero(~_blank_rows_of(block))
    return int(filled[-1]) + 1 if len(filled) else 0


def _cut(block: Block, rows: int) -> Block:
    if rows == block.rows:
        return block
    types = [column.slice(0, rows) for column in block.types] if block.types else None
    return Block(block.first_row, [column.slice(0, rows) for column in block.columns], types)


def _rows_at(block: Block, indices: np.ndarray) -> list[list[str]]:
    taken = [column.take(pa.array(indices)).to_pylist() for column in block.columns]
    return [[value or "" for value in row] for row in zip(*taken, strict=True)]


# --- columns that the feed does not know


def _extra_names(header: Header) -> dict[int, str]:
    """Names of the positions that hold no canonical column; equal ones get a number."""
    taken = set(header.match.positions.values())
    names: dict[int, str] = {}
    for position, text in enumerate(header.names):
        if position in taken:
            continue
        name = text or f"kolom {position + 1}"
        names[position] = name if name not in names.values() else f"{name} ({position + 1})"
    return names


def _extra(block: Block, names: Mapping[int, str], width: int) -> pa.Array:
    """A JSON object a row with the filled cells of unknown columns, put together by column; null where there are none."""
    pieces = []
    for position, column in enumerate(block.columns):
        name = names.get(position, f"kolom {position + 1}" if position >= width else None)
        if name is None:
            continue
        blank = is_blank(column)
        if pc.all(blank).as_py():
            continue
        prefix = f",{json.dumps(name, ensure_ascii=False)}:"
        piece = pc.binary_join_element_wise(prefix, _json_strings(column), "")
        pieces.append(pc.if_else(blank, "", piece))
    if not pieces:
        return pa.nulls(block.rows, pa.string())
    joined = pc.binary_join_element_wise(*pieces, "")
    inside = pc.utf8_slice_codeunits(joined, 1)
    return pc.if_else(
        pc.equal(joined, ""), pa.scalar(None, pa.string()), pc.binary_join_element_wise("{", inside, "}", "")
    )


def _json_strings(column: pa.Array) -> pa.Array:
    """Every text as a JSON string. Only columns with something to escape pay for it."""
    if _may_need_escapes(column):
        encoded = column.dictionary_encode()
        texts = [
            json.dumps(text, ensure_ascii=False) if text is not None else None
            for text in encoded.dictionary.to_pylist()
        ]
        return pa.array(texts, pa.string()).take(encoded.indices)
    return pc.binary_join_element_wise('"', column, '"', "")


def _may_need_escapes(column: pa.Array) -> bool:
    """Whether JSON must escape a byte of the column; looks at the bytes of all texts at once."""
    data = column.buffers()[2]
    if data is None:
        return False
    content = np.frombuffer(data, np.uint8)
    return bool((content < 0x20).any() or (content == ord('"')).any() or (content == ord("\\")).any())


def status_from_remarks(header: Header, first: Block, kind: str) -> None:
    """Where a table has no status column but "Keterangan" holds one, takes it as the status."""
    positions = header.match.positions
    if kind != "distribution" or "status" in positions or "notes" not in positions:
        return
    position = positions["notes"]
    if (
        words(header.names[position]) == ("keterangan",)
        and position < len(first.columns)
        and looks_like_status(first.columns[position])
    ):
        positions["status"] = positions.pop("notes")
