"""The only way into the warehouse, wherever it is: one writer at a time, whoever it is.

A lock makes the others wait in line instead of failing, and tells them whom they wait for. Readers share it, so that a
reader never meets a half-open writer. Which lock, and how a warehouse is opened, is a matter of its place (place.py, lake.py).
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from include.config.errors import ConfigurationError
from include.settings import Settings
from include.warehouse.engine import Engine
from include.warehouse.errors import WarehouseBusyError, WarehouseLostError, WarehouseMissingError
from include.warehouse.lake import Lake
from include.warehouse.place import LocalFile, Place

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.warehouse")

WAIT_SECONDS = 30 * 60.0

REBUILT = ".rebuilt"
"""The folder in the home that holds a finished rebuild until it is put into place."""


class HasHome(Protocol):
    """Whose warehouse it is: a regency's workspace, or the province's office, whose only table of use is the outbox."""

    @property
    def settings(self) -> Settings:
        """Where it is."""


def place_of(settings: Settings) -> Place:
    """Where the warehouse of these settings is."""
    if settings.lake is None:
        # In clear, as the file beside it is.
        engine = Engine(settings.duckdb_memory, settings.spill, encrypted=False)
        return LocalFile(settings.warehouse_file, engine)
    engine = Engine(settings.duckdb_memory, settings.spill, encrypted=True)
    return Lake(settings.lake, settings.lake_data, settings.lake_schema, engine)


def file_in(home: Path) -> Place:
    """The warehouse as a file in a home, whatever the environment says: for what is of no regency."""
    return place_of(Settings.model_construct(home=home))


@dataclass
class _Held:
    """What this process holds of one warehouse."""

    thread_lock: threading.RLock = field(default_factory=threading.RLock)
    owner: int | None = None
    depth: int = 0
    place: Place | None = None
    connection: duckdb.DuckDBPyConnection | None = None
    readers: threading.local = field(default_factory=threading.local)

    def mine(self) -> bool:
        """Whether this very thread holds the writer's place."""
        return self.owner == threading.get_ident()


_held: dict[str, _Held] = {}
_held_guard = threading.Lock()


def _state(place: Place) -> _Held:
    with _held_guard:
        return _held.setdefault(place.key, _Held())


def _forget_after_fork() -> None:
    # A forked child owns neither its parent's lock nor its connection.
    global _held_guard
    _held_guard = threading.Lock()
    _held.clear()


os.register_at_fork(after_in_child=_forget_after_fork)


def install_rebuilt(settings: Settings) -> None:
    """Puts a finished rebuild into its place; whoever holds the writer's place next goes on where a kill cut this off.

    A rebuild is finished once its folder bears the name `REBUILT`. Each landing is put in place by itself, its rows before
    its manifest, so that files landed meanwhile stay; the warehouse comes last.
    """
    rebuilt = settings.home / REBUILT
    if not rebuilt.is_dir():
        return
    landing = rebuilt / "landing"
    for suffix in (".parquet", ".json"):
        for path in sorted(landing.rglob(f"*{suffix}")):
            target = settings.landing / path.relative_to(landing)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(target)
            if suffix == ".json" and not json.loads(target.read_bytes()).get("landing_file"):
                # Read anew it holds no rows: those that it held before go with their persons.
                target.with_suffix(".parquet").unlink(missing_ok=True)
    place_of(settings).take_over(rebuilt)
    shutil.rmtree(rebuilt)
    log.info("a rebuilt warehouse took its place")


