"""Who stands in both registries: what is matched, what is entered, and when it is needed. The tables are written as dbt would."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import openpyxl
import pytest

from include.config.models import Matching
from include.settings import Settings
from include.targeting.match import MatchReport, match_registries, needs_matching
from include.targeting.review import FILE_NAME, write_reviews
from include.warehouse.connection import reader, writer
from include.workspace import Workspace

Entry = Callable[..., None]
_TABLES = """
    create schema staging;
    create schema intermediate;
    create table staging.stg_ledger__submissions as
    select submission_id, kind, registry, reading_status, sequence from ledger.submissions;
    create table staging.stg_registry__rows (
        row_id varchar, name_text varchar, nik_text varchar, kk_text varchar, birth_date date, gender varchar, village_sent varchar
    );
    create table intermediate.int_registry_entries (
        registry varchar, beneficiary_key varchar, submission_id varchar, row_id varchar, nik_key varchar, kk_key varchar,
        name_compared varchar, name_sound varchar, name_words varchar[], birth_date date, gender varchar, village_code varchar,
        district_code varchar, nik_digits varchar, is_nik_shortened boolean
    );
    create table intermediate.int_registry_reviews (left_key varchar, right_key varchar, is_same boolean, submission_id varchar);
"""


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A home whose warehouse holds empty tables."""
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_NOW", "2024-02-12T00:00:00+00:00")
    settings = Settings()
    settings.make_folders()
    ws = Workspace(settings, cast("Any", SimpleNamespace(matching=Matching())))
    with writer(ws) as connection:
        connection.execute(_TABLES)
        connection.execute(
            "insert into ledger.submissions by name select unnest(range(1, 3)) as sequence, 's' || sequence as submission_id, "
            "'dinsos/dtks' as feed, 'a' as file_name, 'x' as sha256, 1 as size_bytes, timestamp '2024-02-01' as received_at, "
            "'clock' as received_source, 'landed' as reading_status, '[]' as warnings, '[]' as sheets, 1 as rows_read, "
            "1 as rows_data, 0 as rows_skipped, '' as previous_hash, '' as chain_hash, timestamp '2024-02-01' as loaded_at"
        )
    return ws


@pytest.fixture
def put(ws: Workspace) -> Entry:
    """`put("p3ke", "5205…", name="arsyad", kk="1", birth="1980-01-02")` enters a person; the key is the NIK, or `key`."""

    def _put(registry: str, nik: str = "", *, name: str | None = None, kk: str | None = None, birth: str | None = None,
             key: str = "", village: str = "52.05.05.2001", shortened: bool = False) -> None:  # fmt: skip
        with writer(ws) as connection:
            row = connection.execute("select count(*) + 2 from intermediate.int_registry_entries").fetchone()
            row_id = f"{'s1' if registry == 'p3ke' else 's2'}:1:{row[0] if row else 0}"
            words = sorted((name or "").split())
            connection.execute(
                "insert into intermediate.int_registry_entries values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [registry, key or nik, row_id[:2], row_id, nik if nik and not shortened else None, kk, name,
                 name.replace(" ", "") if name else None, words, birth and date.fromisoformat(birth), None, village, village[:8],
                 nik or None, shortened],
            )  # fmt: skip
            connection.execute(
                "insert into staging.stg_registry__rows values (?, ?, ?, ?, ?, null, 'Nowa')",
                [row_id, name, nik, kk, birth and date.fromisoformat(birth)],
            )

    return _put


def landed(ws: Workspace, *registries: str, kind: str = "registry") -> None:
    with writer(ws) as connection:
        for registry in registries:
            connection.execute(
                "insert into staging.stg_ledger__submissions "
                "select 'f' || count(*), ?, ?, 'landed', count(*) from staging.stg_ledger__submissions",
                [kind, registry],
            )


def decide(ws: Workspace, left: str, right: str, same: bool | None) -> None:
    with writer(ws) as connection:
        connection.execute(
            "insert into intermediate.int_registry_reviews values (?, ?, ?, 's9')", [left, right, same]
        )


def pairs(ws: Workspace) -> list[Any]:
    with reader(ws) as connection:
        return connection.execute(
            "select left_key[-1:], right_key[-1:], decision, matched_by, match_probability, reviewed_by_submission_id "
            "from ledger.registry_matches order by 1, 2"
        ).fetchall()


FIRST, SECOND, THIRD = "5205911203800001", "5205911203800002", "5205911203800003"


def test_an_equal_nik_is_a_pair_and_a_missing_one_is_not(ws: Workspace, put: Entry) -> None:
    put("p3ke", FIRST)
    put("p3ke", key="a")
    put("dtks", FIRST)
    put("dtks", key="b")
    assert match_registries(ws) == MatchReport(left=2, right=2, pairs=1, to_review=0)
    assert pairs(ws) == [("1", "1", "accepted", "nik", 1.0, None)]


def test_an_equal_nik_that_everything_else_contradicts_is_asked(ws: Workspace, put: Entry) -> None:
    put("p3ke", FIRST, name="arsyad", kk="1", birth="1980-03-12")
    put("dtks", FIRST, name="fatimah", kk="2", birth="1991-07-01", village="52.05.02.2001")
    match_registries(ws)
    assert [pair[:4] for pair in pairs(ws)] == [("1", "1", "review", "nik")]


