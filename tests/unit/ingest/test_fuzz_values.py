"""Every parser of values, over arbitrary text: none raises, and the fast ways say what the plain ones say."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from include.inbox.scan import printable
from include.ingest.amounts import read_amount
from include.ingest.columns import CANONICAL
from include.ingest.header import find_header
from include.ingest.identity import KeyMaker
from include.ingest.places import Places
from include.ingest.readers import text
from include.ingest.readers.sheet import Unreadable
from include.ingest.readers.text import TextLimits, read_text
from include.ingest.rows import KINDS, Classifier
from include.ingest.titles import foreign_program, foreign_region, from_sheet_name, harvest
from include.privacy import kk_key, name_key, nik_key

from .conftest import CONFIGURATION

SECRET = b"a secret of the tests only"
QUICK = settings(max_examples=150, deadline=None, derandomize=True)

DIGITS = st.text(alphabet="0123456789 .-'\u00a0OLl,E+", max_size=22)
SAME = st.builds(lambda digit, count: digit * count, st.sampled_from("0123456789"), st.integers(1, 18))
SIXTEEN = st.text(alphabet="0123456789", min_size=16, max_size=16)
NAMES = st.text(alphabet="AaBbZz19 .,'-_\u00e9\u017f\u0130\ufb01\u2019\u00df", max_size=20)
ANY = st.text(max_size=20)


@QUICK
@given(st.lists(st.one_of(st.none(), DIGITS, SAME, SIXTEEN, NAMES, ANY), max_size=12))
def test_keys_of_a_column_are_those_of_its_texts(texts: list[str | None]) -> None:
    maker = KeyMaker(SECRET)
    for domain, single in (("nik", nik_key), ("kk", kk_key), ("name", name_key)):
        expected = [single(SECRET, text) for text in texts]
        for _ in range(2):  # once made, once remembered
            assert maker.column(pa.array(texts, pa.string()), domain).to_pylist() == expected


# --- what reads the head of a table

WORDS = st.sampled_from(
    ["NIK", "No. KK", "N I K", "Nama", "Desa", "DESA : NOWA", "KECAMATAN : WOJA", "Kec.", "Jumlah", "Jumlah (Kg)", "JUMLAH", "Sub Jumlah RT 03", "(1)", "(2)", "-3",
     "4=2+3", "Bulan", "BULAN : JANUARI S/D MARET 2024", "Tahap I", "TW II 2024", "2024", "13/2024", "Tanggal Terima", "5 s/d 7 Februari 2024", "31/02/2024", "Status", "ttd",
     "Mengetahui, Kepala Desa", "NIP. 197501012000031001", "Dompu, 5 Februari 2024", "###", "Catatan:", "No. KK : 5205010101010001 Alamat : X", "Kabupaten Bima", "PKH",
     "5205019901990001", "Rp 300.000,-", "1.000.000,50", "\u00a0", "\u202e", "\x00", "İ", "ﬁ", "²", "٣"]
)  # fmt: skip
CELLS = st.one_of(WORDS, st.text(max_size=10), st.lists(WORDS, max_size=4).map(" ".join))
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=7), min_size=1, max_size=12)
PLACES = Places(CONFIGURATION)


@QUICK
@given(ROWS, st.sampled_from(sorted(CANONICAL)))
def test_no_head_is_too_odd_to_be_read(rows: list[list[str]], kind: str) -> None:
    header = find_header(rows, kind, {})
    title = harvest(rows, PLACES)
    assert all(
        value is None or value.strip() for value in (title.period, title.village, title.district, title.date)
    )
    for program in CONFIGURATION.programs:
        foreign_program(title.text, program, CONFIGURATION.programs)
    foreign_region(title.text, CONFIGURATION.region)
    for cell in rows[0]:
        from_sheet_name(cell, PLACES)
        read_amount(cell)
    if header is not None:
        assert len(set(header.match.positions.values())) == len(header.match.positions)
        classifier = Classifier(header, PLACES)
        assert {classifier.classify(row).kind for row in rows} <= set(KINDS)


@QUICK
@given(st.one_of(DIGITS, CELLS, st.floats().map(str), st.decimals().map(str)))
def test_an_amount_is_a_finite_number_or_none(cell: str) -> None:
    value = read_amount(cell)
    assert value is None or value.is_finite()


@QUICK
@given(st.text(max_size=300))
def test_names_become_printable(name: str) -> None:
    shown = printable(name)
    assert not any(character in shown for character in "\n\r\u202e\u2028")
    shown.encode()


# --- the two ways of reading text

CELL = st.text(alphabet="ab1 ;,\"\t\r\n\u00fc\u2028\x0b\x1c'", max_size=4)
LINES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=3, max_size=9)
)


@settings(QUICK, max_examples=300)
@given(LINES, st.sampled_from([",", ";"]), st.booleans(), st.sampled_from(["\n", "\r\n"]), st.integers(0, 3))
@example(
    [["a", "b"], ["c", "d"], ["e", "f"], ["g", '"h'], ["i", "j"]], ",", False, "\n", 0
)  # lost its last rows
@example([["a", "b"], ["c", '"; "'], ["e", "f"], ["g", "h"]], ";", False, "\n", 0)
@example([["a", "\r"], ["c", "d"], ["e", "f"]], ",", False, "\r\n", 0)  # had a row twice
def test_both_ways_of_reading_text_give_the_same(
    rows: list[list[str]], separator: str, quoted: bool, ending: str, blank: int
) -> None:
    """Rows as a program writes them, or as somebody joins them by hand, quotation marks and all."""
    buffer = io.StringIO()
    if quoted:
        csv.writer(buffer, delimiter=separator, lineterminator=ending).writerows(rows)
    else:
        buffer.writelines(separator.join(row) + ending for row in rows)
    content = (buffer.getvalue() + ending * blank).encode()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "HEAD_ROWS", 2)  # so that the fast way has something to do
        path = Path(folder) / "a.csv"
        path.write_bytes(content)
        assert _cells(path, 0) == _cells(path, 1 << 30)


def _cells(path: Path, large: int) -> list[tuple[int, list[str]]] | str:
    """Every row with its number, without blank cells at its end; or why it is not read."""
    try:
        blocks = list(read_text(path, TextLimits(10_000, 50, 100, 60.0), large).blocks)
    except Unreadable as error:
        return error.code
    found = []
    for block in blocks:
        for number, row in enumerate(block.head(block.rows), start=block.first_row):
            while row and not row[-1]:
                row.pop()
            found.append((number, row))
    while found and not found[-1][1]:
        found.pop()
    return found
