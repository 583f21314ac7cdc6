"""What workbooks show beside their cells, in the forms in which different programs write it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import xlsxwriter

from include.ingest.marked import MergedCells, row_marks
from include.ingest.readers.marks import marks_of as sheets_marks
from include.ingest.readers.sheet import Block, Marks
from include.ingest.readers.workbook import WorkbookLimits, read_workbook

LIMITS = WorkbookLimits(200, 2_000_000, 300, 5000, 2_000_000_000, 60)
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def package(sheet: str, styles: str = "") -> bytes:
    """A workbook of one sheet, its XML as given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATIONS}"><sheets><sheet name="A &amp; B" sheetId="1" r:id="rId7"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="rId7" Target="/xl/sheets/one.xml"/></Relationships>',
        )
        book.writestr("xl/styles.xml", styles or f'<styleSheet xmlns="{SPREADSHEET}"/>')
        book.writestr("xl/sheets/one.xml", sheet)
    return buffer.getvalue()


def marks_of(tmp_path: Path, content: bytes, name: str = "A & B") -> dict[str, object]:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    found: dict[str, object] = sheets_marks(str(path))(name).as_frame()
    return found


STYLES = (
    f'<styleSheet xmlns="{SPREADSHEET}"><fonts><font/><font><strike/></font><font><strike val="0"/></font></fonts>'
    '<fills><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFFFF00"/></patternFill></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFFFFFF"/></patternFill></fill></fills>'
    '<cellXfs><xf/><xf fontId="1"/><xf fontId="2"/><xf fillId="2"/><xf fillId="3"/></cellXfs></styleSheet>'
)


def test_rows_without_numbers_and_with_a_prefix_are_counted(tmp_path: Path) -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{SPREADSHEET}"><x:cols><x:col min="2" max="3" hidden="1"/></x:cols><x:sheetData>'
        '<x:row><x:c s="0"><x:v>1</x:v></x:c></x:row><x:row hidden="true"/><x:row/><x:row><x:c s="1"><x:v>1</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    assert marks_of(tmp_path, package(sheet, STYLES)) == {
        "hidden": [[2, 2, 1]],
        "struck": [[4, 4, 1]],
        "hidden_columns": [[2, 3]],
    }


def test_styles_that_only_look_like_marks_are_none(tmp_path: Path) -> None:
    """White fills, a strike that is switched off, a struck cell without content."""
    rows = (
        '<row r="1"><c r="A1" s="2"><v>1</v></c></row><row r="2"><c r="A2" s="4"><v>1</v></c></row>'
        '<row r="3"><c r="A3" s="1"/></row><row r="4"><c r="A4" s="3"/></row>'
    )
    assert marks_of(tmp_path, package(f"<worksheet><sheetData>{rows}</sheetData></worksheet>", STYLES)) == {
        "coloured": [[4, 4, 1]]
    }


def test_a_formula_that_gives_an_empty_text_has_a_result(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="str"><f>""</f><v></v></c><c r="B1"><f>1+1</f><v/></c><c r="C1"><f t="shared" si="0"/></c>'
        '<c r="D1"><f>1</f><v>1</v></c><c r="E1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    assert marks_of(tmp_path, package(f"<worksheet><sheetData>{rows}</sheetData></worksheet>")) == {
        "errors": [1, ["E1"]], "uncomputed": [2, ["B1", "C1"]],
    }  # fmt: skip


def test_marks_across_the_pieces_of_a_long_sheet(tmp_path: Path) -> None:
    marked = {1, 2, 7_001, 20_000}
    rows = "".join(
        f'<row r="{row}"{" hidden=" + chr(34) + "1" + chr(34) if row in marked else ""}><c r="A{row}" t="inlineStr"><is><t>{"x" * 100}</t></is></c></row>'
        for row in range(1, 20_001)
    )
    sheet = f'<worksheet><sheetData>{rows}</sheetData><mergeCells><mergeCell ref="B2:C9"/><mergeCell ref="A1:D1"/></mergeCells></worksheet>'
    assert marks_of(tmp_path, package(sheet)) == {
        "hidden": [[1, 2, 1], [7_001, 7_001, 1], [20_000, 20_000, 1]], "merged": [[2, 2, 9, 3]],
    }  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", package("<worksheet><sheetData><row")[:-60], package("\0" * 3_000_000)]
)
def test_damage_costs_the_marks_only(tmp_path: Path, content: bytes) -> None:
    assert marks_of(tmp_path, content) == {}


