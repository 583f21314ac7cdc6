"""The shapes in which offices send a distribution log, from a plain CSV to a workbook with a sheet a village.

A `Row` holds what is meant; a layout says how it is typed. Text in a place where a number or a date is meant
(a row that is planted to be refused) goes out as it stands.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from include.config import Program, Village
from include.sample.people import Family
from include.sample.words import amount_text, day_text, period_text, span_upper, village_text

LABEL = "CONTOH"
DISCLAIMER = "CONTOH - DATA REKAAN, BUKAN DATA WARGA"

# Beyond this a workbook is written row by row without keeping its cells.
_LARGE = 2000


@dataclass(slots=True)
class Row:
    """One line of a log: what is meant, and what the sample knows about it."""

    family: Family
    village: Village
    periods: tuple[str, ...]
    nik: str | int
    kk: str
    name: str
    amount: float | str | None
    day: date | str | None
    status: str = "Sudah salur"
    bast: str = ""
    taker: str = ""
    notes: str = ""
    period_as_typed: str | None = None
    refused_for: str | None = None
    delivered: bool = True


@dataclass(frozen=True)
class Column:
    """A header and the field of `Row` under it; `group` stands above it in a two-row header."""

    header: str
    field: str
    group: str = ""


@dataclass(frozen=True)
class Layout:
    """How an office writes its log."""

    key: str
    suffix: str
    columns: tuple[Column, ...]
    amount: str = "dots"
    day: str = "slash"
    period: str = "month_year"
    village: str = "plain"
    status: str = "Sudah salur"
    encoding: str = "utf-8"
    delimiter: str = ";"
    titled: bool = False
    total: bool = False
    numbered: bool = False
    sheet_per_village: bool = False
    fields: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", frozenset(column.field for column in self.columns))

    @property
    def is_workbook(self) -> bool:
        """Whether it is sent as a workbook rather than as text."""
        return self.suffix == ".xlsx"


def _columns(*pairs: str | tuple[str, str] | tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*pair) if isinstance(pair, tuple) else Column(pair, pair) for pair in pairs)


LAYOUTS: dict[str, Layout] = {
    layout.key: layout
    for layout in (
        Layout(
            "semicolon",
            ".csv",
            amount="rp",
            day="slash",
            columns=_columns(
                ("No", "no"),
                ("NIK", "nik"),
                ("No. KK", "kk"),
                ("Nama Penerima", "name"),
                ("Desa/Kelurahan", "village"),
                ("Kecamatan", "district"),
                ("Bulan", "period"),
                ("Jumlah", "amount"),
                ("Tanggal Penyaluran", "day"),
                ("Status", "status"),
                ("No. BAST", "bast"),
                ("Diwakili oleh", "taker"),
                ("Keterangan", "notes"),
            ),
        ),
        Layout(
            "titled",
            ".xlsx",
            titled=True,
            total=True,
            numbered=True,
            village="prefixed",
            day="cell",
            amount="cell",
            status="tersalur",
            columns=_columns(
                ("No.", "no"),
                ("Nama KPM", "name"),
                ("N I K", "nik"),
                ("No KK", "kk"),
                ("Desa/Kel", "village"),
                ("Jumlah Diterima", "amount"),
                ("Tgl Terima", "day"),
                ("No BAST", "bast"),
                ("Status Salur", "status"),
                ("Tanda Tangan", "blank"),
            ),
        ),
        Layout(
            "utf16",
            ".txt",
            encoding="utf-16",
            delimiter="\t",
            amount="dots",
            day="long",
            period="short",
            village="upper",
            status="diterima",
            columns=_columns(
                ("NO URUT", "no"),
                ("NIK PENERIMA", "nik"),
                ("NAMA", "name"),
                ("DESA", "village"),
                ("KECAMATAN", "district"),
                ("PERIODE", "period"),
                ("JUMLAH DITERIMA", "amount"),
                ("TGL SALUR", "day"),
                ("STATUS", "status"),
                ("BAST", "bast"),
            ),
        ),
        Layout(
            "sheets",
            ".xlsx",
            titled=True,
            sheet_per_village=True,
            amount="cell",
            status="Ya",
            columns=_columns(
                ("No", "no"),
                ("NIK", "nik"),
                ("NKK", "kk"),
                ("Nama Lengkap", "name"),
                ("Jumlah", "amount"),
                ("No. BAST", "bast"),
                ("Sudah/Belum", "status"),
                ("Ket.", "notes"),
            ),
        ),
        Layout(
            "ansi",
            ".csv",
            encoding="cp1252",
            titled=True,
            total=True,
            amount="rp_dash",
            day="dash",
            village="curly",
            columns=_columns(
                ("No", "no"),
                ("Nama Penerima Manfaat", "name"),
                ("No. NIK", "nik"),
                ("Desa", "village"),
                ("Jml Uang / Kuantum", "amount"),
                ("Tanggal", "day"),
                ("No. Berita Acara", "bast"),
            ),
        ),
        Layout(
            "two_row",
            ".xlsx",
            titled=True,
            amount="cell",
            day="weekday",
            period="upper",
            village="arabic",
            status="sudah",
            columns=_columns(
                ("No", "no"),
                ("NIK", "nik", "Penerima"),
                ("Nama", "name", "Penerima"),
                ("No. KK", "kk", "Penerima"),
                ("Desa/Kelurahan", "village"),
                ("Periode", "period"),
                ("Alokasi", "plan", "Jumlah"),
                ("Realisasi", "amount", "Jumlah"),
                ("Tanggal", "day", "Penyaluran"),
                ("No. BAST", "bast", "Penyaluran"),
                ("Status", "status", "Penyaluran"),
            ),
        ),
        Layout(
            "comma",
            ".csv",
            encoding="utf-8-sig",
            delimiter=",",
            amount="commas",
            day="iso",
            period="iso",
            village="bare",
            status="1",
            columns=_columns(
                ("nik", "quoted_nik"),
                ("no_kk", "kk"),
                ("nama", "name"),
                ("desa", "village"),
                ("kecamatan", "district"),
                ("periode", "period"),
                ("jumlah_diterima", "amount"),
                ("tanggal_terima", "day"),
                ("status", "status"),
                ("no_bast", "bast"),
                ("nama_pengambil", "taker"),
            ),
        ),
        Layout(
            "village",
            ".csv",
            titled=True,
            amount="dots",
            day="dots",
            columns=_columns(
                ("No", "no"),
                ("NIK", "nik"),
                ("Nama", "name"),
                ("Bulan", "period"),
                ("Jumlah", "amount"),
                ("Tanggal Terima", "day"),
            ),
        ),
    )
}

ROTATION = ("semicolon", "titled", "utf16", "sheets", "ansi", "two_row", "semicolon", "comma")
"""Which district's office writes in which shape; most of the volume is CSV, three in eight send workbooks."""


