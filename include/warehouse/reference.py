"""Turns the configuration into rows of schema `reference`, where dbt reads it.

The schema is replaced whole at the beginning of every run, in the caller's transaction: no model ever sees
half of an old configuration, and none reads a file or the clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import cache
from typing import Any

import duckdb

from include.config import Configuration, Program
from include.config.checks import normal, split_stage
from include.ingest.reasons import reasons
from include.privacy import without_identity_numbers
from include.warehouse.connection import insert_rows

Rows = Sequence[Sequence[Any]]
SATURDAY = 5


def write_reference(
    connection: duckdb.DuckDBPyConnection, configuration: Configuration, as_of: date, run_id: str
) -> Mapping[str, Rows]:
    """Replaces every table of schema `reference` and returns their rows; call it inside a transaction."""
    tables = configuration_tables(configuration, as_of, run_id)
    for table, rows in tables.items():
        _replace(connection, table, rows)
    return tables


def configuration_tables(configuration: Configuration, as_of: date, run_id: str) -> Mapping[str, Rows]:
    """The rows of each table, in the column order of schema.sql."""
    c, region = configuration, configuration.region
    return {
        # Until judged.py has settled it, everything counts as new.
        "parameters": [(as_of, run_id, *_attributes(region, _REGION), 1, None)],
        "villages": [_attributes(village, _VILLAGE) for village in c.villages],
        "village_aliases": [_attributes(alias, _ALIAS) for alias in c.village_aliases],
        "opds": [_attributes(opd, ("code", "name", "head_title")) for opd in c.opds],
        "programs": [_attributes(program, _PROGRAM) for program in c.programs],
        "program_periods": [
            (p.code, period.period, period.due_date) for p in c.programs for period in p.periods
        ],
        "program_stages": [row for program in c.programs for row in _stages(program)],
        "program_pauses": [
            (p.code, pause.start, pause.end, pause.reason) for p in c.programs for pause in p.pauses
        ],
        "program_gates": [row for program in c.programs for row in _gates(program)],
        "feeds": [_attributes(feed, _FEED) for feed in c.feeds],
        "susenas_windows": [_attributes(window, _WINDOW) for window in c.windows],
        "poverty_targets": [_attributes(target, _TARGET) for target in region.targets],
        "official_poverty": [_attributes(figure, _OFFICIAL) for figure in region.official_poverty],
        "official_extreme_poverty": [
            _attributes(figure, _EXTREME) for figure in region.official_extreme_poverty
        ],
        "targeting": [_attributes(c.targeting, _TARGETING)],
        "combinations": [
            (*sorted(pair.programs), pair.verdict, pair.source) for pair in c.targeting.complementarity
        ],
        # Why is free text that is published and mailed: nobody's number goes along.
        "snoozes": [
            (*_attributes(snooze, _SNOOZE), without_identity_numbers(snooze.reason)) for snooze in c.snoozes
        ],
        "calendar": calendar(*_years(configuration, as_of)),
        "reasons": [
            _attributes(reason, ("code", "level", "text", "remedy", "urgent"))
            for reason in reasons().values()
        ],
    }


# The attributes of the configuration's objects in the order of the tables' columns.
_REGION = (
    "regency_code", "regency_name", "province_name", "timezone", "extreme_poverty_line_idr_per_day",
)  # fmt: skip
_VILLAGE = (
    "village_code", "village_name", "district_code", "district_name", "kind", "is_pocket", "is_remote",
)  # fmt: skip
_ALIAS = ("alias", "district_name", "village_code", "noted_by", "noted_on")
_PROGRAM = (
    "code", "name", "unit", "opd", "entitlement", "tolerance", "max_amount", "unit_price_idr", "status",
    "status_from", "max_periods_per_payment", "pack_size", "village_kinds", "source",
)  # fmt: skip
_FEED = ("path", "opd", "kind", "program", "registry", "report_deadline_days")
_TARGET = ("year", "poverty_rate", "extreme_poverty_rate", "source")
_OFFICIAL = ("year", "poverty_rate", "poor_people", "source", "published_on")
_EXTREME = ("year", "extreme_poverty_rate", "people", "line", "source", "published_on")
_TARGETING = (
    "poor_deciles", "poorest_deciles", "pocket_share", "elderly_age", "small_cell", "comparable_from",
    "registry_loss_share", "registry_loss_from", "registry_whole_share", "registry_shifted_share", "registry_shifted_from",
)  # fmt: skip
_SNOOZE = ("opd", "program", "rule", "until")
_WINDOW = ("year", "start", "end", "cutoff", "scope_from", "visible_days", "status", "source")


def _attributes(thing: object, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(thing, name) for name in names)


def _stages(program: Program) -> Iterator[tuple[str, str, int, str]]:
    """One row a month of a stage, the year taken out of the stage's name.

    A name without a year stands for the months of each year that it lists: stage I of 2024, stage I of 2025.
    """
    for name, periods in program.stages.items():
        stage, year = split_stage(name)
        for period in periods:
            yield program.code, stage, int(year or period[:4]), period


def _gates(program: Program) -> Iterator[tuple[str, int, str, str, list[str], int]]:
    """One row a step, numbered in its order, with every spelling of it as text is compared."""
    for position, gate in enumerate(program.gates, start=1):
        spellings = sorted({normal(text) for text in (gate.milestone, gate.name, *gate.aliases)})
        yield program.code, position, gate.milestone, gate.name, spellings, gate.lead_months


def _years(configuration: Configuration, as_of: date) -> tuple[int, int]:
    """The years that counting days can touch: of due dates, windows and as_of, and one either side."""
    days = [as_of]
    days += [period.due_date for program in configuration.programs for period in program.periods]
    days += [day for window in configuration.windows for day in (window.scope_from, window.end)]
    return max(min(days).year - 1, MINYEAR), min(max(days).year + 1, MAXYEAR)


@cache
def calendar(first_year: int, last_year: int) -> tuple[tuple[date, bool, str | None], ...]:
    """Every day with whether offices work on it: not on weekends, national holidays and cuti bersama.

    Islamic holidays that the government has not fixed yet are estimated, and their name says so.
    """
    import holidays  # here: it takes a moment, and most importers of this module never ask for a calendar

    free = holidays.country_holidays(
        "ID", years=range(first_year, last_year + 1), categories=("public", "government"), language="id"
    )
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return tuple((day, day.weekday() < SATURDAY and day not in free, free.get(day)) for day in days)


def _replace(connection: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    """Empties and fills a table."""
    name = f"reference.{table}"
    connection.execute(f"delete from {name}")
    columns = [row[0] for row in connection.execute(f"describe {name}").fetchall()]
    insert_rows(connection, name, columns, rows)
