"""The configuration arrives in the warehouse whole, and replaces the one before."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.config import Snooze, load_configuration
from include.ingest.reasons import reasons
from include.settings import Settings
from include.warehouse import reference
from include.warehouse.reference import calendar, configuration_tables, write_reference

SCHEMA = Path(reference.__file__).with_name("schema.sql")


@pytest.fixture
def configuration():
    # Dompu snoozes nothing, and its file says how.
    snooze = Snooze(
        opd="dpmpd", program="blt_dd", until=date(2024, 3, 1), reason="Rapat TKPKD, KK 5205010199019999"
    )
    return load_configuration(Settings().config_dir).model_copy(update={"snoozes": [snooze]})


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute(SCHEMA.read_text(encoding="utf-8"))
        yield connection


@pytest.fixture
def written(connection, configuration):
    write_reference(connection, configuration, date(2024, 2, 12), "run-1")
    return connection


def ask(connection, sql):
    return connection.execute(sql).fetchall()


def test_every_table_of_the_schema_is_written(written, configuration):
    tables = {
        name
        for (name,) in ask(written, "select table_name from duckdb_tables() where schema_name = 'reference'")
    }
    assert tables == set(configuration_tables(configuration, date(2024, 2, 12), "run-1"))
    for table in tables:
        assert ask(written, f"select count(*) from reference.{table}") > [(0,)], table


def test_the_run_and_its_day_are_parameters(written):
    assert ask(written, "select as_of, run_id, regency_code, timezone from reference.parameters") == [
        (date(2024, 2, 12), "run-1", "52.05", "Asia/Makassar")
    ]


def test_values_stand_in_their_columns(written):
    assert ask(written, "select * from reference.snoozes") == [
        ("dpmpd", "blt_dd", None, date(2024, 3, 1), "Rapat TKPKD, KK …")
    ]
    assert ask(written, "select * from reference.villages where village_code = '52.05.05.1002'") == [
        ("52.05.05.1002", "Kandai II", "52.05.05", "Woja", "kelurahan", False, False)
    ]
    programme = written.execute("select * from reference.programs where program_code = 'blt_dd'")
    names = [column[0] for column in programme.description]
    row = dict(zip(names, programme.fetchone(), strict=True))
    assert row.pop("source")
    assert row == {
        "program_code": "blt_dd", "name": "BLT Dana Desa", "unit": "IDR", "opd_code": "dpmpd", "entitlement": 300000.0,
        "tolerance": 0.0, "max_amount": 3600000.0, "unit_price_idr": 1.0, "status": "active", "status_from": None,
        "max_periods_per_payment": 3, "pack_size": None, "village_kinds": ["desa"],
    }  # fmt: skip
    assert ask(written, "select * from reference.feeds where feed = 'dinsos/p3ke'") == [
        ("dinsos/p3ke", "dinsos", "registry", None, "p3ke", 7)
    ]
    assert ask(
        written, "select * exclude (source) from reference.susenas_windows where susenas_year = 2024"
    ) == [(2024, date(2024, 2, 19), date(2024, 3, 9), date(2024, 2, 18), date(2023, 12, 31), 30, "official")]
    assert ask(written, "select program_code, starts_on, ends_on from reference.program_pauses") == [
        ("beras", date(2024, 2, 8), date(2024, 2, 14))
    ]
    assert ask(
        written,
        "select due_date from reference.program_periods where program_code = 'beras' and period = '2024-08'",
    ) == [(date(2024, 8, 25),)]


def test_what_targeting_is_judged_by_stands_in_its_columns(written):
    (rules,) = written.execute("select * from reference.targeting").fetchdf().to_dict("records")
    assert rules == {
        "poor_deciles": 4, "poorest_deciles": 2, "pocket_share": 0.75, "elderly_age": 60, "small_cell": 5, "comparable_from": 30,
        "registry_loss_share": 0.35, "registry_loss_from": 5, "registry_whole_share": 0.5, "registry_shifted_share": 0.2,
        "registry_shifted_from": 3,
    }  # fmt: skip
    assert ask(written, "select program_code, other_program_code, verdict from reference.combinations") == [
        ("beras", "blt_dd", "allowed")
    ]
    assert ask(written, "select * exclude (source) from reference.poverty_targets") == [(2024, 7.5, 0.0)]
    assert ask(
        written, "select * exclude (source, published_on) from reference.official_poverty where year = 2024"
    ) == [(2024, 11.59, 32080)]
    assert ask(
        written, "select * exclude (line, source, published_on) from reference.official_extreme_poverty"
    ) == [(2021, 2.97, 7842)]


def test_a_stage_s_year_stands_beside_its_name(written):
    sql = "select stage, stage_year, period from reference.program_stages where program_code = 'beras' and period > '2024-06'"
    assert ask(written, sql) == [
        ("Tahap III", 2024, "2024-08"),
        ("Tahap III", 2024, "2024-10"),
        ("Tahap III", 2024, "2024-12"),
        ("Tahap I", 2025, "2025-06"),
        ("Tahap I", 2025, "2025-07"),
    ]


def test_the_steps_are_numbered_with_every_spelling(written):
    found = ask(
        written, "select program_code, position, milestone, name, lead_months from reference.program_gates"
    )
    assert found == [
        ("blt_dd", 1, "apbdes", "APBDes ditetapkan", 3),
        ("blt_dd", 2, "sk_penerima", "SK penerima/Perkades ditetapkan", 3),
        ("blt_dd", 3, "dana_desa", "Dana Desa masuk RKD", 0),
    ]
    (spellings,) = ask(written, "select spellings from reference.program_gates where position = 3")[0]
    assert {"danadesa", "danadesamasukrkd", "ddcair"} <= set(spellings)


def test_a_stage_without_a_year_is_one_for_each_year_of_its_months(connection, configuration):
    rice = configuration.program("beras")
    rice = rice.model_copy(update={"stages": {"Tahap I": ["2024-01", "2025-06"]}})
    write_reference(
        connection, configuration.model_copy(update={"programs": [rice]}), date(2024, 2, 12), "run-1"
    )
    assert ask(connection, "select * from reference.program_stages") == [
        ("beras", "Tahap I", 2024, "2024-01"),
        ("beras", "Tahap I", 2025, "2025-06"),
    ]


def test_the_reasons_are_those_of_the_one_list(written):
    assert ask(written, "select code from reference.reasons order by 1") == [
        (code,) for code in sorted(reasons())
    ]
    assert ask(written, "select level from reference.reasons where code = 'identity_missing'") == [
        ("rejected",)
    ]


def test_a_new_configuration_replaces_the_old_whole(written, configuration):
    smaller = configuration.model_copy(
        update={"villages": configuration.villages[:2], "windows": [], "village_aliases": []}
    )
    write_reference(written, smaller, date(2024, 2, 13), "run-2")
    assert ask(written, "select count(*) from reference.villages") == [(2,)]
    assert ask(written, "select count(*) from reference.susenas_windows") == [(0,)]
    assert ask(written, "select run_id from reference.parameters") == [("run-2",)]


def test_a_failed_transaction_leaves_the_old_configuration(written, configuration):
    written.begin()
    write_reference(written, configuration.model_copy(update={"villages": []}), date(2024, 2, 13), "run-2")
    written.rollback()
    assert ask(written, "select count(*) from reference.villages") == [(81,)]
    assert ask(written, "select run_id from reference.parameters") == [("run-1",)]


# --- the calendar


def test_the_days_of_the_first_quarter_of_2024(written):
    sql = "select count(*) from reference.calendar where is_working_day and day between '2024-01-01' and '2024-03-31'"
    assert ask(written, sql) == [(58,)]


@pytest.mark.parametrize(
    ("day", "works", "name"),
    [
        ("2024-02-08", False, "Isra"),  # a national holiday
        ("2024-02-09", False, "Cuti Bersama"),
        ("2024-02-11", False, None),  # a Sunday
        ("2024-02-10", False, "Imlek"),  # a holiday on a Saturday keeps its name
        ("2024-02-12", True, None),
        ("2024-02-14", False, "Pemilihan"),
        ("2024-11-27", False, "Pemilihan"),
    ],
)
def test_days_off_carry_their_indonesian_name(day, works, name):
    found = {entry[0].isoformat(): entry for entry in calendar(2024, 2024)}
    assert found[day][1] is works
    assert (found[day][2] is None) == (name is None)
    assert name is None or name in found[day][2]


def test_the_calendar_has_every_day_once_and_reaches_past_all_days_counted(written):
    first, last, days, distinct = ask(
        written, "select min(day), max(day), count(*), count(distinct day) from reference.calendar"
    )[0]
    assert (first, last) == (date(2022, 1, 1), date(2026, 12, 31))
    assert days == distinct == (last - first).days + 1


def test_the_calendar_reaches_as_far_as_as_of(connection, configuration):
    write_reference(connection, configuration, date(2031, 5, 5), "run-1")
    assert ask(connection, "select max(day) from reference.calendar") == [(date(2032, 12, 31),)]
