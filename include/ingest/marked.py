"""What a workbook shows beside the texts of its cells: merged cells, hidden, struck and coloured rows.

None of it is interpreted. A merged cell is what its sheet shows, one statement for several rows; but an amount in one
may be each row's or all rows' together, so no row gets it. Rows that are hidden, struck through or coloured are marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.ingest.readers.sheet import Block, Marks

HIDDEN, STRUCK, COLOURED, OTHER_PROGRAM = "h", "s", "c", "p"
"""The letters of `row_marks`."""

MERGED = "m"
"""The cell type of an amount that stands in a cell merged over several filled rows."""

_BANDED = 0.8
"""Where the colour changes from row to row this often, it only guides the eye."""

Range = tuple[int, int, int, int]


@dataclass
class MergedCells:
    """The merged ranges of one table, applied block by block.

    Attributes:
        ranges: Top, left, bottom, right, counted from 1, of more than one row each.
        amounts: Positions of the amount columns.
        identities: Positions of the columns that tell whose row it is.
        carried: Filled cells by position.
    """

    ranges: Sequence[Range]
    amounts: frozenset[int]
    identities: frozenset[int]
    carried: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._values: dict[tuple[int, int], tuple[str | None, str]] = {}
        by_rows: dict[tuple[int, int], set[int]] = {}
        for top, left, bottom, _ in self.ranges:
            by_rows.setdefault((top, bottom), set()).add(left - 1)
        # A person merged over the same rows as the amount, or where there is no amount: one record of several lines.
        self._records = {
            rows
            for rows, columns in by_rows.items()
            if columns & self.identities and (columns & self.amounts or not self.amounts)
        }

    def apply(self, block: Block, blank: np.ndarray) -> Block:
        """The block with merged texts in all their filled rows, and merged amounts marked as such.

        Args:
            block: Rows of the table.
            blank: Which of its rows hold nothing.
        """
        if block.types is None:  # blank rows between filled ones
            return block
        last = block.first_row + block.rows - 1
        touching = [
            one
            for one in self.ranges
            if one[0] <= last
            and one[2] >= block.first_row
            and one[1] <= len(block.columns)
            and (one[0], one[2]) not in self._records
        ]
        columns, types = list(block.columns), list(block.types)
        for position in {left - 1 for _, left, _, _ in touching}:
            texts, letters = columns[position].to_pylist(), types[position].to_pylist()
            own = [one for one in touching if one[1] - 1 == position]
            change = self._mark_amounts if position in self.amounts else self._carry
            change(own, texts, letters, block.first_row, blank)
            columns[position], types[position] = pa.array(texts, pa.string()), pa.array(letters, pa.string())
        return Block(block.first_row, columns, types)

    def _mark_amounts(
        self, ranges: Iterable[Range], _: list[str | None], letters: list[str], first: int, blank: np.ndarray
    ) -> None:
        for top, _left, bottom, _right in ranges:
            rows = [
                row
                for row in range(max(top - first, 0), min(bottom - first + 1, len(letters)))
                if not blank[row]
            ]
            if len(rows) > 1 or top < first:
                for row in rows:
                    letters[row] = MERGED

    def _carry(
        self,
        ranges: Iterable[Range],
        texts: list[str | None],
        letters: list[str],
        first: int,
        blank: np.ndarray,
    ) -> None:
        for top, left, bottom, _ in ranges:
            if top >= first:
                self._values[top, left] = texts[top - first], letters[top - first]
            value, letter = self._values.get((top, left), (None, "t"))
            if not value or not value.strip():
                continue
            for row in range(max(top + 1 - first, 0), min(bottom - first + 1, len(texts))):
                if not blank[row] and not texts[row]:
                    texts[row], letters[row] = value, letter
                    self.carried[left - 1] = self.carried.get(left - 1, 0) + 1


def row_marks(
    first_row: int, is_data: np.ndarray, marks: Marks, other_program: np.ndarray | None
) -> pa.Array:
    """The letters of each data row's marks, null where it has none."""
    found: list[tuple[str, np.ndarray]] = []
    if marks.hidden:
        found.append((HIDDEN, _rows(marks.hidden, first_row, len(is_data)) > 0))
    if marks.struck:
        found.append((STRUCK, _rows(marks.struck, first_row, len(is_data)) > 0))
    if marks.coloured:
        found.append((COLOURED, _stands_out(_rows(marks.coloured, first_row, len(is_data)), is_data)))
    if other_program is not None:
        found.append((OTHER_PROGRAM, other_program))
    found = [(letter, where & is_data) for letter, where in found if (where & is_data).any()]
    if not found:
        return pa.nulls(len(is_data), pa.string())
    joined = pc.binary_join_element_wise(
        *(pc.if_else(pa.array(where), pa.scalar(letter), pa.scalar("")) for letter, where in found), ""
    )
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def _rows(runs: Iterable[tuple[int, int, int]], first_row: int, count: int) -> np.ndarray:
    """The value of each row's run, 0 for a row in none."""
    values = np.zeros(count, dtype=np.int32)
    for first, last, value in runs:
        if last >= first_row:
            values[max(first - first_row, 0) : max(last - first_row + 1, 0)] = value
    return values


def _stands_out(colours: np.ndarray, is_data: np.ndarray) -> np.ndarray:
    """Data rows whose colours are not those of most data rows; none where colours alternate from row to row."""
    own = colours[is_data]
    values, counts = np.unique(own, return_counts=True)
    if len(values) < 2:
        return np.zeros(len(colours), dtype=bool)
    changes = int((own[1:] != own[:-1]).sum())
    if len(values) == 2 and len(own) > 3 and changes >= _BANDED * (len(own) - 1):
        return np.zeros(len(colours), dtype=bool)
    stands_out: np.ndarray = colours != values[counts.argmax()]
    return stands_out
