from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from include.sample.chance import generator
from include.sample.people import make_population
from include.sample.rows import Drop, Plants, make_rows
from include.sample.shapes import LAYOUTS, Row, Sheet, render


@pytest.fixture(scope="module")
def rows(configuration) -> list[Row]:
    """More rows than a workbook keeps in memory."""
    program = configuration.program("sembako")
    families = [f for group in make_population(configuration, 2100, 1).listed.values() for f in group]
    drop = Drop(families[0].village, date(2024, 1, 20), tuple(families), "01/BAST", 1.0)
    made, _ = make_rows(
        program, LAYOUTS["two_row"], ("2024-01",), [drop], [], Plants(), date(2024, 1, 22), generator(1)
    )
    return made


@pytest.mark.parametrize("key", sorted(LAYOUTS))
def test_every_layout_holds_every_row(configuration, rows, key):
    layout = LAYOUTS[key]
    program = configuration.program("sembako")
    sheet = Sheet(
        program, ("2024-01",), "Kabupaten Percobaan", "Rantau", rows, [rows[0].village], date(2024, 1, 22)
    )
    content = render(layout, sheet)
    assert render(layout, sheet) == content
    if layout.is_workbook:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        cells = [cell for line in book.active.iter_rows(values_only=True) for cell in line]
        assert {row.nik for row in rows} <= set(cells)
    else:
        text = content.decode(layout.encoding)
        assert all(str(row.nik) in text for row in rows)


def test_a_large_header_of_two_rows_keeps_all_its_cells(configuration, rows):
    """Writing row by row, as large sheets are, would drop the upper row."""
    program = configuration.program("sembako")
    sheet = Sheet(program, ("2024-01",), "Kabupaten Percobaan", "Rantau", rows, [], date(2024, 1, 22))
    book = openpyxl.load_workbook(io.BytesIO(render(LAYOUTS["two_row"], sheet)), read_only=True)
    lines = book.active.iter_rows(values_only=True)
    upper, lower = next((line, next(lines)) for line in lines if "Penerima" in line)
    assert upper == (
        "No", "Penerima", None, None, "Desa/Kelurahan", "Periode", "Jumlah", None, "Penyaluran", None, None,
    )  # fmt: skip
    assert lower[1:4] == ("NIK", "Nama", "No. KK")
