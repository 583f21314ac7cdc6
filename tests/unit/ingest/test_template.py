"""Templates: what they offer and forbid, opened and saved by a real spreadsheet program, and read again untouched."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from include.cli import app
from include.config import Configuration, Feed
from include.ingest.columns import CANONICAL, match_headers
from include.ingest.template import (
    CHOICES_SHEET,
    GUIDE_SHEET,
    ROWS_SHEET,
    SIXTEEN_DIGITS,
    STATUSES,
    render_template,
)
from tests.unit.ingest.conftest import CASH, CONFIGURATION, LIST, LOG, REGISTRY
from tests.unit.ingest.libreoffice import convert

GATES = Feed(path="dpmpd/tahapan", opd="dpmpd", kind="gates")
WITH_GATES: Configuration = CONFIGURATION.model_copy(update={"feeds": [*CONFIGURATION.feeds, GATES]})
FEEDS = {LIST: "recipients", LOG: "distribution", CASH: "distribution", REGISTRY: "registry", GATES.path: "gates"}  # fmt: skip
HEADER_ROW = 3


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The template of every feed, as a file."""
    folder = tmp_path_factory.mktemp("templates")
    made = {}
    for path in FEEDS:
        made[path] = folder / f"{path.replace('/', '-')}.xlsx"
        made[path].write_bytes(render_template(WITH_GATES, WITH_GATES.feed(path)))
    return made


def sheet_of(path: Path, name: str = ROWS_SHEET) -> Worksheet:
    return openpyxl.load_workbook(path)[name]


def headers(path: Path) -> list[str]:
    return [cell.value for cell in sheet_of(path)[HEADER_ROW]]


def validation(path: Path, header: str) -> Any:
    """The validation of the first row to fill in under a header."""
    sheet = sheet_of(path)
    cell = sheet.cell(HEADER_ROW + 1, headers(path).index(header) + 1).coordinate
    found = [rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref]
    assert len(found) == 1, header
    return found[0]


def choices(path: Path, header: str) -> list[str]:
    """The values to which a list validation leads."""
    source = validation(path, header).formula1
    assert source.startswith(f"{CHOICES_SHEET}!")
    cells = sheet_of(path, CHOICES_SHEET)[source.split("!")[1].replace("$", "")]
    return [cell.value for (cell,) in cells]


@pytest.mark.parametrize("feed", FEEDS)
def test_every_header_is_read_as_its_column(templates, feed):
    kind = FEEDS[feed]
    found = match_headers(headers(templates[feed]), kind)
    assert list(found.positions) != []
    assert found.positions == {column.name: place for place, column in enumerate(CANONICAL[kind])}
    assert (found.unknown, found.ambiguous) == ([], [])


@pytest.mark.parametrize("feed", FEEDS)
def test_required_columns_are_marked_and_the_header_stays_in_sight(templates, feed):
    marked = [header.endswith(" *") for header in headers(templates[feed])]
    assert marked == [column.required for column in CANONICAL[FEEDS[feed]]]
    assert sheet_of(templates[feed]).freeze_panes == f"A{HEADER_ROW + 1}"


def test_units_and_limits_are_the_programmes(templates):
    assert "Jumlah diterima (kg) *" in headers(templates[LOG])
    rule = validation(templates[LOG], "Jumlah diterima (kg) *")
    assert (rule.type, rule.formula1, rule.formula2) == ("decimal", "0", "90.0")
    rule = validation(templates[CASH], "Jumlah diterima (Rp) *")
    assert (rule.type, rule.formula2) == ("decimal", "3600000.0")
    assert "Rp3.600.000" in rule.error


def test_places_periods_and_statuses_are_chosen(templates):
    log = templates[LOG]
    assert len(choices(log, "Desa/Kelurahan")) == 81
    assert len(choices(log, "Kecamatan")) == 8
    districts = [row[1] for row in sheet_of(log, CHOICES_SHEET).iter_rows(min_row=4, values_only=True)]
    assert districts[choices(log, "Desa/Kelurahan").index("Nowa")] == "Woja"
    assert choices(log, "Periode")[:2] == ["Januari 2024", "Februari 2024"]
    assert "Tahap I 2024" in choices(log, "Periode")
    assert choices(log, "Status") == list(STATUSES)
    assert choices(templates[LIST], "Periode")[0] == "2024", "a list may hold for a year"
    assert choices(templates[REGISTRY], "Disabilitas") == ["Ya", "Tidak"]
    assert "Bantuan Pangan Beras" in choices(templates[GATES.path], "Program")
    assert validation(log, "Desa/Kelurahan").errorStyle in (None, "stop")
    assert validation(log, "Periode").errorStyle == "warning", "several months at once may be typed"


def test_dates_are_bounded(templates):
    rule = validation(templates[LOG], "Tanggal terima")
    assert (rule.type, rule.formula1, rule.formula2) == ("date", "45292", "TODAY()")
    assert validation(templates[REGISTRY], "Tanggal lahir").formula1 == "1"


def test_identities_are_text_before_anybody_types(templates):
    sheet = sheet_of(templates[LOG])
    for header in ("NIK *", "No. KK", "Nomor BAST", "Periode"):
        letter = openpyxl.utils.get_column_letter(headers(templates[LOG]).index(header) + 1)
        assert sheet.column_dimensions[letter].number_format == "@", header
    assert validation(templates[LOG], "NIK *").formula1 == SIXTEEN_DIGITS.format(cell="A4").removeprefix("=")


