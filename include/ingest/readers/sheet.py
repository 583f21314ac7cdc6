"""What every reader yields: sheets, each a stream of blocks of text cells held by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

BLOCK_ROWS = 65_536
HEAD_ROWS = 120
"""How many rows a block at the start holds at least, if the file has them: the header is looked for there."""


BLOCK_CELLS, BLOCK_CHARACTERS = 1_000_000, 16_000_000
"""What a block holds at most, whatever the width of its rows: so memory is bounded by these, not by the file."""


class Unreadable(RuntimeError):
    """A file that cannot be read; `code` is one of reasons.yml. Never carries a value of the file."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        super().__init__(detail or code)
        self.code, self.detail = code, detail


@dataclass
class Block:
    """Consecutive rows of a sheet.

    Attributes:
        first_row: Number of the first row, as a spreadsheet counts (from 1).
        columns: Text per column; blank cells are null or "".
        types: Per column one letter a cell (n number, d date, b boolean, e error; else text), None where all is text.
    """

    first_row: int
    columns: list[pa.Array]
    types: list[pa.Array] | None = None

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.columns[0]) if self.columns else 0

    def head(self, count: int) -> list[list[str]]:
        """The first rows as lists of text."""
        columns = [column.slice(0, count).to_pylist() for column in self.columns]
        return [[value or "" for value in row] for row in zip(*columns, strict=True)]

    def slice(self, start: int) -> Block:
        """The block without its first rows."""
        types = [column.slice(start) for column in self.types] if self.types else None
        return Block(self.first_row + start, [column.slice(start) for column in self.columns], types)


@dataclass(frozen=True)
class Marks:
    """What a workbook says of a sheet beside its cells (see marks.py). Rows and columns count from 1.

    Attributes:
        hidden: Hidden rows as first, last, 1; `struck` those with text struck through, likewise.
        coloured: Rows with filled cells as first, last and a number that stands for their colours.
        hidden_columns: Hidden columns as first, last.
        merged: Merged ranges of more than one row as top, left, bottom, right.
        errors: How many cells hold an error, and the first ones' addresses; `uncomputed`: formulas without a result.
    """

    hidden: Sequence[tuple[int, int, int]] = ()
    struck: Sequence[tuple[int, int, int]] = ()
    coloured: Sequence[tuple[int, int, int]] = ()
    hidden_columns: Sequence[tuple[int, int]] = ()
    merged: Sequence[tuple[int, int, int, int]] = ()
    errors: tuple[int, Sequence[str]] = (0, ())
    uncomputed: tuple[int, Sequence[str]] = (0, ())


@dataclass
class Sheet:
    """A sheet of a workbook, or the one table of a text file.

    Attributes:
        describes: Whether it may, by its name, say what holds for all others; such sheets come first.
    """

    name: str
    number: int
    visible: bool
    blocks: Iterator[Block]
    damaged_text: bool = False
    marks: Marks = field(default_factory=Marks)
    describes: bool = False


def block_of_rows(first_row: int, rows: Sequence[Sequence[str]], width: int) -> Block:
    """Turns rows of uneven length into a block of the given width."""
    padded = [row if len(row) == width else (*row[:width], *[""] * (width - len(row))) for row in rows]
    return Block(first_row, [pa.array(column, pa.string()) for column in zip(*padded, strict=True)])
