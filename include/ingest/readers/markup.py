"""Reads the tables of an HTML page: what web applications export under the name of an .xls file."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from include.ingest.readers.sheet import Block, Sheet, Unreadable, block_of_rows
from include.ingest.readers.text import TextLimits, detect

LARGEST = 50_000_000
"""Such pages are parsed in memory; bigger ones must be saved as a workbook."""


class _Tables(HTMLParser):
    """Collects the rows of all tables, one below the other, as they stand on the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
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
            self._cell = None


def read_markup(path: Path, limits: TextLimits) -> Sheet:
    """The tables of a page as one sheet.

    Raises:
        Unreadable: no table in it, or beyond a limit.
    """
    if path.stat().st_size > LARGEST:
        raise Unreadable("file_too_large", f"halaman HTML, batasnya {LARGEST} bita")
    content = path.read_bytes()
    parser = _Tables()
    parser.feed(content.decode(detect(content[:65_536], path).encoding, "replace"))
    parser.close()
    rows = [row or [""] for row in parser.rows]
    if not rows:
        raise Unreadable("header_not_found")
    width = max(len(row) for row in rows)
    if len(rows) > limits.rows:
        raise Unreadable("rows_too_many", f"lebih dari {limits.rows} baris")
    if width > limits.columns:
        raise Unreadable("columns_too_many", f"{width} kolom, batasnya {limits.columns}")
    if any(len(cell) > limits.cell_characters for row in rows for cell in row):
        raise Unreadable("cell_too_long", f"batasnya {limits.cell_characters} huruf")
    blocks: list[Block] = [block_of_rows(1, rows, width)]
    return Sheet("", 1, True, iter(blocks))
