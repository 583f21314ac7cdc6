"""However submissions are batched, the tables are the same as if all had been judged at once (contract, section 8)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.dbt.conftest import Warehouse, received
from tests.dbt.oracle_months import CASH, DESA, FEEDS, LISTS, RICE, SUBMISSIONS, invent, list_rows, logged

LAST = "2024-04-30"
# Whom a run's logs speak of, and when a file was loaded: matters of the batch, not of the deliveries.
NOT_COMPARED = {"int_deliveries_touched", "int_entitlements_touched", "stg_ledger__submissions"}
# Where the order of deliveries mattered once, its rows stay although they are not read any more.
ACCUMULATED = """
    select accumulated.* from intermediate.int_deliveries_accumulated as accumulated
    inner join intermediate.int_entitlements_totalled as totalled using (entitlement_id) where totalled.is_order_needed
"""


class Days:
    """Logs of random families day by day, with what only later logs or other rows decide: deaths, returned rows, proxies."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.world = invent(self.rng)
        self.sent: list[tuple[str, int, dict[str, Any]]] = []

    def lists(self, house: Warehouse) -> None:
        for program in (RICE, CASH):
            # All before the first log: a list builds everything anew.
            for number in range(len(LISTS)):
                house.submit(
                    f"{FEEDS[program.code]}/penerima",
                    list_rows(self.world.families, program, number),
                    received("2024-01-02", number),
                )

    def logs(self, house: Warehouse, submission: int) -> None:
        for program in (RICE, CASH):
            rows = [
                self._eventful(logged(row), program.code)
                for row in self.world.rows
                if row.program is program and row.submission == submission
            ]
            name = house.submit(
                f"{FEEDS[program.code]}/penyaluran", rows, received(SUBMISSIONS[submission].isoformat())
            )
            self.sent += [(f"{name}:1:{number}", submission, row) for number, row in enumerate(rows, start=2)]

    def _eventful(self, row: dict[str, Any], program: str) -> dict[str, Any]:
        chance = self.rng.random()
        if chance < 0.04:
            row |= {"status": "meninggal dunia", "amount": "", "delivered_on": ""}
        elif chance < 0.10 and self.sent:
            origin, _, earlier = self.rng.choice(self.sent)
            row |= {"returned_row_id": origin}
            if chance < 0.07:
                row |= {"nik": earlier.get("nik", "")}
        elif chance < 0.16:
            row |= {"received_by": "pengambil"}
        elif chance < 0.20:
            row |= {"nik": "1111111111111111", "name": f"warga {self.rng.randrange(50)}"}
        elif chance < 0.22:
            row |= {"amount": "banyak"}
        elif chance < 0.26:
            row |= {"village": self.rng.choice(DESA)[1], "bast_number": f"{program}-7"}
        return row


def contents(house: Warehouse) -> dict[str, list[str]]:
    """Every table and view that is built, each row as text, in one order."""
    tables = house.rows(
        "select table_schema as s, table_name as t from information_schema.tables "
        "where table_schema in ('staging', 'intermediate', 'marts', 'audit') order by all"
    )
    found = {}
    with house.open() as connection:
        for table in tables:
            name = f"{table['s']}.{table['t']}"
            if table["t"] in NOT_COMPARED:
                continue
            query = ACCUMULATED if table["t"] == "int_deliveries_accumulated" else f"from {name}"
            found[name] = sorted(map(repr, connection.execute(query).fetchall()))
    return found


def assert_same(batched: dict[str, list[str]], whole: dict[str, list[str]]) -> None:
    assert batched.keys() == whole.keys()
    wrong = {
        name: (
            sorted(set(batched[name]) - set(whole[name]))[:2],
            sorted(set(whole[name]) - set(batched[name]))[:2],
        )
        for name in whole
        if batched[name] != whole[name]
    }
    assert not wrong, f"{len(wrong)} tables differ: {wrong}"


