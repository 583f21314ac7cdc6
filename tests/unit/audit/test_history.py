"""What was known when, what is kept for how long, and what lies between two publications."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from include.audit.changes import changes
from include.audit.history import NoPublication, kept_publications, moment_of, publication_at
from include.audit.publish import publish
from include.audit.query import query
from include.audit.retention import apply_retention, dispensable, years_before
from include.ingest.manifest import Manifest, write_manifest
from include.ingest.originals import archived
from include.warehouse.connection import reader, writer
from include.workspace import Workspace

AS_OF = date(2024, 2, 12)
ZONE = "Asia/Makassar"


@pytest.fixture
def twice(ws: Workspace, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Published on 12 February and, after another log, on 18 February."""
    publish(ws, AS_OF, "run-1", manifest)
    monkeypatch.setenv("PANTAU_NOW", "2024-02-18T01:00:00+00:00")
    with writer(ws) as connection:
        connection.execute(
            """
            insert into audit.submissions select * replace ('s3' as submission_id, 'susulan.xlsx' as file_name,
                3 as sequence, 'TT-3' as receipt_number) from audit.submissions where sequence = 2;
            insert into ledger.submissions by name select * replace (3 as sequence, 's3' as submission_id)
                from ledger.submissions where sequence = 2;
            insert into audit.deliveries select * replace ('s3:1:6' as delivery_id, 's3' as submission_id,
                'E2' as entitlement_id) from audit.deliveries;
            update audit.delivery_accuracy set timing_status = 'late', amount_status = 'exact', delivered_amount = 10
                where entitlement_id = 'E2';
            """
        )
    publish(ws, AS_OF, "run-2", manifest)
    return ws


def test_the_latest_publication_at_or_before_a_time_answers(twice: Workspace) -> None:
    asked = {
        "2024-02-12": 1, "2024-02-12T09:02:03": 1, "2024-02-12T01:02:03+00:00": 1, "2024-02-17": 1, "2024-02-18T08:59": 1,
        "2024-02-18T09:00": 2, "2024-02-18": 2, "2030-01-01": 2, "1": 1, "2": 2,
    }  # fmt: skip
    assert {text: publication_at(twice, text).number for text in asked} == asked
    sql = "select timing_status from audit.delivery_accuracy where entitlement_id = 'E2'"
    assert query(twice, sql).rows == [("late",)]
    assert query(twice, sql, publication_at(twice, "2024-02-17").path).rows == [("missing",)]
    for text in ("2024-02-11", "2024-02-12T09:02:02", "3", "0"):
        with pytest.raises(NoPublication, match=r"oldest is publication 1 of 2024-02-12 01:02:03 UTC"):
            publication_at(twice, text)
    for text in ("yesterday", "18/02/2024", "2024-02-30"):
        with pytest.raises(NoPublication, match="is no time"):
            publication_at(twice, text)


def test_before_the_first_publication_there_is_no_history(ws: Workspace) -> None:
    with pytest.raises(NoPublication, match="pantau run"):
        publication_at(ws, "2024-02-12")


def test_a_day_means_its_end_in_the_regency() -> None:
    assert moment_of("2024-02-18", ZONE) == datetime(2024, 2, 18, 15, 59, 59, 999999, tzinfo=UTC)


def test_changes_name_the_submission_that_a_figure_changed_through(twice: Workspace) -> None:
    found = changes(twice, "2", "2024-02-12")
    assert (found.earlier["publication_number"], found.later["publication_number"]) == (1, 2)
    assert [row["file_name"] for row in found.submissions] == ["susulan.xlsx"]
    assert [(row["measure"], row["status"], row["earlier"], row["later"]) for row in found.counts] == [
        ("amount_status", "exact", 1, 2), ("amount_status", "none", 1, 0),
        ("timing_status", "late", 1, 2), ("timing_status", "missing", 1, 0),
    ]  # fmt: skip
    [row] = found.entitlements
    assert (row["entitlement_id"], row["earlier_timing"], row["later_timing"]) == ("E2", "missing", "late")
    assert (row["through_receipts"], row["cause"]) == (["TT-3"], "submissions")
    assert found.amounts == [
        {"opd_code": "dkp", "program_code": "beras", "period": "2024-01", "unit": "kg", "earlier_entitled": 20,
         "later_entitled": 20, "earlier_delivered": 10, "later_delivered": 20},
    ]  # fmt: skip
    assert not found.is_one_publication
    itself = changes(twice, "2", "2")
    assert (itself.submissions, itself.counts, itself.amounts, itself.entitlements) == ([], [], [], [])
    assert itself.is_one_publication


def test_a_change_without_a_submission_has_another_cause(twice: Workspace, manifest: Path) -> None:
    with writer(twice) as connection:
        connection.execute(
            "update audit.delivery_accuracy set timing_status = 'on_time' where entitlement_id = 'E1'"
        )
    publish(twice, AS_OF, "run-3", manifest)
    with writer(twice) as connection:
        connection.execute("delete from audit.delivery_accuracy where entitlement_id = 'E1'")
        connection.execute(
            "update audit.delivery_accuracy set timing_status = 'missing' where entitlement_id = 'E2'"
        )
    publish(twice, date(2024, 2, 19), "run-4", manifest)
    with reader(twice) as connection:
        retired = connection.execute(
            "select publication_number from ledger.publications where retired_at is not null"
        ).fetchall()
    assert retired == [(1,), (2,)]
    found = {row["entitlement_id"]: row["cause"] for row in changes(twice, "3", "4").entitlements}
    assert found == {"E1": "no longer listed", "E2": "day of judgement"}


CHANGED = {
    "C1": "entitled_amount = 20",
    "C2": "completed_on = '2024-02-06'",
    "C3": "timing_evidence = 'claimed'",
    "C4": "days_late = 6",
    "C5": "delivered_amount = 9.9",
}


