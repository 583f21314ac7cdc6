"""Random months, judged by dbt and by the plain-Python oracle: every amount, day and status must be the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.dbt import oracle
from tests.dbt.conftest import VILLAGES, Warehouse, received

FAMILIES = 900
PERIODS = ("2024-01", "2024-02", "2024-03")
DUE = {"2024-01": date(2024, 1, 31), "2024-02": date(2024, 2, 29), "2024-03": date(2024, 3, 31)}
RICE = oracle.Program("beras", Decimal(10), Decimal("0.05"), DUE, ((date(2024, 2, 8), date(2024, 2, 14)),))
CASH = oracle.Program("blt_dd", Decimal(300000), Decimal(0), DUE)
WINDOW = oracle.Window(date(2024, 2, 19), date(2024, 3, 9), date(2023, 12, 31), 30)
FEEDS = {"beras": "dkp/beras", "blt_dd": "dpmpd/blt-dd"}
DESA = [
    (code, name, district)
    for code, name, _, district, kind in VILLAGES
    if kind == "desa" and name != "Kembang"
]
SUBMISSIONS = [date(2024, 1, 12) + timedelta(days=9 * step) for step in range(11)]
LISTS = (date(2024, 1, 2), SUBMISSIONS[4], SUBMISSIONS[8])
REPLACEMENT_DAYS = (None, date(2024, 1, 10), date(2024, 1, 22), date(2024, 2, 10), date(2024, 3, 4))
WORDS = {"delivered": "sudah salur", "failed": "tidak hadir", "not_yet": "belum", "void": "batal"}


def nik(index: int) -> str:
    return f"52059915078{index:05}"


def invent(rng: Random) -> list[oracle.Family]:
    """Families with all that can happen: shares, arrears, corrections, voids, no dates, dropped, replaced, listed late or again."""
    families = []
    for _ in range(FAMILIES):
        program = rng.choice((RICE, CASH))
        village = rng.choice(DESA)[0]
        listed = rng.choice((program.entitlement, program.entitlement, program.entitlement / 2))
        family = oracle.Family(program, village, listed, lists_of(village))
        for _ in range(rng.choice((0, 1, 1, 2, 3, 5))):
            family.rows.append(invent_row(rng, family))
        families.append(family)
    families += [heir for family in families for heir in enlist(rng, family)]
    for index, family in enumerate(families):
        family.index = index
    number_rows(families)
    return families


def lists_of(village: str) -> dict[int, date]:
    """The first list holds all villages, the two others every other one."""
    is_listed_again = [code for code, _, _ in DESA].index(village) % 2 == 0
    return dict(enumerate(LISTS if is_listed_again else LISTS[:1]))


def enlist(rng: Random, family: oracle.Family) -> list[oracle.Family]:
    """Puts a family on the lists of its village; returns those who come to stand in its place, one after another.

    A list drops the holder, holds him as before, names a new one in his place (or in that of the first of all), holds the
    replaced one as well, or says no more who replaces whom.
    """
    place = [family]
    for number, day in family.lists.items():
        holder = place[-1]
        chance = rng.random()
        if number and chance < 0.15:
            continue
        if chance < 0.27:
            heir = oracle.Family(family.program, family.village, family.listed_amount, family.lists)
            heir.rows += [invent_row(rng, heir) for _ in range(rng.choice((0, 1, 1, 2)))]
            if number == 0 or rng.random() < 0.3:
                holder.listings.append(oracle.Listing(number, day))
            named = rng.choice((holder, holder, family))
            named.named_by.append(heir)
            heir.listings.append(oracle.Listing(number, day, rng.choice(REPLACEMENT_DAYS), named))
            place.append(heir)
        else:
            hold_again(rng, holder, number, day)
            if len(place) > 1 and rng.random() < 0.15:
                hold_again(rng, place[-2], number, day)
    return place[1:]


def hold_again(rng: Random, holder: oracle.Family, number: int, day: date) -> None:
    """A later list says all that an earlier one said of its holder, or only some of it."""
    before = holder.listings[-1] if holder.listings else oracle.Listing(number, day)
    holder.listings.append(
        oracle.Listing(
            number, day, rng.choice((before.valid_from, None)), rng.choice((before.names, None, None))
        )
    )


def stories(families: list[oracle.Family]) -> set[str]:
    """What befell those who replace others."""
    found = set()
    for family in (one for one in families if one.named_by or any(said.names for said in one.listings)):
        for period in PERIODS:
            named, before = family.replaced(period), family.follows(period)
            if named and not any(said.names for said in family.listed_in(period)[-1:]):
                found.add("told by an earlier list only")
            if before and before.follows(period) and before.dropped_on(period):
                found.add("an heir dropped by a later list")
            if before is not named:
                found.add("an heir of somebody whose place another held in between")
            if (
                any(one.names and one.names.is_listed(period) for one in family.listed_in(period))
                and not named
            ):
                found.add("replaced one listed again")
    return found


def invent_row(rng: Random, family: oracle.Family) -> oracle.Row:
    submission = rng.randrange(len(SUBMISSIONS))
    received_on = SUBMISSIONS[submission]
    first = rng.randrange(3)
    periods = PERIODS[first : first + rng.choice((1, 1, 1, 2, 3))]
    status = rng.choices(("delivered", "void", "failed", "not_yet"), (80, 8, 7, 5))[0]
    whole = family.listed_amount * len(periods)
    amount = rng.choice(
        (whole, whole, whole, whole / 2, whole * 2, whole * Decimal("0.95"), whole * Decimal("0.9"))
    )
    if family.program.code == "beras" and rng.random() < 0.3:
        # A sack shared out among families, and what lies closest to a limit.
        amount = rng.choice(
            (whole * Decimal("0.83333"), whole * Decimal("0.95625"), amount - oracle.LEAST, amount + oracle.LEAST, amount - Decimal("0.01"))
        ).quantize(oracle.LEAST)  # fmt: skip
    near = rng.choice((received_on, DUE[periods[0]], date(2024, 2, 7), date(2024, 2, 15), date(2024, 2, 18)))
    day = None if rng.random() < 0.15 else near + timedelta(days=rng.randrange(-6, 3))
    bast = rng.choice((None, None, None, "1", "2"))
    if status in ("failed", "not_yet"):
        return oracle.Row(
            submission, 0, received_on, periods, None, day if rng.random() < 0.5 else None, status, bast
        )
    return oracle.Row(
        submission, 0, received_on, periods, None if status == "void" else amount, day, status, bast
    )


def number_rows(families: list[oracle.Family]) -> None:
    """Rows get the places that they will have in the files."""
    counters: dict[tuple[str, int], int] = {}
    for family in families:
        for at, row in enumerate(family.rows):
            place = (family.program.code, row.submission)
            counters[place] = counters.get(place, 1) + 1
            family.rows[at] = oracle.Row(row.submission, counters[place], *list(vars(row).values())[2:])


def submit(house: Warehouse, families: list[oracle.Family]) -> None:
    for program in (RICE, CASH):
        feed = FEEDS[program.code]
        mine = [(index, family) for index, family in enumerate(families) if family.program is program]
        for number, day in enumerate(LISTS):
            house.submit(
                f"{feed}/penerima", list_rows(families, program.code, number), received(day.isoformat(), 1)
            )
        for submission, day in enumerate(SUBMISSIONS):
            rows = sorted(
                (
                    (row.number, row, index)
                    for index, family in mine
                    for row in family.rows
                    if row.submission == submission
                ),
                key=lambda found: found[0],
            )
            house.submit(
                f"{feed}/penyaluran",
                [logged(index, row) for _, row, index in rows],
                received(day.isoformat()),
            )


def list_rows(families: list[oracle.Family], program: str, number: int) -> list[dict[str, Any]]:
    return [
        listed(family, listing)
        for family in families
        if family.program.code == program
        for listing in family.listings
        if listing.number == number
    ]


def listed(family: oracle.Family, listing: oracle.Listing) -> dict[str, Any]:
    name, district = next((name, district) for code, name, district in DESA if code == family.village)
    row = {"nik": nik(family.index), "name": f"warga {family.index}", "village": name, "district": district,
           "entitled_amount": str(family.listed_amount)}  # fmt: skip
    if listing.valid_from:
        row |= {"valid_from": listing.valid_from.strftime("%d/%m/%Y")}
    if listing.names:
        row |= {"replaces_nik": nik(listing.names.index), "reason": "pindah"}
    return row


def logged(index: int, row: oracle.Row) -> dict[str, Any]:
    months = {"2024-01": "Januari", "2024-02": "Februari", "2024-03": "Maret"}
    named = [months[period] for period in row.periods]
    return {
        "nik": nik(index), "name": f"warga {index}", "period": f"{named[0]} 2024" if len(named) == 1 else f"{named[0]}-{named[-1]} 2024",
        "amount": "" if row.amount is None else str(row.amount).replace(".", ","), "delivered_on": row.day.strftime("%d/%m/%Y") if row.day else "",
        "status": WORDS[row.status], "bast_number": row.bast or "",
    }  # fmt: skip


def compare(house: Warehouse, families: list[oracle.Family], as_of: date) -> int:
    """Holds every entitlement against the oracle; returns how many there were."""
    calendar = house.rows("select day from reference.calendar where is_working_day")
    working = {row["day"] for row in calendar}
    expected = {
        (index, period): one
        for index, family in enumerate(families)
        for period in PERIODS
        if (one := oracle.judge(family, period, as_of, working))
    }
    oracle.ready_for(WINDOW, expected, families, as_of)
    found = {
        (int(row["beneficiary_key"][-5:]), row["period"]): row
        for row in house.rows(
            "select a.*, s.susenas_status, s.susenas_visibility from audit.delivery_accuracy a "
            "left join audit.susenas_readiness s using (entitlement_id) where a.period in ('2024-01', '2024-02', '2024-03')"
        )
    }
    assert found.keys() == expected.keys()
    wrong = []
    for key, one in expected.items():
        row = found[key]
        for name, value in vars(one).items():
            column = {"delivered": "delivered_amount", "entitled": "entitled_amount"}.get(name, name)
            same = (
                abs(Decimal(str(row[column])) - value) < oracle.LEAST / 2
                if isinstance(value, Decimal)
                else row[column] == value
            )
            if not same:
                wrong.append((key, column, f"dbt: {row[column]}", f"oracle: {value}", families[key[0]]))
    assert not wrong, f"{len(wrong)} differences, the first: {wrong[0]}"
    assert duplicates_found(house) == {
        (index, family.program.code, *place, period)
        for index, family in enumerate(families)
        for place, period in oracle.duplicates(family, PERIODS, as_of)
    }
    compare_service(house, oracle.served(WINDOW, expected, families, as_of))
    return len(expected)


def compare_service(house: Warehouse, expected: dict[tuple[str, str], oracle.Service]) -> None:
    """Holds the year beside the window of every village and programme, and what of it was bunched, against the oracle."""
    found = {
        (row.pop("village_code"), row.pop("program_code")): oracle.Service(*row.values())
        for row in house.rows(
            "select village_code, program_code, year_due, year_on_time, bunching_completed, completed_before_cutoff, is_bunched "
            "from audit.village_readiness"
        )
    }
    assert found == expected


def duplicates_found(house: Warehouse) -> set[tuple[Any, ...]]:
    """Surplus deliveries as the oracle names them: family, programme, log, row, period."""
    return {
        (int(row["beneficiary_key"][-5:]), row["program_code"], row["log"], row["row_number"], row["period"])
        for row in house.rows(
            "select u.beneficiary_key, program_code, u.row_number, u.period, dense_rank() over (order by s.received_at)::integer - 1 as log, u.kind "
            "from audit.submissions s left join audit.unexpected_deliveries u using (submission_id, program_code) "
            "where s.kind = 'distribution'"
        )
        if row["kind"] == "duplicate"
    }


def play(new_warehouse: Callable[[], Warehouse], seed: int) -> None:
    families = invent(Random(seed))
    assert len(stories(families)) == 4
    house = new_warehouse()
    programs = [
        ("beras", "Beras", "kg", "dkp", 10.0, 0.05, 1200.0, 15000.0, "active", None, None, 10.0, [], None),
        ("blt_dd", "BLT", "IDR", "dpmpd", 300000.0, 0.0, 36000000.0, 1.0, "active", None, 3, None, [], None),
    ]
    house.configure("2024-02-16", programs=programs)
    submit(house, families)
    statuses = set()
    for as_of in ("2024-02-16", "2024-04-30"):
        with house.open() as connection:
            connection.execute("update reference.parameters set as_of = ?", [as_of])
        house.build()
        assert compare(house, families, date.fromisoformat(as_of)) > 2 * FAMILIES
        statuses |= {
            tuple(row.values())
            for row in house.rows("select distinct amount_status, timing_status from audit.delivery_accuracy")
        }
    # A comparison that never meets a status proves nothing about it.
    assert {amount for amount, _ in statuses} == {"exact", "under", "over", "none"}
    assert {timing for _, timing in statuses} == {
        "on_time",
        "late",
        "incomplete",
        "missing",
        "pending",
        "undated",
    }


def test_random_months_are_judged_as_the_oracle_judges_them(new_warehouse: Callable[[], Warehouse]) -> None:
    play(new_warehouse, seed=5205)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12))
def test_many_random_months(new_warehouse: Callable[[], Warehouse], seed: int) -> None:
    play(new_warehouse, seed)
