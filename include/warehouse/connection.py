"""The only place that opens warehouse.duckdb: one writer at a time, whoever it is.

DuckDB lets one process write a file. A lock file makes the others wait in line instead of failing, and tells
them whom they wait for. Readers share the lock, so that a reader never meets a half-open writer.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import duckdb

from include.config.errors import ConfigurationError

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.warehouse")

WAIT_SECONDS = 30 * 60.0
_POLL_SECONDS = 0.1

REBUILT = ".rebuilt"
"""The folder beside the warehouse that holds a finished rebuild until it is put into place."""

_SCHEMA = Path(__file__).with_name("schema.sql")


class WarehouseBusyError(RuntimeError):
    """Another process kept the warehouse for longer than we are willing to wait."""


class WarehouseMissingError(RuntimeError):
    """There is nothing to read yet: no run has made the warehouse."""


class WarehouseLostError(RuntimeError):
    """The warehouse is gone although an audit database was published from it; a new one would begin a second ledger."""


@dataclass
class _Held:
    """What this process holds of one warehouse."""

    thread_lock: threading.RLock = field(default_factory=threading.RLock)
    owner: int | None = None
    depth: int = 0
    connection: duckdb.DuckDBPyConnection | None = None
    readers: threading.local = field(default_factory=threading.local)

    def mine(self) -> bool:
        """Whether this very thread holds the writer's place."""
        return self.owner == threading.get_ident()


_held: dict[Path, _Held] = {}
_held_guard = threading.Lock()


def _state(warehouse: Path) -> _Held:
    with _held_guard:
        return _held.setdefault(warehouse.resolve(), _Held())


def _forget_after_fork() -> None:
    # A forked child owns neither its parent's lock nor its connection.
    global _held_guard
    _held_guard = threading.Lock()
    _held.clear()


os.register_at_fork(after_in_child=_forget_after_fork)


def _holder(handle: TextIO) -> str:
    """Says who holds the lock, as far as the lock file tells."""
    try:
        handle.seek(0)
        note = json.loads(handle.read() or "{}")
        return f"process {note['pid']} ({note['purpose']})"
    except (ValueError, KeyError, OSError):
        return "another process"


