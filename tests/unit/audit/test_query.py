"""Questions to the audit database: three forms of answer, and plain words when there is none."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import pytest

from include.audit.publish import publish
from include.audit.query import TABLE_ROWS, Form, QueryError, print_query, query
from include.workspace import Workspace

SQL = "select entitlement_id, due_date, entitled_amount, completed_on from audit.delivery_accuracy order by 1"


def _printed(ws: Workspace, sql: str, form: Form) -> str:
    stream = io.StringIO()
    print_query(ws, sql, form, stream)
    return stream.getvalue()


@pytest.fixture
def published(ws: Workspace, manifest: Path) -> Workspace:
    publish(ws, date(2024, 2, 12), "run-1", manifest)
    return ws


def test_csv_and_json_give_values_as_they_are(published: Workspace) -> None:
    assert _printed(published, SQL, "csv") == (
        "entitlement_id,due_date,entitled_amount,completed_on\nE1,2024-01-31,10.0,2024-02-05\nE2,2024-01-31,10.0,\n"
    )
    assert json.loads(_printed(published, SQL, "json"))[1] == {
        "entitlement_id": "E2", "due_date": "2024-01-31", "entitled_amount": 10.0, "completed_on": None,
    }  # fmt: skip


def test_a_table_shows_brackets_as_they_are_and_stops_somewhere(published: Workspace) -> None:
    assert "[red]" in _printed(published, "select '[red]' as value", "table")
    long = _printed(published, f"select range as number from range({TABLE_ROWS + 5})", "table")
    assert f"{TABLE_ROWS} of {TABLE_ROWS + 5} rows shown" in long


def test_what_is_wider_than_the_terminal_comes_as_one_block_a_row(
    published: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "select '[red]' || repeat('x', 30) as first, repeat('y', 40) as second, null as third"
    monkeypatch.setenv("COLUMNS", "120")
    assert "┃ first" in _printed(published, sql, "table")
    monkeypatch.setenv("COLUMNS", "80")
    lines = _printed(published, sql, "table").splitlines()
    assert lines[:4] == ["--- 1", "first: [red]" + "x" * 30, "second: " + "y" * 40, "third: "]
    assert "--csv or --json" in lines[-1]


def test_wide_without_rows_still_names_its_columns(
    published: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "16")
    assert "--- 1" not in _printed(published, "select 1 as alpha, 2 as betas where false", "table")
    assert "be" in _printed(published, "select 1 as alpha, 2 as betas where false", "table")


def test_lists_and_decimals_become_json(published: Workspace) -> None:
    assert json.loads(_printed(published, "select ['a'] as codes, 0.5::decimal(3, 1) as rate", "json")) == [
        {"codes": ["a"], "rate": 0.5}
    ]


def test_before_the_first_publication(ws: Workspace) -> None:
    with pytest.raises(QueryError, match="pantau run"):
        query(ws, "select 1")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select * from audit.no_such_table", "no_such_table"),
        ("selec 1", "syntax"),
        ("delete from audit.flags", "read-only"),
        ("copy audit.flags to 'flags.csv'", "disabled"),
        ("select * from read_text('/etc/hostname')", "disabled"),
        ("attach 'other.duckdb'", "disabled|read-only"),
        ("set enable_external_access = true", "locked"),
    ],
)
def test_a_refused_question_says_why(published: Workspace, sql: str, why: str) -> None:
    with pytest.raises(QueryError, match=rf"(?i){why}"):
        query(published, sql)


@pytest.mark.parametrize(("sql", "questions"), [("", 0), (" -- nothing", 0), ("select 1; select 2", 2)])
def test_one_question_at_a_time(published: Workspace, sql: str, questions: int) -> None:
    with pytest.raises(QueryError, match=f"there are {questions}"):
        query(published, sql)


def test_columns_of_one_name_are_all_shown(published: Workspace) -> None:
    assert json.loads(_printed(published, "select 1 as a, 2 as a, 3 as a_2, 4 as a", "json")) == [
        {"a": 1, "a_2": 2, "a_2_2": 3, "a_3": 4}
    ]
