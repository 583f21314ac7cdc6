from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from include.config import Configuration
from include.sample import SampleReport, write_sample
from include.sample.write import NothingToTell, default_day
from include.workspace import Workspace

FAMILIES = 1000
YEAR_END = date(2024, 12, 31)
JAKARTA = ZoneInfo("Asia/Jakarta")


@dataclass(frozen=True)
class Written:
    folder: Path
    report: SampleReport

    def named(self, *parts: str) -> Path:
        """The first file whose path holds all of these."""
        return next(
            p for p in self.report.files if all(part in str(p.relative_to(self.folder)) for part in parts)
        )


@pytest.fixture(scope="module")
def year(ws: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("year")
    return Written(folder, write_sample(ws, folder, FAMILIES, 7, YEAR_END))


def digests(folder: Path) -> dict[str, tuple[str, float]]:
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_same_seed_same_bytes_and_times(ws, year, tmp_path):
    again = write_sample(ws, tmp_path, FAMILIES, 7, YEAR_END)
    assert digests(tmp_path) == digests(year.folder)
    assert again.facts.as_dict() == year.report.facts.as_dict()


def test_no_registry_is_told_of_before_there_was_one(year):
    assert year.named("sosial", "DTKS")
    assert not [path for path in year.report.files if "sosial/dtsen" in str(path)]


def test_another_seed_tells_another_story(ws, year, tmp_path):
    other = write_sample(ws, tmp_path, FAMILIES, 8, YEAR_END)
    assert other.facts.missing_villages != year.report.facts.missing_villages


def test_an_earlier_day_is_the_beginning_of_the_same_story(ws, year, tmp_path):
    write_sample(ws, tmp_path, FAMILIES, 7, date(2024, 3, 10))
    early, late = digests(tmp_path), digests(year.folder)
    assert 0 < len(early) < len(late)
    assert early.items() <= late.items()


def test_times_are_in_order_at_office_hours_and_before_as_of(year):
    times = [datetime.fromtimestamp(path.stat().st_mtime, JAKARTA) for path in year.report.files]
    assert times == sorted(times)
    assert times[-1] < datetime(2024, 12, 31, tzinfo=JAKARTA)
    assert not [at for at in times if at.weekday() >= 5 or not 7 <= at.hour < 17]


def test_files_lie_in_feed_folders_are_labelled_and_whole(ws, year):
    feeds = {feed.path for feed in ws.configuration.feeds}
    for path in year.report.files:
        assert str(path.parent.relative_to(year.folder)) in feeds
        assert path.name.startswith("CONTOH ")
    assert not list(year.folder.rglob(".*"))
    assert len(set(year.report.files)) == len(list(year.folder.rglob("*.*")))


def test_every_kind_of_trouble_is_there(year):
    facts = year.report.facts
    assert set(facts.files) == {
        "registry",
        "list",
        "replacement_list",
        "log",
        "follow_up",
        "reported_late",
        "nil",
        "several_months",
        "correction",
        "duplicate",
        "corrupt",
        "gates",
    }
    assert set(facts.refused) == {
        "amount_invalid",
        "amount_implausible",
        "date_invalid",
        "date_in_future",
        "period_unknown",
        "status_unknown",
        "duplicate_row",
        "identity_missing",
    }
    january = facts.period("tunai_desa", "2024-01")
    assert january.opd == "pmd"
    assert min(january.on_time, january.late, january.missing) > 0
    assert all(facts.unlisted[program] for program in ("sembako", "tunai_desa"))
    assert facts.late_villages
    assert facts.missing_villages
    assert facts.reported_late
    assert facts.totals_wrong
    assert facts.nik_cut_by_excel


def test_a_duplicate_is_the_same_bytes_and_a_planned_programme_sends_nothing(year):
    sums = [digest for digest, _ in digests(year.folder).values()]
    assert len(sums) - len(set(sums)) == year.report.facts.files["duplicate"]
    assert not any("Usulan" in path.name for path in year.report.files)


def test_cash_goes_to_desa_and_to_the_poorest_only(ws, year):
    desa = {v.village_name for v in ws.configuration.villages if v.kind == "desa"}
    listed = [
        row
        for path in year.report.files
        if "daftar" in str(path) and path.suffix == ".csv"
        for row in rows_of(path)
    ]
    assert {row.get("Desa") or row["Desa/Kelurahan"] for row in listed if "Tahun" in row} <= desa
    facts = year.report.facts
    assert (
        0
        < facts.period("tunai_desa", "2024-01").entitlements
        < 0.5 * facts.period("sembako", "2024-01").entitlements
    )


def rows_of(path: Path, encoding: str = "utf-8-sig", delimiter: str = ";") -> list[dict[str, str]]:
    lines = path.read_text(encoding=encoding).splitlines()
    header = next(number for number, line in enumerate(lines) if "nik" in line.lower())
    return list(csv.DictReader(lines[header:], delimiter=delimiter))


def test_every_nik_is_sound_but_of_a_district_that_cannot_be(ws, year):
    workbook = openpyxl.load_workbook(year.named("sembako/daftar", ".xlsx"), read_only=True)
    table = [row for row in workbook.active.iter_rows(min_row=7, values_only=True) if row[1]]
    numbers = [(row[1], row[2]) for row in table]
    assert len(table) == FAMILIES
    assert len({nik for nik, _ in numbers} | {kk for _, kk in numbers}) == 2 * FAMILIES
    for nik, kk in numbers:
        for number in (nik, kk):
            assert len(number) == 16
            assert number.isdigit()
            assert number[4:6] == "99"
            assert number[-1] != "0"
        day = int(nik[6:8])
        date(1900 + int(nik[10:12]), int(nik[8:10]), day - 40 if day > 40 else day)
    assert {village.district_code[-2:] for village in ws.configuration.villages}.isdisjoint({"99"})


def test_logs_come_in_the_encodings_that_offices_use(year):
    plain = rows_of(year.named("salur", "Penyaluran Bantuan Sembako"), "utf-8")
    assert any(row["Jumlah"] == "15 kg" for row in plain)
    assert all(row["No. BAST"] for row in plain)
    wide = year.named("salur", "rekap_sembako")
    assert wide.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert any("Januari 2024" in row["TGL SALUR"] for row in rows_of(wide, "utf-16", "\t"))
    ansi = year.named("pmd/salur", "Realisasi", "Ku'u Lama", "Januari")
    text = ansi.read_text(encoding="cp1252")
    assert "Ku’u Lama" in text
    assert "Rp. 300.000,-" in text
    assert "BULAN : JANUARI 2024" in text
    with pytest.raises(UnicodeDecodeError):
        ansi.read_text(encoding="utf-8")


def test_a_titled_workbook_states_the_sum_of_its_rows(year):
    sheet = openpyxl.load_workbook(year.named("salur", "LAPORAN", "MARET")).active
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[0][0].startswith("CONTOH")
    assert any(str(line[0]).startswith("BULAN : MARET 2024") for line in lines)
    assert any(str(line[-4]).startswith("NIP.") for line in lines)
    amounts = [line[5] for line in lines if isinstance(line[0], int) and isinstance(line[5], (int, float))]
    (stated,) = [line[5] for line in lines if line[1] == "JUMLAH"]
    assert stated in (sum(amounts), sum(amounts) - 45)
    assert any(isinstance(line[6], datetime) for line in lines)


def test_a_workbook_has_a_sheet_a_village_and_a_merged_header_elsewhere(year):
    book = openpyxl.load_workbook(year.named("pmd/salur", "per desa Kec Rantau.xlsx"))
    assert len(book.sheetnames) > 1
    for sheet in book:
        column = [row[0].value for row in sheet.iter_rows(max_col=1)]
        assert any(str(cell).startswith("DESA : ") for cell in column)
        assert any(str(cell).startswith("TANGGAL PENYALURAN : ") for cell in column)
    form = openpyxl.load_workbook(year.named("Form Salur")).active
    headers = [[cell.value for cell in row] for row in form.iter_rows()]
    above = next(number for number, line in enumerate(headers) if "Penerima" in line)
    assert {"NIK", "Alokasi", "Realisasi"} <= set(headers[above + 1])
    assert form.merged_cells.ranges


def test_a_nil_report_has_a_header_and_no_rows(year):
    sheet = openpyxl.load_workbook(year.named("nihil")).active
    column = [row[0].value for row in sheet.iter_rows(max_col=1)]
    assert "No" in column
    assert not any(isinstance(cell, int) for cell in column)


def test_the_broken_file_cannot_be_opened(year):
    with pytest.raises(Exception, match="zip"):
        openpyxl.load_workbook(year.named("kirim.xlsx"))


def test_a_correction_repeats_the_key_of_the_rows_that_it_mends(year):
    correction = year.named("PERBAIKAN Bantuan Sembako")
    mended = rows_of(correction, "utf-8")
    assert 0 < len(mended) <= 8
    assert {row["Jumlah"] for row in mended} == {"15 kg"}
    place = correction.stem.rsplit(" ", 1)[-1].lower()
    months = {"Januari": "01", "April": "04"}
    month = next(number for name, number in months.items() if name in correction.name)
    original = next(
        path
        for path in year.report.files
        if path.parent == correction.parent
        and place in path.name.lower()
        and path != correction
        and (f"2024-{month}" in path.name or list(months)[month == "04"] in path.name)
        and "susulan" not in path.name
    )
    lines = [set(line) for line in cells_of(original)]
    for row in mended:
        assert any({row["NIK"], row["No. BAST"]} <= line and not {"15 kg", "15", 15} & line for line in lines)


def cells_of(path: Path) -> Iterator[list[object]]:
    if path.suffix == ".xlsx":
        for sheet in openpyxl.load_workbook(path, read_only=True):
            yield from (list(line) for line in sheet.iter_rows(values_only=True))
    elif path.suffix == ".txt":
        yield from csv.reader(path.read_text(encoding="utf-16").splitlines(), delimiter="\t")
    else:
        yield from csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";")


