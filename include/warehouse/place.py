"""Where a regency's warehouse is: a file in its home, or its part of a lake that several machines share.

The tables and the SQL are the same in both. What differs is how the warehouse is opened, who may write, and how dbt finds
it, and that is here (the file) and in `lake.py`. Everybody else goes through `connection.py`.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TextIO

import duckdb

from include.warehouse.engine import Engine, this_process
from include.warehouse.errors import WarehouseBusyError

log = logging.getLogger("pantau.warehouse")

SCHEMA = Path(__file__).with_name("schema.sql")
_POLL_SECONDS = 0.1


class Place(ABC):
    """A warehouse that may be there or not yet.

    Attributes:
        engine: How DuckDB is opened wherever rows of this warehouse pass through it.
    """

    engine: Engine

    @property
    @abstractmethod
    def key(self) -> str:
        """What tells this warehouse from every other, within and beyond this process."""

    @property
    @abstractmethod
    def name(self) -> str:
        """As a person knows it; without credentials."""

    @property
    @abstractmethod
    def dbt_target(self) -> str:
        """The output of profiles.yml."""

    @property
    @abstractmethod
    def dbt_environment(self) -> dict[str, str]:
        """The variables from which that output finds this warehouse."""

    @property
    @abstractmethod
    def sqlalchemy(self) -> tuple[str, dict[str, Any]]:
        """URL and arguments by which SQLAlchemy connects, for reading; `prepare` is called on what it gets."""

    @abstractmethod
    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Makes a connection opened by such a URL one that reads this warehouse."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether it was ever opened for writing."""

    @abstractmethod
    def locked(self, exclusive: bool, wait_seconds: float, purpose: str) -> AbstractContextManager[None]:
        """Keeps other processes out: writers, and where `exclusive` readers too.

        Raises:
            WarehouseBusyError: somebody else stayed for longer than that.
        """

    @abstractmethod
    def open(self, read_only: bool, wait_seconds: float) -> duckdb.DuckDBPyConnection:
        """A connection whose default database it is."""

    def own_instance(self, file: Path | None = None, **settings: str) -> duckdb.DuckDBPyConnection:
        """A DuckDB beside the warehouse, in memory or in a file, for rows of the warehouse: it spills as the warehouse does."""
        self.engine.make_folder()
        return duckdb.connect(str(file or ":memory:"), config=self.engine.settings() | settings)

    @abstractmethod
    def enter(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Makes it the default database of a further cursor of an open connection."""

    @abstractmethod
    def attach(self, connection: duckdb.DuckDBPyConnection, alias: str) -> None:
        """Attaches it to another connection, for reading."""

    @abstractmethod
    def make_tables(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Brings the tables of schema.sql into being where they are not yet."""

    @abstractmethod
    def require_unique(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Called before a transaction commits.

        Raises:
            duckdb.ConstraintException: a key of schema.sql stands twice.
        """

    @abstractmethod
    def require_place(self, done: str) -> None:
        """Asks, for who holds the writer's place, whether it is still held; `done` tells what became of the work.

        Raises:
            PlaceLostError: it is not.
        """

    @abstractmethod
    def take_over(self, rebuilt: Path) -> None:
        """Puts a rebuilt warehouse, made in the home `rebuilt`, in the place of this one; after a kill, goes on."""

    @abstractmethod
    def forget_snapshots(self, connection: duckdb.DuckDBPyConnection, days: int) -> None:
        """Gives up what the warehouse held longer ago than that; called by who holds the writer's place."""

    @abstractmethod
    def discard(self) -> None:
        """Removes the warehouse with all its rows: an unfinished rebuild."""

    @abstractmethod
    def copy_to(self, file: Path) -> None:
        """Writes a copy as a file from which everything goes on; called by who holds the writer's place."""


def wait_for(attempt: Callable[[], bool], holder: Callable[[], str], wait_seconds: float, what: str) -> None:
    """Tries again until it succeeds; one line when the wait begins, one when it ends."""
    started = time.monotonic()
    told = False
    while not attempt():
        waited = time.monotonic() - started
        if not told:
            log.info("waiting for the warehouse (%s): held by %s", what, holder())
            told = True
        if waited > wait_seconds:
            raise WarehouseBusyError(
                f"the warehouse is still held by {holder()} after {waited:.0f} seconds: wait until that is done, or end it"
            ) from None
        time.sleep(_POLL_SECONDS)
    if told:
        log.info("got the warehouse after %.1f seconds", time.monotonic() - started)


class LocalFile(Place):
    """`warehouse.duckdb` in the home. DuckDB lets one process write it; a lock file beside it makes the others wait in line."""

    dbt_target = "local"

    def __init__(self, file: Path, engine: Engine) -> None:
        self._file, self.engine = file, engine

    @property
    def key(self) -> str:
        """The file's path."""
        return str(self._file.resolve())

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self._file)

    @property
    def dbt_environment(self) -> dict[str, str]:
        """Where the file is, and how it is opened."""
        return {"PANTAU_WAREHOUSE": str(self._file), **self.engine.dbt_environment}

    @property
    def sqlalchemy(self) -> tuple[str, dict[str, Any]]:
        """The file itself, read-only."""
        return f"duckdb:///{self._file}", {"read_only": True, "config": self.engine.settings(this_process())}

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Nothing to do: the file is open."""

    def exists(self) -> bool:
        """Whether the file is there."""
        return self._file.exists()

    @contextmanager
    def locked(self, exclusive: bool, wait_seconds: float, purpose: str) -> Iterator[None]:
        """Holds the lock file: one writer, or any number of readers, so that no reader meets a half-open writer."""
        path = self._file.with_name(f".{self._file.stem}.lock")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+") as handle:
            mode = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
            wait_for(lambda: _take(handle, mode), lambda: _holder(handle), wait_seconds, purpose)
            if exclusive:
                handle.seek(0)
                handle.truncate()
                handle.write(json.dumps({"pid": os.getpid(), "purpose": purpose}))
                handle.flush()
            yield

    def open(self, read_only: bool, wait_seconds: float) -> duckdb.DuckDBPyConnection:
        """Opens the file; waits where a process that knows nothing of our lock file (dbt, a client) has it."""
        self.engine.make_folder()
        found: list[duckdb.DuckDBPyConnection] = []
        settings = self.engine.settings(this_process())

        def attempt() -> bool:
            try:
                found.append(duckdb.connect(str(self._file), read_only=read_only, config=settings))
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise
            return bool(found)

        wait_for(attempt, lambda: "another program that has its file open", wait_seconds, "opening")
        return found[0]

    def enter(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Nothing to do: a cursor of the file's own connection is in it."""

    def attach(self, connection: duckdb.DuckDBPyConnection, alias: str) -> None:
        """Attaches the file read-only."""
        connection.execute(f"attach {quoted(str(self._file))} as {alias} (read_only)")

    def make_tables(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Runs schema.sql, which changes nothing that is there."""
        connection.execute(SCHEMA.read_text(encoding="utf-8"))

    def require_unique(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Nothing to do: the file's own constraints refuse a second row with a key."""

    def require_place(self, done: str) -> None:
        """Nothing to do: the kernel keeps the lock as long as this process lives."""

    def take_over(self, rebuilt: Path) -> None:
        """Renames the new file over the old one."""
        fresh = rebuilt / self._file.name
        if fresh.exists():
            self._file.with_name(f"{self._file.name}.wal").unlink(missing_ok=True)
            fresh.replace(self._file)

    def forget_snapshots(self, connection: duckdb.DuckDBPyConnection, days: int) -> None:
        """Nothing to do: a file holds what is there now."""

    def discard(self) -> None:
        """Removes the file."""
        self._file.unlink(missing_ok=True)

    def copy_to(self, file: Path) -> None:
        """Opens and closes it once, so that nothing is left in a log file beside it, and copies it."""
        self.open(read_only=False, wait_seconds=0).close()
        shutil.copy2(self._file, file)


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _take(handle: TextIO, mode: int) -> bool:
    try:
        fcntl.flock(handle, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(handle: TextIO) -> str:
    """Says who holds the lock, as far as the lock file tells."""
    try:
        handle.seek(0)
        note = json.loads(handle.read() or "{}")
        return f"process {note['pid']} ({note['purpose']})"
    except (ValueError, KeyError, OSError):
        return "another process"
