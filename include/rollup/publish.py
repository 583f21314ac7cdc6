"""Makes the roll-up: one regency after the other into a fresh file, checked, made durable, renamed over the last one."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import yaml

from include import clock
from include.audit import privacy_check
from include.audit.dictionary import TableDescription, describe
from include.audit.publish import install, sync
from include.config import ConfigurationError, Problem, Province, Registry, registry
from include.config.errors import ENVIRONMENT, MISSING
from include.config.regencies import VARIABLE, entry_of
from include.report.queries import execute
from include.rollup.gather import HERE, TAKEN, Gathered, gather, left_out
from include.warehouse.connection import transaction
from include.warehouse.ledger import naive_utc

log = logging.getLogger("pantau.rollup")

_UNFINISHED = ".unfinished-"
_PRIVATE = 0o700


@dataclass(frozen=True)
class RollupReport:
    """What was rolled up.

    Attributes:
        path: The published file.
        listed: How many regencies there are.
        counted: How many of them are in the figures.
        amiss: What is amiss with others, in words, by code; the old ones among them are counted.
        unusable: How many entries of regencies.yml cannot be used at all.
    """

    path: Path
    listed: int
    counted: int
    amiss: dict[str, str]
    unusable: int


def listed_with_province() -> tuple[Registry, Province]:
    """The regencies, and what is over them.

    Raises:
        ConfigurationError: there are not several regencies, or nothing (rightly written) is over them.
    """
    listed = registry()
    if listed is None:
        allowed = "the file that lists the regencies and has a part `province`"
        raise ConfigurationError([Problem(ENVIRONMENT, VARIABLE, MISSING, allowed)])
    if listed.province is None:
        said = [one for one in listed.problems if entry_of(one) is None]
        allowed = "name, timezone, coordinator, sender and home of what is over the regencies"
        raise ConfigurationError(said or [Problem(listed.file.name, "province", MISSING, allowed)])
    return listed, listed.province


def roll_up() -> RollupReport:
    """Reads what every regency has published and publishes what it adds up to, as `province.duckdb` in the province's home.

    Raises:
        ConfigurationError: there is nothing to roll up for, or the home cannot be written.
    """
    listed, province = listed_with_province()
    now = clock.now()
    with _alone(listed.file.name, province):
        fresh = _unfinished(province)
        gathered = []
        connection = duckdb.connect(str(fresh))
        try:
            connection.execute("set timezone = 'UTC'")
            execute(connection, HERE / "tables.sql")
            for regency in listed.regencies.values():
                gathered.append(_taken(connection, gather(regency, now)))
            _note(connection, [one.row(now) for one in gathered])
            unusable = len({entry_of(one) for one in listed.problems} - {None})
            today = now.astimezone(ZoneInfo(province.timezone)).date()
            for name, value in (
                ("province_name", province.name), ("timezone", province.timezone), ("today", today),
                ("now", naive_utc(now)), ("unusable", unusable),
            ):  # fmt: skip
                connection.execute(f"set variable {name} = ?", [value])
            execute(connection, HERE / "totals.sql")
            _finish(connection)
        finally:
            connection.close()
        sync(fresh)
        install(fresh, province.database)
    amiss = {one.code: one.reason for one in gathered if one.reason}
    counted = sum(one.is_counted for one in gathered)
    log.info("rolled up %d of %d regencies", counted, len(gathered))
    for code, reason in amiss.items():
        log.warning("%s: %s", code, reason)
    return RollupReport(province.database, len(gathered), counted, amiss, unusable)


def _taken(connection: duckdb.DuckDBPyConnection, one: Gathered) -> Gathered:
    """Takes over a regency's rows, all or none: what a table refuses cannot be what a regency publishes."""
    try:
        with transaction(connection):
            for table in TAKEN if one.is_counted else ():
                connection.register("taken", one.tables[table])
                connection.execute(
                    f"insert into audit.{table} by name select ? as regency_code, * from taken", [one.code]
                )
    except duckdb.Error:
        log.exception("what %s has published cannot be taken over", one.code)
        return left_out(one.code, one.name, "unreadable")
    return one


def _note(connection: duckdb.DuckDBPyConnection, publications: list[dict[str, object]]) -> None:
    if not publications:
        return
    connection.register("noted", pa.Table.from_pylist(publications))
    connection.execute("insert into audit.publications by name select * from noted")


def _finish(connection: duckdb.DuckDBPyConnection) -> None:
    written = yaml.safe_load((HERE / "descriptions.yml").read_text(encoding="utf-8"))
    shared = written.pop("shared")
    described = {
        table: TableDescription(about["description"], shared | (about.get("columns") or {}))
        for table, about in written.items()
    }
    with transaction(connection):
        if undescribed := describe(connection, described):
            log.warning("without a description: %s", ", ".join(undescribed))
    for table in described:
        privacy_check.mask_remaining(connection, table)
    connection.execute("checkpoint")


@contextmanager
def _alone(file: str, province: Province) -> Iterator[None]:
    """Keeps two roll-ups from building at once."""
    try:
        province.home.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        descriptor = os.open(province.home / ".rollup.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        allowed = f"a folder that this user may write to ({error.strerror}: {error.filename})"
        problem = Problem(file, "province, home", f'"{province.home}"', allowed)
        raise ConfigurationError([problem]) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _unfinished(province: Province) -> Path:
    """A fresh path for building; what a killed roll-up left is removed."""
    for left in province.home.glob(f"{_UNFINISHED}*"):
        with suppress(FileNotFoundError):
            left.unlink()
    return province.home / f"{_UNFINISHED}{os.getpid()}.duckdb"
