"""The sample for field verification: as large as the textbook says, the same for everybody, and read back honestly."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import NormalDist
from types import SimpleNamespace

import duckdb
import openpyxl
import pytest

from include.audit.field_sample import Draw, SampleError, draw, read_form, render_form
from include.audit.history import publication_at

MACROS = Path(__file__).parents[3] / "include" / "audit" / "macros.sql"

FAMILIES = """
    create schema audit;
    create table audit.delivery_accuracy as select
        'E' || i as entitlement_id, if(i % 3 = 0, 'blt_dd', 'beras') as program_code, '2024-01' as period,
        'k' || i as beneficiary_key, 'Woja' as district_name, '52.05.05.20' || lpad((i % 12)::varchar, 2, '0') as village_code,
        'Desa ' || (i % 12) as village_name, '520501******0001' as nik_masked, 10.0::double as entitled_amount,
        10.0::double as delivered_amount, 'kg' as unit, date '2024-01-20' as completed_on,
        if(i % 10 = 0, 'late', 'on_time') as timing_status, if(i % 7 = 0, 'claimed', 'verified') as timing_evidence,
        date '2024-01-31' as due_date, null::date as dropped_on, date '2024-02-12' as as_of
    from range(4000) as r (i);
"""


@pytest.fixture(scope="module")
def families() -> Iterator[duckdb.DuckDBPyConnection]:
    sql = MACROS.read_text()
    with duckdb.connect() as connection:
        connection.execute(FAMILIES)
        connection.execute(sql[sql.index("create macro audit.field_sample") :])
        yield connection


def drawn(connection: duckdb.DuckDBPyConnection, margin: float, confidence: float, seed: int) -> list[dict]:
    found = connection.execute(f"from audit.field_sample({margin}, {confidence}, {seed})")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("margin", [0.03, 0.05, 0.1])
@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99, 0.999])
def test_the_size_is_cochrans_with_the_correction(families, margin: float, confidence: float) -> None:
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    infinite = z * z * 0.25 / margin**2
    expected = math.ceil(infinite / (1 + (infinite - 1) / 4000))
    strata = families.execute(
        "select count(distinct (program_code, village_code, timing_status <> 'on_time' or timing_evidence = 'claimed')) "
        "from audit.delivery_accuracy"
    ).fetchone()[0]
    assert len(drawn(families, margin, confidence, 1)) == max(expected, strata)


def test_what_cannot_be_verified_is_left_out_before_the_size_is_counted(families) -> None:
    with families.cursor() as connection:
        connection.execute("begin")
        connection.execute(
            "update audit.delivery_accuracy set due_date = '2024-02-12' where entitlement_id < 'E2'"
        )
        connection.execute(
            "update audit.delivery_accuracy set dropped_on = '2024-01-01' where entitlement_id like 'E2%'"
        )
        connection.execute(
            "update audit.delivery_accuracy set village_code = null where entitlement_id like 'E30%'"
        )
        left = connection.execute(
            "select count(*) from audit.delivery_accuracy where due_date < as_of and dropped_on is null and village_code is not null"
        ).fetchone()[0]
        sample = drawn(connection, 0.05, 0.95, 1)
        connection.execute("rollback")
    assert {row["population_size"] for row in sample} == {left}
    infinite = NormalDist().inv_cdf(0.975) ** 2 * 0.25 / 0.05**2
    assert len(sample) == math.ceil(infinite / (1 + (infinite - 1) / left))
    assert not any(row["entitlement_id"].startswith(("E1", "E2", "E30")) for row in sample)


def test_a_family_is_asked_about_its_latest_month_only(families) -> None:
    with families.cursor() as connection:
        connection.execute("begin")
        connection.execute(
            "insert into audit.delivery_accuracy select * replace ('F' || entitlement_id as entitlement_id, "
            "'2023-12' as period, date '2023-12-31' as due_date) from audit.delivery_accuracy"
        )
        sample = drawn(connection, 0.05, 0.95, 1)
        connection.execute("rollback")
    assert {(row["population_size"], row["period"]) for row in sample} == {(4000, "2024-01")}


def test_a_seed_gives_the_same_sample_and_another_seed_another(families) -> None:
    first = [row["sample_code"] for row in drawn(families, 0.05, 0.95, 7)]
    with families.cursor() as connection:
        connection.execute("begin")
        connection.execute(
            "create or replace table audit.delivery_accuracy as from audit.delivery_accuracy order by md5(entitlement_id)"
        )
        assert [row["sample_code"] for row in drawn(connection, 0.05, 0.95, 7)] == first
        connection.execute("delete from audit.delivery_accuracy where entitlement_id = 'E5'")
        assert [row["sample_code"] for row in drawn(connection, 0.05, 0.95, 7)] != first
        connection.execute("rollback")
    assert len(set(first)) == len(first)
    others = {row["entitlement_id"] for row in drawn(families, 0.05, 0.95, 8)}
    assert len(others & {row["entitlement_id"] for row in drawn(families, 0.05, 0.95, 7)}) < len(first) / 2


def test_every_stratum_is_there_and_doubtful_ones_twice_as_densely(families) -> None:
    sample = drawn(families, 0.05, 0.95, 1)
    strata = Counter((row["program_code"], row["village_code"], row["is_doubtful"]) for row in sample)
    sizes = {
        (row["program_code"], row["village_code"], row["is_doubtful"]): row["stratum_size"] for row in sample
    }
    assert sum(sizes.values()) == 4000
    assert all(
        row["stratum_sample"] == strata[row["program_code"], row["village_code"], row["is_doubtful"]]
        for row in sample
    )
    assert sum(row["weight"] for row in sample) == pytest.approx(4000)
    share = {
        doubt: sum(n for key, n in strata.items() if key[2] is doubt)
        / sum(n for key, n in sizes.items() if key[2] is doubt)
        for doubt in (True, False)
    }
    assert share[True] / share[False] == pytest.approx(2, rel=0.15)


# --- the form and what comes back


HOW = Draw(0.05, 0.95, 7, 1)


@pytest.fixture(scope="module")
def published(families, tmp_path_factory) -> SimpleNamespace:
    """A home as far as the form looks at it: one kept publication."""
    folder = tmp_path_factory.mktemp("home") / "audit"
    (folder / "history").mkdir(parents=True)
    path = folder / "history" / "20240212T010203Z-000001.duckdb"
    sql = MACROS.read_text()
    with duckdb.connect(str(path)) as connection:
        connection.execute(FAMILIES)
        connection.execute(sql[sql.index("create macro audit.field_sample") :])
    region = SimpleNamespace(timezone="Asia/Makassar")
    return SimpleNamespace(
        settings=SimpleNamespace(audit_dir=folder), configuration=SimpleNamespace(region=region), path=path
    )


def filled(published: SimpleNamespace, path: Path, answer: Callable[[dict], tuple]) -> Path:
    """The form with the answers of `answer(row)`: met, received, amount."""
    rows = draw(publication_at(published, "1"), HOW)
    path.write_bytes(render_form(rows, HOW))
    book = openpyxl.load_workbook(path)
    for place, row in enumerate(rows, start=6):
        for column, value in enumerate(answer(row), start=8):
            book.active.cell(place, column, value)
    book.save(path)
    return path


def test_the_form_names_nobody_and_says_what_it_was_drawn_with(published, tmp_path: Path) -> None:
    path = filled(published, tmp_path / "form.xlsx", lambda row: ())
    values = [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active.iter_rows()]
    assert "520501" not in str(values)
    assert json.loads(values[2][1]) | {"list_hash": ""} == {
        "margin": 0.05, "confidence": 0.95, "seed": 7, "publication": 1, "list_hash": "",
    }  # fmt: skip
    assert len(values) == 5 + len(drawn_rows := draw(publication_at(published, "1"), HOW))
    assert [row[1] for row in values[5:]] == [row["sample_code"] for row in drawn_rows]


def test_everybody_confirms(published, tmp_path: Path) -> None:
    result = read_form(published, filled(published, tmp_path / "form.xlsx", lambda row: ("Ya", "Ya", None)))
    assert (result.population, result.met) == (4000, result.drawn)
    assert (result.received_in_full.rate, result.received_in_full.high) == (
        pytest.approx(1),
        pytest.approx(1),
    )
    assert 0.98 < result.received_in_full.low < 1
    assert result.deviating == ()


def test_who_was_not_met_stays_in_the_denominator(published, tmp_path: Path) -> None:
    half = filled(
        published,
        tmp_path / "form.xlsx",
        lambda row: ("Ya", "Ya", 10) if row["number"] % 2 else ("Tidak", None, None),
    )
    result = read_form(published, half)
    assert result.met == pytest.approx(result.drawn / 2, abs=1)
    assert result.received_in_full.rate == pytest.approx(0.5, abs=0.1)
    assert result.received_in_full.low < result.received_in_full.rate < result.received_in_full.high
    assert result.deviating == ()


def test_densely_drawn_strata_do_not_weigh_more(published, tmp_path: Path) -> None:
    """All doubtful families say no; they are two fifths of the sample, but not of the people."""
    path = filled(
        published, tmp_path / "form.xlsx", lambda row: ("Ya", "Tidak" if row["is_doubtful"] else "Ya", None)
    )
    result = read_form(published, path)
    with duckdb.connect(str(published.path), read_only=True) as audit:
        (true_share,) = audit.execute(
            "select avg((timing_status = 'on_time' and timing_evidence <> 'claimed')::int) from audit.delivery_accuracy"
        ).fetchone()
    assert result.received_in_full.rate == pytest.approx(true_share)
    assert result.received_in_full.rate != pytest.approx(1 - len(result.deviating) / result.drawn, abs=0.05)


def test_short_measure_deviates_from_the_log(published, tmp_path: Path) -> None:
    path = filled(
        published, tmp_path / "form.xlsx", lambda row: ("Ya", "Ya", 9.5 if row["number"] == 1 else 10)
    )
    result = read_form(published, path)
    assert result.deviating == (draw(publication_at(published, "1"), HOW)[0]["sample_code"],)
    assert result.agrees_with_log.rate < 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (("Mungkin", None, None), r"row 6: Ditemui must be Ya or Tidak"),
        (("Ya", "Ya", "banyak"), r"row 6: Jumlah diterima must be a number"),
        (("Ya", "Ya", -1), r"row 6: Jumlah diterima must be a number"),
    ],
)
def test_an_answer_that_is_none_is_named_by_its_row(
    published, tmp_path: Path, answer: tuple, why: str
) -> None:
    path = filled(
        published, tmp_path / "form.xlsx", lambda row: answer if row["number"] == 1 else ("Ya", "Ya", None)
    )
    with pytest.raises(SampleError, match=why):
        read_form(published, path)


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        ((6, 2), "V00000000", r"row 6: code V00000000 was not drawn; code V\w+ is missing"),
        ((7, 2), None, r"code V\w+ is missing"),
        ((3, 2), "x", "no form of"),
        (
            (3, 2),
            '{"margin": 0.05, "confidence": 0.95, "seed": 7, "publication": 1, "list_hash": "x"}',
            "another list",
        ),
    ],
)
def test_a_form_that_was_tampered_with_is_refused(published, tmp_path: Path, place, value, why: str) -> None:
    path = filled(published, tmp_path / "form.xlsx", lambda row: ("Ya", "Ya", None))
    book = openpyxl.load_workbook(path)
    book.active.cell(*place).value = value
    book.save(path)
    with pytest.raises(SampleError, match=why):
        read_form(published, path)


def test_what_is_no_workbook_or_asks_for_nonsense_is_refused(published, tmp_path: Path) -> None:
    (tmp_path / "form.xlsx").write_text("no workbook")
    with pytest.raises(SampleError, match="cannot be read as a workbook"):
        read_form(published, tmp_path / "form.xlsx")
    with pytest.raises(SampleError, match="between 0 and 1"):
        Draw(5, 0.95, 1, 1)