def test_the_example_stands_where_no_row_is_read(templates):
    guide = "\n".join(str(line) for line in sheet_of(templates[LOG], GUIDE_SHEET).iter_rows(values_only=True))
    assert "Contoh: 5299011507850001" in guide
    assert "laporan nihil" in guide
    assert sheet_of(templates[LOG]).max_row == HEADER_ROW


def test_sixteen_digits_and_nothing_else_are_let_through_by_a_spreadsheet_program(tmp_path):
    samples = {
        "5205990101240001": "TRUE", "0000000000000000": "TRUE", 5205990101240000: "FALSE", "520599010124000": "FALSE",
        "52059901012400011": "FALSE", "520599010124000A": "FALSE", "520599010124000 ": "FALSE", "+205990101240001": "FALSE",
        "-205990101240001": "FALSE", "5205990.01240001": "FALSE", "5205990,01240001": "FALSE", "5,20599010124E15": "FALSE",
        "01/02/2024012400": "FALSE", "'520599010124000": "FALSE", "TIDAK ADA NIK 16": "FALSE",
    }  # fmt: skip
    path = tmp_path / "angka.xlsx"
    book = openpyxl.Workbook()
    for row, sample in enumerate(samples, start=1):
        book.active.cell(row, 1).value = sample
        # Without a value beside it the formula is worked out when the file is opened.
        book.active.cell(row, 2).value = f"=IFERROR({SIXTEEN_DIGITS.format(cell=f'A{row}')[1:]},FALSE)"
    book.save(path)
    (made,) = convert(path, "csv", tmp_path / "csv")
    with made.open(encoding="utf-8") as file:
        judged = [line[1] for line in csv.reader(file)]
    assert dict(zip(samples, judged, strict=True)) == samples


@pytest.mark.parametrize("feed", FEEDS)
def test_a_spreadsheet_program_opens_it_and_keeps_its_rules(templates, feed, tmp_path):
    (saved,) = convert(templates[feed], "xlsx", tmp_path / "saved")
    assert openpyxl.load_workbook(saved).sheetnames == [ROWS_SHEET, GUIDE_SHEET, CHOICES_SHEET]
    assert headers(saved) == headers(templates[feed])
    before, after = (sheet_of(path).data_validations.dataValidation for path in (templates[feed], saved))
    assert {str(rule.sqref).split(":")[0] for rule in after} == {
        str(rule.sqref).split(":")[0] for rule in before
    }
    assert {rule.type for rule in after} == {rule.type for rule in before}
    if "NIK *" in headers(saved):
        assert sheet_of(saved).column_dimensions["A"].number_format == "@"
    (paper,) = convert(templates[feed], "pdf", tmp_path / "paper")
    assert paper.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("saved_by_hand", [False, True])
@pytest.mark.parametrize("feed", [LIST, LOG, CASH, REGISTRY])
def test_untouched_it_is_a_nil_report_and_nothing_is_remarked(
    templates, inbox, tmp_path, feed, saved_by_hand
):
    path = templates[feed]
    if saved_by_hand:
        (path,) = convert(path, "xlsx", tmp_path / "saved")
    manifest = inbox.take("templat.xlsx", path.read_bytes(), feed)
    assert (manifest.reading_status, manifest.rows_data) == ("nil", 0)
    assert [entry["code"] for entry in manifest.warnings] == ["nil_report"]


def test_without_its_sheet_of_rows_it_is_refused(templates, inbox, tmp_path):
    book = openpyxl.load_workbook(templates[LOG])
    del book[ROWS_SHEET]
    book.save(tmp_path / "tanpa isian.xlsx")
    manifest = inbox.take("tanpa isian.xlsx", (tmp_path / "tanpa isian.xlsx").read_bytes())
    assert (manifest.reading_status, manifest.reason) == ("rejected", "header_not_found")


def test_in_the_wrong_folder_its_title_gives_it_away(templates, inbox):
    manifest = inbox.take("templat.xlsx", templates[LOG].read_bytes(), CASH)
    assert (manifest.reading_status, manifest.reason) == ("rejected", "wrong_program")


# --- the command


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PANTAU_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, ["template", *arguments])


def test_the_command_names_its_file_after_the_feed(run, tmp_path):
    done = run(LOG)
    assert done.exit_code == 0
    assert "templat-dkp-beras-penyaluran.xlsx" in done.output
    assert headers(tmp_path / "templat-dkp-beras-penyaluran.xlsx")[0] == "NIK *"


def test_a_file_that_is_there_is_not_overwritten(run, tmp_path):
    (tmp_path / "ada.xlsx").write_text("somebody's work")
    done = run(LOG, "--out", "ada.xlsx")
    assert done.exit_code == 2
    assert "not overwritten" in " ".join(done.output.split())
    assert "--out" in done.output
    assert (tmp_path / "ada.xlsx").read_text() == "somebody's work"


def test_an_unknown_feed_is_answered_with_those_that_there_are(run, tmp_path):
    done = run("dkp/beras")
    assert done.exit_code == 2
    assert all(feed.path in done.output for feed in CONFIGURATION.feeds)
    assert list(tmp_path.glob("*.xlsx")) == []


def test_a_folder_that_is_not_there_is_told_plainly(run):
    done = run(LOG, "--out", "tidak/ada.xlsx")
    assert done.exit_code == 2
    assert "No such file" in done.output


@pytest.mark.parametrize("typed", [f"{LOG}/", f"/{LOG}"])
def test_a_slash_more_does_not_matter(run, typed):
    assert run(typed).exit_code == 0