def _take(handle: TextIO, mode: int, wait_seconds: float, what: str) -> None:
    """Waits for the lock file; one line when the wait begins, one when it ends."""
    started = time.monotonic()
    told = False
    while True:
        try:
            fcntl.flock(handle, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - started
            if not told:
                log.info("waiting for the warehouse (%s): held by %s", what, _holder(handle))
                told = True
            if waited > wait_seconds:
                raise WarehouseBusyError(
                    f"the warehouse is still held by {_holder(handle)} after {waited:.0f} seconds"
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            if told:
                log.info("got the warehouse after %.1f seconds", time.monotonic() - started)
            return


def install_rebuilt(warehouse: Path) -> None:
    """Puts a finished rebuild into its place; whoever holds the writer's place next goes on where a kill cut this off.

    A rebuild is finished once its folder bears the name `REBUILT`. Each landing is put in place by itself, its rows before
    its manifest, so that files landed meanwhile stay; the warehouse comes last.
    """
    rebuilt = warehouse.with_name(REBUILT)
    if not rebuilt.is_dir():
        return
    landing = rebuilt / "landing"
    for suffix in (".parquet", ".json"):
        for path in sorted(landing.rglob(f"*{suffix}")):
            target = warehouse.parent / "landing" / path.relative_to(landing)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(target)
            if suffix == ".json" and not json.loads(target.read_bytes()).get("landing_file"):
                # Read anew it holds no rows: those that it held before go with their persons.
                target.with_suffix(".parquet").unlink(missing_ok=True)
    fresh = rebuilt / warehouse.name
    if fresh.exists():
        warehouse.with_name(f"{warehouse.name}.wal").unlink(missing_ok=True)
        fresh.replace(warehouse)
    shutil.rmtree(rebuilt)
    log.info("a rebuilt warehouse took its place")


@contextmanager
def _file_lock(warehouse: Path, mode: int, wait_seconds: float, purpose: str) -> Iterator[None]:
    path = warehouse.with_name(f".{warehouse.stem}.lock")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+") as handle:
        _take(handle, mode, wait_seconds, purpose)
        if mode == fcntl.LOCK_EX:
            handle.seek(0)
            handle.truncate()
            handle.write(json.dumps({"pid": os.getpid(), "purpose": purpose}))
            handle.flush()
        yield


@contextmanager
def writing_lock(ws: Workspace, purpose: str = "write", wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Holds the writer's place without opening the file: for dbt, which opens it by itself.

    Re-entrant within a thread; other threads and other processes wait.
    """
    warehouse: Path = ws.settings.warehouse_file
    state = _state(warehouse)
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
        with _file_lock(warehouse, fcntl.LOCK_EX, wait_seconds, purpose):
            install_rebuilt(warehouse)
            state.depth, state.owner = 1, threading.get_ident()
            try:
                yield
            finally:
                state.depth, state.owner = 0, None
    finally:
        state.thread_lock.release()


def _open(warehouse: Path, read_only: bool, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    """Opens the file; waits where a process that knows nothing of our lock file (dbt, a client) has it."""
    started = time.monotonic()
    told = False
    while True:
        try:
            return duckdb.connect(str(warehouse), read_only=read_only)
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise
            if time.monotonic() - started > wait_seconds:
                raise WarehouseBusyError("another program keeps the warehouse file open") from error
            if not told:
                log.info("waiting for the warehouse file: another program has it open")
                told = True
            time.sleep(_POLL_SECONDS)


@contextmanager
def writer(
    ws: Workspace, purpose: str = "write", wait_seconds: float = WAIT_SECONDS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens the warehouse for writing, its own tables made; an inner call shares the outer's connection."""
    warehouse: Path = ws.settings.warehouse_file
    state = _state(warehouse)
    with writing_lock(ws, purpose, wait_seconds):
        if state.connection is not None:
            yield state.connection
            return
        if not warehouse.exists():
            if ws.settings.audit_db.exists():
                raise WarehouseLostError(
                    f"{warehouse.name} is gone, and with it the order of receipt and what was told to whom: restore it from a "
                    "backup. To begin a new ledger on purpose, move the folder audit/ out of the home first."
                )
            # From now on the key counts as lost where it is missing, so it is made first, also when no file came yet.
            # Where it is lost indeed, reading the next file says so; what has landed can still be loaded.
            with suppress(ConfigurationError):
                ws.settings.secret()
        connection = _open(warehouse, read_only=False, wait_seconds=wait_seconds)
        try:
            # No line of this session may depend on the server's own time zone.
            connection.execute("set timezone = 'UTC'")
            connection.execute(_SCHEMA.read_text(encoding="utf-8"))
            state.connection = connection
            yield connection
        finally:
            state.connection = None
            connection.close()


@contextmanager
def reader(ws: Workspace, wait_seconds: float = WAIT_SECONDS) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens the warehouse for reading; inside a writer of the same thread it reads what that has written."""
    warehouse: Path = ws.settings.warehouse_file
    state = _state(warehouse)
    if state.mine() and state.connection is not None:
        with state.connection.cursor() as cursor:
            cursor.execute("set timezone = 'UTC'")
            yield cursor
        return
    if not warehouse.exists():
        raise WarehouseMissingError("no warehouse yet: nothing has been taken in (start with `pantau run`)")
    # A thread that holds the writer's place without a connection (dbt's turn) must not wait for itself.
    shared: AbstractContextManager[None] = (
        nullcontext() if state.mine() else _file_lock(warehouse, fcntl.LOCK_SH, wait_seconds, "read")
    )
    with shared:
        connection = _open(warehouse, read_only=True, wait_seconds=wait_seconds)
        state.readers.count = getattr(state.readers, "count", 0) + 1
        try:
            connection.execute("set timezone = 'UTC'")
            yield connection
        finally:
            state.readers.count -= 1
            connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: commits at the end, rolls back on any exception."""
    connection.execute("begin transaction")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # the first error is the one to see
            connection.execute("rollback")
        raise
    connection.execute("commit")
