"""Reads the tables of an HTML page: what web applications export under the name of an .xls file."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from include.ingest.readers.sheet import HEAD_ROWS, Block, Sheet, Unreadable, block_of_rows
from include.ingest.readers.text import SAMPLE_BYTES, TextLimits, detect

LARGEST = 50_000_000
"""Python's reader of pages is slow; bigger ones must be saved as a workbook."""
_PIECE = 1 << 16
_PIECES_OF_A_BLOCK = 64
_LONGEST_MARK = 1 << 20
"""A remark without its end, such as the styles that Excel writes, is looked at again with every piece: it must not grow."""
_LONGEST_REST = 1 << 14
"""What is left at the end, without its end, is tried from every one of its beginnings."""


class _Tables(HTMLParser):
    """Collects the rows of all tables, one below the other, as they stand on the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.widest = 0
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._close()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._close()
            span = dict(attrs).get("colspan") or "1"
            self._cell, self._span = [], min(int(span), 100) if span.isascii() and span.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close(self) -> None:
        if self._cell is not None:
            if not self.rows:
                self.rows.append([])
            self.rows[-1] += [" ".join("".join(self._cell).split()), *[""] * (self._span - 1)]
            self.widest = max(self.widest, len(self.rows[-1]))
            self._cell = None

    def close(self) -> None:
        """Ends the page; a cell that it breaks off in counts."""
        super().close()
        self._close()

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Reads `<![...>` as browsers do, as a remark, whatever stands in it."""
        return self.parse_bogus_comment(i, report)

    def finished_rows(self) -> list[list[str]]:
        """Takes all rows but the last, which may go on."""
        rows, self.rows = self.rows[:-1], self.rows[-1:]
        return [row or [""] for row in rows]


def read_markup(path: Path, limits: TextLimits) -> Sheet:
    """The tables of a page as one sheet.

    Raises:
        Unreadable: no table in it, or beyond a limit.
    """
    if path.stat().st_size > LARGEST:
        raise Unreadable("file_too_large", f"halaman HTML, batasnya {LARGEST} bita")
    return Sheet("", 1, True, _blocks(path, limits))


def _blocks(path: Path, limits: TextLimits) -> Iterator[Block]:
    first = 1
    for rows in _rows(path, limits):
        head = rows[:HEAD_ROWS] if first == 1 else []
        for part in filter(None, (head, rows[len(head) :])):
            yield limits.check(block_of_rows(first, part, max(map(len, part))))
            first += len(part)
    if first == 1:
        raise Unreadable("header_not_found")


def _rows(path: Path, limits: TextLimits) -> Iterator[list[list[str]]]:
    """The rows of a page, as many at a time as a few megabytes hold; time, width and marks without an end are bounded."""
    deadline = time.monotonic() + limits.seconds
    with path.open("rb") as file:
        encoding = detect(file.read(SAMPLE_BYTES), path).encoding
    parser = _Tables()
    with path.open("r", encoding=encoding, errors="replace") as file:
        for number in itertools.count(1):
            piece = file.read(_PIECE)
            parser.feed(piece)
            if len(parser.rawdata) > (_LONGEST_MARK if piece else _LONGEST_REST):
                raise Unreadable("file_corrupt", "halaman HTML dengan tanda yang tidak ditutup")
            if parser.widest > limits.columns:
                raise Unreadable("columns_too_many", f"{parser.widest} kolom, batasnya {limits.columns}")
            if time.monotonic() > deadline:
                raise Unreadable("reading_too_long")
            if not piece:
                break
            if number % _PIECES_OF_A_BLOCK == 0 and len(parser.rows) > HEAD_ROWS:
                yield parser.finished_rows()
    parser.close()
    if rows := parser.rows:
        yield [row or [""] for row in rows]