def test_a_part_that_declares_entities_is_not_read(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "b">]>' + STYLES.replace("<font/>", "<font>&b;</font>", 1)
    sheet = '<worksheet><sheetData><row r="1"><c r="A1" s="1"><v>1</v></c></row></sheetData></worksheet>'
    assert marks_of(tmp_path, package(sheet, bomb)) == {}
    assert marks_of(tmp_path, package(sheet, STYLES)) == {"struck": [[1, 1, 1]]}


def test_a_sheet_that_is_unknown_or_beyond_reason_has_none(tmp_path: Path) -> None:
    assert marks_of(tmp_path, package("<worksheet/>"), "Other") == {}


def test_the_reading_process_tells_them(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        for row in range(6):
            sheet.write_string(
                row,
                0,
                "x",
                book.add_format(
                    {"font_strikeout": row == 3, **({"bg_color": "#FF0000"} if row == 4 else {})}
                ),
            )
        sheet.set_row(5, None, None, {"hidden": True})
        sheet.merge_range(0, 1, 2, 1, "merged")
    [read] = [sheet for sheet in read_workbook(path, LIMITS) if list(sheet.blocks)]
    assert read.marks == Marks(
        hidden=[[6, 6, 1]], struck=[[4, 4, 1]], coloured=[[5, 5, 1]], merged=[[1, 2, 3, 2]]
    )  # type: ignore[list-item]


# --- what reading makes of them


def marked(marks: Marks, count: int, data: list[int] | None = None) -> list[str | None]:
    is_data = np.array([data is None or row in data for row in range(1, count + 1)])
    letters: list[str | None] = row_marks(1, is_data, marks, None).to_pylist()
    return letters


def test_only_rows_that_stand_out_are_coloured() -> None:
    one_green = Marks(coloured=[(1, 1, 9), (3, 3, 1)])
    assert marked(one_green, 5, data=[2, 3, 4, 5]) == [
        None,
        None,
        "c",
        None,
        None,
    ]  # the header's own colour says nothing
    assert marked(Marks(coloured=[(1, 6, 1)]), 6) == [None] * 6
    banded = Marks(coloured=[(row, row, 1) for row in range(1, 11, 2)])
    assert marked(banded, 10) == [None] * 10
    assert marked(Marks(coloured=[(2, 3, 1)], hidden=[(3, 4, 1)]), 6) == [None, "c", "hc", "h", None, None]


def block(columns: list[list[str | None]]) -> Block:
    return Block(
        1,
        [pa.array(column, pa.string()) for column in columns],
        [pa.array(["t"] * len(columns[0]))] * len(columns),
    )


def test_a_record_of_several_lines_is_one_record() -> None:
    """Person and amount merged over the same rows: the rows below are lines of its address."""
    merged = MergedCells([(1, 1, 2, 1), (1, 2, 2, 2)], frozenset({1}), frozenset({0}))
    before = block([["A", None], ["10", None], ["Jl. X", "RT 1"]])
    after = merged.apply(before, np.array([False, False]))
    assert [column.to_pylist() for column in after.columns] == [["A", None], ["10", None], ["Jl. X", "RT 1"]]
    assert after.types is not None
    assert after.types[1].to_pylist() == ["t", "t"]


def test_a_person_merged_over_several_months_is_in_each_of_them() -> None:
    merged = MergedCells([(1, 1, 3, 1)], frozenset({1}), frozenset({0}))
    after = merged.apply(
        block([["A", None, None], ["10", "10", None], [None, None, None]]), np.array([False, False, True])
    )
    assert after.columns[0].to_pylist() == ["A", "A", None]  # the blank row stays blank
    assert merged.carried == {0: 1}


def test_merged_cells_reach_over_blocks() -> None:
    merged = MergedCells([(1, 1, 4, 1), (1, 2, 4, 2)], frozenset({1}), frozenset())
    first, second = (
        block([["Nowa", None], ["40", None], ["x", "x"]]),
        block([[None, None], [None, None], ["x", "x"]]),
    )
    second.first_row = 3
    for part in (first, second):
        after = merged.apply(part, np.array([False, False]))
        assert after.columns[0].to_pylist() == ["Nowa", "Nowa"]
        assert after.types is not None
        assert after.types[1].to_pylist() == ["m", "m"]
