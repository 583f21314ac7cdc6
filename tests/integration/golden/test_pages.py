"""Our pages on the golden publication, made without Airflow: the same figures everywhere, and nothing of a person."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from include.config import load_configuration
from include.report.brief.contents import read_figures
from include.report.pages.request import Visit
from include.report.pages.sections import SECTIONS
from include.report.pages.site import Site
from include.settings import Settings
from include.workspace import Workspace

from .conftest import CONFIG, NOW, Home

RECEIPT = "TT-20240203-SD01225B"
PATHS = [*SECTIONS, "desa/52.05.05.2003", "desa/52.05.05.2004", f"berkas/{RECEIPT}", "mutu/model", "bantuan"]
PEOPLE = ("Arsan", "Bacolo", "Camila", "Dahliana", "Ewiyah", "Faruq", "Xaveria")


class Pages:
    """A site over a copy of the golden publication that a test may alter."""

    def __init__(self, home: Path, config: Path = CONFIG) -> None:
        self.ws = Workspace(Settings(home=home, config_dir=config), load_configuration(config))
        self.site = Site(self.ws)

    def alter(self, *statements: str, file: Path | None = None) -> None:
        with duckdb.connect(str(file or self.ws.settings.audit_db)) as connection:
            for statement in statements:
                connection.execute(statement)

    def source(self, path: str, expect: int = 200, **query: str) -> str:
        answer = self.site.respond(Visit(path, query, may_download=True))
        assert answer.status == expect
        assert isinstance(answer.body, bytes)
        return answer.body.decode()

    def text(self, path: str, **query: str) -> str:
        return words(self.source(path, **query))


def words(source: str) -> str:
    """A page as it reads, without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", source)).split())