@dataclass(frozen=True)
class Sheet:
    """A log, ready to be typed."""

    program: Program
    periods: tuple[str, ...]
    regency: str
    district: str
    rows: Sequence[Row]
    villages: Sequence[Village]
    signed_on: date
    stated_total: float | None = None


def render(layout: Layout, sheet: Sheet) -> bytes:
    """The file's bytes; the same log gives the same bytes."""
    if not layout.is_workbook:
        return _render_csv(layout, sheet)
    buffer = io.BytesIO()
    # Cells merged over two rows cannot be written row by row.
    row_by_row = len(sheet.rows) > _LARGE and not any(column.group for column in layout.columns)
    with workbook(buffer, sheet.signed_on, constant_memory=row_by_row) as book:
        styles = Styles(book)
        if layout.sheet_per_village:
            for village in sheet.villages:
                _village_sheet(
                    book.add_worksheet(f"Ds. {village.village_name}"[:31]), styles, layout, sheet, village
                )
        else:
            _table_sheet(book.add_worksheet("Data"), styles, layout, sheet)
    return buffer.getvalue()


def workbook(target: io.BytesIO, created: date, constant_memory: bool = False) -> xlsxwriter.Workbook:
    """A workbook whose bytes do not depend on the hour it was written; text stays text."""
    options = {
        "constant_memory": constant_memory,
        "in_memory": not constant_memory,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"created": datetime(created.year, created.month, created.day), "title": DISCLAIMER})  # noqa: DTZ001
    return book