def test_a_newcomer_names_whom_it_replaces(year):
    rows = rows_of(year.named("Penggantian", "Sembako"), "utf-8")
    newcomers = [row for row in rows if row["NIK yang diganti"]]
    assert newcomers
    assert {row["Periode"] for row in rows} == {"Feb-Agu 2024"}
    assert not {row["NIK yang diganti"] for row in newcomers} & {row["NIK"] for row in rows}


def test_without_a_day_it_ends_shortly_before_the_cutoff(configuration: Configuration, monkeypatch):
    monkeypatch.delenv("PANTAU_NOW", raising=False)
    assert default_day(configuration) == date(2024, 2, 27)
    monkeypatch.setenv("PANTAU_NOW", "2024-04-05T23:30:00+00:00")
    assert default_day(configuration) == date(2024, 4, 6)


def test_before_everything_began_there_is_nothing_to_tell(ws, tmp_path):
    with pytest.raises(NothingToTell):
        write_sample(ws, tmp_path / "none", 10, 1, date(2020, 1, 1))


@pytest.mark.parametrize("recipients", [1, 5, 60])
def test_a_few_families_are_enough(ws, tmp_path, recipients):
    report = write_sample(ws, tmp_path, recipients, 3, YEAR_END)
    assert report.facts.period("sembako", "2024-01").entitlements <= recipients + 4


