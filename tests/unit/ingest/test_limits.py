"""Over every limit: a rejected submission with a reason and figures, within bounded memory and time.

The quick tests lower the limits; the long ones (`make test-long`) send the real thing and measure.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from include.ingest.readers import text
from include.workspace import Workspace

from . import bombs
from .conftest import HEADER, Inbox, as_csv, rows_of, write_xlsx

LARGEST_MIB = 600
MEGABYTE, GIGABYTE = 1 << 20, 1 << 30
Case = tuple[str, Callable[[Path], Any], dict[str, float], str, str]


def _cases(scale: str) -> list[Case]:
    """File name, what makes it, limits to lower, and the reason and figures that its sender is told."""
    size = {"quick": 12 * MEGABYTE, "long": GIGABYTE}[scale]
    small = scale == "quick"
    low: dict[str, float] = {"unpacked_bytes": 10_000_000} if small else {}
    return [
        ("bomb.zip", partial(bombs.zip_of_csv, size=size), {}, "archive_ratio_too_high" if small else "archive_too_large", "batasnya"),
        ("bomb2.zip", partial(bombs.zip_of_csv, size=size - 100 * MEGABYTE if not small else size), {}, "archive_ratio_too_high", "batasnya 200 kali"),
        ("overlap.zip", partial(bombs.overlapping_zip, size=size, members=10 if small else 200), low, "archive_too_large", "setelah dibuka"),
        ("crowd.zip", partial(bombs.crowded_zip, entries=101_000 if small else 4_000_000), {}, "archive_too_many_members", "lebih dari 100000 berkas"),
        ("sheet.xlsx", partial(bombs.large_sheet, size=size), {}, "reading_too_heavy", "batasnya"),
        ("liar.xlsx", partial(bombs.lying_sheet, size=size, right_sum=False), {}, "file_corrupt", "ukuran yang tidak benar"),
        ("sly.xlsx", partial(bombs.lying_sheet, size=size, right_sum=True), {}, "file_corrupt", "ukuran yang tidak benar"),
        ("cells.xlsx", partial(bombs.many_cells, size=size - 100 * MEGABYTE if not small else size),
         {"reader_memory_bytes": 30_000_000} if small else {}, "reading_too_heavy", "batas memori pembaca"),
        ("string.xlsx", partial(bombs.long_string, size=MEGABYTE if small else 100 * MEGABYTE), {}, "cell_too_long", "batasnya 5000 huruf"),
        ("rows.ods", partial(bombs.repeated_ods, rows=1_048_576, columns=3, text="x"), {}, "reading_too_heavy", "batas memori pembaca"),
        ("columns.ods", partial(bombs.repeated_ods, rows=1, columns=16_384, text="x"), {}, "columns_too_many", "16384 kolom"),
        ("both.ods", partial(bombs.repeated_ods, rows=1_048_576, columns=16_384, text="x"), {}, "reading_too_heavy", "batas memori pembaca"),
        ("page.xls", partial(bombs.page, rows=2_000 if small else 100_000, columns=10), {"rows": 1000}, "rows_too_many", "lebih dari 1000 baris"),
        ("wide.xls", partial(bombs.page, rows=2, columns=400 if small else 1_000_000), {}, "columns_too_many", "batasnya 300"),
        ("unclosed.xls", partial(bombs.unclosed_page, size=MEGABYTE // 2 if small else 40 * MEGABYTE), {}, "file_corrupt", "tidak ditutup"),
        ("line.csv", partial(bombs.long_line, size=5 * MEGABYTE if small else 100 * MEGABYTE), {}, "cell_too_long", "batasnya 5000 huruf"),
        ("columns.csv", partial(bombs.many_columns, columns=200_000), {}, "columns_too_many", "batasnya 300"),
        ("commas.csv", partial(bombs.many_columns, columns=5 * MEGABYTE if small else 100 * MEGABYTE), {}, "columns_too_many", "300 kolom"),
        ("record.csv", partial(bombs.long_record, size=5 * MEGABYTE if small else 100 * MEGABYTE), {}, "cell_too_long", ""),
        ("rows.csv", partial(bombs.wide_rows, rows=20_000 if small else 300_000, columns=300), {"rows": 10_000} if small else {"seconds_per_file": 20},
         "rows_too_many" if small else "reading_too_long", "baris" if small else "batasnya 20 detik"),
        ("zeros.csv", partial(bombs.zeros, size=MEGABYTE if small else 150 * MEGABYTE, after_header=False), {}, "file_empty", ""),
        ("late.csv", partial(bombs.zeros, size=MEGABYTE if small else 150 * MEGABYTE, after_header=True), {}, "file_corrupt", "bukan berkas teks"),
        ("large.csv", partial(bombs.zeros, size=2 * MEGABYTE if small else 250 * MEGABYTE, after_header=True),
         {"file_bytes": 1_000_000} if small else {}, "file_too_large", "bita"),
    ]  # fmt: skip


QUICK, LONG = _cases("quick"), _cases("long")


def _bounded(ws: Workspace, limits: dict[str, float]) -> Workspace:
    configuration = ws.configuration
    lowered = configuration.limits.model_copy(update=limits)
    return Workspace(ws.settings, configuration.model_copy(update={"limits": lowered}))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("name", "make", "limits", "reason", "told"), QUICK, ids=[case[0] for case in QUICK])
def test_over_a_limit_is_rejected_with_figures(
    inbox: Inbox, name: str, make: Callable[[Path], Any], limits: dict[str, float], reason: str, told: str
) -> None:
    inbox.ws = _bounded(inbox.ws, limits)
    manifest = inbox.take(name, make)
    assert (manifest.reading_status, manifest.reason) == ("rejected", reason)
    assert told in (manifest.reason_detail or "")
    assert "pembaca berhenti" not in (manifest.reason_detail or "")
    assert (manifest.rows_read, manifest.landing_file) == (0, None)
    assert not list(inbox.ws.settings.landing.rglob("*unfinished"))
    assert not list(inbox.ws.settings.claims.iterdir())
    assert inbox.take("good.csv", as_csv([HEADER, *rows_of(1)])).rows_data == 1  # the others go on


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "make", "limits", "reason", "told"), LONG, ids=[case[0] for case in LONG])
def test_the_real_thing_stays_within_memory(
    tmp_path: Path, name: str, make: Callable[[Path], Any], limits: dict[str, float], reason: str, told: str
) -> None:
    found = taken(tmp_path / name, make, limits)
    ((status, why, detail, rows, _),) = found["outcomes"]
    assert (status, why, rows) == ("rejected", reason, 0)
    assert told in (detail or "")
    assert found["peak_mib"] < LARGEST_MIB
    assert found["seconds"] < 150  # the limit of time per file is 120


def taken(path: Path, make: Callable[[Path], Any], limits: dict[str, float]) -> dict[str, Any]:
    """What a process of its own made of a file."""
    make(path)
    script = Path(__file__).with_name("take_one.py")
    answer = subprocess.run(
        [sys.executable, script, path, json.dumps(limits)], check=True, capture_output=True, text=True,
        cwd=Path(__file__).parents[3], env={"PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(answer.stdout)
    print(path.name, found)
    return found


# --- what is large but sound


@pytest.mark.long
@pytest.mark.timeout(600)
def test_formatting_down_to_the_last_row_of_ten_columns_is_read(tmp_path: Path) -> None:
    make = partial(bombs.formatted_to_the_end, rows=1_048_576, columns=10)
    found = taken(tmp_path / "a.xlsx", make, {})
    assert found["outcomes"] == [["landed", None, None, 3, 3]]
    assert found["peak_mib"] < LARGEST_MIB


@pytest.mark.long
@pytest.mark.timeout(600)
def test_formatting_down_to_the_last_row_of_many_columns_is_refused(tmp_path: Path) -> None:
    """Beyond the size that a workbook may unpack to its sender is told what to delete."""
    make = partial(bombs.formatted_far_to_the_right, rows=1_048_576, columns=100)
    found = taken(tmp_path / "a.xlsx", make, {})
    ((status, why, detail, _, _),) = found["outcomes"]
    assert (status, why) == ("rejected", "reading_too_heavy")
    assert "batasnya 1000000000" in detail
    assert found["peak_mib"] < LARGEST_MIB


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_million_cells_of_a_page_and_a_million_rows_are_read(tmp_path: Path) -> None:
    found = taken(tmp_path / "a.xls", partial(bombs.page, rows=100_000, columns=10), {})
    assert [outcome[3] for outcome in found["outcomes"]] == [100_000]
    assert found["peak_mib"] < LARGEST_MIB
    rows = as_csv([HEADER, *rows_of(9_999)]).splitlines(keepends=True)
    many = rows[0] + "".join(rows[1:]) * 100
    found = taken(tmp_path / "a.csv", lambda path: path.write_text(many), {})
    assert [outcome[3] for outcome in found["outcomes"]] == [999_900]
    assert found["peak_mib"] < LARGEST_MIB


# --- small regressions


def test_limits_hold_in_the_fast_way_too(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file went past the limits of columns and cells: only the patient way knew them."""
    monkeypatch.setattr("include.ingest.readers.text.read_text.__defaults__", (1000,))
    rows = [[*row, *["x"] * 20] for row in rows_of(300)]
    inbox.ws = _bounded(inbox.ws, {"columns": 25})
    assert inbox.take("wide.csv", as_csv([[*HEADER, *["k"] * 20], *rows])).reason == "columns_too_many"
    rows = rows_of(300)
    rows[250][3] = "ü" * 41
    inbox.ws = _bounded(inbox.ws, {"cell_characters": 40})
    assert inbox.take("long.csv", as_csv([HEADER, *rows])).reason == "cell_too_long"
    rows[250][3] = "ü" * 40  # 80 bytes, but letters are what people count
    assert inbox.take("fits.csv", as_csv([HEADER, *rows])).rows_data == 300


