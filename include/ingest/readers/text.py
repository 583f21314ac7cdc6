"""Reads CSV, TSV and TXT: encoding and separator are found in the content.

Two ways give the same rows. Python's csv module takes whatever people write: uneven rows, line breaks within cells,
any encoding. Large, even UTF-8 files go through Arrow, which is several times faster; at the first row that is not
even, the file is read again in the patient way.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from include.ingest.readers.sheet import (
    BLOCK_CELLS,
    BLOCK_CHARACTERS,
    BLOCK_ROWS,
    HEAD_ROWS,
    Block,
    Sheet,
    Unreadable,
    block_of_rows,
)

SEPARATORS = ",;\t|"
SAMPLE_BYTES = 1 << 18
LARGE_BYTES = 4 << 20
_ARROW_BLOCK = 8 << 20
_QUOTE = '"'
_TAKEN_AT_ONCE = 1024
_END = "\x1e"
_LONGEST_HEAD_LINE = 1 << 20

# The csv module has one limit for the whole process; ours are per file and looked after here.
csv.field_size_limit(1 << 30)


@dataclass(frozen=True)
class Dialect:
    """How a text file is written."""

    encoding: str
    separator: str
    damaged: bool = False


@dataclass(frozen=True)
class TextLimits:
    """Bounds of one table."""

    rows: int
    columns: int
    cell_characters: int
    seconds: float

    def check(self, block: Block) -> Block:
        """The block, if no cell is too long and no row too many.

        Raises:
            Unreadable: it is beyond these limits.
        """
        if block.first_row + block.rows - 1 > self.rows:
            raise Unreadable("rows_too_many", f"lebih dari {self.rows} baris")
        if any(self._has_longer(column) for column in block.columns):
            raise self.too_long()
        return block

    def too_long(self) -> Unreadable:
        """The refusal of a cell that is too long."""
        return Unreadable("cell_too_long", f"batasnya {self.cell_characters} huruf")

    def _has_longer(self, column: pa.Array) -> bool:
        """Whether a cell is too long; bytes, which are never fewer than letters, are counted first: that costs nothing."""
        if (pc.max(pc.binary_length(column)).as_py() or 0) <= self.cell_characters:
            return False
        return bool(pc.max(pc.utf8_length(column)).as_py() > self.cell_characters)


class _Uneven(Exception):
    """The fast way met something that only the patient way reads right."""


def read_text(path: Path, limits: TextLimits, large_bytes: int = LARGE_BYTES) -> Sheet:
    """The one sheet of a text file.

    Raises:
        Unreadable: it holds nothing, or no text.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    if not sample.strip(b"\x00\xff\xfe\xef\xbb\xbf \t\r\n"):
        raise Unreadable("file_empty")
    dialect = detect(sample, path)
    size = path.stat().st_size
    if size >= large_bytes and dialect.encoding == "utf-8-sig":
        return Sheet("", 1, True, _fast_else_patient(path, dialect, limits), dialect.damaged)
    return Sheet("", 1, True, _patient(path, dialect, limits), dialect.damaged)


def detect(sample: bytes, path: Path) -> Dialect:
    """Encoding by byte order mark and validity, separator by what splits the lines most evenly."""
    encoding = _encoding(sample, path)
    text = sample.decode(encoding, "replace")
    separator = _separator(
        text.splitlines()[:200] if len(sample) < SAMPLE_BYTES else text.splitlines()[:-1][:200]
    )
    return Dialect(encoding, separator, encoding == "cp1252" and _has_undefined(sample))


