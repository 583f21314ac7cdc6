"""Reads workbooks in a process of its own, under a memory limit: a hostile workbook can make the reader abort.

Run as a script, so that it starts in some 40 ms; of the project it imports marks.py only, which imports nothing more. It
answers one request a line on stdin (a path and its limits) with frames on stdout: four bytes of length, then JSON, then
what `sizes` in it announces. A sheet is announced, its blocks of rows follow by column, `done` or `error` ends the answer.
"""

from __future__ import annotations

import array
import datetime
import itertools
import json
import re
import resource
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from include.ingest.readers.marks import SheetMarks, marks_of

_MIDNIGHT = datetime.time()
_TELLS_OF_OTHERS = re.compile(
    r"(?i)\s*(?:data\s+)?(?:program|kegiatan|identitas|info(?:rmasi)?|profil|umum)\b"
)
"""Names of sheets that may describe the others; they are read first, whatever their place."""


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers requests until stdin ends."""
    for line in requests:
        request = json.loads(line)
        for frame in _answer(request):
            blobs = frame.pop("blobs", [])
            frame["sizes"] = [len(blob) for blob in blobs]
            payload = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            answers.write(struct.pack(">I", len(payload)))
            answers.write(payload)
            answers.writelines(blobs)
        answers.flush()


def _answer(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    try:
        with CalamineWorkbook.from_path(request["path"]) as workbook:
            yield from _sheets(workbook, request)
    except PasswordError:
        yield {"error": "file_encrypted"}
    except MemoryError:
        yield {"error": "reading_too_heavy"}
    except (CalamineError, OSError, ValueError, RuntimeError, KeyError, UnicodeError) as error:
        yield {"error": _code(str(error).lower())}
    except BaseException as error:  # a panic of the native reader arrives as a BaseException
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        yield {"error": "file_corrupt"}
    else:
        yield {"done": True}


def _code(message: str) -> str:
    """What an error of the native reader means."""
    if "password" in message or "encrypt" in message:
        return "file_encrypted"
    # A thread that cannot be started lacks the memory for its stack.
    return "reading_too_heavy" if "limit exceeded" in message or "new thread" in message else "file_corrupt"


def _sheets(workbook: CalamineWorkbook, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if len(workbook.sheets_metadata) > request["sheets"]:
        yield {
            "error": "sheets_too_many",
            "detail": f"{len(workbook.sheets_metadata)} lembar, batasnya {request['sheets']}",
        }
        return
    sheets = [
        (number, about)
        for number, about in enumerate(workbook.sheets_metadata, start=1)
        if about.typ == SheetTypeEnum.WorkSheet
    ]
    # The native reader lets other threads work, so the marks are looked for beside it.
    with ThreadPoolExecutor(1) as beside:
        finding = beside.submit(marks_of, request["path"])
        for number, about in sorted(sheets, key=lambda sheet: not _TELLS_OF_OTHERS.match(sheet[1].name)):
            frame = {
                "sheet": about.name,
                "number": number,
                "describes": bool(_TELLS_OF_OTHERS.match(about.name)),
            }
            if about.visible != SheetVisibleEnum.Visible:
                yield {**frame, "visible": False, "marks": {}}
                continue
            marks = beside.submit(_marks_of_sheet, finding, about.name)
            sheet = workbook.get_sheet_by_name(about.name)
            found = _with_merged(marks.result(), sheet, request["path"])
            yield {**frame, "visible": True, "marks": found.as_frame()}
            yield from _blocks(sheet, request)


def _marks_of_sheet(finding: Future[Callable[[str], SheetMarks]], name: str) -> SheetMarks:
    return finding.result()(name)


def _with_merged(marks: SheetMarks, sheet: CalamineSheet, path: str) -> SheetMarks:
    """The marks of an old workbook: the native reader knows its merged ranges, and nobody knows more."""
    if path.endswith(".xls"):
        marks.merged = [
            [top + 1, left + 1, bottom + 1, right + 1]
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
            if bottom > top
        ]
    return marks


def _blocks(sheet: CalamineSheet, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if sheet.start is None or sheet.end is None:
        return
    width = sheet.end[1] + 1
    if width > request["columns"]:
        yield {"error": "columns_too_many", "detail": f"{width} kolom, batasnya {request['columns']}"}
        return
    if sheet.end[0] - sheet.start[0] + 1 > request["rows"]:
        yield {"error": "rows_too_many", "detail": f"lebih dari {request['rows']} baris"}
        return
    rows: list[list[Any]] = []
    first = 1
    at_once = max(request["head"], min(request["block"], request["cells"] // width))
    blank = [""] * sheet.start[
        1
    ]  # the native reader leaves out empty columns on the left, but no empty rows above
    for row in sheet.iter_rows():
        rows.append(blank + row if blank else row)
        if len(rows) == at_once:
            yield from _frames(first, rows, request)
            first += len(rows)
            rows = []
    if rows:
        yield from _frames(first, rows, request)


def _frames(first: int, rows: list[list[Any]], request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One frame; two where its texts are so long that the answer would be too large to be held in memory."""
    columns, types, characters = [], [], 0
    for cells in zip(*rows, strict=True):
        texts, letters = _column(cells)
        columns.append(texts)
        types.append(letters)
        longest = max(map(len, texts))
        characters += longest * len(texts)
        if longest > request["characters"]:
            yield {"error": "cell_too_long", "detail": f"batasnya {request['characters']} huruf"}
            return
    if (
        characters > request["frame"]
        and sum(len(text) for texts in columns for text in texts) > request["frame"]
    ):
        half = len(rows) // 2
        yield from _frames(first, rows[:half], request)
        yield from _frames(first + half, rows[half:], request)
    else:
        blobs = [blob for texts in columns for blob in _packed(texts)]
        yield {"first": first, "types": types, "blobs": blobs}


def _packed(texts: Sequence[str]) -> tuple[bytes, bytes]:
    """Where each text begins, and all of them as one: what Arrow makes a column of without looking at a single cell."""
    data = "".join(texts).encode("utf-8", "replace")
    lengths: Iterable[int] = map(len, texts)
    if not data.isascii():
        lengths = (len(text.encode("utf-8", "replace")) for text in texts)
    return array.array("i", itertools.accumulate(lengths, initial=0)).tobytes(), data


def _column(cells: tuple[Any, ...]) -> tuple[Sequence[str], str]:
    """Text and type letter of every cell. Whole columns of text, the usual case, are passed on as they are."""
    if set(map(type, cells)) == {str}:
        return cells, ""
    pairs = [_cell(cell) for cell in cells]
    return [text for text, _ in pairs], "".join(letter for _, letter in pairs)


def _cell(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        return value, "t"
    if isinstance(value, bool):
        return ("true" if value else "false"), "b"
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)), "n"
    if isinstance(value, int):
        return str(value), "n"
    if isinstance(value, datetime.datetime):
        return (value.date().isoformat() if value.time() == _MIDNIGHT else value.isoformat(" ")), "d"
    if isinstance(value, datetime.date):
        return value.isoformat(), "d"
    return str(value), "t"


if __name__ == "__main__":
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer)