def test_nothing_is_made_for_one_regency():
    sources = Path(__file__).parents[3] / "include" / "sample"
    assert not [
        path.name for path in sources.glob("*.py") if "dompu" in path.read_text(encoding="utf-8").lower()
    ]


def test_who_was_paid_had_taken_the_steps_and_who_was_not_waits(ws, year):
    """One line a step where all were taken, one that says `belum` where not; no day after that of receipt."""
    title, header, *lines = list(
        csv.reader(year.named("tahapan", "2024").read_text("utf-8").splitlines(), delimiter=";")
    )
    assert title[0] == "Tahapan Tunai Dana Desa Tahun Anggaran 2024"
    assert header == ["Kode Desa", "Tahapan", "Tanggal Tercapai"]
    taken = {(village, step): day for village, step, day in lines}
    assert len(taken) == len(lines)
    desa = {village.village_code for village in ws.configuration.villages if village.kind == "desa"}
    assert {village for village, _ in taken} == desa
    waiting = {village for (village, step), day in taken.items() if day == "belum"}
    unpaid = {
        village
        for program, period, village in year.report.facts.missing_villages
        if (program, period) == ("tunai_desa", "2024-01")
    }
    assert unpaid <= waiting
    received = datetime.fromtimestamp(year.named("tahapan", "2024").stat().st_mtime, JAKARTA).date()
    for (village, step), day in taken.items():
        if village in waiting:
            assert step == "Anggaran ditetapkan", "the steps are taken in their order"
        else:
            assert datetime.strptime(day, "%d/%m/%Y").date() <= received  # noqa: DTZ007
    assert len(desa - waiting) * 2 + len(waiting) == len(lines)
