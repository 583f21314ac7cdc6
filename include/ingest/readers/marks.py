"""Finds in a workbook what the native reader does not tell: hidden rows and columns, strikethrough, colours, merged cells.

Also cells that hold an error, and formulas without a stored result. The sheet's XML is streamed in pieces that are only
looked into where they hold one of these marks, so that a plain sheet costs little more than its unpacking. Imports
nothing of the project: the reading process (workbook_child.py) uses it.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

_PIECE = 1 << 20
_LARGEST_PART = 32 << 20
"""Up to this size parts that describe the workbook (styles, sheet names) are read; they are read whole."""

_LONGEST_ROW = 8 << 20
_MOST_MERGED = 200_000
_NAMED_CELLS = 5
_MOST_TOKENS = 8
_HEAD = 4096
_DECLARATIONS = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_FAULTS = (
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError, KeyError, ValueError, EOFError, OSError, RuntimeError, MemoryError,
)  # fmt: skip

_ATTRIBUTE_R = re.compile(rb'\br="(\d+)"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(/?)>")
_STYLE = re.compile(rb'\bs="(\d+)"')
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3}\d+)"')
_ERROR = re.compile(rb'<(?:\w+:)?c\b[^>]*?\bt="e"[^>]*>')
_UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)><(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"(?=</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)"
)
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_MIN, _MAX = re.compile(rb'\bmin="(\d+)"'), re.compile(rb'\bmax="(\d+)"')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_PREFIX = re.compile(rb"<((?:\w+:)?)worksheet\b")


@dataclass
class Runs:
    """Row numbers, consecutive ones held together, each run with a value."""

    found: list[list[int]] = field(default_factory=list)

    def add(self, first: int, last: int, value: int = 1) -> None:
        """Appends rows; they come in ascending order."""
        if self.found and self.found[-1][2] == value and self.found[-1][1] == first - 1:
            self.found[-1][1] = last
        else:
            self.found.append([first, last, value])


@dataclass
class SheetMarks:
    """The marks of one sheet. Rows and columns count from 1.

    Attributes:
        hidden_columns: First and last column of each hidden stretch.
        coloured: Rows with filled cells, with a number that is the same for the same set of colours.
        merged: Top, left, bottom, right of merged ranges of more than one row.
        errors: How many cells hold an error, and where the first ones are; `uncomputed` likewise for formulas.
    """

    hidden: Runs = field(default_factory=Runs)
    struck: Runs = field(default_factory=Runs)
    coloured: Runs = field(default_factory=Runs)
    hidden_columns: list[list[int]] = field(default_factory=list)
    merged: list[list[int]] = field(default_factory=list)
    errors: list[Any] = field(default_factory=lambda: [0, []])
    uncomputed: list[Any] = field(default_factory=lambda: [0, []])

    def as_frame(self) -> dict[str, Any]:
        """What was found, for the answer of the reading process; nothing where there is nothing."""
        found = {
            "hidden": self.hidden.found,
            "struck": self.struck.found,
            "coloured": self.coloured.found,
            "hidden_columns": self.hidden_columns,
            "merged": self.merged,
        }
        counted = {"errors": self.errors, "uncomputed": self.uncomputed}
        return {
            **{name: value for name, value in found.items() if value},
            **{name: value for name, value in counted.items() if value[0]},
        }


@dataclass(frozen=True)
class _Styles:
    """Which cell styles strike their text through, and which fill their cell, with which colour."""

    struck: frozenset[bytes] = frozenset()
    filled: dict[bytes, str] = field(default_factory=dict)


def marks_of(path: str) -> Callable[[str], SheetMarks]:
    """What finds the marks of a workbook's sheets by their names. A part that is damaged has none."""
    try:
        container = zipfile.ZipFile(path)
        if "content.xml" in container.namelist():
            return _OpenDocument(container).sheet
        return _OfficeWorkbook(container).sheet
    except _FAULTS:
        return lambda _: SheetMarks()


