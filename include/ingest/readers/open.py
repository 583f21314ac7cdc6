"""Decides by its first bytes how a file is read; its name is only what somebody called it."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from include.ingest.originals import Unpackable, check_flow, check_sizes, open_container
from include.ingest.readers.markup import read_markup
from include.ingest.readers.sheet import Sheet, Unreadable
from include.ingest.readers.text import TextLimits, read_text
from include.ingest.readers.workbook import WorkbookLimits, read_workbook

if TYPE_CHECKING:
    from include.config.models import Limits

_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_FORMATS = {
    b"%PDF": "PDF", b"\x89PNG": "gambar", b"\xff\xd8\xff": "gambar", b"GIF8": "gambar", b"Rar!": "RAR", b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip", b"II*\x00": "gambar", b"{\\rtf": "RTF",
}  # fmt: skip
_PAGE = (b"<html", b"<table", b"<!doctype html", b"<head", b"<body", b"<meta", b"<style")


def open_sheets(path: Path, beside: Path, limits: Limits) -> Iterator[Sheet]:
    """The sheets of a file.

    Args:
        path: The original, whatever its name.
        beside: A folder of ours for a link that bears the suffix the native reader goes by.
        limits: Up to where to read.

    Raises:
        Unreadable: no table file, damaged, encrypted or beyond a limit.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise Unreadable("file_empty")
    text_limits = TextLimits(limits.rows, limits.columns, limits.cell_characters, limits.seconds_per_file)
    if start.startswith((_ZIP, b"PK\x05\x06")):
        yield from _workbook(path, beside, _suffix_of_zip(path, limits), limits)
    elif start.startswith(_COMPOUND):
        yield from _workbook(path, beside, _suffix_of_compound(path), limits)
    elif found := next((name for mark, name in _OTHER_FORMATS.items() if start.startswith(mark)), None):
        raise Unreadable("format_unsupported", found)
    elif _is_page(start):
        yield read_markup(path, text_limits)
    else:
        yield read_text(path, text_limits)


def _workbook(path: Path, beside: Path, suffix: str, limits: Limits) -> Iterator[Sheet]:
    link = beside / f"original{suffix}"
    link.unlink(missing_ok=True)
    link.symlink_to(path)
    bounds = WorkbookLimits(
        limits.sheets,
        limits.rows,
        limits.columns,
        limits.cell_characters,
        limits.reader_memory_bytes,
        limits.seconds_per_file,
    )
    yield from read_workbook(link, bounds)


def _suffix_of_zip(path: Path, limits: Limits) -> str:
    """Which kind of workbook a ZIP is, once it is known that it unpacks to what it declares, within the limits."""
    try:
        with open_container(path) as container:
            infos = container.infolist()
            names = {info.filename for info in infos}
            check_sizes(infos, path.stat().st_size, limits.unpacked_bytes, limits.compression_ratio)
            check_flow(path, infos)
            is_ods = "mimetype" in names and b"spreadsheet" in container.open("mimetype").read(100)
    except Unpackable as error:
        # To whoever sends a workbook it is no ZIP, but one with formats down to the last row.
        code = "reading_too_heavy" if error.code.startswith("archive_") else error.code
        raise Unreadable(code, error.detail) from None
    if is_ods:
        return ".ods"
    if "xl/workbook.bin" in names:
        return ".xlsb"
    if any(name.startswith("xl/") for name in names):
        return ".xlsx"
    if not names:
        raise Unreadable("file_empty")
    is_word = any(name.startswith("word/") for name in names)
    raise Unreadable("format_unsupported", "Word" if is_word else "bukan buku kerja")


def _suffix_of_compound(path: Path) -> str:
    """An old workbook, or a new one behind a password, which bears the same outer form."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise Unreadable("file_encrypted")
        if content.find("WordDocument".encode("utf-16-le")) >= 0:
            raise Unreadable("format_unsupported", "Word")
    return ".xls"


def _is_page(start: bytes) -> bool:
    begin = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return begin.startswith(_PAGE) or (begin.startswith((b"<?xml", b"<!--")) and b"<html" in begin)