@contextmanager
def writing_lock(ws: HasHome, purpose: str = "write", wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Holds the writer's place without a connection: for dbt, which opens the warehouse by itself.

    Re-entrant within a thread; other threads and other processes wait.
    """
    place = place_of(ws.settings)
    state = _state(place)
    if getattr(state.readers, "count", 0):
        raise RuntimeError("this thread reads the warehouse; close the reader before writing")
    if not state.thread_lock.acquire(timeout=wait_seconds):
        raise WarehouseBusyError(f"another thread held the warehouse for {wait_seconds:.0f} seconds")
    try:
        if state.depth:
            state.depth += 1
            try:
                yield
            finally:
                state.depth -= 1
            return
        with place.locked(exclusive=True, wait_seconds=wait_seconds, purpose=purpose):
            place.engine.sweep()
            install_rebuilt(ws.settings)
            state.depth, state.owner, state.place = 1, threading.get_ident(), place
            try:
                yield
            finally:
                state.depth, state.owner, state.place = 0, None, None
    finally:
        state.thread_lock.release()


def require_place(ws: HasHome, done: str) -> None:
    """For who holds the writer's place without a connection: asks whether it still does.

    Args:
        ws: Whose warehouse.
        done: What to tell of the work meanwhile, where the place was lost.

    Raises:
        PlaceLostError: another may have it.
    """
    place = _state(place_of(ws.settings)).place
    if place is not None:
        place.require_place(done)


@contextmanager
def writer(
    ws: HasHome, purpose: str = "write", wait_seconds: float = WAIT_SECONDS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens the warehouse for writing, its own tables made; an inner call shares the outer's connection."""
    place = place_of(ws.settings)
    state = _state(place)
    with writing_lock(ws, purpose, wait_seconds):
        if state.connection is not None:
            yield state.connection
            return
        if not place.exists():
            if ws.settings.audit_db.exists():
                raise WarehouseLostError(
                    f"{place.name} is gone, and with it the order of receipt and what was told to whom: restore it from a "
                    "backup. To begin a new ledger on purpose, move the folder audit/ out of the home first."
                )
            # From now on the key counts as lost where it is missing, so it is made first, also when no file came yet.
            # Where it is lost indeed, reading the next file says so; what has landed can still be loaded.
            with suppress(ConfigurationError):
                ws.settings.secret()
        connection = place.open(read_only=False, wait_seconds=wait_seconds)
        try:
            # No line of this session may depend on the server's own time zone.
            connection.execute("set timezone = 'UTC'")
            place.make_tables(connection)
            state.connection = connection
            yield connection
        finally:
            state.connection = None
            connection.close()


@contextmanager
def reader(ws: Workspace, wait_seconds: float = WAIT_SECONDS) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens the warehouse for reading; inside a writer of the same thread it reads what that has written."""
    place = place_of(ws.settings)
    state = _state(place)
    if state.mine() and state.connection is not None:
        with another_cursor(state.connection) as cursor:
            cursor.execute("set timezone = 'UTC'")
            yield cursor
        return
    if not place.exists():
        raise WarehouseMissingError("no warehouse yet: nothing has been taken in (start with `pantau run`)")
    # A thread that holds the writer's place without a connection (dbt's turn) must not wait for itself.
    shared: AbstractContextManager[None] = (
        nullcontext()
        if state.mine()
        else place.locked(exclusive=False, wait_seconds=wait_seconds, purpose="read")
    )
    with shared:
        connection = place.open(read_only=True, wait_seconds=wait_seconds)
        state.readers.count = getattr(state.readers, "count", 0) + 1
        try:
            connection.execute("set timezone = 'UTC'")
            yield connection
        finally:
            state.readers.count -= 1
            connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: commits at the end, rolls back on any exception; and where a key stands twice by then."""
    connection.execute("begin transaction")
    try:
        yield
        for place in [state.place for state in _held.values() if state.connection is connection]:
            if place is not None:
                place.require_unique(connection)
                place.require_place("nothing was committed")
    except BaseException:
        with suppress(duckdb.Error):  # the first error is the one to see
            connection.execute("rollback")
        raise
    connection.execute("commit")


def another_cursor(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A cursor beside an open one, for a query within a query; in the same database, which DuckDB's own does not see to."""
    (database,) = connection.execute("select current_database()").fetchone() or ("",)
    return connection.cursor().execute(f'use "{database}"')


def put(
    connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], row: Mapping[str, object]
) -> None:
    """Writes a row in the place of the one with the same key, if there is one.

    A merge, because a lake knows no keys to which `insert or replace` could refer.
    """
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    changes = ", ".join(f"{name} = given.{name}" for name in row if name not in key)
    connection.execute(
        f"merge into {table} using (select * from (values ({marks})) as given ({names})) as given using ({', '.join(key)}) "
        f"when matched then update set {changes} "
        f"when not matched then insert ({names}) values ({', '.join(f'given.{name}' for name in row)})",
        list(row.values()),
    )


def insert_rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Appends rows, given to DuckDB as one list a column: quick where row by row is not, in a lake above all."""
    lists = [list(column) for column in zip(*rows, strict=True)]
    if lists:
        kinds = {name: kind for name, kind, *_ in connection.execute(f"describe {table}").fetchall()}
        values = ", ".join(f"unnest(?::{kinds[name]}[])" for name in columns)
        connection.execute(f"insert into {table} ({', '.join(columns)}) select {values}", lists)
