"""The coordination brief as its readers get it: the golden figures, two pages whatever comes, and nothing of a person."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from pypdf import PdfReader

from include.alerts import wording
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
    assert "Bantuan Beras Dinas Ketahanan Pangan 6 1 1 1 3 0 0 2 dari 6 33,3% 25 kg dari 60 kg" in golden
    assert "2 2 0 0 0 0 0 2 dari 2 100% Rp650.000 dari Rp600.000" in golden
    assert "Seluruh program 8 3 1 1 3 0 0 4 dari 8 50% 25 kg dari 60 kg Rp650.000 dari Rp600.000" in golden
    assert "2 dari 2 desa/kelurahan. Woja 2 dari 2 (4 hak)" in golden
    assert "1 dari 2 desa/kelurahan belum melapor Januari 2024" in golden
    assert "0 dari 1 desa belum melapor" in golden
    assert "Bantuan Beras 1 dari 6 (16,7%) 2 dari 6 (33,3%) Tidak: 0 dari 2 (0%), merata 25,5%" in golden
    assert "2024 11,59% 32.080 7,5% 0%" in golden


def test_it_asks_each_opd_for_what_the_mails_ask_and_by_the_same_hour(golden: str):
    assert "Menyalurkan bantuan kepada KPM yang belum menerima" in golden
    assert "(3 hak di 2 desa/kelurahan)" in golden
    # One working day would be Monday, after the cutoff.
    assert "Minggu, 18 Februari 2024 pukul 16.00 WITA" in golden


def test_it_counts_what_the_mails_count(pristine: tuple[Home, dict]):
    """Both queries over the same flags, in the warehouse that both kinds of reader are told from."""
    home, _ = pristine
    letter_findings = Path(wording.__file__).with_name("letter_findings.sql").read_text()
    with duckdb.connect(str(home.folder / "audit" / "pantau.duckdb"), read_only=True) as audit:
        told_in_brief = {
            (row["opd_code"], row["rule"]): row["flags"]
            for row in read_figures(audit).findings
            if row["rule"] != "undated"
        }
    with duckdb.connect(str(home.folder / "warehouse.duckdb"), read_only=True) as warehouse:
        wording.register(warehouse)
        warehouse.execute(
            """create temp table letter_flags as
               select flags.*, 'open' as change, rules.past_fact, coalesce(told.amount, 'none') as amount
               from ledger.flags inner join ledger.rules on flags.rule = rules.rule
               left join alert_rules as told on flags.rule = told.rule
               where flags.resolved_on is null and flags.opd_code is not null and not rules.past_fact"""
        )
        told_in_mails: dict[tuple[str, str], int] = {}
        for opd in ("dkp", "dpmpd"):
            result = warehouse.execute(letter_findings, {"opd_code": opd})
            names = [column[0] for column in result.description]
            for row in (dict(zip(names, values, strict=True)) for values in result.fetchall()):
                key = opd, row["rule"]
                told_in_mails[key] = told_in_mails.get(key, 0) + row["flags"]
        [(doubled,)] = warehouse.execute(
            "select count(*) from letter_flags as short inner join letter_flags as graver using (entitlement_id)"
            " where short.rule = 'amount_under' and graver.rule = 'delivery_incomplete'"
        ).fetchall()
    assert doubled  # else there would be nothing to agree on
    assert told_in_brief == told_in_mails


def test_it_pins_the_chain_that_the_auditors_page_names(pristine: tuple[Home, dict], golden: str):
    home, _ = pristine
    [(count, chain)] = home.audit("select count(*), arg_max(chain_hash, sequence) from audit.submissions")
    assert (
        f"Berdasarkan {count} berkas kiriman. Kiriman terakhir: nomor urut {count}, rantai {chain}" in golden
    )
    assert chain in (home.folder / "audit" / "LAPORAN.md").read_text()
    assert "Terbitan sebelumnya" not in golden


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
    assert f"Terbitan sebelumnya: nomor 1, rantai terbitan {before}" in text
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
    assert "Kecamatan 1 11 dari 11" in text
    # The worst first, and every row that has no room is counted.
    worst = text.index("Desa Nomor 81")
    assert worst < text.index("Desa Nomor 80")
    shown = len(re.findall(r"0 dari 1\.200", text))
    assert 0 < shown < 81
    assert f"dan {81 - shown} desa/kelurahan lain dengan" in text
    assert "12 dari 81 desa belum melapor" in text
    assert "Tahapan 1: 0 dari 72 desa (tahapan ini menahan penyaluran di 72 desa)" in text
    assert "nomor urut 5" in text


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
        beginning = " ".join((wording.wording().of(rule).action or "").split()[:2])
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
    monkeypatch.setattr(write, "ROOMS", (Room(20, 20, 20, 486, 20, 20, 20),))
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
    assert len(re.findall(r"\d\. [A-Z]", text)) == 7  # as many headings as ever


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
