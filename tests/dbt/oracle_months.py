"""Months of an invented regency in which all happens that the judgement must tell apart, and the files that tell of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from tests.dbt import oracle
from tests.dbt.conftest import VILLAGES, Warehouse, received

FAMILIES = 900
STRANGERS = 60
PERIODS = ("2024-01", "2024-02", "2024-03")
DUE = {"2024-01": date(2024, 1, 31), "2024-02": date(2024, 2, 29), "2024-03": date(2024, 3, 31)}
RICE = oracle.Program("beras", Decimal(10), Decimal("0.05"), DUE, ((date(2024, 2, 8), date(2024, 2, 14)),))
CASH = oracle.Program("blt_dd", Decimal(300000), Decimal(0), DUE, most_periods=2)
STOPPED = oracle.Program(
    "pkh_desa", Decimal(200000), Decimal(0), DUE, report_days=14, stops_on=date(2024, 2, 15)
)
PROGRAMS = (RICE, CASH, STOPPED)
WINDOWS = [
    oracle.Window(2024, date(2024, 2, 19), date(2024, 3, 9), date(2023, 12, 31), 30),
    # One after it, and one that overlaps both.
    oracle.Window(2025, date(2024, 3, 25), date(2024, 4, 10), date(2024, 2, 1), 20),
    oracle.Window(2026, date(2024, 3, 18), date(2024, 4, 5), date(2024, 1, 15), 25),
]
FEEDS = {"beras": "dkp/beras", "blt_dd": "dpmpd/blt-dd", "pkh_desa": "dpmpd/pkh-desa"}
DESA = [
    (code, name, district)
    for code, name, _, district, kind in VILLAGES
    if kind == "desa" and name != "Kembang"
]
SUBMISSIONS = [date(2024, 1, 12) + timedelta(days=9 * step) for step in range(11)]
LISTS = (date(2024, 1, 2), SUBMISSIONS[4], SUBMISSIONS[8])
REPLACEMENT_DAYS = (None, date(2024, 1, 10), date(2024, 1, 22), date(2024, 2, 10), date(2024, 3, 4))
MANNERS = ("usual", "usual", "usual", "usual", "usual", "slow", "silent", "swift")
WORDS = {"delivered": "sudah salur", "failed": "tidak hadir", "not_yet": "belum", "void": "batal"}
MONTHS = {"2024-01": "Januari", "2024-02": "Februari", "2024-03": "Maret"}
# Payments of several months in steps that their shares divide without a half of the last decimal, which a computer's fractions
# round as they like: what each month entitles to is one part or two, so that a payment has up to six parts.
PARTS = 12


def nik(index: int) -> str:
    return f"52059915078{index:05}"


def invent(rng: Random) -> oracle.World:
    """Families with all that can happen: shares, arrears, corrections, voids, no dates, dropped, replaced, listed late or again;
    named by NIK, by a family card that others may hold, or by name; and people whom no list knows."""
    numbers = count()
    families: list[oracle.Family] = []
    rows: list[oracle.Row] = []
    manners = {(program.code, code): rng.choice(MANNERS) for program in PROGRAMS for code, _, _ in DESA}
    for _ in range(FAMILIES):
        program = rng.choice((RICE, RICE, CASH, CASH, STOPPED))
        village = rng.choice(DESA)[0]
        listed = rng.choice((program.entitlement, program.entitlement, program.entitlement / 2))
        family = invent_family(rng, next(numbers), program, village, listed, families)
        families.append(family)
        rows += invent_rows(rng, family, manners[program.code, village], rng.choice((0, 1, 1, 2, 3, 5)))
    for family in families[:FAMILIES]:
        for heir in enlist(rng, family, numbers):
            families.append(heir)
            manner = manners[family.program.code, family.village]
            rows += invent_rows(rng, heir, manner, rng.choice((0, 1, 1, 2)))
    rows += [invent_stranger(rng, families) for _ in range(STRANGERS)]
    silent = [place for place, manner in manners.items() if manner == "silent"]
    return oracle.World(families, numbered(rows), invent_nil_forms(rng, silent), PERIODS)


def invent_family(
    rng: Random,
    index: int,
    program: oracle.Program,
    village: str,
    listed: Decimal,
    others: list[oracle.Family],
) -> oracle.Family:
    """Some live on another family's card, some bear another's name."""
    card = rng.choice(others).card if others and rng.random() < 0.1 else index
    neighbours = [one for one in others if one.village == village]
    name = rng.choice(neighbours).name if neighbours and rng.random() < 0.1 else index
    return oracle.Family(program, village, listed, lists_of(village), index, card, name)


def invent_rows(rng: Random, family: oracle.Family, manner: str, number: int) -> list[oracle.Row]:
    """Everything happens to most villages; some hand out all in time, some report late, some not at all."""
    if manner == "silent":
        return []
    if manner == "swift":
        return [swift_row(family, period) for period in PERIODS]
    first = len(SUBMISSIONS) // 2 if manner == "slow" else 0
    return [invent_row(rng, family, first) for _ in range(number)]


def swift_row(family: oracle.Family, period: str) -> oracle.Row:
    day = DUE[period] - timedelta(days=18)
    submission = next(at for at, received_on in enumerate(SUBMISSIONS) if received_on >= day)
    said = (family.index, None, family.name, None)
    return oracle.Row(
        family.program,
        submission,
        0,
        SUBMISSIONS[submission],
        (period,),
        family.listed_amount,
        day,
        "delivered",
        None,
        *said,
    )


def invent_nil_forms(rng: Random, silent: list[tuple[str, str]]) -> list[oracle.NilForm]:
    """For one village and month, for several months, for all villages, or for no month, which reports nothing."""
    forms = [
        oracle.NilForm(rng.choice(PROGRAMS), SUBMISSIONS[-1], None, PERIODS[:1]),
        oracle.NilForm(rng.choice(PROGRAMS), rng.choice(SUBMISSIONS), rng.choice(DESA)[0], ()),
    ]
    for code, village in rng.sample(silent, len(silent) // 2):
        first = rng.randrange(3)
        program = next(one for one in PROGRAMS if one.code == code)
        periods = PERIODS[first : first + rng.choice((1, 1, 2))]
        in_time = [day for day in SUBMISSIONS if day <= program.log_due(periods[0])]
        forms.append(
            oracle.NilForm(program, rng.choice((in_time[-1], rng.choice(SUBMISSIONS))), village, periods)
        )
    return forms


def lists_of(village: str) -> dict[int, date]:
    """The first list holds all villages, the two others every other one."""
    is_listed_again = [code for code, _, _ in DESA].index(village) % 2 == 0
    return dict(enumerate(LISTS if is_listed_again else LISTS[:1]))


def enlist(rng: Random, family: oracle.Family, numbers: count[int]) -> list[oracle.Family]:
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
            index = next(numbers)
            heir = oracle.Family(
                family.program, family.village, family.listed_amount, family.lists, index,
                # Often one of the same house.
                card=rng.choice((family.card, index)), name=index,
            )  # fmt: skip
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


def invent_row(rng: Random, family: oracle.Family, from_submission: int = 0) -> oracle.Row:
    submission = rng.randrange(from_submission, len(SUBMISSIONS))
    received_on = SUBMISSIONS[submission]
    first = rng.randrange(3)
    periods = PERIODS[first : first + rng.choice((1, 1, 1, 2, 3))]
    status = rng.choices(("delivered", "void", "failed", "not_yet"), (80, 8, 7, 5))[0]
    near = rng.choice((received_on, DUE[periods[0]], date(2024, 2, 7), date(2024, 2, 15), date(2024, 2, 18)))
    day = None if rng.random() < 0.15 else near + timedelta(days=rng.randrange(-6, 3))
    bast = rng.choice((None, None, None, "1", "2"))
    if status in ("failed", "not_yet") and rng.random() < 0.5:
        day = None
    amount = invent_amount(rng, family, len(periods)) if status == "delivered" else None
    named = invent_naming(rng, family)
    return oracle.Row(
        family.program,
        submission,
        0,
        received_on,
        periods,
        amount,
        day,
        status,
        bast,
        *named[:2],
        family.name,
        named[2],
    )


def invent_naming(rng: Random, family: oracle.Family) -> tuple[int | None, int | None, str | None]:
    """By which numbers a row names a family, and which village it says."""
    village = family.village if rng.random() < 0.3 else None
    return rng.choices(
        (
            (family.index, None, village),
            (family.index, family.card, village),
            (None, family.card, village),
            (None, None, family.village),
            (90000 + family.index, family.card, village),
        ),
        (70, 8, 12, 5, 5),
    )[0]


def invent_amount(rng: Random, family: oracle.Family, months: int) -> Decimal:
    whole = family.listed_amount * months
    amount = rng.choice(
        (whole, whole, whole, whole / 2, whole * 2, whole * Decimal("0.95"), whole * Decimal("0.9"))
    )
    if family.program is RICE and rng.random() < 0.3:
        # A sack shared out among families, and what lies closest to a limit.
        step = oracle.LEAST * (1 if months == 1 else PARTS)
        amount = rng.choice(
            (whole * Decimal("0.83333"), whole * Decimal("0.95625"), amount - step, amount + step, amount - Decimal("0.01"))
        )  # fmt: skip
        amount = ((amount / step).to_integral_value() * step).normalize()
    return amount


def invent_stranger(rng: Random, families: list[oracle.Family]) -> oracle.Row:
    """Whom no list knows, or not for this programme: with a village or without."""
    like = rng.choice(families)
    number = 70000 + rng.randrange(STRANGERS // 2)
    row = invent_row(rng, replace(like, index=number, card=number, name=number, listings=[], named_by=[]))
    return replace(row, nik=number) if row.nik is not None else row


def numbered(rows: list[oracle.Row]) -> list[oracle.Row]:
    """Rows get the places that they will have in the files."""
    counters: dict[tuple[str, int], int] = {}
    placed = []
    for row in rows:
        file = (row.program.code, row.submission)
        counters[file] = counters.get(file, 1) + 1
        placed.append(replace(row, number=counters[file]))
    return placed


def submit(house: Warehouse, world: oracle.World) -> None:
    for program in PROGRAMS:
        feed = FEEDS[program.code]
        for number, day in enumerate(LISTS):
            house.submit(
                f"{feed}/penerima",
                list_rows(world.families, program, number),
                received(day.isoformat(), 1),
            )
        for submission, day in enumerate(SUBMISSIONS):
            rows = [row for row in world.rows if row.program is program and row.submission == submission]
            house.submit(
                f"{feed}/penyaluran",
                [logged(row) for row in sorted(rows, key=lambda row: row.number)],
                received(day.isoformat()),
            )
        for form in (one for one in world.nil_forms if one.program is program):
            house.submit(
                f"{feed}/penyaluran",
                [],
                received(form.received_on.isoformat(), 12),
                reading_status="nil",
                sheets=[{"title": titled(form)}],
            )


def titled(form: oracle.NilForm) -> dict[str, str]:
    title = {"period": spoken(form.periods)} if form.periods else {}
    return title | (stated_village(form.village) if form.village else {})


def stated_village(code: str) -> dict[str, str]:
    name, district = next((name, district) for known, name, district in DESA if known == code)
    return {"village": name, "district": district}


def spoken(periods: tuple[str, ...]) -> str:
    named = [MONTHS[period] for period in periods]
    return f"{named[0]} 2024" if len(named) == 1 else f"{named[0]}-{named[-1]} 2024"


def list_rows(families: list[oracle.Family], program: oracle.Program, number: int) -> list[dict[str, Any]]:
    return [
        listed(family, listing)
        for family in families
        if family.program is program
        for listing in family.listings
        if listing.number == number
    ]


def listed(family: oracle.Family, listing: oracle.Listing) -> dict[str, Any]:
    row = {
        "nik": nik(family.index), "kk": nik(family.card), "name": f"warga {family.name}",
        "entitled_amount": str(family.listed_amount), **stated_village(family.village),
    }  # fmt: skip
    if listing.valid_from:
        row |= {"valid_from": listing.valid_from.strftime("%d/%m/%Y")}
    if listing.names:
        row |= {"replaces_nik": nik(listing.names.index), "reason": "pindah"}
    return row


def logged(row: oracle.Row) -> dict[str, Any]:
    said = {
        "name": f"warga {row.name}", "period": spoken(row.periods),
        "amount": "" if row.amount is None else f"{row.amount:f}".replace(".", ","),
        "delivered_on": row.day.strftime("%d/%m/%Y") if row.day else "",
        "status": WORDS[row.status], "bast_number": row.bast or "",
    }  # fmt: skip
    said |= {"nik": nik(row.nik)} if row.nik is not None else {}
    said |= {"kk": nik(row.card)} if row.card is not None else {}
    return said | (stated_village(row.village) if row.village else {})


def configure(house: Warehouse) -> None:
    programs = [
        ("beras", "Beras", "kg", "dkp", 10.0, 0.05, 1200.0, 15000.0, "active", None, None, 10.0, [], None),
        ("blt_dd", "BLT", "IDR", "dpmpd", 300000.0, 0.0, 36000000.0, 1.0, "active", None, CASH.most_periods, None, [], None),
        ("pkh_desa", "PKH", "IDR", "dpmpd", 200000.0, 0.0, 36000000.0, 1.0, "cancelled", STOPPED.stops_on, None, None, [], None),
    ]  # fmt: skip
    feeds = [
        (
            f"{FEEDS[program.code]}/{folder}",
            FEEDS[program.code].split("/")[0],
            kind,
            program.code,
            None,
            program.report_days,
        )
        for program in PROGRAMS
        for folder, kind in (("penerima", "recipients"), ("penyaluran", "distribution"))
    ]
    house.configure(
        "2024-02-16",
        programs=programs,
        feeds=feeds,
        program_periods=[(program.code, period, day) for program in PROGRAMS for period, day in DUE.items()],
        susenas_windows=[
            (one.year, one.start, one.end, one.cutoff, one.scope_from, one.visible_days, "official", None)
            for one in WINDOWS
        ],
    )
