"""`pantau sample`: writes the inbox as it would have filled up until a day, with truthful times of receipt.

Everything follows from the configuration (villages, programmes, periods, feeds) and the seed; nothing is made
for one regency. A file appears under its final name only when it is whole and bears its time: an inbox that
is being watched never sees half of it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from include import clock
from include.sample import lists
from include.sample.chance import generator
from include.sample.facts import Facts, Judge, Listing
from include.sample.people import Family, make_population
from include.sample.shapes import LABEL
from include.sample.story import PlannedFile, Story
from include.sample.words import first_day

if TYPE_CHECKING:
    from include.config import Configuration, Feed, Program
    from include.workspace import Workspace

log = logging.getLogger("pantau.sample")

# Without a wish, the sample ends this many days before a SUSENAS cutoff: countdown and lateness are alive.
DAYS_BEFORE_CUTOFF = 5
DTSEN_BEGINS = date(2025, 2, 5)  # Inpres 4/2025


class NothingToTell(ValueError):
    """The configuration has no feed, programme or period of which the sample could tell by that day."""


@dataclass(frozen=True)
class SampleReport:
    """The files in the order of their times, and what is true about them."""

    files: list[Path]
    facts: Facts
    as_of: date


def write_sample(
    ws: Workspace, out: Path, recipients: int = 2000, seed: int = 5205, as_of: date | None = None
) -> SampleReport:
    """Writes the files that would have been received before `as_of` into `out/<feed path>/`.

    Args:
        ws: The regency whose configuration the sample follows.
        out: The inbox to fill (made if missing); files of the same name are replaced.
        recipients: Families on the broadest list.
        seed: The same seed, number and configuration give the same bytes.
        as_of: The morning on which the sample ends; default the pretended day, else a few days before the
            first SUSENAS cutoff that has something to show.

    Raises:
        NothingToTell: no period of any programme with feeds has begun by then.
    """
    configuration = ws.configuration
    day = as_of or default_day(configuration)
    zone = ZoneInfo(configuration.region.timezone)
    morning = datetime.combine(day, time(), zone)
    story = Story(configuration, make_population(configuration, recipients, seed), seed)
    plan = list(_plan(story, seed, day.year))
    plan += _steps(story, plan, seed, day.year)
    planned = [item for item in plan if item.received < morning]
    if not planned:
        raise NothingToTell(f"nothing was sent before {day}: no programme with feeds has begun by then")
    judge = Judge(configuration.programs, day)
    files = []
    for item in sorted(planned, key=lambda item: (item.received, item.feed, item.name)):
        files.append(_write(out / item.feed / item.name, item.build(judge), item.received))
        judge.facts.files[item.kind] += 1
    facts = judge.conclude()
    _tell_villages(facts, story, planned, day)
    arrived = {item.feed for item in planned}
    registries = {feed.registry for feed in configuration.feeds if feed.registry and feed.path in arrived}
    facts.targeting = judge.conclude_targeting(
        story.population.everyone(), registries, configuration.targeting.poor_deciles
    )
    log.info("wrote %d sample files up to %s", len(files), day)
    return SampleReport(files, facts, day)


def default_day(configuration: Configuration) -> date:
    """The pretended day, else a day shortly before the first SUSENAS cutoff for which something was due."""
    if clock.pretended():
        return clock.today(configuration.region.timezone)
    due = [period.due_date for program in configuration.programs for period in program.periods]
    for window in sorted(configuration.windows, key=lambda window: window.cutoff):
        day = window.cutoff - timedelta(days=DAYS_BEFORE_CUTOFF)
        if any(item < day for item in due):
            return day
    return clock.today(configuration.region.timezone)


def _write(path: Path, content: bytes, received: datetime) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.part")
    half.write_bytes(content)
    stamp = received.timestamp()
    os.utime(half, (stamp, stamp))
    half.replace(path)
    return path


# --- the plan


def _plan(story: Story, seed: int, last_year: int) -> Iterator[PlannedFile]:
    begins: list[date] = []
    for program in story.programs:
        recipients = _feed(story.configuration, program, "recipients")
        logs = _feed(story.configuration, program, "distribution")
        if recipients is None or logs is None or not story.periods(program):
            continue
        begins.append(first_day(story.periods(program)[0].period))
        for year in story.years(program):
            if year <= last_year:
                yield from _lists(story, program, recipients, year, seed)
        yield from story.logs(program, logs, last_year)
    if begins:
        yield from _registries(story, seed, min(begins))


def _feed(configuration: Configuration, program: Program, kind: str) -> Feed | None:
    return next((f for f in configuration.feeds if f.kind == kind and f.program == program.code), None)


def _lists(story: Story, program: Program, feed: Feed, year: int, seed: int) -> Iterator[PlannedFile]:
    """The year's list (whole, or a file a district) and the replacements."""
    rng = generator(seed, "lists", program.code, year)
    whole, later = story.listings(program, year)
    begin = first_day(whole.periods[0])
    parts = [whole] if program is story.broadest else list(_by_district(story, whole))
    for part in parts:
        received = story.office_hour(rng, begin + timedelta(days=1))
        yield _year_list(story, program, feed, year, part, received, as_workbook=program is story.broadest)
    if later is not None:
        received = story.office_hour(rng, first_day(later.periods[0]) + timedelta(days=4))
        yield _replacement(story, program, feed, year, later, received)


def _by_district(story: Story, listing: Listing) -> Iterator[Listing]:
    for villages in story.districts.values():
        own = {
            v.village_code: listing.families[v.village_code]
            for v in villages
            if v.village_code in listing.families
        }
        if own:
            yield Listing(listing.program, listing.periods, own)


def _families(listing: Listing) -> list[Family]:
    return [family for families in listing.families.values() for family in families]


