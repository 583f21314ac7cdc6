"""When the transformed tables are appended to, and when they are dropped to be built whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from include.warehouse.connection import reader, transaction, writer
from include.warehouse.judged import altered_tables, finish_transformation
from include.warehouse.load import load_landed
from include.workspace import Workspace

DAY = date(2024, 2, 12)


def run(ws: Workspace, run_id: str, as_of: date = DAY, *, finished: bool = True) -> tuple[Any, ...]:
    """Loads what has landed and pretends that dbt built a table; returns what dbt was asked for."""
    load_landed(ws, as_of, run_id, "command")
    with writer(ws) as connection, transaction(connection):
        asked = connection.execute(
            "select t.why_whole, p.pending_from, p.judged_as_of from ledger.transformations as t, reference.parameters as p "
            "where t.run_id = p.run_id order by t.rowid desc limit 1"
        ).fetchone()
        connection.execute("create schema if not exists staging")
        connection.execute("create table if not exists staging.built as select 1 as one")
        if finished:
            finish_transformation(connection, run_id)
    assert asked is not None
    return asked


def test_the_first_run_builds_all_and_the_next_appends_what_is_new(ws, land):
    land("a.csv")
    assert run(ws, "run-1") == ("nothing was built before", 1, None)
    land("b.csv", received_at="2024-02-02T01:00:00+00:00")
    assert run(ws, "run-2", date(2024, 2, 13)) == (None, 2, DAY)
    assert run(ws, "run-3", date(2024, 2, 1)) == (None, 3, date(2024, 2, 13))


def test_tables_are_dropped_only_where_they_are_built_whole(ws, land):
    run(ws, "run-1")
    land("a.csv")
    run(ws, "run-2")
    with writer(ws) as connection:
        connection.execute("insert into staging.built values (2)")
        finish_transformation(connection, "run-2")
    run(ws, "run-3")
    with reader(ws) as connection:
        assert connection.execute("select count(*) from staging.built").fetchone() == (2,)
    land("list.csv", feed="dkp/beras/penerima", kind="recipients", received_at="2024-02-03T01:00:00+00:00")
    run(ws, "run-4")
    with reader(ws) as connection:
        assert connection.execute("select count(*) from staging.built").fetchone() == (1,)


def test_a_table_that_somebody_altered_is_not_built_upon(ws, land, caplog):
    """Judgements that nothing new touches are kept for months: whoever changed one would have it published for ever."""
    land("a.csv")
    run(ws, "run-1")
    with writer(ws) as connection:
        connection.execute("update staging.built set one = 2")
        assert altered_tables(connection) == ["staging.built"]
    land("b.csv", received_at="2024-02-02T01:00:00+00:00")
    assert run(ws, "run-2")[:2] == ("altered behind the pipeline's back: staging.built", 1)
    assert "staging.built" in caplog.text
    with reader(ws) as connection:
        assert connection.execute("select one from staging.built").fetchall() == [(1,)]
        assert altered_tables(connection) == []


def test_a_transformation_that_was_not_finished_is_not_built_upon(ws, land):
    run(ws, "run-1")
    land("a.csv")
    assert run(ws, "run-2", finished=False) == (None, 1, DAY)
    assert run(ws, "run-3")[0] == "the last transformation was not finished"


def test_an_earlier_run_that_loads_again_is_the_last_one(ws):
    run(ws, "run-1", date(2024, 2, 1))
    run(ws, "run-2")
    assert run(ws, "run-1", date(2024, 2, 1)) == (None, 1, DAY)
    assert run(ws, "run-3") == (None, 1, date(2024, 2, 1))
    run(ws, "run-2", finished=False)
    assert run(ws, "run-4")[0] == "the last transformation was not finished"


def test_a_log_received_before_another_one_that_was_judged_has_all_judged_again(ws, land):
    land("a.csv", received_at="2024-02-05T01:00:00+00:00")
    run(ws, "run-1")
    land("b.csv", received_at="2024-02-04T01:00:00+00:00")
    assert run(ws, "run-2")[0] == "a submission was received before others that were judged already"


@pytest.mark.parametrize("kind", ["recipients", "registry"])
def test_lists_and_registries_have_all_judged_again(ws, land, kind):
    land("a.csv")
    run(ws, "run-1")
    land("b.csv", kind=kind, received_at="2024-02-03T01:00:00+00:00")
    assert run(ws, "run-2")[0] == "1 recipient lists or registries are new"


def test_another_configuration_has_all_judged_again_but_texts_do_not(ws):
    run(ws, "run-1")
    region = ws.configuration.region.model_copy(update={"timezone": "Asia/Jakarta"})
    elsewhere = replace(ws, configuration=ws.configuration.model_copy(update={"region": region}))
    assert run(elsewhere, "run-2")[0] == "the configuration or the models have changed"
    assert run(elsewhere, "run-3")[0] is None