def _encoding(sample: bytes, path: Path) -> str:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros_odd, zeros_even = sample[1:4096:2].count(0), sample[0:4096:2].count(0)
    half = max(len(sample[:4096]) // 2, 1)
    if (
        max(zeros_odd, zeros_even) > 0.4 * half
    ):  # UTF-16 without a mark: every other byte of Latin text is zero
        return "utf-16-le" if zeros_odd > zeros_even else "utf-16-be"
    return "utf-8-sig" if _is_utf8(path) else "cp1252"


def _is_utf8(path: Path) -> bool:
    """Whether the whole file is UTF-8: one bad byte far down would otherwise be met too late.

    Raises:
        Unreadable: it holds a zero byte, which no text does.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid = True
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if b"\0" in chunk:
                raise Unreadable("file_corrupt", "bukan berkas teks")
            try:
                if valid and (not chunk.isascii() or decoder.getstate()[0]):
                    decoder.decode(chunk)
            except UnicodeDecodeError:
                valid = False
    return valid and not decoder.getstate()[0]


def _has_undefined(sample: bytes) -> bool:
    return any(byte in sample for byte in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))


def _separator(lines: Sequence[str]) -> str:
    """The separator whose count is steadiest over the lines; a decimal comma or a title's comma is outvoted."""
    filled = [line for line in lines if line.strip()]
    best, best_value = ",", 0.0
    for separator in SEPARATORS:
        counts = Counter(_fields(line, separator) for line in filled)
        counts.pop(1, None)
        if not counts:
            continue
        width, agreeing = max(counts.items(), key=lambda item: (item[1] * min(item[0], 6), item[0]))
        value = agreeing * min(width, 6) + (0.5 if separator != "," else 0)
        if value > best_value:
            best, best_value = separator, value
    return best


def _fields(line: str, separator: str) -> int:
    if _QUOTE not in line:
        return line.count(separator) + 1
    return len(next(csv.reader([line], delimiter=separator), []))


# --- the patient way


class _Lines:
    """The lines of a file for the csv module, none longer and no record larger than the limits can mean.

    A line or a record of more characters than so many cells of such a length has too many or too long ones, so it is
    refused before it is held in memory.
    """

    def __init__(self, file: TextIO, dialect: Dialect, limits: TextLimits) -> None:
        self._file, self._separator, self._limits = file, dialect.separator, limits
        self._most = limits.columns * (2 * limits.cell_characters + 3)
        self._left = self._most
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(self._most + 1):
            self._left -= len(line)
            if self._left < 0:
                raise self._too_much(line)
            self.characters += len(line)
            yield line.replace("\x00", "") if "\x00" in line else line

    def records(self) -> Iterator[list[str]]:
        """Every record; its lines count anew."""
        for record in csv.reader(self, delimiter=self._separator):
            self._left = self._most
            yield record

    def _too_much(self, line: str) -> Unreadable:
        columns = self._limits.columns
        if line.count(self._separator) >= columns:
            return Unreadable("columns_too_many", f"lebih dari {columns} kolom")
        return self._limits.too_long()


def _patient(path: Path, dialect: Dialect, limits: TextLimits, skip: int = 0) -> Iterator[Block]:
    errors = "replace" if dialect.encoding != "utf-8-sig" else "strict"
    with path.open("r", encoding=dialect.encoding, errors=errors, newline="") as file:
        lines = _Lines(file, dialect, limits)
        first_row = 1
        try:
            for rows, width in _batches(lines, limits):
                if first_row + len(rows) > skip + 1:
                    kept = rows[max(0, skip + 1 - first_row) :]
                    yield limits.check(block_of_rows(first_row + len(rows) - len(kept), kept, width))
                first_row += len(rows)
        except csv.Error:
            raise Unreadable("file_corrupt", "susunan CSV rusak") from None


def _batches(lines: _Lines, limits: TextLimits) -> Iterator[tuple[list[list[str]], int]]:
    """Records by as many as a block may hold, with the width of the widest; first the head, as in the fast way."""
    records = lines.records()
    rows: list[list[str]] = list(itertools.islice(records, HEAD_ROWS))
    if rows:
        yield rows, _width(rows, limits)
    rows, width = [], 0
    while some := list(itertools.islice(records, _TAKEN_AT_ONCE)):
        wider = max(width, _width(some, limits))
        full = len(rows) >= BLOCK_ROWS or lines.characters >= BLOCK_CHARACTERS
        if rows and (full or (len(rows) + len(some)) * wider > BLOCK_CELLS):
            yield rows, width
            rows, wider, lines.characters = [], _width(some, limits), 0
        rows += some
        width = wider
    if rows:
        yield rows, width


def _width(rows: Sequence[Sequence[str]], limits: TextLimits) -> int:
    width = max(1, max(map(len, rows)))
    if width > limits.columns:
        raise Unreadable("columns_too_many", f"{width} kolom, batasnya {limits.columns}")
    return width


# --- the fast way


def _fast_else_patient(path: Path, dialect: Dialect, limits: TextLimits) -> Iterator[Block]:
    done = 0
    try:
        for block in _fast(path, dialect, limits):
            yield block
            done = block.first_row + block.rows - 1
    except _Uneven:
        yield from _patient(path, dialect, limits, skip=done)


def _fast(path: Path, dialect: Dialect, limits: TextLimits) -> Iterator[Block]:
    """First the head in the patient way, then the body by Arrow from the byte where the head ends."""
    head, offset, width = _head(path, dialect)
    if width < 2:
        raise _Uneven
    yield limits.check(block_of_rows(1, head, max(width, _width(head, limits))))
    next_row = len(head) + 1
    for batch in _arrow_batches(path, offset, dialect, width):
        yield limits.check(Block(next_row, batch.columns))
        next_row += len(batch)


def _head(path: Path, dialect: Dialect) -> tuple[list[list[str]], int, int]:
    """The first rows, the byte after them, and the width that the rows after the titles agree on."""
    lines: list[str] = []
    with path.open("rb") as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        while len(lines) < HEAD_ROWS and (line := file.readline(_LONGEST_HEAD_LINE)):
            if b"\r" in line.removesuffix(b"\n").removesuffix(b"\r") or len(line) == _LONGEST_HEAD_LINE:
                raise _Uneven  # old Mac breaks, or no table at all
            lines.append(line.decode())
        offset = file.tell()
    end = dialect.separator.join([_END] * 2)
    rows = list(csv.reader([*lines, end], delimiter=dialect.separator))
    if len(rows) != len(lines) + 1 or rows.pop() != [_END] * 2:
        raise _Uneven  # a cell over several lines
    widths = Counter(len(row) for row in rows[len(rows) // 2 :])
    return rows, offset, widths.most_common(1)[0][0] if widths else 0


def _arrow_batches(path: Path, offset: int, dialect: Dialect, width: int) -> Iterator[pa.RecordBatch]:
    """The rows after the head. A row of ours is read after the last one: were a quotation mark left open, it would be gone.

    Arrow passes over what follows such a mark, up to the end of the file; so no batch is given out before the next is there.
    """
    names = [str(index) for index in range(width)]
    end = dialect.separator.join([_END] * width)
    with path.open("rb") as file:
        try:
            reader = arrow_csv.open_csv(
                _Continued(file, offset, path.stat().st_size, f"\n{end}\n".encode()),
                read_options=arrow_csv.ReadOptions(column_names=names, block_size=_ARROW_BLOCK),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=dialect.separator, newlines_in_values=True, ignore_empty_lines=False
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )
            last = None
            for batch in reader:
                if last is not None:
                    yield last
                last = batch
        except pa.ArrowInvalid:
            raise _Uneven from None
    if last is None or any(column[-1].as_py() != _END for column in last.columns):
        raise _Uneven
    if len(last) > 1:
        yield last.slice(0, len(last) - 1)


class _Continued(io.RawIOBase):
    """The rest of a file without the blank lines at its end, which would else send it the patient way, and a last line."""

    def __init__(self, file: io.BufferedReader, start: int, size: int, last: bytes) -> None:
        file.seek(max(start, size - 4096))
        tail = file.read()
        file.seek(start)
        self._file, self._left = file, size - start - (len(tail) - len(tail.rstrip(b"\r\n")))
        self._last = last if self._left else last[1:]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        if not data or size < 0:
            data, self._last = data + self._last, b""
        return data