@pytest.mark.parametrize("large", [1, 1 << 30])
def test_a_head_line_of_a_megabyte_and_a_long_quoted_cell(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """Both made the reader stop with an error of its own: a letter cut in half, and the csv module's own limit."""
    monkeypatch.setattr("include.ingest.readers.text.read_text.__defaults__", (large,))
    content = as_csv([HEADER, *rows_of(3)])
    manifest = inbox.take("a.csv", content + "ü" * (1 << 20) + "\n")
    assert (manifest.reason, manifest.reason_detail) == ("cell_too_long", "batasnya 5000 huruf")
    manifest = inbox.take("b.csv", content + '"' + "y" * 200_000 + '"\n')
    assert (manifest.reason, manifest.reason_detail) == ("cell_too_long", "batasnya 5000 huruf")


def test_two_files_at_once_keep_their_own_limits(tmp_path: Path) -> None:
    """The csv module has one limit for the whole process; files read side by side set it for each other."""
    path = tmp_path / "a.csv"
    path.write_text(f"NIK,Nama\n{'x' * 50},b\n")
    strict, lenient = text.TextLimits(10, 10, 40, 9.0), text.TextLimits(10, 10, 60, 9.0)
    first = text.read_text(path, strict).blocks
    assert next(iter(text.read_text(path, lenient).blocks)).rows == 2
    with pytest.raises(text.Unreadable, match="40 huruf"):
        next(iter(first))


def test_a_page_that_breaks_off_keeps_its_last_cell_and_odd_sections_are_remarks(inbox: Inbox) -> None:
    cells = "".join(f"<td>{cell}</td>" for cell in rows_of(1)[0][:-1])
    header = "".join(f"<th>{cell}</th>" for cell in HEADER)
    manifest = inbox.take("a.xls", f"<html><![foo[x]><table><tr>{header}</tr><tr>{cells}<td>gagal salur")
    assert [row["status"] for row in inbox.data(manifest)] == ["gagal salur"]


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx"])
def test_an_offset_before_the_file_is_a_fault_of_the_file(inbox: Inbox, name: str) -> None:
    """It read as a fault of our disk: the file was tried again in every run, and every run failed."""

    def make(path: Path) -> None:
        write_xlsx(path, {"S": [HEADER, *rows_of(1)]})
        content = bytearray(path.read_bytes().replace(b"[Content_Types].xml", b"[content_types].xml"))
        end = content.index(b"PK\x05\x06")
        offset = int.from_bytes(content[end + 16 : end + 20], "little")
        content[end + 16 : end + 20] = (offset + 1000).to_bytes(4, "little")
        path.write_bytes(content)

    assert inbox.take(name, make).reason == "file_corrupt"


@pytest.mark.parametrize("method", [12, 14])
def test_a_zip_packed_in_a_way_that_cannot_be_bounded_is_not_opened(inbox: Inbox, method: int) -> None:
    """Four kilobytes of bzip2 may unpack to gigabytes at once; Python's reader cannot stop in between."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", method) as container:
            container.writestr("a.csv", as_csv([HEADER, *rows_of(1)]))

    manifest = inbox.take("a.zip", make)
    assert (manifest.reason, manifest.reason_detail) == ("file_corrupt", "cara pemampatan ZIP tidak didukung")


def test_a_zip_in_a_zip_is_not_opened(inbox: Inbox) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as container:
        container.writestr("a.csv", as_csv([HEADER, *rows_of(1)]))
    outer = inbox.path("outer.zip")
    with zipfile.ZipFile(outer, "w") as container:
        container.writestr("inner.zip", inner.getvalue())
        container.writestr("inner.xlsx", inner.getvalue() + b" ")
        container.writestr("b.csv", as_csv([HEADER, *rows_of(2)]))
    found = {one.file_name: (one.reading_status, one.reason) for one in inbox.take_all()}
    assert found == {
        "outer.zip/inner.zip": ("rejected", "format_unsupported"),
        "outer.zip/inner.xlsx": ("rejected", "format_unsupported"),
        "outer.zip/b.csv": ("landed", None),
    }


def test_long_texts_come_in_smaller_frames_and_none_is_lost(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.ingest.readers.workbook.BLOCK_CHARACTERS", 5_000)
    rows = rows_of(500)
    for row in rows:
        row[3] = f"{row[3]} {'x' * 100}"
    manifest = inbox.take("a.xlsx", lambda path: write_xlsx(path, {"S": [HEADER, *rows]}))
    found = inbox.data(manifest)
    assert [row["name"] for row in found] == [row[3] for row in rows]
    assert [row["row_number"] for row in found] == list(range(2, 502))