def play(new_warehouse: Callable[[], Warehouse], seed: int) -> None:
    whole, batched = new_warehouse(), new_warehouse()
    # In one go.
    days = Days(seed)
    whole.configure(LAST)
    days.lists(whole)
    for submission in range(len(SUBMISSIONS)):
        days.logs(whole, submission)
    assert whole.build_new(LAST, "all") == "nothing was built before"
    # In batches, judged by days that come and go.
    days = Days(seed)
    batched.configure(LAST)
    days.lists(batched)
    batches = [
        ([0, 1, 2], "2024-02-16"),
        ([3, 4], "2024-02-20"),
        ([], "2024-02-10"),
        ([5, 6, 7], "2024-03-31"),
        ([8], LAST),
        ([9, 10], LAST),
    ]
    for number, (submissions, as_of) in enumerate(batches):
        for submission in submissions:
            days.logs(batched, submission)
        why = batched.build_new(as_of, f"batch {number}")
        assert (why is None) == (number > 0)
    found = contents(batched)
    assert_same(found, contents(whole))
    assert {"corrected", "voided", "dated", "returned_row"} <= {
        row["superseded_how"] for row in batched.rows("select distinct superseded_how from audit.deliveries")
    }
    remarks = {
        row["code"]
        for row in batched.rows("select distinct unnest(warning_codes) as code from marts.rows_judged")
    }
    assert {"recipient_reported_dead", "bast_for_two_villages", "proxy_for_many"} <= remarks


def test_logs_in_batches_give_the_same_tables_as_all_at_once(new_warehouse: Callable[[], Warehouse]) -> None:
    play(new_warehouse, seed=5205)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_many_random_batches(new_warehouse: Callable[[], Warehouse], seed: int) -> None:
    play(new_warehouse, seed)


def test_whatever_is_no_log_has_all_tables_built_anew(new_warehouse: Callable[[], Warehouse]) -> None:
    house = new_warehouse()
    house.configure("2024-03-31")
    family = {"nik": "5205991507800001", "name": "warga", "village": "Nowa", "district": "Woja"}
    log = {
        **family,
        "period": "Januari 2024",
        "amount": "10",
        "delivered_on": "20/01/2024",
        "status": "sudah",
    }
    heir = {
        **family,
        "nik": "5205991507800002",
        "name": "pengganti",
        "replaces_nik": family["nik"],
        "valid_from": "25/01/2024",
        "reason": "pindah",
    }
    january = "select beneficiary_key as k, delivered_amount as kg from audit.delivery_accuracy where period = '2024-01'"
    for_family, for_heir = {"k": f"nik:{family['nik']}", "kg": 10.0}, {"k": f"nik:{heir['nik']}", "kg": 0.0}
    house.submit("dkp/beras/penerima", [family, heir], received("2024-01-02"))
    house.build_new("2024-03-31", "first")
    assert house.rows(january) == [for_heir]
    house.submit("dkp/beras/penyaluran", [log], received("2024-02-05"))
    assert house.build_new("2024-03-31", "a log") is None
    # What stood only as long as nobody, or somebody, had received stands no more.
    assert house.rows(january) == [for_family]
    house.submit("dkp/beras/penyaluran", [{**log, "status": "batal", "amount": ""}], received("2024-02-06"))
    assert house.build_new("2024-03-31", "a void") is None
    assert house.rows(january) == [for_heir]
    house.submit("dkp/beras/penyaluran", [log], received("2024-02-01"))
    assert "received before" in str(house.build_new("2024-03-31", "a log that came out of order"))
    house.submit("dkp/beras/penerima", [family, heir], received("2024-02-09"))
    assert "recipient lists" in str(house.build_new("2024-03-31", "a list"))
    house.submit("dkp/beras/penyaluran", [{**log, "amount": "12"}], received("2024-02-10"))
    with house.open() as connection:
        connection.execute(
            "insert into ledger.transformations select 'killed', as_of, context, pending_from, last_sequence, null, begun_at, null, null from ledger.transformations limit 1"
        )
    assert "not finished" in str(house.build_new("2024-03-31", "after a run that was killed"))
    assert house.build_new("2024-03-31", "nothing new") is None
    assert house.rows("select sum(delivered_amount) as kg from audit.delivery_accuracy") == [{"kg": 12.0}]