def _described(container: zipfile.ZipFile, name: str) -> ElementTree.Element | None:
    """A small part as a tree; None where it is absent or beyond reason."""
    try:
        about = container.getinfo(name)
    except KeyError:
        return None
    if about.file_size > _LARGEST_PART:
        return None
    content = container.read(name)
    if any(mark in content for mark in _DECLARATIONS):
        return None
    return ElementTree.fromstring(content)  # noqa: S314 - nothing is declared, so there are no entities to expand


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(parent: ElementTree.Element | None, *names: str) -> Iterator[ElementTree.Element]:
    """The elements below a path of local names, whatever their namespace."""
    if parent is None:
        return
    if not names:
        yield parent
        return
    for child in parent:
        if _local(child) == names[0]:
            yield from _children(child, *names[1:])


# --- XLSX


class _OfficeWorkbook:
    """An XLSX file."""

    def __init__(self, container: zipfile.ZipFile) -> None:
        self._container = container
        targets = {
            relation.get("Id"): relation.get("Target", "")
            for relation in _children(_described(container, "xl/_rels/workbook.xml.rels"), "Relationship")
        }
        self._parts = {
            sheet.get("name", ""): _part(targets.get(identifier, ""))
            for sheet in _children(_described(container, "xl/workbook.xml"), "sheets", "sheet")
            for name, identifier in sheet.items()
            if name.rpartition("}")[2] == "id"
        }
        self._styles = _styles(_described(container, "xl/styles.xml"))

    def sheet(self, name: str) -> SheetMarks:
        """The marks of a sheet."""
        scan = _SheetScan(self._styles)
        try:
            with self._container.open(self._parts[name]) as part:
                scan.read(iter(lambda: part.read(_PIECE), b""))
        except _FAULTS:
            return SheetMarks()
        return scan.marks


