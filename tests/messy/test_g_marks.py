"""G. Statuses that stand in no cell: case 67."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.messy.kit import LIST, LIST_HEADER, LOG_HEADER, Drop, Messy, given, write_rows

STATUS = 9
SIGNS = (
    ("V", "delivered"),
    ("√", "delivered"),
    ("v ", "delivered"),
    ("1", "delivered"),
    (1, "delivered"),
    ("x", "unknown"),
)


@given(67)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(40))
    signs = zip(drop.people(len(SIGNS)), SIGNS, strict=True)
    drop.log(
        "tanda.xlsx",
        [drop.row(person, number, status=sign) for number, (person, (sign, _)) in enumerate(signs, 1)],
    )
    drop.file("dicoret.xlsx", lambda path: _struck(drop, path))
    drop.file("warna saja.xlsx", lambda path: _coloured(drop, path))
    drop.file("selang seling.xlsx", lambda path: _banded(drop, path))
    drop.file("daftar dicoret.xlsx", lambda path: _struck_list(drop, path), feed=LIST, at="2024-01-03T08:00")


def _rows(drop: Drop, first: int, count: int, **changes: Any) -> list[list[Any]]:
    people = drop.people(first + count)[first:]
    return [drop.row(person, number, **changes) for number, person in enumerate(people, 1)]


def _struck(drop: Drop, path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        head, line = (
            book.add_format({"bold": True, "bg_color": "#C6E0B4"}),
            book.add_format({"font_strikeout": True}),
        )
        rows = _rows(drop, 10, 5)
        write_rows(sheet, rows, first=1)
        for column, name in enumerate(LOG_HEADER):
            sheet.write_string(0, column, name, head)
            sheet.write(3, column, rows[2][column], line)
        sheet.write_string(6, 1, "JUMLAH", line)
        sheet.write_string(6, 7, "50", line)


def _coloured(drop: Drop, path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        green, red = book.add_format({"bg_color": "#00B050"}), book.add_format({"bg_color": "#FF0000"})
        for name, first in (("Blok A", 20), ("Blok B", 25)):
            sheet = book.add_worksheet(name)
            write_rows(sheet, [LOG_HEADER, *_rows(drop, first, 5, status=None)])
            for row in range(1, 6):
                sheet.write_blank(row, STATUS, None, red if row == 2 else green)


def _banded(drop: Drop, path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        grey = book.add_format({"bg_color": "#D9D9D9"})
        for index, row in enumerate([LOG_HEADER, *_rows(drop, 30, 7)]):
            for column, value in enumerate(row):
                sheet.write(index, column, value, grey if index % 2 else None)


def _struck_list(drop: Drop, path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Daftar")
        village = drop.village
        people = drop.people(40)
        write_rows(
            sheet,
            [
                LIST_HEADER,
                *([p.nik, p.kk, p.name, village.village_name, village.district_name] for p in people),
            ],
        )
        sheet.write_string(40, 2, people[-1].name, book.add_format({"font_strikeout": True}))


def test_case_67_ticks_are_a_status_and_a_cross_is_asked_about(messy: Messy) -> None:
    """A cross means "yes" to some and "no" to others; rows with one are refused until the sender says which."""
    rows = messy.rows(67, "tanda.xlsx")
    assert [row["delivery_status"] for row in rows] == [status for _, status in SIGNS]
    assert [row["reason_codes"] for row in rows][-1] == ["status_unknown"]


def test_case_67_a_struck_row_is_read_as_it_stands_and_pointed_at(messy: Messy) -> None:
    rows = messy.rows(67, "dicoret.xlsx")
    assert [row["warning_codes"] for row in rows] == [[], [], ["row_struck"], [], []]
    assert [row["delivery_status"] for row in rows] == ["delivered"] * 5
    assert messy.remarks(67, "dicoret.xlsx") == {"row_struck": "1 baris"}
    about = messy.submission(67, "dicoret.xlsx")
    assert (about["rows_accepted"], about["rows_skipped"]) == (5, 1)
    [sheet] = [one for one in messy.receipt(67, "dicoret.xlsx").worksheets if one.title == "Baris Diperbaiki"]
    assert [row[5].value for row in sheet.iter_rows(min_row=2)] == ["4"]


def test_case_67_a_colour_is_no_status(messy: Messy) -> None:
    """The column is blank throughout, so its rows count as delivered (the contract); the rows that stand out are pointed at."""
    rows = messy.rows(67, "warna saja.xlsx")
    assert [row["warning_codes"] for row in rows] == [[], ["row_coloured"], [], [], []] * 2
    assert {row["delivery_status"] for row in rows} == {"delivered"}
    assert messy.remarks(67, "warna saja.xlsx") == {"row_coloured": "2 baris (Blok A: 1, Blok B: 1)"}


@pytest.mark.parametrize("name", ["selang seling.xlsx", "tanda.xlsx"])
def test_case_67_colours_that_guide_the_eye_are_not_reported(messy: Messy, name: str) -> None:
    assert not {"row_coloured", "row_struck"} & set(messy.remarks(67, name))


def test_case_67_a_struck_name_in_a_list_is_told_and_stays_entitled(messy: Messy) -> None:
    rows = messy.rows(67, "daftar dicoret.xlsx")
    assert [row["nik_text"] for row in rows if "row_struck" in row["warning_codes"]] == [
        messy.drop(67).person(40).nik
    ]
    assert messy.accuracy(messy.drop(67).person(40))["amount_status"] == "none"
