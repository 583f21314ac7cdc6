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

import pyarrow as pa
import pyarrow.csv as arrow_csv

from include.ingest.readers.sheet import BLOCK_ROWS, HEAD_ROWS, Block, Sheet, Unreadable, block_of_rows

SEPARATORS = ",;\t|"
SAMPLE_BYTES = 1 << 18
LARGE_BYTES = 4 << 20
_ARROW_BLOCK = 8 << 20
_QUOTE = '"'


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
    if sample.count(0) > 0:
        raise Unreadable("file_corrupt", "bukan berkas teks")
    return "utf-8-sig" if _is_utf8(path) else "cp1252"


def _is_utf8(path: Path) -> bool:
    """Whether the whole file is UTF-8: one bad byte far down would otherwise be met too late."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(1 << 22):
                if not chunk.isascii() or decoder.getstate()[0]:
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


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


def _patient(path: Path, dialect: Dialect, limits: TextLimits, skip: int = 0) -> Iterator[Block]:
    csv.field_size_limit(limits.cell_characters + 1)
    errors = "replace" if dialect.encoding != "utf-8-sig" else "strict"
    with path.open("r", encoding=dialect.encoding, errors=errors, newline="") as file:
        reader = csv.reader((line.replace("\x00", "") for line in file), delimiter=dialect.separator)
        first_row = 1
        try:
            while rows := list(itertools.islice(reader, BLOCK_ROWS)):
                _check_rows(first_row + len(rows) - 1, limits)
                if first_row + len(rows) > skip + 1:
                    kept = rows[max(0, skip + 1 - first_row) :]
                    yield block_of_rows(first_row + len(rows) - len(kept), kept, _width(kept, limits))
                first_row += len(rows)
        except csv.Error as error:
            if "field larger" in str(error):
                raise Unreadable("cell_too_long", f"batasnya {limits.cell_characters} huruf") from None
            raise Unreadable("file_corrupt", "susunan CSV rusak") from None


def _check_rows(rows: int, limits: TextLimits) -> None:
    if rows > limits.rows:
        raise Unreadable("rows_too_many", f"lebih dari {limits.rows} baris")


def _width(rows: Sequence[Sequence[str]], limits: TextLimits) -> int:
    width = max(1, max(len(row) for row in rows))
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
    yield block_of_rows(1, head, max(width, max(len(row) for row in head)))
    next_row = len(head) + 1
    for batch in _arrow_batches(path, offset, dialect, width):
        columns = [column.cast(pa.string()) for column in batch.columns]
        _check_rows(next_row + len(batch) - 1, limits)
        yield Block(next_row, columns)
        next_row += len(batch)


def _head(path: Path, dialect: Dialect) -> tuple[list[list[str]], int, int]:
    """The first rows, the byte after them, and the width that the rows after the titles agree on."""
    rows: list[list[str]] = []
    with path.open("rb") as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        for _ in range(HEAD_ROWS):
            line = file.readline(1 << 20)
            if not line:
                break
            if line.count(b'"') % 2 or (
                b"\r" in line.rstrip(b"\r\n")
            ):  # a cell over several lines, or old Mac breaks
                raise _Uneven
            rows += [next(csv.reader([line.decode()], delimiter=dialect.separator), [])]
        offset = file.tell()
    widths = Counter(len(row) for row in rows[len(rows) // 2 :])
    return rows, offset, widths.most_common(1)[0][0] if widths else 0


def _arrow_batches(path: Path, offset: int, dialect: Dialect, width: int) -> Iterator[pa.RecordBatch]:
    names = [str(index) for index in range(width)]
    with path.open("rb") as file:
        if offset >= path.stat().st_size:
            return
        file.seek(offset)
        try:
            reader = arrow_csv.open_csv(
                _without_trailing_blanks(file, path),
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
            yield from reader
        except pa.ArrowInvalid:
            raise _Uneven from None


def _without_trailing_blanks(file: io.BufferedReader, path: Path) -> io.RawIOBase | io.BufferedReader:
    """The rest of the file; blank lines at its very end would else send the whole file the patient way."""
    size = path.stat().st_size
    start = file.tell()
    file.seek(max(start, size - 4096))
    tail = file.read()
    file.seek(start)
    blank = len(tail) - len(tail.rstrip(b"\r\n"))
    return _Bounded(file, size - blank - start) if blank > 2 else file


class _Bounded(io.RawIOBase):
    """A file that ends earlier."""

    def __init__(self, file: io.BufferedReader, left: int) -> None:
        self._file, self._left = file, left

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data
