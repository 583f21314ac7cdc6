"""Finds the header of a table: the row (or two rows) among the first ones that fits the canonical columns best."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from include.ingest.columns import HeaderMatch, match_headers, words
from include.ingest.identity import IDENTITY_PATTERN

LOOK_AT = 25
"""How many rows that are not blank are tried."""

LEAST_SCORE = 150.0
_IDENTITY = re.compile(IDENTITY_PATTERN)
_ANCHORS = {
    "recipients": ({"nik"}, {"kk"}, {"name"}),
    "distribution": ({"nik"}, {"kk"}, {"name"}),
    "registry": ({"nik"}, {"kk"}, {"name"}),
    "gates": ({"village"}, {"milestone"}),
    "reviews": ({"pair_id", "decision"},),
}
_IDENTITY_DIGITS = 12


@dataclass(frozen=True)
class Header:
    """A header: where it stands (0-based, both ends included), its texts and what they were matched to."""

    first: int
    last: int
    names: tuple[str, ...]
    match: HeaderMatch
    shapes: tuple[frozenset[str], ...]

    def is_moved(self, cells: Sequence[str]) -> bool:
        """Whether a repeated header has a column of this one at another place: what is below it must not be read by this one."""
        if self.first != self.last:
            return False
        places: dict[str, list[int]] = {}
        for position, name in enumerate(self.names):
            places.setdefault("".join(words(name)), []).append(position)
        said = ((position, "".join(words(cell))) for position, cell in enumerate(cells))
        return any(position not in places[word] for position, word in said if word and word in places)

    def repeats(self, cells: Sequence[str]) -> bool:
        """Whether a row is this header once more, as at the top of every printed page."""
        shape = _shape(cells)
        return len(shape) >= 2 and any(len(shape & own) >= max(2, 0.6 * len(own)) for own in self.shapes)


def find_header(
    rows: Sequence[Sequence[str]], kind: str, aliases: Mapping[str, Sequence[str]]
) -> Header | None:
    """The best header among the first rows, the topmost of equals; None if no row looks like one."""
    best: Header | None = None
    tried = 0
    for index, row in enumerate(rows):
        if not any(cell.strip() for cell in row):
            continue
        tried += 1
        if tried > LOOK_AT:
            break
        below = rows[index + 1] if index + 1 < len(rows) else ()
        for header in _candidates(index, row, below, kind, aliases):
            if best is None or header.match.score > best.match.score:
                best = header
    return best


def _candidates(
    index: int, row: Sequence[str], below: Sequence[str], kind: str, aliases: Mapping[str, Sequence[str]]
) -> list[Header]:
    if sum(bool(cell.strip()) for cell in row) < 2 or any(_IDENTITY.match(cell) for cell in row):
        return []
    texts = [_clean(cell) for cell in row]
    found = [Header(index, index, tuple(texts), match_headers(texts, kind, aliases), (_shape(row),))]
    if _is_second_row(row, below):
        texts = _combine(row, below)
        found.append(
            Header(
                index,
                index + 1,
                tuple(texts),
                match_headers(texts, kind, aliases),
                (_shape(row), _shape(below)),
            )
        )
    return [header for header in found if _is_header(header, kind)]


def _is_header(header: Header, kind: str) -> bool:
    present = set(header.match.positions)
    return (
        header.match.score >= LEAST_SCORE
        and len(present) >= 2
        and any(anchor <= present for anchor in _ANCHORS[kind])
    )


def _is_second_row(top: Sequence[str], below: Sequence[str]) -> bool:
    """Whether the row below splits groups of the row above: its texts stand under a group's cell or to the right of it."""
    filled = [position for position, cell in enumerate(below) if cell.strip()]
    if not filled or any(_looks_like_value(below[position]) for position in filled):
        return False
    blank_above = [position for position in filled if position >= len(top) or not top[position].strip()]
    starts_group = all(position in blank_above or position + 1 in blank_above for position in filled)
    return bool(blank_above) and starts_group and any(cell.strip() for cell in top[: blank_above[0]])


def _looks_like_value(cell: str) -> bool:
    digits = sum(character.isdigit() for character in cell)
    return digits >= _IDENTITY_DIGITS or cell.strip(" ()-.").isdigit()


def _combine(top: Sequence[str], below: Sequence[str]) -> list[str]:
    """Texts of a two-row header: a group's text is carried to the right over the parts below it."""
    texts, group = [], ""
    for position in range(max(len(top), len(below))):
        above = _clean(top[position]) if position < len(top) else ""
        part = _clean(below[position]) if position < len(below) else ""
        group = above or group
        texts.append(f"{group} {part}".strip() if part else above)
    return texts


def _clean(cell: str) -> str:
    return " ".join(cell.split())


def _shape(cells: Sequence[str]) -> frozenset[str]:
    return frozenset("".join(words(cell)) for cell in cells if words(cell))
