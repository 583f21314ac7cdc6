"""What happens in the sample's year: who is served when, which office reports it how, and what goes wrong.

Every regency-year has the same kinds of trouble: villages that are late or never served, a district without
any log, half deliveries, arrears paid at once, deliveries reported weeks later, nil reports, wrong rows, a
correction, the same file twice, a broken file. Which village meets which trouble is drawn by the seed, period
by period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import wraps
from random import Random
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from include.sample.chance import generator
from include.sample.facts import Judge, Listing
from include.sample.people import Family, Population
from include.sample.rows import Drop, Plants, make_rows
from include.sample.shapes import LABEL, LAYOUTS, ROTATION, Layout, Row, Sheet, render, total_of
from include.sample.words import ROMAN, first_day, period_text, span_upper

if TYPE_CHECKING:
    from include.config import Configuration, Feed, Period, Program, Village

# How many villages in a hundred meet which fate in a period; each occurs at least once while villages last.
FATES = {"late": 0.08, "missing": 0.04, "partial": 0.04, "reported_late": 0.025, "nil": 0.01}

# By district, how many months a cash programme's office pays at once.
PAYING_HABIT = (1, 1, 2, 1, 3, 1, 1, 2)


@dataclass(frozen=True)
class PlannedFile:
    """A file that will be sent: `build` writes its bytes and tells the judge what it holds."""

    received: datetime
    feed: str
    name: str
    kind: str
    build: Callable[[Judge], bytes]
    about: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Log:
    """One log: the villages that it tells of and how it is typed."""

    program: Program
    feed: str
    district: str
    periods: tuple[str, ...]
    layout: Layout
    received: datetime
    name: str
    kind: str
    drops: tuple[Drop, ...]
    plants: Plants = field(default_factory=Plants)
    wrong_total: bool = False

    @property
    def about(self) -> tuple[tuple[str, str, str], ...]:
        """Programme, period and village of what it tells."""
        return tuple(
            (self.program.code, period, drop.village.village_code)
            for drop in self.drops
            for period in self.periods
        )


Answer = TypeVar("Answer")
Asked = ParamSpec("Asked")


def remembered(
    method: Callable[Concatenate[Story, Asked], Answer],
) -> Callable[Concatenate[Story, Asked], Answer]:
    """Works a thing out the first time that a story is asked for it: lists are asked for again and again.

    Programmes and villages are told apart by their codes.
    """

    @wraps(method)
    def ask(story: Story, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        named = tuple(getattr(value, "code", getattr(value, "village_code", value)) for value in args)
        key = (method.__name__, *named, *kwargs.values())
        if key not in story.answers:
            story.answers[key] = method(story, *args, **kwargs)
        answer: Answer = story.answers[key]
        return answer

    return ask


class Story:
    """Plans all files of a programme's feeds; the writer keeps those that have arrived by its day."""

    def __init__(self, configuration: Configuration, population: Population, seed: int) -> None:
        self.configuration = configuration
        self.population = population
        self.seed = seed
        self.zone = ZoneInfo(configuration.region.timezone)
        self.regency = configuration.region.regency_name
        self.programs = [program for program in configuration.programs if program.status != "planned"]
        everywhere = {"desa", "kelurahan"}
        self.broadest = next(
            (p for p in self.programs if set(p.village_kinds) == everywhere), self.programs[0]
        )
        self.districts: dict[str, list[Village]] = {}
        for village in sorted(configuration.villages, key=lambda item: item.village_code):
            self.districts.setdefault(village.district_code, []).append(village)
        self._names: set[tuple[str, str]] = set()
        self.answers: dict[tuple[object, ...], Any] = {}

    # --- who is entitled

    @remembered
    def eligible(self, program: Program) -> list[Village]:
        """Villages in which the programme is paid."""
        return [
            v for villages in self.districts.values() for v in villages if v.kind in program.village_kinds
        ]

    @remembered
    def members(self, program: Program, village: Village, period: str | None = None) -> list[Family]:
        """A village's listed families, replacements counted from the period that they hold for."""
        families = self.population.listed[village.village_code]
        if program is not self.broadest:
            families = [family for family in families if family.decile == 1]
        if period is not None:
            out, coming = self.replaced(program, village, int(period[:4]))
            if out and period in self.replacement_periods(program, int(period[:4])):
                gone = {family.number for family in out}
                families = [family for family in families if family.number not in gone] + coming
        return families

    def years(self, program: Program) -> list[int]:
        """Years for which the programme has periods that it expects to be served."""
        return sorted({int(period.period[:4]) for period in self.periods(program)})

    @remembered
    def periods(self, program: Program, year: int | None = None) -> list[Period]:
        """The periods in force: a programme that was stopped expects none due after that."""
        stopped = program.status_from if program.status in ("paused", "cancelled") else None
        found = [p for p in program.periods if stopped is None or p.due_date < stopped]
        return sorted(
            (p for p in found if year is None or p.period.startswith(f"{year}-")),
            key=lambda period: period.period,
        )

    @remembered
    def replacement_periods(self, program: Program, year: int) -> tuple[str, ...]:
        """The replacement list holds from the year's second period on."""
        return tuple(period.period for period in self.periods(program, year)[1:])

    @remembered
    def replacement_villages(self, program: Program, year: int) -> list[Village]:
        """The few villages that change their list within the year."""
        fit = [v for v in self.eligible(program) if len(self.members(program, v)) >= 4]
        return generator(self.seed, "replacement", program.code, year).sample(fit, min(2, len(fit)))

    @remembered
    def replaced(self, program: Program, village: Village, year: int) -> tuple[list[Family], list[Family]]:
        """Who leaves a village's list and who comes in their place."""
        code = village.village_code
        if code not in {other.village_code for other in self.replacement_villages(program, year)}:
            return [], []
        coming = [
            f for f in self.population.outside[village.district_code] if f.village.village_code == code
        ][:2]
        return self.members(program, village)[: len(coming)], coming

    @remembered
    def strangers(self, program: Program, district: str, year: int) -> list[Family]:
        """Families on no list of the programme, some of whom are served all the same."""
        taken = {
            family.number
            for village in self.replacement_villages(program, year)
            for family in self.replaced(program, village, year)[1]
        }
        return [family for family in self.population.outside[district] if family.number not in taken]

    # --- logs

    def logs(self, program: Program, feed: Feed, last_year: int) -> Iterator[PlannedFile]:
        """All logs of a programme up to the end of a year, in no particular order."""
        ordinal = self.programs.index(program)
        for year in (year for year in self.years(program) if year <= last_year):
            special = self._special_payments(program, year)
            for village, periods, day in special:
                yield self._special_log(program, feed, village, periods, day)
            apart = {(village.village_code, period) for village, periods, _ in special for period in periods}
            for position, period in enumerate(self.periods(program, year)):
                yield from _Round(self, program, feed, ordinal, year, position, period, apart).files()

    @remembered
    def group(self, program: Program, district: str, year: int, period: str) -> tuple[str, ...]:
        """The periods that a district's office pays at once, if it pays when this period ends; else none."""
        size = 1
        if program.unit == "IDR":
            habit = PAYING_HABIT[list(self.districts).index(district) % len(PAYING_HABIT)]
            size = min(habit, program.max_periods_per_payment or habit)
        codes = [item.period for item in self.periods(program, year)]
        at = codes.index(period) + 1
        if at % size and at != len(codes):
            return ()
        start = (at - 1) // size * size
        return tuple(codes[start:at])

    @remembered
    def villages_of(self, program: Program, district: str) -> list[Village]:
        """A district's villages in which the programme has listed families."""
        return [
            v
            for v in self.districts[district]
            if v.kind in program.village_kinds and self.members(program, v)
        ]

    @remembered
    def layout(self, program: Program, district: str) -> Layout:
        """An office keeps its way of typing; in the smallest district each village sends its own file."""
        ordinal = self.programs.index(program)
        sizes = {code: len(self.villages_of(program, code)) for code in self.districts}
        smallest = min((code for code in sizes if sizes[code]), key=lambda code: sizes[code], default=None)
        if ordinal and len(self.districts) > 2 and district == smallest:
            return LAYOUTS["village"]
        return LAYOUTS[ROTATION[(list(self.districts).index(district) + 3 * ordinal) % len(ROTATION)]]

    def _special_payments(self, program: Program, year: int) -> list[tuple[Village, tuple[str, ...], date]]:
        """One village a year that gets several months at once: goods in arrears, or cash far ahead."""
        rng = generator(self.seed, "special", program.code, year)
        periods = [item.period for item in self.periods(program, year)]
        fit = [
            v
            for v in self.eligible(program)
            if len(self.members(program, v)) >= 2
            and not self.replaced(program, v, year)[1]
            and self.group(program, v.district_code, year, periods[0])
        ]
        if not fit or len(periods) < 2:
            return []
        village = rng.choice(fit)
        if program.unit != "IDR":
            months = tuple(periods[:2])
            consecutive = first_day(months[1]).month - first_day(months[0]).month == 1
            day = first_day(months[1]) + timedelta(days=rng.randint(3, 5))
            return [(village, months, self.not_paused(program, day))] if consecutive else []
        months = tuple(periods[len(periods) // 2 :][: 2 * (program.max_periods_per_payment or 3)])
        too_much = program.max_amount is not None and program.entitlement * len(months) > program.max_amount
        if len(months) <= (program.max_periods_per_payment or 3) or too_much:
            return []
        return [(village, months, first_day(months[0]) + timedelta(days=21))]

    def _special_log(
        self, program: Program, feed: Feed, village: Village, periods: tuple[str, ...], day: date
    ) -> PlannedFile:
        rng = generator(self.seed, "special log", program.code, periods[0])
        drop = self.drop(program, village, day, periods)
        name = (
            f"{LABEL} {program.name} {period_text(periods, 'month_year')} {village.village_name} dirapel.csv"
        )
        received = self.office_hour(rng, day + timedelta(days=2))
        return self.planned(
            Log(
                program,
                feed.path,
                village.district_name,
                periods,
                LAYOUTS["semicolon"],
                received,
                name,
                "several_months",
                (drop,),
            )
        )

    # --- helpers that a round uses

    def drop(
        self,
        program: Program,
        village: Village,
        day: date,
        periods: tuple[str, ...],
        serial: int = 1,
        portion: float = 1.0,
    ) -> Drop:
        """A village's delivery of these periods to everyone on its list."""
        families = tuple(self.members(program, village, periods[-1]))
        return Drop(village, day, families, self.bast(program, village, periods, serial), portion)

    def bast(self, program: Program, village: Village, periods: tuple[str, ...], serial: int) -> str:
        """The number of the record of handover: another one for each delivery of a village."""
        month = first_day(periods[-1])
        place = village.village_code.split(".", 2)[-1]
        return f"{serial:02d}/BAST-{program.code.upper()}/{place}/{ROMAN[month.month]}/{month.year}"

    def not_paused(self, program: Program, day: date) -> date:
        """The day, or the first one after the pause that it falls into."""
        while any(pause.start <= day <= pause.end for pause in program.pauses):
            day += timedelta(days=1)
        return day

    def office_hour(self, rng: Random, day: date) -> datetime:
        """A moment at which an office sends: on a working day, between eight and four."""
        while day.weekday() >= 5:
            day += timedelta(days=1)
        return datetime.combine(day, time(8), self.zone) + timedelta(seconds=rng.randrange(8 * 3600))

    def file_name(self, feed: str, name: str) -> str:
        """A name that the feed has not seen yet."""
        clean = name.replace("/", "-")
        stem, dot, suffix = clean.rpartition(".")
        number = 1
        while (feed, clean) in self._names:
            number += 1
            clean = f"{stem} {number}{dot}{suffix}"
        self._names.add((feed, clean))
        return clean

    def planned(self, log: Log) -> PlannedFile:
        """The file of a log."""

        def build(judge: Judge) -> bytes:
            rows, _ = self.rows(log)
            judge.take_rows(log.program.code, rows, "bast" in log.layout.fields)
            judge.facts.totals_wrong += log.wrong_total and bool(rows)
            return self.typed(log, rows)

        return PlannedFile(
            log.received, log.feed, self.file_name(log.feed, log.name), log.kind, build, log.about
        )

    def rows(self, log: Log) -> tuple[list[Row], list[int]]:
        """A log's rows and which of them are mistyped; the same however often they are asked for."""
        rng = generator(self.seed, "rows", log.feed, log.name, log.received)
        villages = log.drops[0].village.district_code if log.drops else ""
        strangers = self.strangers(log.program, villages, int(log.periods[0][:4])) if villages else []
        return make_rows(
            log.program, log.layout, log.periods, log.drops, strangers, log.plants, log.received.date(), rng
        )

    def typed(self, log: Log, rows: Sequence[Row]) -> bytes:
        """The bytes of a log with these rows."""
        wrong = total_of(rows) - 3 * log.program.entitlement if log.wrong_total else None
        villages = [drop.village for drop in log.drops]
        return render(
            log.layout,
            Sheet(
                log.program,
                log.periods,
                self.regency,
                log.district,
                rows,
                villages,
                log.received.date(),
                wrong,
            ),
        )

    def correction(self, log: Log, days: int) -> PlannedFile:
        """A later file with the right amounts of the rows that the log had mistyped."""
        rng = generator(self.seed, "correction", log.name)
        received = self.office_hour(rng, log.received.date() + timedelta(days=days))
        month = period_text(log.periods, "month_year")
        name = f"{LABEL} PERBAIKAN {log.program.name} {month} {log.district}.csv"
        mended = Log(
            log.program,
            log.feed,
            log.district,
            log.periods,
            LAYOUTS["semicolon"],
            received,
            name,
            "correction",
            log.drops,
        )

        def build(judge: Judge) -> bytes:
            rows, mistyped = self.rows(log)
            for number in mistyped:
                rows[number].amount = log.program.entitlement * len(log.periods)
            right = [rows[number] for number in mistyped]
            judge.take_rows(log.program.code, right, has_bast=True)
            return self.typed(mended, right)

        return PlannedFile(received, log.feed, self.file_name(log.feed, name), "correction", build)

    def again(self, log: Log, name: str) -> PlannedFile:
        """The very same bytes, sent once more under another name."""
        rng = generator(self.seed, "again", log.name)
        received = self.office_hour(rng, log.received.date() + timedelta(days=2))

        def build(judge: Judge) -> bytes:
            return self.typed(log, self.rows(log)[0])

        return PlannedFile(received, log.feed, self.file_name(log.feed, name), "duplicate", build)

    def broken(self, log: Log) -> PlannedFile:
        """A workbook of which only the first part arrived, shortly before it was sent again in full."""
        rng = generator(self.seed, "broken", log.name)
        received = log.received - timedelta(minutes=rng.randint(10, 40))
        name = log.name.rsplit(".", 1)[0] + " kirim.xlsx"

        def build(judge: Judge) -> bytes:
            judge.facts.refused_files["file_corrupt"] += 1
            whole = render(
                LAYOUTS["titled"],
                Sheet(
                    log.program,
                    log.periods,
                    self.regency,
                    log.district,
                    self.rows(log)[0],
                    (),
                    log.received.date(),
                ),
            )
            return whole[: len(whole) * 6 // 10]

        return PlannedFile(received, log.feed, self.file_name(log.feed, name), "corrupt", build)

    # --- lists

    def listings(self, program: Program, year: int) -> tuple[Listing, Listing | None]:
        """The year's list, and the list of the villages that replace someone from the second period on."""
        periods = tuple(period.period for period in self.periods(program, year))
        first = Listing(
            program.code,
            periods,
            {
                v.village_code: families
                for v in self.eligible(program)
                if (families := self.members(program, v))
            },
        )
        later = self.replacement_periods(program, year)
        if not later:
            return first, None
        changed = {
            v.village_code: self.members(program, v, later[0])
            for v in self.replacement_villages(program, year)
        }
        return first, Listing(program.code, later, changed) if changed else None


class _Round:
    """One programme's one period: what every district's office does when the period's payment is due."""

    def __init__(
        self,
        story: Story,
        program: Program,
        feed: Feed,
        ordinal: int,
        year: int,
        position: int,
        period: Period,
        apart: set[tuple[str, str]],
    ) -> None:
        self.story, self.program, self.feed = story, program, feed
        self.position, self.period = position, period
        self.deadline = feed.report_deadline_days
        self.rng = generator(story.seed, "round", program.code, period.period)
        self.groups = {
            district: group
            for district in story.districts
            if (group := story.group(program, district, year, period.period))
            and story.villages_of(program, district)
        }
        self.villages = {
            district: [
                village
                for village in story.villages_of(program, district)
                if not any((village.village_code, item) in apart for item in group)
            ]
            for district, group in self.groups.items()
        }
        self.fates = self._cast()
        self._choose_districts(ordinal)

    def _cast(self) -> dict[str, str]:
        """Which village meets which fate; at least half of them are served as they should be."""
        everyone = [village.village_code for villages in self.villages.values() for village in villages]
        self.rng.shuffle(everyone)
        fates = [fate for fate, share in FATES.items() for _ in range(max(1, round(share * len(everyone))))]
        return dict(zip(everyone, fates[: len(everyone) // 2], strict=False))

    def _choose_districts(self, ordinal: int) -> None:
        """Which office sends nothing, sends twice, sends a broken file or has to correct itself."""
        offices = [
            district
            for district in self.groups
            if self.villages[district] and self.story.layout(self.program, district).key != "village"
        ]
        self.rng.shuffle(offices)
        take = iter(offices)
        silent = (self.position + ordinal) % 5 == 1 and len(offices) > 2
        self.silent = next(take, None) if silent else None
        self.twice = next(take, None) if self.position % 4 == 0 else None
        self.broken = next(take, None) if self.position == 0 and ordinal == 0 else None
        with_bast = [
            d
            for d in take
            if "bast" in self.story.layout(self.program, d).fields
            and not self.story.layout(self.program, d).total
        ]
        self.corrected = with_bast[0] if with_bast and self.position % 3 == 0 else None

    def files(self) -> Iterator[PlannedFile]:
        for number, district in enumerate(self.groups):
            if self.villages[district] and district != self.silent:
                yield from self._office(
                    number,
                    district,
                    generator(self.story.seed, "office", self.program.code, self.period.period, district),
                )

    def _office(self, number: int, district: str, rng: Random) -> Iterator[PlannedFile]:
        """The files of one district's office in this round."""
        story, program = self.story, self.program
        group = self.groups[district]
        day = self._day_of_delivery(rng)
        by_fate: dict[str, list[Village]] = {}
        for village in self.villages[district]:
            by_fate.setdefault(self.fates.get(village.village_code, "fine"), []).append(village)
        main = [
            story.drop(
                program,
                village,
                story.not_paused(program, day + timedelta(days=rng.randint(0, 3))),
                group,
                portion=portion,
            )
            for fate, portion in (("fine", 1.0), ("partial", 0.5))
            for village in by_fate.get(fate, [])
        ]
        yield from self._main_files(number, district, main, rng)
        yield from self._follow_up(district, by_fate, rng)
        for village in by_fate.get("reported_late", []):
            drop = story.drop(program, village, story.not_paused(program, day + timedelta(days=1)), group)
            sent = story.office_hour(rng, drop.day + timedelta(days=self.deadline + rng.randint(8, 24)))
            yield story.planned(
                self._log(
                    district, (drop,), sent, "reported_late", f" {village.village_name} baru dilaporkan"
                )
            )
        for village in by_fate.get("nil", []):
            empty = Drop(village, self.period.due_date, (), "", 1.0)
            sent = story.office_hour(rng, self.period.due_date + timedelta(days=1))
            yield story.planned(
                self._log(
                    district,
                    (empty,),
                    sent,
                    "nil",
                    f" {village.village_name} nihil",
                    layout=LAYOUTS["sheets"],
                )
            )

    def _day_of_delivery(self, rng: Random) -> date:
        due = self.period.due_date
        earliest = max(first_day(self.period.period) + timedelta(days=1), due - timedelta(days=24))
        latest = due - timedelta(days=5)
        if earliest >= latest:
            return latest
        return earliest + timedelta(days=rng.randrange((latest - earliest).days))

    def _main_files(
        self, number: int, district: str, drops: list[Drop], rng: Random
    ) -> Iterator[PlannedFile]:
        if not drops:
            return
        story = self.story
        sent = story.office_hour(rng, max(drop.day for drop in drops) + timedelta(days=rng.randint(1, 2)))
        if story.layout(self.program, district).key == "village":
            for drop in drops:
                own = story.office_hour(rng, drop.day + timedelta(days=rng.randint(1, 3)))
                yield story.planned(
                    self._log(
                        district,
                        (drop,),
                        own,
                        "log",
                        f" {drop.village.village_name}",
                        plants=Plants(ordinary=True),
                    )
                )
            return
        plants = Plants(
            ordinary=True, wrong_rows=True, strangers=True, mistyped=8 if district == self.corrected else 0
        )
        wrong_total = (self.position + number) % 5 == 0 and story.layout(self.program, district).total
        log = self._log(district, tuple(drops), sent, "log", "", plants=plants, wrong_total=wrong_total)
        yield story.planned(log)
        if district == self.twice:
            stem, dot, suffix = log.name.rpartition(".")
            yield story.again(log, f"{stem} (1){dot}{suffix}")
        if district == self.broken:
            yield story.broken(log)
        if district == self.corrected:
            yield story.correction(log, days=rng.randint(2, 5))

    def _follow_up(
        self, district: str, by_fate: dict[str, list[Village]], rng: Random
    ) -> Iterator[PlannedFile]:
        """What comes after the due date: late villages, and the other half of some half deliveries."""
        story, program, group = self.story, self.program, self.groups[district]
        due = self.period.due_date
        # Most of the late are late by days, a few by weeks.
        day = due + timedelta(days=2 + int(24 * rng.random() ** 2))
        day += timedelta(
            days=sum(
                (pause.end - pause.start).days + 1
                for pause in program.pauses
                if due < pause.end and pause.start <= day
            )
        )
        drops = [
            story.drop(
                program, village, story.not_paused(program, day + timedelta(days=rng.randint(0, 3))), group
            )
            for village in by_fate.get("late", [])
        ]
        drops += [
            story.drop(
                program,
                village,
                story.not_paused(program, day + timedelta(days=1)),
                group,
                serial=2,
                portion=0.5,
            )
            for village in by_fate.get("partial", [])[::2]
        ]
        if drops and by_fate.get("fine") and rng.random() < 0.5:
            served = story.drop(program, by_fate["fine"][0], story.not_paused(program, day), group, serial=3)
            drops.append(Drop(served.village, served.day, served.families[:2], served.bast, 1.0))
        if drops:
            sent = story.office_hour(rng, max(drop.day for drop in drops) + timedelta(days=rng.randint(1, 2)))
            yield story.planned(self._log(district, tuple(drops), sent, "follow_up", " susulan"))

    def _log(
        self,
        district: str,
        drops: tuple[Drop, ...],
        received: datetime,
        kind: str,
        tail: str,
        plants: Plants | None = None,
        wrong_total: bool = False,
        layout: Layout | None = None,
    ) -> Log:
        story, program, group = self.story, self.program, self.groups[district]
        own = layout or story.layout(program, district)
        if own.key == "village" and len(drops) > 1:
            own = LAYOUTS["semicolon"]
        place = story.districts[district][0].district_name
        name = f"{LABEL} {_stem(own, program, group, place)}{tail}{own.suffix}"
        return Log(
            program,
            self.feed.path,
            place,
            group,
            own,
            received,
            name,
            kind,
            drops,
            plants or Plants(),
            wrong_total,
        )


def _stem(layout: Layout, program: Program, periods: tuple[str, ...], district: str) -> str:
    """How the office names its files."""
    month = period_text(periods, "month_year")
    match layout.key:
        case "titled":
            return f"LAPORAN {program.name.upper()} {span_upper(periods)} {district.upper()} FIX"
        case "utf16":
            return f"rekap_{program.code}_{periods[-1]}_{district.lower().replace(' ', '_')}"
        case "sheets":
            return f"{program.name} {month} per desa Kec {district}"
        case "ansi":
            return f"Realisasi {program.code} {district} {month}"
        case "two_row":
            return f"Form Salur {program.name} ({district}) {month}"
        case "comma":
            return f"export_{program.code}_{periods[-1]}_{district}"
        case "village":
            return f"{program.code} {month}"
        case _:
            return f"Penyaluran {program.name} {month} Kec. {district}"
