"""Two registries of which the truth is known, through the real reading, dbt, matching and publication, and back from an operator."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from benchmarks.matching import Quality, prepare, quality
from benchmarks.registries import Entry
from include.pipeline import run
from include.rebuild import rebuild
from include.targeting.match import match_registries
from include.targeting.review import FILE_NAME, write_reviews
from include.warehouse.connection import reader
from include.workspace import Workspace

PERSONS = 2_000
Matched = tuple[Workspace, list[Entry], list[Entry]]


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matched]:
    """A home with two registries, matched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_HOME", str(tmp_path_factory.mktemp("matching")))
        patch.setenv("PANTAU_NOW", "2024-02-12T08:00:00+08:00")
        ws = Workspace.open()
        left, right = prepare(ws, PERSONS, seed=7)
        match_registries(ws)
        yield ws, left, right


def _pairs(ws: Workspace) -> list[tuple[Any, ...]]:
    with reader(ws) as connection:
        return connection.execute(
            "select * exclude (reviewed_by_submission_id) from ledger.registry_matches order by all"
        ).fetchall()


def test_who_stands_in_both_is_found_and_hardly_anybody_else(matched: Matched) -> None:
    ws, left, right = matched
    found: Quality = quality(ws, left, right)
    assert found.in_both > 1_600, "too few to say anything"
    assert found.by_probability > 150, "equal NIKs alone would prove little"
    assert found.precision >= 0.995
    assert found.by_probability_right >= 0.98 * found.by_probability
    assert found.recall >= 0.95


def test_the_same_registries_give_the_same_pairs(matched: Matched) -> None:
    ws, _, _ = matched
    before = _pairs(ws)
    match_registries(ws)
    assert _pairs(ws) == before


def test_an_operators_answers_come_back_and_outlive_a_rebuild(matched: Matched) -> None:
    ws, _, _ = matched
    [path] = write_reviews(ws)
    assert path == ws.settings.returned / "dinsos" / "dtks" / FILE_NAME
    answers = _answer(path, ws.settings.inbox / "dinsos" / "dtks" / FILE_NAME)
    os.utime(ws.settings.inbox / "dinsos" / "dtks" / FILE_NAME, (1_707_696_000, 1_707_696_000))
    assert len(answers) > 3
    run(ws)
    with reader(ws) as connection:
        [(kind, accepted, rejected)] = connection.execute(
            "select kind, rows_accepted, rows_rejected from audit.submissions where kind = 'reviews'"
        ).fetchall()
        # What was taken in holds no person: the keys say who is meant.
        assert connection.execute("select count(*) from raw.reviews where extra is not null").fetchone() == (
            0,
        )
    assert (kind, accepted, rejected) == ("reviews", len(answers) - 1, 1)
    told = {f"{pair[0]}-{pair[1]}": (pair[6], pair[5]) for pair in _told(ws)}
    assert {pair_id: told[pair_id] for pair_id, answer in answers.items() if answer in ("sama", "bukan")} == {
        pair_id: ("accepted" if answer == "sama" else "rejected", "review")
        for pair_id, answer in answers.items()
        if answer in ("sama", "bukan")
    }
    before = _pairs(ws)
    rebuild(ws)
    assert _pairs(ws) == before


def _told(ws: Workspace) -> list[tuple[Any, ...]]:
    with reader(ws) as connection:
        return connection.execute(
            "select left_key, right_key, left_registry, right_registry, match_probability, matched_by, decision "
            "from ledger.registry_matches"
        ).fetchall()


def _answer(path: Path, to: Path) -> dict[str, str]:
    """Fills the list in as an operator would, one word misspelt, and drops it: pair -> answer."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    header = next(row for row in sheet.iter_rows() if row[0].value == "Keputusan")
    columns = {cell.value: cell.column for cell in header}
    given: dict[str, str] = {}
    persons: set[str] = set()
    for row in range(header[0].row + 1, sheet.max_row + 1):
        pair_id = sheet.cell(row, columns["ID Pasangan"]).value
        answer = "samaa" if not given else "bukan" if persons & set(pair_id.split("-")) or row % 2 else "sama"
        persons |= set(pair_id.split("-")) if answer == "sama" else set()
        sheet.cell(row, columns["Keputusan"], answer)
        given[pair_id] = answer
    book.save(to)
    return given