def _year_list(
    story: Story,
    program: Program,
    feed: Feed,
    year: int,
    listing: Listing,
    received: datetime,
    as_workbook: bool,
) -> PlannedFile:
    families = _families(listing)

    def build(judge: Judge) -> bytes:
        judge.take_list(listing)
        if as_workbook:
            return lists.year_list_workbook(program, story.regency, year, families, received.date())
        return lists.year_list_csv(year, families)

    place = story.regency if as_workbook else f"Kec {families[0].village.district_name}"
    name = f"{LABEL} Daftar Penerima {program.name} {year} {place}{'.xlsx' if as_workbook else '.csv'}"
    return PlannedFile(received, feed.path, story.file_name(feed.path, name), "list", build)


def _replacement(
    story: Story, program: Program, feed: Feed, year: int, listing: Listing, received: datetime
) -> PlannedFile:
    replaced: dict[int, tuple[str, str]] = {}
    for village in story.replacement_villages(program, year):
        for gone, new in zip(*story.replaced(program, village, year), strict=True):
            replaced[new.number] = (gone.nik, "meninggal" if gone.number % 2 else "pindah domisili")

    def build(judge: Judge) -> bytes:
        judge.take_list(listing)
        return lists.replacement_list(listing.periods, _families(listing), replaced, received.date())

    name = f"{LABEL} Penggantian Penerima {program.name} {year}.csv"
    return PlannedFile(received, feed.path, story.file_name(feed.path, name), "replacement_list", build)


def _registries(story: Story, seed: int, begin: date) -> Iterator[PlannedFile]:
    """P3KE once, before everything else; the social registry then and again after half a year. DTSEN only since there is one."""
    everyone: Sequence[Family] = story.population.everyone()
    rng = generator(seed, "registries")
    for feed in story.configuration.feeds:
        if feed.kind != "registry":
            continue
        received = story.office_hour(rng, begin - timedelta(days=14))
        year = begin.year - 1
        if feed.registry == "p3ke":
            make = partial(lists.p3ke, story.configuration, everyone, year, received.date())
            yield _fixed(story, feed, received, f"{LABEL} Data P3KE Keluarga {year}.xlsx", make)
            continue
        for number, at in enumerate((received, story.office_hour(rng, begin + timedelta(days=190)))):
            if feed.registry == "dtsen" and at.date() < DTSEN_BEGINS:
                continue
            name = f"{LABEL} {(feed.registry or '').upper()} {at:%Y-%m}.csv"
            make = partial(lists.social_registry, everyone, seed, f"{feed.registry}-{number}")
            yield _fixed(story, feed, at, name, make)


def _fixed(story: Story, feed: Feed, received: datetime, name: str, make: Callable[[], bytes]) -> PlannedFile:
    return PlannedFile(
        received, feed.path, story.file_name(feed.path, name), feed.kind, lambda _judge: make()
    )


# --- the steps before the cash


def _steps(story: Story, plan: Sequence[PlannedFile], seed: int, last_year: int) -> Iterator[PlannedFile]:
    """Early in each year, which village has taken which step: in accordance with what its logs have told by then."""
    for feed in story.configuration.feeds:
        for program in story.programs:
            if feed.kind != "gates" or program.opd != feed.opd or feed.program not in (None, program.code):
                continue
            rng = generator(seed, "steps", program.code)
            for year in (year for year in story.years(program) if program.gates and year <= last_year):
                begin = first_day(story.periods(program, year)[0].period)
                received = story.office_hour(rng, begin + timedelta(days=35))
                taken = _steps_of_villages(story, plan, program, year, received.date())
                make = partial(lists.steps_taken, program, year, taken)
                name = f"{LABEL} Tahapan {program.name} {year}.csv"
                yield _fixed(story, feed, received, name, make)


def _steps_of_villages(
    story: Story, plan: Sequence[PlannedFile], program: Program, year: int, latest: date
) -> dict[str, date | None]:
    """When the last step was taken, by village code; None where the first was not taken yet.

    Who was paid in time had taken all steps before the year's first period began; who was paid late took the last on
    the day after the first period fell due; who was never paid for it has not taken the first.
    """
    first = story.periods(program, year)[0]
    told = {
        kind: {
            village
            for item in plan
            if item.kind in kinds
            for code, period, village in item.about
            if code == program.code and period == first.period
        }
        for kind, kinds in {
            "in time": ("log", "several_months", "reported_late"),
            "late": ("follow_up",),
        }.items()
    }
    taken: dict[str, date | None] = {}
    for village in story.eligible(program):
        code = village.village_code
        late = min(first.due_date + timedelta(days=1), latest) if code in told["late"] else None
        taken[code] = first_day(first.period) + timedelta(days=1) if code in told["in time"] else late
    return taken


# --- what is true of villages


def _tell_villages(facts: Facts, story: Story, sent: Sequence[PlannedFile], day: date) -> None:
    """Villages that were served late, never, or reported late, among the periods that were due."""
    served: set[tuple[str, str, str]] = set()
    for item in sent:
        if item.kind in ("log", "several_months"):
            served.update(item.about)
    for item in sent:
        if item.kind == "follow_up":
            facts.late_villages += sorted(set(item.about) - served)
            served.update(item.about)
    for item in sent:
        if item.kind == "reported_late":
            facts.reported_late += item.about
            served.update(item.about)
    for program in story.programs:
        for period in story.periods(program):
            if period.due_date < day and int(period.period[:4]) <= day.year:
                facts.missing_villages += [
                    (program.code, period.period, village.village_code)
                    for village in story.eligible(program)
                    if story.members(program, village)
                    and (program.code, period.period, village.village_code) not in served
                ]