class Styles:
    """The few cell formats of a list."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.title = book.add_format({"bold": True})
        self.header = book.add_format({"bold": True, "border": 1, "align": "center"})
        self.text = book.add_format({"num_format": "@"})
        self.day = book.add_format({"num_format": "dd/mm/yyyy"})
        self.number = book.add_format({"num_format": "#,##0.##"})
        # NIK in a numeric cell: General would show 5.20599E+15.
        self.long_number = book.add_format({"num_format": "0"})


# --- cells


def _getters(layout: Layout, sheet: Sheet) -> list[Callable[[int, Row], Any]]:
    """One function a column, chosen once for the file."""
    unit = sheet.program.unit
    plan = sheet.program.entitlement

    def amount(_: int, row: Row) -> Any:
        value = row.amount
        if value is None or isinstance(value, str):
            return value or ""
        return value if layout.amount == "cell" else amount_text(value, unit, layout.amount)

    def day(_: int, row: Row) -> Any:
        value = row.day
        if value is None or isinstance(value, str):
            return value or ""
        return value if layout.day == "cell" else day_text(value, layout.day)

    def period(_: int, row: Row) -> str:
        return row.period_as_typed or period_text(row.periods, layout.period)

    makers: dict[str, Callable[[int, Row], Any]] = {
        "no": lambda number, _: number,
        "nik": lambda _, row: row.nik,
        "quoted_nik": lambda _, row: f"'{row.nik}" if row.nik else "",
        "kk": lambda _, row: row.kk,
        "name": lambda _, row: row.name,
        "village": lambda _, row: village_text(row.village.village_name, row.village.kind, layout.village),
        "district": lambda _, row: row.village.district_name,
        "period": period,
        "plan": lambda _, row: plan * len(row.periods),
        "amount": amount,
        "day": day,
        "status": lambda _, row: row.status if row.status != "Sudah salur" else layout.status,
        "bast": lambda _, row: row.bast,
        "taker": lambda _, row: row.taker,
        "notes": lambda _, row: row.notes,
        "blank": lambda *_: "",
    }
    return [makers[column.field] for column in layout.columns]


def _lines(getters: Sequence[Callable[[int, Row], Any]], rows: Iterable[Row]) -> Iterable[list[Any]]:
    for number, row in enumerate(rows, start=1):
        yield [get(number, row) for get in getters]


def total_of(rows: Iterable[Row]) -> float:
    """What a sum formula under the amounts shows: text counts nothing."""
    return sum(row.amount for row in rows if isinstance(row.amount, (int, float)))


# --- CSV


def _render_csv(layout: Layout, sheet: Sheet) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=layout.delimiter, lineterminator="\r\n")
    if layout.titled:
        village = sheet.villages[0] if layout.key == "village" else None
        writer.writerows([line] for line in title_lines(sheet, village))
        writer.writerow([])
    writer.writerow([column.header for column in layout.columns])
    writer.writerows(_lines(_getters(layout, sheet), sheet.rows))
    if layout.total and sheet.rows:
        writer.writerow(_total_line(layout, sheet))
    return text.getvalue().encode(layout.encoding, errors="replace")


def _total_line(layout: Layout, sheet: Sheet) -> list[Any]:
    total = sheet.stated_total if sheet.stated_total is not None else total_of(sheet.rows)
    shown: Any = total if layout.amount == "cell" else amount_text(total, sheet.program.unit, layout.amount)
    cells: list[Any] = [""] * len(layout.columns)
    cells[1] = "JUMLAH"
    cells[[column.field for column in layout.columns].index("amount")] = shown
    return cells


def title_lines(sheet: Sheet, village: Village | None = None, day: date | None = None) -> list[str]:
    """The lines above a table."""
    lines = [
        DISCLAIMER,
        f"DAFTAR TANDA TERIMA {sheet.program.name.upper()}",
        f"{sheet.regency.upper()}",
    ]
    if village is not None:
        label = "KELURAHAN" if village.kind == "kelurahan" else "DESA"
        lines.append(f"{label} : {village.village_name.upper()}")
    lines += [f"KECAMATAN : {sheet.district.upper()}", f"BULAN : {span_upper(sheet.periods)}"]
    if day is not None:
        lines.append(f"TANGGAL PENYALURAN : {day_text(day, 'long')}")
    return lines


# --- workbooks


def _table_sheet(ws: Worksheet, styles: Styles, layout: Layout, sheet: Sheet) -> None:
    at = _write_titles(ws, styles, title_lines(sheet), len(layout.columns))
    at = _write_header(ws, styles, layout, at)
    if layout.numbered:
        ws.write_row(at, 0, [f"({number})" for number in range(1, len(layout.columns) + 1)], styles.text)
        at += 1
    at = _write_rows(ws, styles, layout, _getters(layout, sheet), sheet.rows, at)
    if layout.total and sheet.rows:
        ws.write_row(at, 0, _total_line(layout, sheet))
        at += 1
    _write_signature(ws, sheet, at + 1, max(0, len(layout.columns) - 4))


def _village_sheet(ws: Worksheet, styles: Styles, layout: Layout, sheet: Sheet, village: Village) -> None:
    rows = [row for row in sheet.rows if row.village.village_code == village.village_code]
    days = [row.day for row in rows if isinstance(row.day, date)]
    at = _write_titles(
        ws, styles, title_lines(sheet, village, days[0] if days else None), len(layout.columns)
    )
    at = _write_header(ws, styles, layout, at)
    at = _write_rows(ws, styles, layout, _getters(layout, sheet), rows, at)
    _write_signature(ws, sheet, at + 1, max(0, len(layout.columns) - 4))


def _write_titles(ws: Worksheet, styles: Styles, lines: Sequence[str], width: int) -> int:
    for number, line in enumerate(lines):
        if number < 3:
            ws.merge_range(number, 0, number, width - 1, line, styles.title)
        else:
            ws.write_string(number, 0, line, styles.title)
    return len(lines) + 1


def _write_header(ws: Worksheet, styles: Styles, layout: Layout, at: int) -> int:
    """One row, or two with the groups merged above their columns."""
    if not any(column.group for column in layout.columns):
        ws.write_row(at, 0, [column.header for column in layout.columns], styles.header)
        return at + 1
    position = 0
    while position < len(layout.columns):
        column = layout.columns[position]
        same = [other for other in layout.columns[position:] if column.group and other.group == column.group]
        if not column.group:
            ws.merge_range(at, position, at + 1, position, column.header, styles.header)
        elif len(same) > 1:
            ws.merge_range(at, position, at, position + len(same) - 1, column.group, styles.header)
        position += max(1, len(same))
    for position, column in enumerate(layout.columns):
        if column.group:
            ws.write_string(at + 1, position, column.header, styles.header)
    return at + 2


def _write_rows(
    ws: Worksheet,
    styles: Styles,
    layout: Layout,
    getters: Sequence[Callable[[int, Row], Any]],
    rows: Sequence[Row],
    at: int,
) -> int:
    for cells in _lines(getters, rows):
        for position, value in enumerate(cells):
            if value == "" or value is None:
                continue
            if isinstance(value, str):
                ws.write_string(at, position, value, styles.text)
            elif isinstance(value, date):
                ws.write_datetime(at, position, datetime(value.year, value.month, value.day), styles.day)  # noqa: DTZ001
            else:
                long = layout.columns[position].field == "nik"
                ws.write_number(at, position, value, styles.long_number if long else styles.number)
        at += 1
    return at


def _write_signature(ws: Worksheet, sheet: Sheet, at: int, position: int) -> None:
    place = sheet.regency.removeprefix("Kabupaten ").removeprefix("Kota ")
    for line in (
        f"{place}, {day_text(sheet.signed_on, 'long')}",
        "Mengetahui,",
        "Kepala Dinas",
        "ttd",
        "( CONTOH )",
        "NIP. 000000000000000000",
    ):
        ws.write_string(at, position, line)
        at += 1
