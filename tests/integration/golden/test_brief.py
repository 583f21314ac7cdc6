"""The coordination brief as its readers get it: the golden figures, two pages whatever comes, and nothing of a person."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from pypdf import PdfReader

from include.alerts import wording
from include.alerts.occasion import Occasion
from include.alerts.situation import count_findings
from include.config import load_configuration
from include.report.brief import attachments, try_to_write_brief, write, write_brief
from include.report.brief.contents import Room, read_figures
from include.settings import Settings
from include.workspace import Workspace

from .conftest import Home, nik

CONFIG = Path(__file__).parent / "config"
HOSTILE = (
    "#strong[Nowa]",
    "*Nowa* _x_ $1$ @y",
    "<script>alert(1)</script>",
    "=1+1",
    'Nowa\n\n= Judul\r#panic("x")',
)


HEADINGS = [
    "1. Kemajuan",
    "2. Yang",
    "3. Desa",
    "4. Log",
    "5. Ketepatan",
    "6. Keluarga",
    "7. Angka",
    "8. Keabsahan",
]


def pages(pdf: Path) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(pdf).pages]


def told(pdf: Path) -> str:
    return " ".join(pages(pdf))


@pytest.fixture(scope="module")
def golden(pristine: tuple[Home, dict]) -> str:
    return told(pristine[0].folder / "report" / write.NAME)


@pytest.fixture
def ws(pristine: tuple[Home, dict], tmp_path: Path) -> Workspace:
    """The golden publication alone, to be altered."""
    settings = Settings(home=tmp_path / "home", config_dir=CONFIG)
    settings.make_folders()
    shutil.copyfile(pristine[0].folder / "audit" / "pantau.duckdb", settings.audit_db)
    return Workspace(settings, load_configuration(CONFIG))


def alter(ws: Workspace, *statements: str) -> None:
    with duckdb.connect(str(ws.settings.audit_db)) as connection:
        for statement in statements:
            connection.execute(statement)


def on(ws: Workspace, day: str) -> str:
    """The brief of the golden publication, had it been judged by another day."""
    alter(
        ws,
        f"update audit.parameters set as_of = '{day}'",
        f"update audit.publications set as_of = '{day}'",
        f"""update audit.opd_scorecard as card set susenas_year = year(windows.cutoff)
            from (from audit.susenas_windows where ends_on >= '{day}' order by starts_on limit 1) as windows""",
    )
    return told(write_brief(ws))


def test_it_tells_the_golden_figures(golden: str):
    assert "Data per Jumat, 16 Februari 2024" in golden
    assert "Terbitan nomor 1, Jumat, 16 Februari 2024 pukul 09.00 WITA" in golden
    assert "2 hari menuju batas SUSENAS (18 Februari 2024)" in golden
    # entitled, on time, late, partly, missing, undated, not yet due; ready; kg and rupiah apart
    assert (
        "Bantuan Beras Dinas Ketahanan Pangan 6 1 1 1 3 0 0 2 dari 6 33,3%, tampak 2 25 kg dari 60 kg"
        in golden
    )
    # What two families got beyond their entitlement is no other family's.
    assert "2 2 0 0 0 0 0 2 dari 2 100%, tampak 1 Rp600.000 dari Rp600.000; lebih Rp50.000" in golden
    assert "Seluruh program 8 3 1 1 3 0 0 4 dari 8 50%, tampak 3 25 kg dari 60 kg Rp600.000" in golden
    assert "tampak: di antaranya yang lengkap sejak 20 Januari 2024" in golden
    assert (
        "2 dari 2 desa/kelurahan. Bantuan Beras (Dinas Ketahanan Pangan): 2 desa/kelurahan, 4 hak" in golden
    )
    assert "Woja 2 desa/kelurahan, 4 hak: Nowa 2, Riwo 2" in golden
    assert "Tanpa keterangan lain: tidak ada penyaluran baru belakangan ini." in golden
    assert "1 dari 2 desa/kelurahan belum melapor Januari 2024" in golden
    assert "0 dari 1 desa belum melapor" in golden
    # The cutoff is two days away, and nothing has come since the fourteenth day before it.
    assert "Bantuan Beras 1 dari 6 (16,7%) 2 dari 6 (33,3%) Belum dapat dinilai: 0 dari 2 (0%)" in golden
    assert "Tepat waktu 12 bulan terakhir" in golden


@pytest.mark.parametrize(("is_bunched", "cell"), [(True, "Ya"), (False, "Tidak")])
def test_what_can_be_judged_stands_beside_an_even_pace(ws: Workspace, is_bunched: bool, cell: str):
    alter(ws, f"update audit.opd_scorecard set is_bunched = {is_bunched}, even_share = 0.0383")
    assert f"{cell}: 0 dari 2 (0%), wajarnya 3,8%" in told(write_brief(ws))


def test_official_figures_are_those_of_the_day_with_both_decimals_and_who_said_so(ws: Workspace, golden: str):
    assert (
        "2024 – – 7,50% 0,00% Sasaran: Rapat koordinasi. 2023 12,40% 34.000 – – Angka resmi: BPS." in golden
    )
    assert "11,59" not in golden  # published a year later
    assert "2024 11,59% 32.080 7,50% 0,00% Sasaran: Rapat koordinasi." in on(ws, "2025-02-15")


def test_the_meeting_is_asked_to_decide_with_figures_and_a_day(golden: str):
    assert (
        "Keputusan yang diminta dari rapat: (1) Menetapkan bagi Dinas Ketahanan Pangan: 30 kg bagi 3 KPM di 2 desa"
        " segera disalurkan, log penyaluran 1 desa segera dikirim, dan 5 kg bagi 1 KPM di 1 desa segera dilengkapi,"
        " paling lambat Minggu, 18 Februari 2024 pukul 16.00 WITA. (2) Menetapkan pendampingan bagi 2 desa/kelurahan"
    ) in golden


def test_it_asks_each_opd_for_what_the_mails_ask_and_by_the_same_hour(golden: str):
    assert "– Menyalurkan 30 kg kepada 3 KPM di 2 desa yang belum tercatat menerima" in golden
    # One working day would be Monday, after the cutoff.
    assert "Minggu, 18 Februari 2024 pukul 16.00 WITA" in golden


def requests_of_the_mails(home: Home) -> dict[tuple[str, str], str | None]:
    """What the letters would ask for, from the warehouse: every open finding, told or not."""
    ws = Workspace(Settings(home=home.folder, config_dir=CONFIG), load_configuration(CONFIG))
    found: dict[tuple[str, str], str | None] = {}
    with duckdb.connect(str(home.folder / "warehouse.duckdb"), read_only=True) as warehouse:
        occasion = Occasion(ws, warehouse, date(2024, 2, 16), "run", "dry_run", False, datetime.now(UTC))
        wording.register(warehouse)
        occasion.remember()
        occasion.rows("compared_flags", {"as_of": occasion.as_of})
        occasion.rows("alert_flags")
        for opd in ("dkp", "dpmpd"):
            occasion.rows("letter_flags_of_opd", {"opd_code": opd})
            for row in count_findings(occasion, opd, with_undated=True).asked:
                found[opd, row["rule"]] = wording.wording().of(row["rule"]).request(row)
        [(doubled,)] = warehouse.execute(
            "select count(*) from compared_flags where is_within and change <> 'resolved'"
        ).fetchall()
    assert doubled  # else there would be nothing to agree on
    return {key: request for key, request in found.items() if request}


def test_it_asks_for_what_the_mails_ask_for_in_the_same_figures(pristine: tuple[Home, dict]):
    """Both queries over the same flags, in the warehouse and in the publication that its readers are told from."""
    home, _ = pristine
    with duckdb.connect(str(home.folder / "audit" / "pantau.duckdb"), read_only=True) as audit:
        told_in_brief = {
            (row["opd_code"], row["rule"]): wording.wording().of(row["rule"]).request(row)
            for row in read_figures(audit).findings
        }
    assert {key: request for key, request in told_in_brief.items() if request} == requests_of_the_mails(home)


def test_what_is_snoozed_is_not_asked_for_and_said_to_be_snoozed(ws: Workspace):
    alter(
        ws,
        """insert into audit.snoozes by name select 'dkp' as opd_code, 'log_missing' as rule, date '2024-03-01' as snoozed_until,
           'Rapat TKPKD' as reason, true as in_force""",
    )
    text = told(write_brief(ws))
    assert "Mengirimkan log penyaluran" not in text
    assert "log penyaluran 1 desa segera dikirim" not in text
    assert (
        "Ditunda. Dinas Ketahanan Pangan: 1 temuan yang pemberitahuannya ditunda masih terbuka. Pemberitahuan tentang"
        " log penyaluran belum dikirim ditunda s.d. 1 Maret 2024: Rapat TKPKD."
    ) in text
    assert "1 dari 2 desa/kelurahan belum melapor" in text  # a fact, whoever is written to


def test_pauses_that_are_nobodys_lateness_are_named(ws: Workspace):
    alter(
        ws,
        "insert into audit.program_pauses values ('beras', date '2024-02-08', date '2024-02-14', 'Pemilu'),"
        " ('beras', date '2024-03-08', date '2024-03-14', 'belum mulai')",
    )
    text = told(write_brief(ws))
    assert (
        "Masa jeda tidak dihitung sebagai keterlambatan: Bantuan Beras 8–14 Februari 2024 (Pemilu)." in text
    )
    assert "belum mulai" not in text


def test_it_pins_the_chain_that_the_auditors_page_names(pristine: tuple[Home, dict], golden: str):
    home, _ = pristine
    [(count, chain)] = home.audit("select count(*), arg_max(chain_hash, sequence) from audit.submissions")
    assert (
        f"Berdasarkan {count} berkas kiriman, terakhir nomor urut {count}, kode pengaman riwayat kiriman: {chain}"
        in golden
    )
    assert chain in (home.folder / "audit" / "LAPORAN.md").read_text()
    assert "terbitan sebelumnya" not in golden
    assert "chain_hash" not in golden


def test_it_names_no_person_masked_or_not(pristine: tuple[Home, dict], golden: str):
    home, _ = pristine
    masked = {
        text for row in home.audit("select nik_masked, name_masked from audit.deliveries") for text in row
    }
    people = {"Arsan", "Bacolo", "Camila", "Dahliana", "Ewiyah", "Faruq", "Xaveria", nik(1)[:12]}
    assert not [text for text in masked | people if text and text in golden]


def test_the_same_publication_is_the_same_file_and_replaced_whole(ws: Workspace):
    first = write_brief(ws).read_bytes()
    assert write_brief(ws).read_bytes() == first
    assert [path.name for path in ws.settings.report.iterdir()] == [write.NAME]


def test_a_later_publication_names_the_one_before(ws: Workspace):
    alter(
        ws,
        "insert into audit.publications by name select * replace ("
        "2 as publication_number, chain_hash as previous_hash, 'not yet sealed' as chain_hash) from audit.publications",
    )
    with duckdb.connect(str(ws.settings.audit_db), read_only=True) as audit:
        [before] = audit.execute(
            "select chain_hash from audit.publications where publication_number = 1"
        ).fetchone()
    text = told(write_brief(ws))
    assert f"Kode pengaman terbitan sebelumnya (nomor 1): {before}" in text
    assert "not yet sealed" not in text


SIX_OPDS_AND_81_VILLAGES = (
    """create temp table opds as
       select 'opd' || i as code, 'p' || i as program, 'Dinas Urusan Pemerintahan dan Pemberdayaan Nomor ' || i as name
       from range(1, 7) as numbers (i)""",
    """insert into audit.opd_scorecard by name
       select card.* replace (code as opd_code, opds.name as opd_name, program as program_code,
           'Bantuan Sosial Tunai Daerah ' || program as program_name, 16200 as window_entitled, 0 as window_ready)
       from audit.opd_scorecard as card, opds where card.program_code = 'blt_dd'""",
    """insert into audit.programs by name
       select programs.* replace (program as program_code, 'Bantuan Sosial Tunai Daerah ' || program as name)
       from audit.programs as programs, opds where programs.program_code = 'blt_dd'""",
    """insert into audit.delivery_accuracy by name
       select accuracy.* replace (code as opd_code, program as program_code)
       from audit.delivery_accuracy as accuracy, opds where accuracy.program_code = 'blt_dd'""",
    """insert into audit.village_readiness by name
       select readiness.* replace (
           '52.05.' || v as village_code, 'Desa Nomor ' || v as village_name, 'Kecamatan ' || v % 8 as district_name,
           code as opd_code, program as program_code, 200 as entitled, 0 as ready, 200 + v as remaining, 0.5 as pace_per_day,
           date '2024-08-01' as projected_completion_date)
       from audit.village_readiness as readiness, opds, range(1, 82) as villages (v) where readiness.village_name = 'Riwo'""",
    "delete from audit.village_readiness where program_code not in (select program from opds)",
    """insert into audit.reporting_completeness by name
       select logs.* replace (
           'opd1' as opd_code, 'p1' as program_code, '52.05.' || v as village_code,
           if(v <= 12, 'missing', 'received') as log_status)
       from audit.reporting_completeness as logs, range(1, 82) as villages (v) where logs.village_name = 'Riwo'
           and logs.period = '2024-01'""",
    """insert into audit.flags by name
       select flags.* replace (code as opd_code) from audit.flags as flags, opds where flags.opd_code = 'dkp'""",
    """insert into audit.gates by name
       select 'opd1' as opd_code, 'p1' as program_code, 2024 as budget_year, i as position, 'Tahapan ' || i as milestone_name,
           72 as villages, 0 as villages_reached, 72 as villages_not_reached, 0 as villages_not_reported,
           if(i = 1, 72, 0) as villages_blocked
       from range(1, 4) as steps (i)""",
)  # fmt: skip


def test_two_pages_hold_what_matters_of_six_opds_and_81_late_villages(ws: Workspace):
    alter(ws, *SIX_OPDS_AND_81_VILLAGES)
    found = pages(write_brief(ws))
    assert len(found) == 2
    text = " ".join(found)
    for number in range(1, 7):
        assert f"Pemberdayaan Nomor {number}" in text
    assert "81 dari 81 desa/kelurahan" in text
    # Every programme is there with what has no room.
    for number in range(1, 7):
        assert f"Bantuan Sosial Tunai Daerah p{number} 81 desa/kelurahan, 19.521 hak belum siap" in text
    assert "12 dari 81 desa belum melapor" in text
    assert "Tahapan 1: 0 dari 72 desa; 72 desa tertahan pada tahapan ini, di 0 di antaranya" in text
    assert "nomor urut 5" in text


def test_every_late_village_of_the_regency_is_named_the_worst_first(ws: Workspace):
    alter(
        ws,
        """insert into audit.village_readiness by name
           select readiness.* replace (
               '52.05.' || v as village_code, 'Desa Nomor ' || v as village_name, 'Kecamatan ' || v % 8 as district_name,
               200 + v as remaining, if(v = 81, 0.14, 0) as pace_per_day,
               if(v = 81, date '2024-08-01', null) as projected_completion_date)
           from audit.village_readiness as readiness, range(1, 82) as villages (v)
           where readiness.village_name = 'Riwo' and readiness.susenas_year = 2024""",
    )
    found = pages(write_brief(ws))
    assert len(found) == 2
    text = " ".join(found)
    assert all(f"Desa Nomor {number} {200 + number}" in text for number in range(1, 82))
    assert (
        "Kecamatan 1 11 desa/kelurahan, 2.651 hak: Desa Nomor 81 281 (0,1 hak per hari, selesai 01-08-2024),"
        " Desa Nomor 73 273, Desa Nomor 65"
    ) in text


def test_requests_are_not_cut_while_there_is_room(ws: Workspace):
    rules = ("amount_over", "delivery_duplicate", "recipient_not_listed", "log_missing", "unit_suspected")
    alter(
        ws,
        f"""insert into audit.flags by name
            select flags.* replace (unnest({list(rules)}) as rule)
            from (from audit.flags where opd_code = 'dkp' limit 1) as flags""",
    )
    text = told(write_brief(ws))
    for rule in rules:
        beginning = (wording.wording().of(rule).action or "").partition("{")[0].strip()
        assert beginning.capitalize() in text, rule


def test_two_pages_hold_forty_opds_with_the_longest_names(ws: Workspace):
    forty = (
        SIX_OPDS_AND_81_VILLAGES[0]
        .replace("range(1, 7)", "range(1, 41)")
        .replace("'Dinas ", "repeat('Dinas ', 40) || '")
    )
    alter(ws, forty, *SIX_OPDS_AND_81_VILLAGES[1:], "update audit.opd_scorecard set program_name = opd_name")
    alter(ws, "update audit.village_readiness set district_name = repeat('Kecamatan ', 40) || district_name")
    assert len(pages(write_brief(ws))) == 2


def test_a_brief_that_cannot_fit_is_refused_rather_than_cut(ws: Workspace, monkeypatch: pytest.MonkeyPatch):
    alter(ws, *SIX_OPDS_AND_81_VILLAGES)
    monkeypatch.setattr(write, "ROOMS", (Room(20, 20, 20, 20, 486, 20, 20),))
    with pytest.raises(write.BriefTooLong, match="does not fit 2 pages"):
        write_brief(ws)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_stands_in_a_name_is_shown_and_never_acts(ws: Workspace, name: str):
    quoted = name.replace("'", "''")
    alter(
        ws,
        f"update audit.village_readiness set village_name = '{quoted}', district_name = '{quoted}'",
        f"update audit.opd_scorecard set opd_name = '{quoted}', program_name = '{quoted}'",
        f"update audit.programs set name = '{quoted}'",
        f"update audit.parameters set regency_name = '{quoted}'",
    )
    text = told(write_brief(ws))
    assert text.count(" ".join(name.split())) >= 5
    assert re.findall(r"\d\. [A-Z]\w+", text) == HEADINGS


def test_before_the_first_publication_there_is_none_and_no_error(tmp_path: Path):
    settings = Settings(home=tmp_path / "home", config_dir=CONFIG)
    settings.make_folders()
    empty = Workspace(settings, load_configuration(CONFIG))
    assert write_brief(empty) is None
    assert try_to_write_brief(empty) is None
    assert attachments(empty, date(2024, 2, 16)) == []
    assert not list(settings.report.iterdir())


def test_while_the_survey_is_under_way_it_tells_what_was_missed(ws: Workspace):
    text = on(ws, "2024-02-25")
    assert "Batas SUSENAS 2024 telah lewat (18 Februari 2024)" in text
    assert "Desa yang tidak siap sampai batas SUSENAS 2024" in text
    assert "pada laju sekarang" not in text
    assert "pendampingan" not in text


def test_after_the_window_it_says_so_and_turns_to_what_fell_due_since(ws: Workspace):
    text = on(ws, "2024-03-20")
    assert "Jendela SUSENAS 2024 telah ditutup" in text
    assert "Jadwal SUSENAS berikutnya belum tercatat dalam sistem" in text
    assert "jatuh tempo sesudah 18 Februari 2024 (menuju jendela SUSENAS berikutnya)" in text
    assert "Bantuan Beras Dinas Ketahanan Pangan 6 0 0 0 0 0 6 – 0 kg dari 60 kg" in text
    assert "akan melewati batas" not in text


def test_after_the_window_it_turns_to_the_next(ws: Workspace):
    alter(
        ws,
        """insert into audit.susenas_windows by name
           select * replace (2025 as susenas_year, date '2025-02-08' as starts_on, date '2025-02-27' as ends_on,
               date '2025-02-07' as cutoff, date '2024-02-18' as scope_from, 'estimated' as status)
           from audit.susenas_windows""",
    )
    text = on(ws, "2024-03-20")
    assert "Jendela SUSENAS 2024 telah ditutup" in text
    assert "324 hari menuju batas SUSENAS 2025 (7 Februari 2025, perkiraan)" in text
    assert "sesudah 18 Februari 2024 sampai dengan 7 Februari 2025 (lingkup SUSENAS 2025)" in text


def test_a_programme_without_a_list_of_recipients_is_told(ws: Workspace):
    alter(ws, "delete from audit.delivery_accuracy where program_code = 'blt_dd'")
    assert "Daftar penerima belum diterima." in told(write_brief(ws))


def test_a_brief_that_cannot_be_made_leaves_none_of_yesterday(ws: Workspace):
    write_brief(ws)
    alter(ws, "drop table audit.gates", "create table audit.gates as select 1 as unlike")
    why = try_to_write_brief(ws)
    assert why is not None
    assert "BinderException" in why
    assert attachments(ws, date(2024, 2, 16)) == []


def test_it_goes_with_the_mail_under_its_day(ws: Workspace):
    path = write_brief(ws)
    [brief] = attachments(ws, date(2024, 2, 16))
    assert brief.name == "bahan-rapat-koordinasi-2024-02-16.pdf"
    assert (brief.media_type, brief.content) == ("application/pdf", path.read_bytes())