def _part(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _styles(root: ElementTree.Element | None) -> _Styles:
    struck_fonts = {
        index
        for index, font in enumerate(_children(root, "fonts", "font"))
        for strike in _children(font, "strike")
        if strike.get("val", "1") not in ("0", "false")
    }
    fills = {
        index: colour
        for index, fill in enumerate(_children(root, "fills", "fill"))
        if (colour := _colour(fill))
    }
    struck, filled = set(), {}
    for index, style in enumerate(_children(root, "cellXfs", "xf")):
        token = str(index).encode()
        if int(style.get("fontId", "0")) in struck_fonts:
            struck.add(token)
        if fill := fills.get(int(style.get("fillId", "0"))):
            filled[token] = fill
    return _Styles(frozenset(struck), filled)


def _colour(fill: ElementTree.Element) -> str:
    """A fill's colour; empty for none and for white, which nobody sees."""
    for pattern in _children(fill, "patternFill"):
        if pattern.get("patternType", "none") in ("none", "gray125"):
            return ""
        for colour in _children(pattern, "fgColor"):
            white = (
                colour.get("rgb", "").upper().endswith("FFFFFF")
                or (colour.get("theme") == "0" and float(colour.get("tint", "0")) == 0)
                or colour.get("indexed") in ("1", "9")
            )
            return "" if white else repr(sorted(colour.items()))
        return "solid"
    return "gradient" if len(fill) else ""


class _SheetScan:
    """Reads one sheet's XML piece by piece; a piece ends before a row's beginning."""

    def __init__(self, styles: _Styles) -> None:
        self.marks = SheetMarks()
        self._styles = styles
        self._numbers: dict[frozenset[str], int] = {}
        self._tell([*styles.struck, *styles.filled], b"")
        self._row_number = 0

    def _tell(self, telling_styles: list[bytes], prefix: bytes) -> None:
        """What a piece must hold to be looked into."""
        self._row_begins, self._formula_begins = b"<" + prefix + b"row", b"<" + prefix + b"f"
        self._row = re.compile(self._row_begins + rb"\b([^>]*)>")
        self._tokens = [b'hidden="', *(b's="' + style + b'"' for style in telling_styles)]
        if len(self._tokens) > _MOST_TOKENS:
            self._tokens = [b'hidden="', b's="']

    def read(self, pieces: Iterable[bytes]) -> None:
        """Reads everything."""
        kept, first = b"", True
        for piece in pieces:
            text = kept + piece
            if first and (found := _PREFIX.search(text[:_HEAD])):
                self._tell([*self._styles.struck, *self._styles.filled], found.group(1))
            end = text.rfind(self._row_begins)
            if end <= 0:
                kept = text if len(text) <= _LONGEST_ROW else b""
                continue
            self._look(text[:end], first)
            kept, first = text[end:], False
        self._look(kept, first)
        self._find_merged(kept)

    def _look(self, text: bytes, is_first: bool) -> None:
        if is_first:
            self._find_hidden_columns(text[: text.find(self._row_begins)])
        if b't="e"' in text:
            _count(self.marks.errors, (match.group() for match in _ERROR.finditer(text)))
        if self._formula_begins in text:
            # A formula that gave an empty text is computed: its cell says so by its type.
            cells = (match.group(1) for match in _UNCOMPUTED.finditer(text))
            _count(self.marks.uncomputed, (cell for cell in cells if b't="str"' not in cell))
        counted_to, number = 0, self._row_number
        for start, end in self._telling_rows(text):
            row = self._row.match(text, start)
            if row is None:
                continue
            stated = _ATTRIBUTE_R.search(row.group(1))
            number += text.count(self._row_begins, counted_to, start) + 1
            number, counted_to = int(stated.group(1)) if stated else number, row.end()
            if _HIDDEN.search(row.group(1)):
                self.marks.hidden.add(number, number)
            self._cells(number, text[row.end() : end])
        self._row_number = self._last_row(text, number, counted_to)

    def _telling_rows(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Where the rows that hold a mark begin and end."""
        at = 0
        nearest = {token: text.find(token) for token in self._tokens}
        while hits := [hit for hit in nearest.values() if hit >= 0]:
            hit = min(hits)
            end = text.find(self._row_begins, hit)
            end = end if end >= 0 else len(text)
            start = text.rfind(self._row_begins, at, hit)
            if start >= 0:
                yield start, end
            at = end
            for token, place in nearest.items():
                if 0 <= place < end:
                    nearest[token] = text.find(token, end)

    def _last_row(self, text: bytes, number: int, counted_to: int) -> int:
        """The number of a piece's last row, for rows that do not state their own."""
        found = self._row.match(text, max(text.rfind(self._row_begins), 0))
        stated = _ATTRIBUTE_R.search(found.group(1)) if found else None
        return int(stated.group(1)) if stated else number + text.count(self._row_begins, counted_to)

    def _cells(self, number: int, text: bytes) -> None:
        struck, colours = False, set()
        for attributes, empty in _CELL.findall(text):
            style = _STYLE.search(attributes)
            if style is None:
                continue
            struck |= not empty and style.group(1) in self._styles.struck
            if colour := self._styles.filled.get(style.group(1)):
                colours.add(colour)
        if struck:
            self.marks.struck.add(number, number)
        if colours:
            known = self._numbers.setdefault(frozenset(colours), len(self._numbers) + 1)
            self.marks.coloured.add(number, number, known)

    def _find_hidden_columns(self, text: bytes) -> None:
        for attributes in _COLUMN.findall(text):
            first, last = _MIN.search(attributes), _MAX.search(attributes)
            if first and last and _HIDDEN.search(attributes):
                self.marks.hidden_columns.append([int(first.group(1)), int(last.group(1))])

    def _find_merged(self, text: bytes) -> None:
        for left, top, right, bottom in _MERGED.findall(text):
            if int(bottom) > int(top) and len(self.marks.merged) < _MOST_MERGED:
                self.marks.merged.append([int(top), _column(left), int(bottom), _column(right)])


def _count(counted: list[Any], cells: Iterable[bytes]) -> None:
    for cell in cells:
        counted[0] += 1
        found = _REFERENCE.search(cell)
        if found and len(counted[1]) < _NAMED_CELLS:
            counted[1].append(found.group(1).decode())


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


# --- ODS

_ODS_TELLING = (b'table:visibility="', b"line-through", b"fo:background-color=", b"number-rows-spanned=")
_ODS_TOKEN = re.compile(
    rb"<(/?)(style:style|style:text-properties|style:table-cell-properties|table:table-column|table:table-row"
    rb"|table:(?:covered-)?table-cell|table:table)\b([^>]*?)(/?)>"
)
_ODS_ATTRIBUTE = re.compile(rb'\b(?:\w+:)([\w-]+)="([^"]*)"')
_ODS_LARGEST_ROWS = 1_048_576


class _OpenDocument:
    """An ODS file: all sheets in one part, rows and cells counted by how often they repeat."""

    def __init__(self, container: zipfile.ZipFile) -> None:
        self._sheets: dict[str, SheetMarks] = {}
        if self._tells(container):
            with container.open("content.xml") as part:
                _OdsScan(self._sheets).read(iter(lambda: part.read(_PIECE), b""))

    @staticmethod
    def _tells(container: zipfile.ZipFile) -> bool:
        """Whether the file holds any mark at all; most hold none."""
        kept = b""
        with container.open("content.xml") as part:
            while piece := part.read(_PIECE):
                text = kept + piece
                if any(token in text for token in _ODS_TELLING):
                    return True
                kept = text[-64:]
        return False

    def sheet(self, name: str) -> SheetMarks:
        """The marks of a sheet."""
        return self._sheets.get(name, SheetMarks())


class _OdsScan:
    """Reads the content of an ODS file tag by tag."""

    def __init__(self, sheets: dict[str, SheetMarks]) -> None:
        self._sheets = sheets
        self._style = b""
        self._struck: set[bytes] = set()
        self._filled: dict[bytes, bytes] = {}
        self._marks = SheetMarks()
        self._numbers: dict[frozenset[bytes], int] = {}
        self._row = self._repeated = self._column = 0
        self._is_struck, self._colours = False, set[bytes]()

    def read(self, pieces: Iterable[bytes]) -> None:
        """Reads everything."""
        kept = b""
        for piece in pieces:
            text = kept + piece
            end = max(text.rfind(b"<"), 0)
            for closing, name, attributes, empty in _ODS_TOKEN.findall(text[:end]):
                self._tag(name.partition(b":")[2], bool(closing), bool(empty), attributes)
            kept = text[end:] if len(text) - end <= _LONGEST_ROW else b""

    def _tag(self, name: bytes, closing: bool, empty: bool, attributes: bytes) -> None:
        values = dict(_ODS_ATTRIBUTE.findall(attributes)) if not closing else {}
        if name in (b"style", b"text-properties", b"table-cell-properties"):
            self._about_style(name, values)
        elif name == b"table" and not closing:
            self._marks = self._sheets.setdefault(_text(values.get(b"name", b"")), SheetMarks())
            self._row = self._column = 0
        elif name == b"table-column":
            repeated = int(values.get(b"number-columns-repeated", b"1"))
            if values.get(b"visibility") in (b"collapse", b"filter"):
                self._marks.hidden_columns.append([self._column + 1, self._column + repeated])
            self._column += repeated
        elif name == b"table-row":
            self._about_row(closing, empty, values)
        elif not closing:
            self._about_cell(empty, values)

    def _about_style(self, name: bytes, values: dict[bytes, bytes]) -> None:
        if name == b"style":
            self._style = values.get(b"name", b"")
        elif values.get(b"text-line-through-style", b"none") != b"none":
            self._struck.add(self._style)
        colour = values.get(b"background-color", b"transparent")
        if colour not in (b"transparent", b"#ffffff"):
            self._filled[self._style] = colour

    def _about_row(self, closing: bool, empty: bool, values: dict[bytes, bytes]) -> None:
        if not closing:
            self._repeated = min(int(values.get(b"number-rows-repeated", b"1")), _ODS_LARGEST_ROWS)
            self._column, self._is_struck, self._colours = 0, False, set()
            if values.get(b"visibility") in (b"collapse", b"filter"):
                self._marks.hidden.add(self._row + 1, self._row + self._repeated)
        if closing or empty:
            if self._is_struck:
                self._marks.struck.add(self._row + 1, self._row + self._repeated)
            if self._colours:
                known = self._numbers.setdefault(frozenset(self._colours), len(self._numbers) + 1)
                self._marks.coloured.add(self._row + 1, self._row + self._repeated, known)
            self._row += self._repeated

    def _about_cell(self, empty: bool, values: dict[bytes, bytes]) -> None:
        style = values.get(b"style-name", b"")
        self._is_struck |= not empty and style in self._struck
        if style in self._filled:
            self._colours.add(self._filled[style])
        spanned = int(values.get(b"number-rows-spanned", b"1"))
        if spanned > 1 and len(self._marks.merged) < _MOST_MERGED:
            right = self._column + int(values.get(b"number-columns-spanned", b"1"))
            self._marks.merged.append([self._row + 1, self._column + 1, self._row + spanned, right])
        self._column += int(values.get(b"number-columns-repeated", b"1"))


def _text(escaped: bytes) -> str:
    """An attribute's value as text."""
    return html.unescape(escaped.decode())