def test_who_mistyped_anothers_nik_is_found_by_all_else(ws: Workspace, put: Entry) -> None:
    put("p3ke", FIRST, name="arsyad", kk="1", birth="1980-03-12")
    put("p3ke", SECOND, name="fatimah", kk="2", birth="1991-07-01")
    put("dtks", FIRST, name="fatimah", kk="2", birth="1991-07-01")
    match_registries(ws)
    assert [pair[:4] for pair in pairs(ws)] == [("2", "1", "accepted", "probability")]


def test_a_nik_cut_to_fifteen_digits_is_found_by_name_and_family(ws: Workspace, put: Entry) -> None:
    put("p3ke", FIRST, name="arsyad", kk="1", birth="1980-03-12")
    put("dtks", "5205911203800000", key="x0", shortened=True, name="arsyad", kk="1", birth="1980-03-12")
    match_registries(ws)
    assert [pair[:4] for pair in pairs(ws)] == [("1", "0", "accepted", "probability")]


def test_twins_stay_apart_though_their_numbers_differ_in_one_digit(ws: Workspace, put: Entry) -> None:
    for nik, name in ((FIRST, "hasan"), (SECOND, "husen")):
        put("p3ke", nik, name=name, kk="1", birth="1980-03-12")
    put("dtks", "5205911203800000", key="x0", shortened=True, name="husen", kk="1", birth="1980-03-12")
    match_registries(ws)
    assert [pair[:3] for pair in pairs(ws)] == [("2", "0", "accepted")]


def test_an_operators_word_is_kept_and_the_open_pairs_are_written_for_him(ws: Workspace, put: Entry) -> None:
    put("p3ke", FIRST, name="arsyad", kk="1", birth="1980-03-12")
    put("dtks", FIRST, name="fatimah", kk="2", birth="1991-07-01", village="52.05.02.2001")
    match_registries(ws)
    [path] = write_reviews(ws)
    assert path == ws.settings.returned / "dinsos" / "dtks" / FILE_NAME
    written = path.read_bytes()
    assert write_reviews(ws) == [path]
    assert path.read_bytes() == written
    rows = list(openpyxl.load_workbook(path)["Periksa"].iter_rows(values_only=True))
    shown = dict(zip(*[row for row in rows if row[1] is not None], strict=True))
    assert (shown["Nama P3KE"], shown["Nama DTKS/DTSEN"]) == ("arsyad", "fatimah")
    assert shown["Dasar"] == "NIK sama; nama berbeda; tanggal lahir berbeda; No. KK berbeda"
    assert (shown["ID Pasangan"], shown["Keputusan"]) == (f"{FIRST}-{FIRST}", None)

    decide(ws, FIRST, FIRST, False)
    match_registries(ws)
    assert [pair[2:] for pair in pairs(ws)] == [("rejected", "review", 0.5, "s9")]
    assert write_reviews(ws) == []
    assert not path.exists(), "what nothing is asked in is taken away"


def test_a_pair_refused_by_an_operator_leaves_both_to_others(ws: Workspace, put: Entry) -> None:
    put("p3ke", FIRST, name="arsyad", kk="1")
    put("dtks", FIRST, name="arsyad", kk="1")
    decide(ws, FIRST, FIRST, False)
    match_registries(ws)
    assert [pair[2] for pair in pairs(ws)] == ["rejected"]


def test_matching_is_needed_once_for_each_new_file(ws: Workspace, put: Entry) -> None:
    assert needs_matching(ws) is False
    landed(ws, "p3ke")
    assert needs_matching(ws) is False, "one registry alone has nothing to be matched with"
    landed(ws, "dtsen")
    assert needs_matching(ws) is True
    match_registries(ws)
    assert needs_matching(ws) is False, "also when nothing was found"
    landed(ws, "p3ke", kind="reviews")
    assert needs_matching(ws) is True, "an operator has answered"
    match_registries(ws)
    assert needs_matching(ws) is False
    with writer(ws) as connection:
        connection.execute("drop schema intermediate cascade")
    assert needs_matching(ws) is False, "between loading and transforming there is nothing to match"


def test_the_model_is_kept_with_what_it_was_learnt_from(ws: Workspace, put: Entry) -> None:
    put("p3ke", FIRST, name="arsyad", kk="1")
    put("dtks", SECOND, name="arsyad", kk="1")
    landed(ws, "p3ke", "dtks")
    match_registries(ws)
    match_registries(ws)
    with reader(ws) as connection:
        [(learnt, settings, snapshot)] = connection.execute(
            "select learnt_from, settings, snapshot from ledger.matching_models inner join ledger.matchings using (model_id)"
        ).fetchall()
    assert learnt == "starting values"
    assert len(snapshot) == 64
    assert {one["output_column_name"] for one in json.loads(settings)["comparisons"]} == {
        "name", "birth_date", "kk", "village", "gender", "nik",
    }  # fmt: skip
