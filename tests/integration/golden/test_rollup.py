"""The roll-up over regencies that have published: tiny publications, made from the golden one by altering a few rows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from airflow.sdk.exceptions import AirflowFailException
from typer.testing import CliRunner

from include.alerts import AlertReport, outbox
from include.cli import app
from include.orchestration.failures import describe
from include.orchestration.province import tell as tell_task
from include.report.pages.province import page as province_page
from include.report.pages.regencies import Access, Regencies
from include.rollup.publish import roll_up
from include.rollup.tell import LetterRefused, tell
from tests.integration.smtp.mail_server import Behaviour, mail_server
from tests.province import province_part

from .conftest import NOW, Home, nik
from .test_pages import words

OURS, SECOND, THIRD = "52.05", "52.06", "52.07"
PROVINCE = province_part("province")
BECOMES = """
update audit.parameters set regency_code = '{code}', regency_name = 'Kabupaten {code}';
"""


class Province:
    """Some regencies' homes with nothing but a publication in them, listed together."""

    def __init__(self, folder: Path, golden: Path) -> None:
        self.folder = folder
        self._golden = golden
        self.home = folder / "province"
        for code in (OURS, SECOND, THIRD):
            self.add(code)

    def add(self, code: str, *statements: str) -> Path:
        """A regency with the golden publication, altered."""
        path = self.folder / "homes" / code / "audit" / "pantau.duckdb"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._golden, path)
        configuration = self.folder / "configuration" / code
        configuration.mkdir(parents=True, exist_ok=True)
        (configuration / "region.yml").write_text(f"regency_name: Wilayah {code}\ntimezone: Asia/Makassar\n")
        if code != OURS:
            self.alter(code, BECOMES.format(code=code), *statements)
        return path

    def alter(self, code: str, *statements: str) -> None:
        with duckdb.connect(str(self.audit_db(code))) as connection:
            for statement in statements:
                connection.execute(statement)

    def audit_db(self, code: str) -> Path:
        return self.folder / "homes" / code / "audit" / "pantau.duckdb"

    def list(self, *codes: str, province: str = PROVINCE) -> None:
        entries = [
            f'  - {{code: "{code}", configuration: configuration/{code}, home: homes/{code}}}\n'
            for code in codes or (OURS, SECOND, THIRD)
        ]
        (self.folder / "regencies.yml").write_text("regencies:\n" + "".join(entries) + province)

    def ask(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "province.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def province(pristine: tuple[Home, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Province:
    for variable in ("PANTAU_SECRET", "PANTAU_SMTP_URL", "PANTAU_HOME", "PANTAU_CONFIG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PANTAU_NOW", NOW)
    monkeypatch.setenv("PANTAU_REGENCIES", str(tmp_path / "regencies.yml"))
    made = Province(tmp_path, pristine[0].folder / "audit" / "pantau.duckdb")
    made.list()
    return made


@pytest.fixture
def uneven(province: Province) -> Province:
    """The second regency is the best by far; the third has the same rate as ours, and a programme that is not hidden there."""
    province.alter(SECOND, "update audit.opd_scorecard set year_on_time = 5 where program_code = 'beras'")
    province.alter(
        THIRD,
        "update audit.opd_scorecard set year_due = 12, year_on_time = 2 where program_code = 'beras'",
        "update audit.opd_scorecard set families = 30, year_due = 0, year_on_time = 0 where program_code = 'blt_dd'",
    )
    return province


def test_regencies_and_opds_are_ranked_by_rate_and_ties_share_a_place(uneven: Province):
    assert roll_up().counted == 3
    ranked = "select place, regency_code, year_on_time, year_due, year_on_time_rate from audit.regencies"
    assert uneven.ask(ranked) == [
        (1, SECOND, 5, 6, 0.8333), (2, OURS, 1, 6, 0.1667), (2, THIRD, 2, 12, 0.1667),
    ]  # fmt: skip
    assert uneven.ask("select place, regency_code, opd_code from audit.opds") == [
        (1, SECOND, "dkp"), (2, OURS, "dkp"), (2, THIRD, "dkp"),
        # What has no denominator, because nothing is due or because it is hidden, has no place.
        (None, OURS, "dpmpd"), (None, SECOND, "dpmpd"), (None, THIRD, "dpmpd"),
    ]  # fmt: skip


def test_the_province_is_the_sum_of_what_is_shown(uneven: Province):
    roll_up()
    [(entitlements, due, on_time, kg, idr, hidden)] = uneven.ask(
        "select entitlements, year_due, year_on_time, entitled_kg, entitled_idr, programs_hidden from audit.province"
    )
    # Rice in all three, BLT where it is not hidden: 3 x 12 + 2 entitlements, 3 x 120 kg, Rp600,000.
    assert (entitlements, due, on_time, kg, idr, hidden) == (38, 24, 8, 360.0, 600_000.0, 2)
    [(ready, entitled)] = uneven.ask("select window_ready, window_entitled from audit.province")
    assert (ready, entitled) == (6, 18)
    assert uneven.ask("select regency_code, period, villages_missing, days_overdue from audit.missing_logs")[0] == (
        OURS, "2024-01", 1, 9,
    )  # fmt: skip


def test_what_was_bunched_before_the_survey_stands_beside_the_ranking(uneven: Province, server: Behaviour):
    uneven.alter(
        SECOND,
        "update audit.opd_scorecard set bunching_susenas_year = 2024, bunching_completed = 6, completed_before_cutoff = 6, "
        "is_bunched = true where program_code = 'beras'",
    )
    uneven.alter(THIRD, "update audit.opd_scorecard set is_bunched = false")
    told(uneven)
    weighed = (
        "select regency_code, programs_bunched, programs_weighed from audit.regencies order by regency_code"
    )
    assert uneven.ask(weighed) == [(OURS, 0, 0), (SECOND, 1, 1), (THIRD, 0, 2)]
    assert uneven.ask("select programs_bunched, programs_weighed from audit.province") == [(1, 3)]
    [(_, mail)] = server.accepted
    text = mail.get_body(("plain",)).get_content()
    assert "Menumpuk menjelang batas SUSENAS 2024: 1 dari 3 program" in text
    assert (
        f"- 1. Kabupaten {SECOND}: 83,3% (5 dari 6 hak tepat waktu; 2 dari 6 siap SUSENAS; 1 dari 1 program menumpuk)"
        in text
    )
    read = words(page()[1])
    assert "1 dari 1 program" in read
    assert "0 dari 2 program" in read
    assert "belum dapat dinilai" in read


def test_only_what_was_bunched_before_the_same_survey_is_added_up(uneven: Province):
    uneven.alter(SECOND, "update audit.opd_scorecard set bunching_susenas_year = 2023, is_bunched = true")
    uneven.alter(THIRD, "update audit.opd_scorecard set bunching_susenas_year = 2024, is_bunched = true")
    roll_up()
    assert uneven.ask(
        "select programs_bunched, programs_weighed, bunching_susenas_year from audit.province"
    ) == [(2, 2, 2024)]


def test_a_small_cell_is_hidden_wherever_it_would_be_counted(province: Province):
    # The villages of a window may count a family twice; the scorecard's two families stay two.
    counted_twice = "update audit.village_readiness set families = 30 where program_code = 'blt_dd'"
    province.alter(OURS, counted_twice)
    roll_up()
    [hidden] = province.ask(
        "select columns(* exclude (regency_code, opd_code, opd_name, program_code, program_name, unit, is_hidden, "
        f"logs_expected, logs_pending, logs_missing, susenas_year)) from audit.programs where is_hidden and regency_code = '{OURS}'"
    )
    assert set(hidden) == {None}
    assert province.ask(
        f"select entitled, ready from audit.susenas_readiness where program_code = 'blt_dd' and regency_code = '{OURS}'"
    ) == [(None, None)]
    # Nor can it be had by subtraction: no total holds it.
    assert province.ask(
        f"select entitlements, entitled_idr from audit.regencies where regency_code = '{OURS}'"
    ) == [(12, 0.0)]


def test_no_person_and_no_key_is_in_it(province: Province):
    roll_up()
    content = (province.home / "province.duckdb").read_bytes()
    for word in (nik(1), "Arsan", "A****", "52050599"):
        assert word.encode() not in content
    [(key,)] = _asked(
        province.audit_db(OURS), "select any_value(beneficiary_key) from audit.delivery_accuracy"
    )
    assert key.encode() not in content
    assert province.ask("select column_name from audit.data_dictionary where column_name like '%key%'") == []


def test_every_column_and_table_is_described(province: Province):
    roll_up()
    assert (
        province.ask("select table_name, column_name from audit.data_dictionary where description = ''") == []
    )
    assert province.ask("select table_name from duckdb_tables() where comment is null") == []
    assert (
        province.ask(
            "select column_name from duckdb_columns() where schema_name = 'audit' and comment is null"
        )
        == []
    )


def test_whatever_is_wrong_with_one_publication_is_said_and_stops_no_other(province: Province):
    missing, broken, older, foreign, garbled = "52.71", "52.72", "52.73", "52.74", "52.75"
    for code in (missing, broken, older, foreign, garbled):
        province.add(code)
    province.audit_db(missing).unlink()
    province.audit_db(broken).write_bytes(b"not a database" * 1000)
    province.alter(older, "alter table audit.opd_scorecard drop column year_due")
    province.alter(foreign, BECOMES.format(code=OURS))
    province.alter(garbled, "update audit.opd_scorecard set opd_code = null")
    province.alter(SECOND, "update audit.publications set published_at = published_at - interval 3 day")
    province.list(OURS, SECOND, missing, broken, older, foreign, garbled)
    report = roll_up()
    assert (report.listed, report.counted) == (7, 2)
    found = dict(province.ask("select regency_code, status from audit.publications"))
    assert found == {
        OURS: "current",
        SECOND: "old",
        missing: "missing",
        broken: "unreadable",
        older: "other_version",
        foreign: "other_regency",
        garbled: "unreadable",
    }
    assert "berumur 3 hari" in report.amiss[SECOND]
    assert set(report.amiss) == set(found) - {OURS}
    # An old one counts; the others have a row without figures, and a name from their configuration.
    figures = dict(province.ask("select regency_code, entitlements from audit.regencies"))
    assert figures == {OURS: 12, SECOND: 12} | dict.fromkeys([missing, broken, older, foreign, garbled])
    assert province.ask(f"select regency_name from audit.regencies where regency_code = '{missing}'") == [
        (f"Wilayah {missing}",)
    ]
    assert province.ask(
        "select regencies_listed, regencies_counted, regencies_old, entitlements from audit.province"
    ) == [(7, 2, 1, 24)]


LAST_YEAR = "update audit.publications set as_of = date '2023-12-31'"
NEXT_WINDOW = (
    "update audit.opd_scorecard set susenas_year = 2025",
    "update audit.village_readiness set susenas_year = 2025",
    "insert into audit.susenas_windows select * replace (2025 as susenas_year, starts_on + 355 as starts_on, "
    "ends_on + 355 as ends_on, cutoff + 355 as cutoff) from audit.susenas_windows",
)


def test_figures_judged_long_ago_are_neither_ranked_nor_added_up(uneven: Province):
    uneven.alter(SECOND, LAST_YEAR)
    roll_up()
    of_the_year = "is_year_counted, year_due, year_on_time, year_on_time_rate"
    assert uneven.ask(f"select regency_code, place, {of_the_year} from audit.regencies") == [
        (OURS, 1, True, 6, 1, 0.1667), (THIRD, 1, True, 12, 2, 0.1667), (SECOND, None, False, None, None, None),
    ]  # fmt: skip
    assert set(
        uneven.ask(f"select place, {of_the_year} from audit.opds where regency_code = '{SECOND}'")
    ) == {(None, False, None, None, None)}
    # What is not of a year, and the window, are added up as before.
    assert uneven.ask(
        "select year_due, year_on_time, regencies_other_year, entitlements, window_entitled, regencies_other_window "
        "from audit.province"
    ) == [(18, 3, 1, 38, 18, 0)]


def test_only_the_readiness_for_the_next_window_is_added_up(
    province: Province, monkeypatch: pytest.MonkeyPatch
):
    windows = "select susenas_year, window_entitled, window_ready, regencies_other_window from audit.province"
    counted = "select regency_code, susenas_year, is_window_counted, window_entitled from audit.regencies order by all"
    at(monkeypatch, "2024-03-20T09:00")
    roll_up()
    assert province.ask(windows) == [(2024, 18, 6, 0)]  # closed, but nobody knows of another
    province.alter(SECOND, *NEXT_WINDOW)
    # Official days hold: by these estimated ones the window of 2024 would still be open.
    province.alter(
        THIRD, "update audit.susenas_windows set ends_on = date '2024-04-30', status = 'estimated'"
    )
    roll_up()
    assert province.ask(windows) == [(2025, 6, 2, 2)]
    assert province.ask(counted) == [
        (OURS, 2024, False, None), (SECOND, 2025, True, 6), (THIRD, 2024, False, None),
    ]  # fmt: skip
    at(monkeypatch, "2024-03-09T23:59")
    roll_up()
    assert province.ask(windows) == [(2024, 12, 4, 1)]


def test_the_page_says_which_figures_are_left_out(uneven: Province):
    uneven.alter(SECOND, LAST_YEAR)
    uneven.alter(THIRD, *NEXT_WINDOW)
    roll_up()
    read = words(page()[1])
    assert (
        "3 dari 18 hak, tanpa 1 kabupaten/kota yang terbitannya dinilai lebih dari sebulan yang lalu" in read
    )
    assert (
        "Siap SUSENAS 2024 33,3% 4 dari 12 hak, tanpa 1 kabupaten/kota yang terbitannya menghadapi jendela SUSENAS lain"
        in read
    )
    assert (
        f"Kabupaten {SECOND} {SECOND}, 1 program berpenerima sedikit tidak ditampilkan – dinilai pada 31 Desember 2023 2 dari 6"
        in read
    )
    assert "1 2 dari 12 (16,7%) menghadapi SUSENAS 2025" in read
    assert "5 dari 6" not in read


def test_without_a_single_publication_there_is_still_a_roll_up(province: Province):
    for code in (OURS, SECOND, THIRD):
        province.audit_db(code).unlink()
    assert roll_up().counted == 0
    assert province.ask("select regencies_listed, regencies_counted, entitlements from audit.province") == [
        (3, 0, 0)
    ]
    assert province.ask("select place from audit.regencies") == [(None,)] * 3


def test_a_reader_keeps_what_he_has_open_and_the_regencies_are_not_written(province: Province):
    roll_up()
    before = {code: province.audit_db(code).read_bytes() for code in (OURS, SECOND, THIRD)}
    killed = province.home / ".unfinished-1.duckdb"
    killed.write_bytes(b"left by a killed roll-up")
    with duckdb.connect(str(province.home / "province.duckdb"), read_only=True) as open_before:
        province.list(OURS)
        assert roll_up().listed == 1
        assert open_before.execute("select count(*) from audit.regencies").fetchone() == (3,)
    assert not killed.exists()
    assert {path.name for path in province.home.iterdir()} == {"province.duckdb", ".rollup.lock"}
    assert before == {code: province.audit_db(code).read_bytes() for code in before}


def test_the_command_tells_what_was_counted(province: Province):
    province.audit_db(THIRD).unlink()
    told = CliRunner().invoke(app, ["rollup"])
    assert told.exit_code == 0, told.output
    assert "2 of 3 regencies counted" in told.output
    assert f"{THIRD}: Belum ada terbitan." in told.output
    as_object = json.loads(CliRunner().invoke(app, ["rollup", "--json"]).stdout)
    assert (as_object["listed"], as_object["counted"], list(as_object["amiss"])) == (3, 2, [THIRD])


def test_without_a_province_the_command_says_what_to_write(province: Province):
    province.list(province="")
    told = CliRunner().invoke(app, ["rollup"])
    assert told.exit_code == 2
    assert "regencies.yml, province: is missing" in told.output


def access(**allowed: object) -> Access:
    """A login that may see the province's page and no regency, unless said otherwise."""
    nobody = {"visible": lambda: (), "may_see": lambda _: False, "may_download": lambda _: False}
    return Access("tkpk", **(nobody | {"may_see_province": lambda: True} | allowed))


def page(query: dict[str, str] | None = None, **allowed: object) -> tuple[int, str]:
    answer = Regencies().respond("provinsi", query or {}, access(**allowed))
    return answer.status, answer.body.decode()


def test_the_page_ranks_and_leads_to_each_regencys_own_pages(uneven: Province):
    uneven.audit_db(OURS).unlink()
    roll_up()
    status, body = page()
    assert status == 200
    read = words(body)
    assert (
        "Rekapitulasi Jumat, 16 Februari 2024 pukul 09.00 WITA atas terbitan 2 dari 3 kabupaten/kota" in read
    )
    assert (
        f"Kabupaten {SECOND} {SECOND}, 1 program berpenerima sedikit tidak ditampilkan 1 5 dari 6 (83,3%)"
        in read
    )
    assert f"Wilayah {OURS} {OURS} Belum ada Belum ada terbitan." in read
    assert "1 kabupaten/kota tidak dihitung." in read
    assert [f'href="./{code}/ringkasan"' in body for code in (OURS, SECOND, THIRD)] == [True] * 3
    assert not any(one in body for one in ("Arsan", "A****", nik(1)))


def test_opds_come_page_by_page(province: Province, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(province_page, "ROOM", 4)
    roll_up()
    bodies = [page(query)[1] for query in ({}, {"halaman": "2"}, {"halaman": "-1"}, {"halaman": "99"})]
    assert [body.count("/penyaluran") for body in bodies] == [4, 2, 4, 0]
    assert "Halaman 1 dari 2" in bodies[0]


def test_the_page_is_the_provinces_and_says_when_there_is_none(province: Province):
    assert page()[0] == 503
    roll_up()
    refused, body = page(may_see_province=lambda: False)
    assert (refused, "Nusa Tenggara Barat" in body) == (403, False)
    province.list(province="")
    assert page()[0] == 403


def test_a_name_that_would_act_is_shown_as_text(province: Province):
    province.alter(SECOND, "update audit.parameters set regency_name = '<script>alert(1)</script>'")
    roll_up()
    assert "<script" not in page()[1]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    behaviour = Behaviour()
    with mail_server(behaviour) as port:
        monkeypatch.setenv("PANTAU_SMTP_URL", f"smtp://127.0.0.1:{port}")
        yield behaviour


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    monkeypatch.setenv("PANTAU_NOW", f"{moment}:00+08:00")


def told(province: Province) -> AlertReport:
    roll_up()
    return tell()


def test_the_coordinator_is_told_once_a_day_and_only_of_what_changed(
    uneven: Province, server: Behaviour, monkeypatch: pytest.MonkeyPatch
):
    at(monkeypatch, "2024-02-16T07:59")
    assert told(uneven).sent == 0  # the regencies' own mornings come first
    at(monkeypatch, "2024-02-16T08:00")
    assert told(uneven).sent == 1
    uneven.alter(OURS, "update audit.opd_scorecard set year_on_time = 6 where program_code = 'beras'")
    at(monkeypatch, "2024-02-16T20:00")
    assert told(uneven).sent == 0  # changed, but the day has had its letter
    at(monkeypatch, "2024-02-17T08:00")
    assert told(uneven).sent == 1
    for day, letters in (("2024-02-23", 0), ("2024-02-24", 1)):
        for code in (OURS, SECOND, THIRD):  # published again, with the same figures
            uneven.alter(
                code, f"update audit.publications set published_at = timestamp '{day}' - interval 1 hour"
            )
        at(monkeypatch, f"{day}T08:00")
        assert told(uneven).sent == letters
    assert len(set(server.message_ids)) == 3
    assert len(list((uneven.home / "outbox").glob("*.eml"))) == 3


def test_the_letter_ranks_in_formal_indonesian_and_names_what_is_not_counted(
    uneven: Province, server: Behaviour
):
    uneven.audit_db(THIRD).unlink()
    told(uneven)
    [(recipients, mail)] = server.accepted
    assert recipients == ["tkpk@ntb.example"]
    assert mail["From"] == "Pantau Salur <pantau@ntb.example>"
    subject = "[Biasa] Rekapitulasi penyaluran bantuan kabupaten/kota: 2 dari 3 kabupaten/kota terhitung, 50% hak tepat waktu"
    assert mail["Subject"] == subject
    text = mail.get_body(("plain",)).get_content()
    for line in (
        "Yth. Sekretaris TKPK Provinsi",
        "Tepat waktu 12 bulan terakhir: 6 dari 12 hak (50%)",
        f"- 1. Kabupaten {SECOND}: 83,3% (5 dari 6 hak tepat waktu; 2 dari 6 siap SUSENAS)",
        "- 2. Kabupaten Dompu: 16,7% (1 dari 6 hak tepat waktu; 2 dari 6 siap SUSENAS)",
        f"- Wilayah {THIRD}: Belum ada (Belum ada terbitan)",
        "- Bantuan Beras, Januari 2024: 1 desa (Dinas Ketahanan Pangan, Kabupaten Dompu; lewat 9 hari)",
        "atas nama Sekretariat TKPKD Provinsi Nusa Tenggara Barat",
    ):
        assert line in text
    assert "Kabupaten Dompu" in mail.get_body(("html",)).get_content()


def test_the_letter_says_which_figures_are_left_out(uneven: Province, server: Behaviour):
    uneven.alter(SECOND, LAST_YEAR, "update audit.opd_scorecard set susenas_year = null")
    told(uneven)
    [(_, mail)] = server.accepted
    assert mail["Subject"].endswith(
        "3 dari 3 kabupaten/kota terhitung, 16,7% hak tepat waktu pada 2 di antaranya"
    )
    text = mail.get_body(("plain",)).get_content()
    for line in (
        "Tepat waktu 12 bulan terakhir: 3 dari 18 hak (16,7%), tanpa 1 kabupaten/kota yang terbitannya dinilai lebih dari sebulan yang lalu",
        "Siap SUSENAS 2024: 4 dari 12 hak (33,3%), tanpa 1 kabupaten/kota yang terbitannya menghadapi jendela SUSENAS lain",
        f"- Kabupaten {SECOND}: dinilai pada 31 Desember 2023 dan tanpa jendela SUSENAS (data per 31 Desember 2023)",
    ):
        assert line in text
    assert "83,3%" not in text


@pytest.mark.parametrize(("as_of", "is_counted"), [("2024-12-01", True), ("2024-11-30", False)])
def test_on_new_years_day_the_twelve_months_before_it_still_stand(
    province: Province, monkeypatch: pytest.MonkeyPatch, as_of: str, is_counted: bool
):
    at(monkeypatch, "2025-01-01T08:00")
    for code in (OURS, SECOND, THIRD):
        province.alter(code, f"update audit.publications set as_of = date '{as_of}'")
    roll_up()
    assert province.ask("select year_due, year_on_time, regencies_other_year from audit.province") == [
        (18, 3, 0) if is_counted else (0, 0, 3)
    ]


def test_the_letter_says_when_nobody_was_judged_of_late(
    province: Province, server: Behaviour, monkeypatch: pytest.MonkeyPatch
):
    at(monkeypatch, "2025-01-01T08:00")
    told(province)
    [(_, mail)] = server.accepted
    assert mail["Subject"].endswith(
        "3 dari 3 kabupaten/kota terhitung, tidak satu pun dinilai dalam sebulan terakhir"
    )


NOBODY = "550 5.1.1 no such user"
MENDED = PROVINCE.replace("tkpk@", "sekretariat@")


def test_a_letter_refused_for_good_is_an_error_until_the_address_is_mended(
    province: Province, server: Behaviour
):
    server.rcpt["tkpk@ntb.example"] = NOBODY
    said = rf"tkpk@ntb.example: {NOBODY}.* mend province, coordinator, email in regencies.yml"
    for failed in (1, 0):  # the same day it is not tried again, and is no less refused
        with pytest.raises(LetterRefused, match=said) as refused:
            told(province)
        assert refused.value.report.failed == failed
    province.list(province=MENDED)
    assert [told(province).sent for _ in range(2)] == [1, 0]
    assert [recipients for recipients, _ in server.accepted] == [["sekretariat@ntb.example"]]
    outbox = _asked(
        province.home / "warehouse.duckdb", "select status, attempts from ledger.outbox order by all"
    )
    assert outbox == [("failed", 1), ("sent", 1)]


def test_an_address_that_refused_is_written_to_again_the_next_morning(
    province: Province, server: Behaviour, monkeypatch: pytest.MonkeyPatch
):
    server.rcpt["tkpk@ntb.example"] = NOBODY
    with pytest.raises(LetterRefused):
        told(province)
    del server.rcpt["tkpk@ntb.example"]
    at(monkeypatch, "2024-02-17T07:59")
    with pytest.raises(LetterRefused, match="of 2024-02-16"):
        told(province)
    at(monkeypatch, "2024-02-17T08:00")
    assert [told(province).sent for _ in range(2)] == [1, 0]


def test_what_the_old_address_refuses_is_no_error_once_it_is_mended(
    province: Province, server: Behaviour, monkeypatch: pytest.MonkeyPatch
):
    server.rcpt["tkpk@ntb.example"] = "451 4.7.1 later"
    assert told(province).waiting == 1
    province.list(province=MENDED)
    server.rcpt["tkpk@ntb.example"] = NOBODY
    province.alter(OURS, "update audit.opd_scorecard set year_on_time = 6 where program_code = 'beras'")
    at(monkeypatch, "2024-02-17T08:00")
    report = told(province)
    assert (report.sent, report.failed) == (1, 1)


def test_the_command_fails_where_the_letter_is_refused_and_says_so(province: Province, server: Behaviour):
    server.rcpt["tkpk@ntb.example"] = NOBODY
    done = CliRunner().invoke(app, ["rollup", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["emails"] == {"sent": 0, "failed": 1, "written": 0, "waiting": 0}
    assert NOBODY in done.stderr
    again = CliRunner().invoke(app, ["rollup"])
    assert (again.exit_code, "3 of 3 regencies counted" in again.stdout) == (1, True)


def test_the_task_fails_for_good_where_the_letter_is_refused_and_leaves_the_runs_note(
    province: Province, server: Behaviour
):
    left: dict[str, str] = {}
    ti = SimpleNamespace(
        xcom_pull=lambda task_ids: {"counted": 3, "listed": 3, "amiss": {}},
        xcom_push=lambda key, value: left.update({key: value}),
    )
    server.rcpt["tkpk@ntb.example"] = NOBODY
    roll_up()
    with pytest.raises(AirflowFailException, match=NOBODY) as failed:
        tell_task(ti)
    # The mail to the engineer tells the same.
    assert NOBODY in describe(failed.value)
    assert left["note"].startswith(
        "Pantau: FAILED: the letter of 2024-02-16 to the province's coordinator was refused"
    )
    assert left["note"].endswith("3 of 3 regencies counted; e-mails 1 failed")
    province.list(province=MENDED)
    assert tell_task(ti)["sent"] == 1
    assert left["note"] == "Pantau: 3 of 3 regencies counted; e-mails 1 sent"


def test_a_letter_that_waited_for_the_server_goes_out_once(
    province: Province, server: Behaviour, monkeypatch: pytest.MonkeyPatch
):
    server.sender = "451 later"
    assert (told(province).sent, told(province).waiting) == (0, 1)
    server.sender = "250 ok"
    assert told(province).sent == 1
    assert told(province).sent == 0
    assert len(server.accepted) == 1


@pytest.mark.parametrize("step", ["commit", "deliver"])
def test_killed_in_between_and_run_again_one_letter_goes_out(
    province: Province, server: Behaviour, monkeypatch: pytest.MonkeyPatch, step: str
):
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    roll_up()
    with monkeypatch.context() as patched:
        patched.setattr(outbox, step, killed)
        with pytest.raises(KeyboardInterrupt):
            tell()
    assert tell().sent == 1
    assert tell().sent == 0
    assert len(server.accepted) == 1


def test_without_a_server_the_outbox_is_the_delivery(province: Province):
    assert [told(province).written for _ in range(2)] == [1, 0]
    [letter] = (province.home / "outbox").glob("*.eml")
    assert b"tkpk@ntb.example" in letter.read_bytes()


def _asked(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()
