"""Files that are small and mean to be large: written piece by piece, so that making them needs no memory either.

Each takes a size, so that the quick tests (with lowered limits) and the long ones (with real ones) use the same files.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

from .conftest import HEADER, as_csv, rows_of, write_xlsx

PIECE = 1 << 20


def zip_of_csv(path: Path, size: int) -> None:
    """A ZIP with a CSV of so many bytes of one letter."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container,
        container.open("a.csv", "w", force_zip64=size >= 1 << 31) as member,
    ):
        for _ in range(size // PIECE):
            member.write(b"0" * PIECE)


def overlapping_zip(path: Path, size: int, members: int = 200) -> None:
    """Many entries that all point to the same packed bytes: together they unpack to `size`."""
    zip_of_csv(path, size // members)
    content = path.read_bytes()
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    directory = content[start:end] * members
    tail = bytearray(content[end:])
    tail[8:12] = members.to_bytes(2, "little") * 2
    tail[12:16] = len(directory).to_bytes(4, "little")
    path.write_bytes(content[:start] + directory + bytes(tail))


def crowded_zip(path: Path, entries: int) -> None:
    """A directory of so many entries, all of one empty file; each costs a reader far more memory than bytes."""
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("a", b"")
    content = path.read_bytes()
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    tail = bytearray(content[end:])
    tail[8:12] = b"\xff\xff\xff\xff" if entries > 65_535 else entries.to_bytes(2, "little") * 2
    tail[12:16] = ((end - start) * entries).to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(content[:start])
        for _ in range(entries // 1000):
            file.write(content[start:end] * 1000)
        file.write(tail)


def workbook_with(path: Path, part: str, pieces: Iterator[bytes]) -> None:
    """A sound workbook with one part replaced."""
    sound = path.with_suffix(".sound")
    write_xlsx(sound, {"S": [HEADER, *rows_of(3)]})
    with zipfile.ZipFile(sound) as given, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            with made.open(name, "w") as member:
                for piece in pieces if name == part else (given.read(name),):
                    member.write(piece)
    sound.unlink()


def large_sheet(path: Path, size: int) -> None:
    """A workbook whose sheet unpacks to so many bytes, all of them blanks within the XML."""
    workbook_with(path, "xl/worksheets/sheet1.xml", _sheet(b" " * PIECE, size // PIECE))


def many_cells(path: Path, size: int) -> None:
    """A workbook whose sheet unpacks to so many bytes of cells that differ, so that it is no bomb by its ratio."""
    workbook_with(path, "xl/worksheets/sheet1.xml", _sheet_of_cells(size))


def lying_sheet(path: Path, size: int, right_sum: bool) -> None:
    """The directory says that the sheet is 1,000 bytes long, and may even give the sum of those."""
    large_sheet(path, size)
    content = bytearray(path.read_bytes())
    at = content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02")) - 46
    content[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    if right_sum:
        start = next(_sheet(b" " * PIECE, 1)) + b" " * 1000
        content[at + 16 : at + 20] = zlib.crc32(start[:1000]).to_bytes(4, "little")
    path.write_bytes(content)


def long_string(path: Path, size: int) -> None:
    """One shared string of so many characters, meant by every cell; `os.urandom` keeps it from shrinking."""
    text = os.urandom(size // 2).hex().encode()
    start = b'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="40" uniqueCount="40">'
    strings = (b"<si><t>" + text + b"</t></si>", b"<si><t>x</t></si>" * 60, b"</sst>")
    workbook_with(path, "xl/sharedStrings.xml", iter((start, *strings)))


def formatted_to_the_end(path: Path, rows: int, columns: int) -> None:
    """Three rows of data and formatting in every cell down to the last row."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
        sheet, bold = workbook.add_worksheet(), workbook.add_format({"bold": True})
        for index, row in enumerate([HEADER, *rows_of(3)]):
            sheet.write_row(index, 0, row)
        for index in range(4, rows):
            for position in range(columns):
                sheet.write_blank(index, position, None, bold)


def formatted_far_to_the_right(path: Path, rows: int, columns: int) -> None:
    """Formatting in every cell of so many columns, down to the last row."""
    piece = (b"<row>" + b'<c s="0"/>' * columns + b"</row>") * 1024
    workbook_with(path, "xl/worksheets/sheet1.xml", _sheet(piece, rows // 1024))


def repeated_ods(path: Path, rows: int, columns: int, text: str) -> None:
    """An ODS sheet with one cell that is repeated."""
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        for cell in HEADER
    )
    body = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="S">'
        f"<table:table-row>{cells}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell table:number-columns-repeated="{columns}" '
        f'office:value-type="string"><text:p>{text}</text:p></table:table-cell></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        container.writestr("META-INF/manifest.xml", "<manifest/>")
        container.writestr("content.xml", body)


def page(path: Path, rows: int, columns: int) -> None:
    """An HTML page named like a workbook."""
    row = "<tr>" + "<td>12</td>" * columns + "</tr>\n"
    with path.open("w") as file:
        file.write("<html><table><tr>" + "".join(f"<th>{cell}</th>" for cell in HEADER) + "</tr>")
        for _ in range(rows):
            file.write(row)


def unclosed_page(path: Path, size: int) -> None:
    """A page of tags that never end: the reader of Python 3.11 tries every one of them to the end of the file."""
    path.write_text("<html><table>" + "<a" * (size // 2))


def long_line(path: Path, size: int) -> None:
    """A header, and one line without end or comma."""
    _filled(path, size, "x")


def many_columns(path: Path, columns: int) -> None:
    """A header, and one line of commas."""
    _filled(path, columns, ",")


def long_record(path: Path, size: int) -> None:
    """A header, and one record over as many lines as fit, each in a cell of its own."""
    _filled(path, size, '"\n",')


def wide_rows(path: Path, rows: int, columns: int) -> None:
    """Short rows and wide ones in turn, of cells that differ: a table that pads to its widest row would explode."""
    with path.open("w") as file:
        file.write(as_csv([HEADER, *rows_of(3)]))
        for number in range(rows):
            file.write(f"{number}\n" if number % 1000 else ",".join(f"a{at}" for at in range(columns)) + "\n")


def zeros(path: Path, size: int, after_header: bool) -> None:
    """Zero bytes, from the beginning or after a sound beginning."""
    with path.open("wb") as file:
        file.write(as_csv([HEADER, *rows_of(6000)]).encode() if after_header else b"")
        for _ in range(size // PIECE):
            file.write(bytes(PIECE))


def _filled(path: Path, size: int, text: str) -> None:
    piece = text * (PIECE // len(text))
    with path.open("w") as file:
        file.write(as_csv([HEADER, *rows_of(3)]))
        for _ in range(size // PIECE):
            file.write(piece)
        file.write(text * (size % PIECE // len(text)))


def _sheet(piece: bytes, pieces: int) -> Iterator[bytes]:
    yield b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    for _ in range(pieces):
        yield piece
    yield b"</sheetData></worksheet>"


def _sheet_of_cells(size: int) -> Iterator[bytes]:
    yield from list(_sheet(b"", 0))[:1]
    written, row = 0, 0
    while written < size:
        rows = []
        for _ in range(1000):
            row += 1
            cells = "".join(
                f'<c r="{letter}{row}"><v>{row * 7919 * (at + 1) % 999_983}</v></c>'
                for at, letter in enumerate("ABCDEFGHIJ")
            )
            rows.append(f'<row r="{row}">{cells}</row>')
        piece = "".join(rows).encode()
        written += len(piece)
        yield piece
    yield b"</sheetData></worksheet>"