def test_a_change_of_any_figure_is_shown_with_the_list_that_caused_it(ws: Workspace, manifest: Path) -> None:
    """C1 to C5 are judged as before, but for one figure each. A new list, s3, drops D1 and D2 and replaces R1 and R2; D2 and R2
    were given half before. O1 is still open, a week later. A log that came along, s4, has nothing to do with any of them.
    """
    dropped = {"D1": "s3", "D2": "s3", "R1": None, "R2": None}
    with writer(ws) as connection:
        for entitlement in (*CHANGED, *dropped, "O1"):
            connection.execute(
                "insert into audit.delivery_accuracy select * replace ($1 as entitlement_id) from audit.delivery_accuracy "
                "where entitlement_id = if(left($1, 1) = 'C', 'E1', 'E2')",
                [entitlement],
            )
    publish(ws, AS_OF, "run-1", manifest)
    with writer(ws) as connection:
        for sequence in (3, 4):
            for schema, number in (("audit", ", 'TT-' || $1 as receipt_number"), ("ledger", "")):
                connection.execute(
                    f"insert into {schema}.submissions by name select * replace ('s' || $1 as submission_id, $1 as sequence"
                    f"{number}) from {schema}.submissions where sequence = 1",
                    [sequence],
                )
        for entitlement, change in CHANGED.items():
            connection.execute(
                f"update audit.delivery_accuracy set {change} where entitlement_id = '{entitlement}'"
            )
        for entitlement, by in dropped.items():
            connection.execute(
                "insert into audit.recipients_dropped select * replace ($1 as entitlement_id, $2 as dropped_by_submission_id, "
                "if($2 is null, 'replaced', 'dropped') as dropped_how) from audit.recipients_dropped where entitlement_id = 'E9'",
                [entitlement, by],
            )
        connection.execute(
            """
            delete from audit.delivery_accuracy where entitlement_id in ('D1', 'R1');
            update audit.delivery_accuracy set entitled_amount = 5, delivered_amount = 5, dropped_on = '2024-02-01',
                timing_status = 'on_time' where entitlement_id in ('D2', 'R2');
            update audit.delivery_accuracy set recipient_submission_id = 's3' where entitlement_id = 'E1';
            update audit.delivery_accuracy set days_late = 19 where entitlement_id = 'O1';
            """
        )
    publish(ws, date(2024, 2, 19), "run-2", manifest)
    found = {row["entitlement_id"]: row for row in changes(ws, "1", "2").entitlements}
    assert set(found) == {*CHANGED, *dropped}
    for entitlement in dropped:
        assert (found[entitlement]["cause"], found[entitlement]["through_receipts"]) == (
            "no longer listed",
            ["TT-3"],
        )
    assert {found[entitlement]["cause"] for entitlement in CHANGED} == {"day of judgement"}


# --- retention


def test_of_older_publications_the_last_of_each_month_stays() -> None:
    days = [
        (2023, 11, 30),
        (2024, 1, 5),
        (2024, 1, 31),
        (2024, 2, 1),
        (2024, 2, 28),
        (2024, 3, 1),
        (2024, 3, 2),
    ]
    publications = [(number, datetime(*day)) for number, day in enumerate(days, start=1)]
    assert dispensable(publications, 2, datetime(2024, 1, 1)) == {1, 2, 4}
    assert dispensable(publications, 99, datetime(2025, 1, 1)) == set()


def test_a_leap_day_has_a_day_some_years_before() -> None:
    assert years_before(datetime(2024, 2, 29, 8), 1) == datetime(2023, 2, 28, 8)
    assert years_before(datetime(2024, 3, 1), 4) == datetime(2020, 3, 1)


def test_expired_files_go_and_the_ledger_says_so(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """s1 came in 2012, s2 in 2024 with the same bytes; a ZIP of 2012 is no submission."""
    with writer(ws) as connection:
        connection.execute(
            "update ledger.submissions set received_at = '2012-01-02', sha256 = repeat('a', 64) where sequence = 1"
        )
        feed = connection.execute("select feed from ledger.submissions where sequence = 1").fetchone()[0]
    written = []
    for sha256 in ("a" * 64, "1234567890123456" * 4):
        path = archived(ws.settings.archive, sha256)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
        written.append(path)
    known = {name: None for name in ("opd_code", "program_code", "kind", "registry")}
    told = Manifest(
        submission_id="s1", feed=feed, file_name="penerima.xlsx", sha256="a" * 64, size_bytes=1, ordinal=0,
        received_at="2012-01-02", received_source="clock", receipt_number="TT-1", landing_sha256="h", **known,
    )  # fmt: skip
    rows = write_manifest(ws.settings.landing, told).with_suffix(".parquet")
    rows.write_bytes(b"rows")
    assert apply_retention(ws) == 2
    assert [path.exists() for path in written] == [False, True]
    assert not rows.exists()
    assert rows.with_suffix(".json").exists()
    with reader(ws) as connection:
        removals = connection.execute(
            "select path, sha256, reason from ledger.removals order by path"
        ).fetchall()
    assert [(path.partition("/")[0], sha256) for path, sha256, _ in removals] == [
        ("archive", "a" * 64),
        ("landing", "h"),
    ]
    assert "retention.yml" in removals[0][2]
    assert apply_retention(ws) == 0


def test_a_publication_file_left_by_a_kill_goes_the_next_time(twice: Workspace) -> None:
    with writer(twice) as connection:
        connection.execute(
            "update ledger.publications set retired_at = now()::timestamp where publication_number = 1"
        )
    assert [one.number for one in kept_publications(twice)] == [1, 2]
    apply_retention(twice)
    assert [one.number for one in kept_publications(twice)] == [2]
