"""What brief and pages count: a finding once, and what one family got too much for itself."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import include.report
from include.alerts.wording import register
from include.report.queries import execute

HERE = Path(include.report.__file__).parent
RULES = ("delivery_incomplete", "amount_under", "delivery_late")


@pytest.fixture
def audit() -> duckdb.DuckDBPyConnection:
    """One entitlement that came in part: told by the graver of two rules that say so; and a past fact."""
    connection = duckdb.connect()
    connection.execute("create schema audit")
    connection.execute(
        "create table audit.rules as select unnest($1) as rule, false as past_fact", [list(RULES)]
    )
    connection.execute("update audit.rules set past_fact = rule = 'delivery_late'")
    connection.execute(
        "create table audit.flags as select rule, 'dkp' as opd_code, 'beras' as program_code, 'E1' as entitlement_id, "
        "null::date as resolved_on from audit.rules"
    )
    connection.execute(
        "create table audit.snoozes (opd_code varchar, program_code varchar, rule varchar, in_force boolean)"
    )
    register(connection)
    execute(connection, HERE / "told_flags.sql")
    return connection


def told(audit: duckdb.DuckDBPyConnection) -> list[tuple[str, bool]]:
    return audit.execute("select rule, is_snoozed from told_flags order by rule").fetchall()


def test_a_finding_is_told_once_by_its_gravest_rule(audit: duckdb.DuckDBPyConnection) -> None:
    assert told(audit) == [("delivery_incomplete", False)]


def test_where_the_graver_rule_is_snoozed_the_other_is_told(audit: duckdb.DuckDBPyConnection) -> None:
    """As in the e-mails, which else would tell of a short measure that no page knows of."""
    audit.execute("insert into audit.snoozes values ('dkp', null, 'delivery_incomplete', true)")
    assert told(audit) == [("amount_under", False), ("delivery_incomplete", True)]


def test_what_is_mended_by_the_graver_rule_first_is_told_until_the_other_is_mended(
    audit: duckdb.DuckDBPyConnection,
) -> None:
    audit.execute("update audit.flags set resolved_on = '2024-02-16' where rule = 'delivery_incomplete'")
    assert told(audit) == [("amount_under", False), ("delivery_incomplete", False)]


def test_what_one_family_got_too_much_feeds_no_other() -> None:
    connection = duckdb.connect()
    execute(connection, HERE / "counting.sql")
    sums = connection.execute(
        "select unnest(amount_sums(entitled, delivered)) from (values (10, 15), (10, 5)) as of_families (entitled, delivered)"
    ).fetchone()
    assert sums == (20, 15, 5)
