"""The table that goes with a digest: villages and counts, never a person, and no cell that could act as a formula."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from include.alerts.occasion import Row
from include.language import indonesian
from include.language.inert import cell


@dataclass(frozen=True)
class _Column:
    header: str
    width: int
    value: Callable[[Row], Any]


_COLUMNS = (
    _Column("Program", 26, lambda row: row["program_name"]),
    _Column("Periode", 16, lambda row: indonesian.period(row["period"]) if row["period"] else None),
    _Column("Jatuh tempo", 13, lambda row: row["due_date"]),
    _Column("Kecamatan", 16, lambda row: row["district_name"]),
    _Column(
        "Desa/kelurahan",
        20,
        lambda row: indonesian.village(row["village_name"] or row["village_code"], row["kind"]),
    ),
    _Column("KPM berhak", 11, lambda row: row["entitled"]),
    _Column("KPM lengkap", 11, lambda row: row["complete"]),
    _Column("KPM tersalur tanpa tanggal", 12, lambda row: row["undated"] or None),
    _Column("KPM belum tercatat menerima", 12, lambda row: row["families_missing"]),
    _Column("KPM kurang dari hak", 12, lambda row: row["families_short"]),
    _Column("KPM melebihi hak", 12, lambda row: row["families_excess"]),
    _Column("Belum dipenuhi", 16, lambda row: row["outstanding"]),
    _Column("Satuan", 8, lambda row: {"IDR": "rupiah"}.get(row["unit"], row["unit"])),
    _Column("Hari terlambat (terlama)", 12, lambda row: row["days_late"]),
    _Column("Log belum diterima", 10, lambda row: "ya" if row["no_log"] else None),
    _Column("Temuan lain", 10, lambda row: row["other_flags"] or None),
)


def village_workbook(title: str, as_of: date, rows: Sequence[Row]) -> bytes:
    """One sheet, one row a village, programme and period; the same rows give the same bytes."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties(
        {"title": cell(title), "created": datetime.combine(as_of, time.min, UTC).replace(tzinfo=None)}
    )
    bold = book.add_format({"bold": True})
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF2"}
    )
    formats = {
        "day": book.add_format({"num_format": "dd-mm-yyyy", "align": "left"}),
        "number": book.add_format({"num_format": "#,##0"}),
    }
    sheet = book.add_worksheet("Desa")
    sheet.write_string(0, 0, cell(title), bold)
    sheet.write_string(1, 0, f"Keadaan per {indonesian.weekday(as_of)}. Tanpa data pribadi.")
    for position, column in enumerate(_COLUMNS):
        sheet.set_column(position, position, column.width)
        sheet.write_string(3, position, column.header, head)
    for line, row in enumerate(rows, start=4):
        for position, column in enumerate(_COLUMNS):
            _write(sheet, line, position, column.value(row), formats)
    sheet.freeze_panes(4, 5)
    sheet.autofilter(3, 0, 3 + max(len(rows), 1), len(_COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, line: int, position: int, value: Any, formats: dict[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(line, position, datetime.combine(value, time.min), formats["day"])
    elif isinstance(value, int | float):
        sheet.write_number(line, position, value, formats["number"])
    else:
        sheet.write_string(line, position, cell(str(value)))