@pytest.fixture
def pages(pristine: tuple[Home, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pages:
    monkeypatch.setenv("PANTAU_NOW", NOW)
    home = tmp_path / "home"
    home.mkdir()
    for folder in ("audit", "report", "returned"):
        shutil.copytree(pristine[0].folder / folder, home / folder)
    return Pages(home)


def test_ringkasan_tells_what_brief_and_mails_tell(pages: Pages):
    text = pages.text("ringkasan")
    assert "Data per Jumat, 16 Februari 2024 , terbitan nomor 1" in text
    assert "2 hari menuju batas SUSENAS (18 Februari 2024)" in text
    assert "Bantuan Beras Dinas Ketahanan Pangan 6 1 1 1 3 0 0 2 dari 6 (33,3%) 25 kg dari 60 kg" in text
    assert (
        "Pemerintahan Desa 2 2 0 0 0 0 0 2 dari 2 (100%) Rp600.000 dari Rp600.000, kelebihan Rp50.000" in text
    )
    assert (
        "Seluruh program 8 3 1 1 3 0 0 4 dari 8 (50%) 25 kg dari 60 kg Rp600.000 dari Rp600.000, kelebihan Rp50.000"
        in text
    )
    assert "Menyalurkan 30 kg kepada 3 KPM di 2 desa" in text
    assert (
        "2 dari 2 desa/kelurahan . Lihat per desa Bantuan Beras Dinas Ketahanan Pangan: 2 desa/kelurahan, 4 hak Woja 2 (4 hak)"
        in text
    )


def test_the_year_stands_beside_the_window_wherever_the_window_is_shown(pages: Pages):
    overview = pages.text("ringkasan")
    assert "Siap SUSENAS 50% 4 dari 8 hak Tepat waktu 12 bulan terakhir 37,5% 3 dari 8 hak" in overview
    assert "Menumpuk menjelang batas SUSENAS 2024?" in overview
    assert "Bantuan Beras 1 dari 6 (16,7%) 2 dari 6 (33,3%) Belum dapat dinilai 0 dari 2 (0%)" in overview
    tiles = pages.text("desa", ukuran="tahun")
    assert "Nowa 50% 3 dari 6" in tiles
    assert "Riwo 0% 0 dari 2" in tiles
    assert "Lingkup:" not in tiles  # that is the window's
    assert "Lingkup:" in pages.text("desa", ukuran="siap")
    village = pages.text("desa/52.05.05.2003")
    assert "Siap SUSENAS 2024 66,7% 4 dari 6 hak Tepat waktu 12 bulan terakhir 50% 3 dari 6 hak" in village
    assert "Bantuan Beras Dinas Ketahanan Pangan 4 1 1 1 1 0 0 2 dari 4 (50%) 1 dari 4 (25%)" in village


def test_the_year_of_a_village_is_the_published_one(pages: Pages):
    pages.alter(
        "update audit.delivery_accuracy set due_date = date '2023-02-16' where program_code = 'blt_dd'"
    )
    assert "Nowa 25% 1 dari 4" in pages.text("desa", ukuran="tahun")
    pages.alter(
        "update audit.delivery_accuracy set due_date = date '2023-02-17' where program_code = 'blt_dd'"
    )
    assert "Nowa 50% 3 dari 6" in pages.text("desa", ukuran="tahun")


@pytest.mark.parametrize(
    ("is_bunched", "told", "step"),
    [("true", "Ya", "step-4"), ("false", "Tidak", "step-0"), ("null", "Belum dapat dinilai", "step-none")],
)
def test_what_is_bunched_before_the_cutoff_is_shown_of_every_village(
    pages: Pages, is_bunched: str, told: str, step: str
):
    for table in ("village_summary", "village_readiness"):
        pages.alter(
            f"update audit.{table} set is_bunched = {is_bunched}, completed_before_cutoff = 3, bunching_completed = 4, even_share = 0.04"
        )
    for program in ("", "beras"):
        tile = pages.source("desa", ukuran="menumpuk", program=program)
        assert f"Nowa {told} 3 dari 4" in words(tile)
        assert f'class="{step}" href="desa/52.05.05.2003"' in tile
    even = "" if is_bunched == "null" else ", wajarnya 4%"
    assert f"Menumpuk menjelang batas SUSENAS 2024? {told} 3 dari 4 hak (75%){even}" in pages.text(
        "desa/52.05.05.2003"
    )


def test_the_other_pages_add_up_to_ringkasan(pages: Pages):
    tiles = pages.text("desa", ukuran="siap")
    assert "Nowa 66,7% 4 dari 6" in tiles
    assert "Riwo 0% 0 dari 2" in tiles  # 4 of 8 together
    assert "Nowa 50% 3 dari 6" in pages.text("desa", ukuran="tepat")
    assert "Riwo 100% 2 dari 2" in pages.text("desa", ukuran="belum")
    assert "Rp600.000 dari Rp600.000, kelebihan Rp50.000" in pages.text("penyaluran")
    assert "Nowa 25% 1 dari 4" in pages.text("desa", ukuran="belum", program="beras")
    assert "Riwo 0% 0 dari 1" in pages.text("desa", ukuran="lapor")
    village = pages.text("desa/52.05.05.2003")
    assert "Bantuan Beras Dinas Ketahanan Pangan 4 1 1 1 1 0 0 2 dari 4 (50%)" in village
    assert "BLT Dana Desa Dinas Pemberdayaan Masyarakat dan Pemerintahan Desa 2 2 0 0 0 0 0" in village
    assert (
        "Belum tercatat menerima Bantuan Beras, Januari 2024 1 16-02-2024 (terlama 16 hari) Sangat Segera"
        in village
    )
    # A graver rule stands for what says the same, as in the e-mails.
    assert "Tersalur sebagian" in village
    assert "Jumlah kurang dari hak" not in village
    deliveries = pages.text("penyaluran")
    assert "Januari 2024 31-01-2024 lingkup 2024 6 1 1 1 3 0 0 16 hari 25 kg dari 60 kg" in deliveries
    assert "Februari 2024 29-02-2024 6 0 0 0 0 0 6 – 0 kg dari 60 kg" in deliveries


def test_findings_are_counted_as_the_brief_counts_them(pages: Pages):
    with duckdb.connect(str(pages.ws.settings.audit_db), read_only=True) as audit:
        told = sum(row["flags"] for row in read_figures(audit).findings if row["rule"] != "undated")
        [(of_no_village,)] = audit.sql(
            "select count(*) from audit.flags where village_code is null"
        ).fetchall()
    tiles = re.findall(
        r'<strong>(\d+)</strong> <span class="detail">temuan', pages.source("desa", ukuran="temuan")
    )
    assert of_no_village == 1  # the file with many refused rows
    assert sum(map(int, tiles)) == told - of_no_village


def test_berkas_shows_who_has_not_reported_and_why_rows_were_refused(pages: Pages):
    text = pages.text("berkas")
    assert "Bantuan Beras Dinas Ketahanan Pangan 1 dari 2 1 belum" in text
    assert "Jumlah tidak dicatat atau tidak dapat dibaca sebagai angka." in text
    assert "rusak.xlsx" in text
    assert "rusak.xlsx" not in pages.text("berkas", status="accepted")
    assert "kpm_blt.csv" not in pages.text("berkas", opd="dkp")
    assert "kpm_blt.csv" in pages.text("berkas", opd="no such OPD", status="no such status")
    assert "Tidak ada berkas dengan pilihan ini." in pages.text("berkas", halaman="99")
    receipt = pages.text(f"berkas/{RECEIPT}")
    assert "Dibaca 10 baris Diterima 5 baris Ditolak 1 baris" in receipt
    assert "Sheet1 baris 12" in receipt
    assert "Total tertulis 35 kg; terhitung 35 kg" in receipt


def test_mutu_shows_every_rule_and_run(pages: Pages):
    text = pages.text("mutu")
    [(rules,)] = duckdb.connect(str(pages.ws.settings.audit_db), read_only=True).sql(
        "select count(*) from audit.rules"
    ).fetchall()  # fmt: skip
    assert f"{rules} dari {rules} aturan dinilai" in text
    assert "16-02-2024 pukul 09.00 WITA perintah pantau 16-02-2024 Berhasil" in text


@pytest.mark.parametrize("path", PATHS)
def test_no_page_names_a_person_masked_or_not(pages: Pages, path: str):
    source = pages.source(path)
    with duckdb.connect(str(pages.ws.settings.audit_db), read_only=True) as audit:
        keys = audit.sql(
            "select distinct beneficiary_key from audit.delivery_accuracy union "
            "select distinct nik_masked from audit.delivery_accuracy union select distinct name_masked from audit.deliveries"
        ).fetchall()
    assert len(keys) > 6
    for (personal,) in keys:
        assert personal not in source
    assert not [name for name in PEOPLE if name in source]
    assert "520505990190" not in source


def test_text_of_agencies_stays_text(pages: Pages):
    hostile = '"><script>alert(1)</script>\u202e'
    pages.alter(
        *(
            f"update audit.{table} set {column} = {column} || '{hostile}'"
            for table, column in (
                ("village_summary", "village_name"), ("village_summary", "district_name"), ("programs", "name"),
                ("opd_scorecard", "program_name"), ("opd_scorecard", "opd_name"), ("submissions", "file_name"),
                ("submissions", "feed"), ("rejected_rows", "sheet"), ("reason_codes", "text"), ("rules", "policy"),
                ("runs", "started_by"), ("parameters", "regency_name"), ("village_readiness", "village_name"),
            )
        )
    )  # fmt: skip
    for path in PATHS:
        source = pages.source(path)
        assert "<script" not in source
        assert "\u202e" not in source
    assert "&lt;script&gt;" in pages.source("desa")


def test_an_old_publication_says_how_old_it_is(pages: Pages, monkeypatch: pytest.MonkeyPatch):
    assert "berumur" not in pages.text("ringkasan")
    monkeypatch.setenv("PANTAU_NOW", "2024-02-17T20:00:00+08:00")
    assert "Data ini berumur 35 jam." in pages.text("desa")
    monkeypatch.setenv("PANTAU_NOW", "2024-02-19T09:00:01+08:00")
    source = pages.source("desa/52.05.05.2003")
    assert "Data ini berumur 3 hari." in words(source)
    assert 'href="../bantuan#usang"' in source


def test_a_publication_of_another_version_says_so(pages: Pages):
    pages.alter("alter table audit.delivery_accuracy drop column timing_status")
    assert "disusun oleh versi lain" in words(pages.source("ringkasan", expect=503))
    assert "Aturan" in pages.text("mutu")  # what can be shown is shown


def test_what_a_publication_does_not_hold_yet_is_told_part_by_part(pages: Pages):
    assert "belum memuat bagian ini" not in pages.text("sasaran")
    pages.alter(
        "drop table audit.vulnerable_coverage",
        "drop table audit.pocket_coverage",
        "alter table audit.complementarity drop column below_line_share_public",
    )
    text = pages.text("sasaran")
    assert text.count("belum memuat bagian ini") == 3
    assert "12,4%" in text


def test_pairs_that_wait_for_an_operator_are_told(pages: Pages):
    pages.alter(
        "update audit.targeting_summary set families_registered = 10 where is_total",
        "insert into audit.register_counts by name select 'p3ke' as registry, 11 as families, 10 as registry_families_public",
        "insert into audit.registry_matches by name select 'a' || n as left_key, decision from (values (1, 'accepted'), (2, 'review'),"
        " (3, 'review'), (4, 'rejected')) as told (n, decision)",
    )
    assert (
        "1 orang tercantum dalam P3KE dan DTKS/DTSEN; 2 pasangan menunggu pemeriksaan petugas."
        in pages.text("sasaran")
    )
    assert "P3KE (sekitar 10 keluarga)" in pages.text("sasaran")


def test_what_the_coordinator_asked_for_stands_on_the_page(pages: Pages):
    pages.alter(
        "update audit.vulnerable_coverage set complete_rate_public = 0.8765, mean_days_late_public = 7.25, families_public = 40,"
        " recipients_public = 20, families_unknown_public = 90",
        "insert into audit.complementarity by name select 'x' as combination, 'x' as combination_name, 77 as families_public,"
        " 66 as families_below_line_public, false as is_value_public, 11941 as line_idr_per_day",
        "insert into audit.complementarity by name select 'y' as combination, 'y' as combination_name, 0.93 as below_line_share_public,"
        " false as is_value_public, 11941 as line_idr_per_day",
    )
    text = pages.text("sasaran")
    assert "87,7%" in text
    assert "7,3 hari" in text
    assert "66 keluarga" in text
    assert "93% dari keluarga" in text
    # Who is not known to be in a group is counted for neither side, and said; figures bear their source.
    assert "Lansia tunggal BLT Dana Desa 40 20 sekitar 90 87,7%" in text
    assert "Angka resmi 2023: BPS" in text


def test_an_official_figure_is_not_known_before_its_day(pages: Pages):
    text = pages.text("sasaran")
    assert "11,59%" not in text
    # The gap in points and in people is that to the last figure that was out.
    assert "+4,9 poin 13.435 orang terhadap angka 2023" in text


def test_counts_that_would_give_a_family_away_are_hidden(pages: Pages):
    pages.alter(
        "update audit.targeting_summary set families_registered = 4711, poor_families = 4712, gap_families = 3,"
        " poor_families_public = 4712, gap_families_public = null, gap_decile_1 = 3, gap_decile_1_public = null"
        " where is_total",
        "update audit.vulnerable_coverage set families = 3777, families_public = null, recipients = 3778,"
        " recipients_public = null, families_unknown_public = null, on_time_rate = 0.3779, on_time_rate_public = null, complete_rate_public = null, mean_days_late_public = null, gap_points = -37.8, gap_points_public = null",
    )
    text = pages.text("sasaran")
    assert "Keluarga miskin 4.712" in text
    assert "Tidak tercantum dalam program disembunyikan" in text
    assert (
        "Lansia tunggal BLT Dana Desa disembunyikan disembunyikan beberapa terlalu sedikit terlalu sedikit – –"
        in text
    )
    for hidden in ("3.777", "3.778", "37,8"):
        assert hidden not in text


def test_changes_are_told_against_the_publication_of_the_day_before(pages: Pages):
    assert "Belum ada terbitan dari hari sebelumnya" in pages.text("ringkasan")
    # 07.00 of 15 February in Dompu
    earlier = pages.ws.settings.audit_dir / "history" / "20240214T230000Z-000001.duckdb"
    shutil.copyfile(pages.ws.settings.audit_db, earlier)
    pages.alter(
        "update audit.publications set as_of = '2024-02-15', sequence = 3",
        "update audit.parameters set as_of = '2024-02-15'",
        "update audit.delivery_accuracy set timing_status = 'missing' where timing_status = 'late'",
        file=earlier,
    )
    pages.alter("update audit.publications set publication_number = 2")
    text = pages.text("ringkasan")
    assert "Dibandingkan dengan terbitan nomor 1, data per 15 Februari 2024." in text
    assert "2 berkas diterima (1 diterima sebagian, 1 ditolak)." in text
    assert "Bantuan Beras Terlambat 0 → 1 (+1) Belum tersalur 4 → 3 (−1)" in text
    assert "BLT Dana Desa Tidak berubah." in text


def test_where_shapes_are_configured_there_is_a_map(pages: Pages, tmp_path: Path):
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    square = [[[118.4, -8.6], [118.5, -8.6], [118.5, -8.5], [118.4, -8.6]]]
    feature = {
        "type": "Feature",
        "properties": {"village_code": "52.05.05.2003"},
        "geometry": {"type": "Polygon", "coordinates": square},
    }
    (config / "boundaries.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    source = Pages(pages.ws.settings.home, config).source("desa")
    assert 'aria-label="Nowa, Woja: 66,7% (4 dari 6)"' in source
    assert "<svg" not in pages.source("desa")


def test_the_links_of_a_run_lead_to_its_files_and_a_files_rows(pages: Pages):
    """Airflow's tasks know places in the ledger and submissions' ids, not receipt numbers."""
    listed = re.findall(r"TT-[0-9]{8}-S[0-9A-F]{7}", pages.text("berkas", urut="4-5"))
    assert len(listed) == 2
    assert "nomor urut 4-5" in pages.text("berkas", urut="4-5")
    assert 'name="urut" value="4-5"' in pages.source("berkas", urut="4-5")
    assert "Tampilkan semua berkas" not in pages.text("berkas", urut="4-5 or 1")
    [(submission_id,)] = duckdb.connect(str(pages.ws.settings.audit_db), read_only=True).execute(
        "select submission_id from audit.submissions where receipt_number = ?", [RECEIPT]
    ).fetchall()  # fmt: skip
    assert words(pages.source(f"berkas/{submission_id}")) == pages.text(f"berkas/{RECEIPT}")
    assert f'href="../berkas/{RECEIPT}/tanda-terima.xlsx"' in pages.source(f"berkas/{submission_id}")
    assert "terbit pada akhir pengolahan" in words(pages.source("berkas/s0123456789abcde", expect=404))
