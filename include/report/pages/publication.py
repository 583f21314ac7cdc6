"""The published audit database as pages read it: opened anew for each publication, its answers kept while it stands.

A page never waits for the pipeline and never touches the warehouse. The publisher renames a finished file over the old
one, so whatever was opened stays whole; a new file is told by its inode, size and time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import duckdb

from include.privacy import without_values
from include.report.queries import rows

T = TypeVar("T")

OLD_AFTER = timedelta(days=1)
"""A run is made every day: what is older than that was not replaced when it should have been."""

_KEPT_ANSWERS = 256
# The web server answers others while a page is made: it takes neither all processors nor all memory.
_LIMITS = {"threads": "2", "memory_limit": "1GB"}


class PublicationMissing(RuntimeError):
    """Nothing has been published yet."""


class PublicationBroken(RuntimeError):
    """The published file cannot be read, or is not what this version of the pages understands."""


@dataclass(frozen=True)
class Fingerprint:
    """What tells one published file from the next."""

    inode: int
    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> Fingerprint:
        """Of the file as it stands now.

        Raises:
            PublicationMissing: there is none.
        """
        try:
            found = path.stat()
        except FileNotFoundError:
            raise PublicationMissing(path.name) from None
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True)
class Heading:
    """Which publication a page was made from, and by which day it judges."""

    number: int
    published_at: datetime
    as_of: date
    sequence: int
    chain_hash: str
    regency_name: str
    province_name: str
    timezone: str

    def age(self, now: datetime) -> timedelta | None:
        """How old the publication is where it is too old to be today's; else None."""
        age = now - self.published_at
        return age if age > OLD_AFTER else None


class PublishedDatabase:
    """Answers questions to the published file and keeps the answers until another file takes its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fingerprint: Fingerprint | None = None
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, question: Hashable, answer: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """What `answer` made of the current publication; `question` names it among the kept answers.

        Raises:
            PublicationMissing: nothing has been published.
            PublicationBroken: the file cannot be read.
        """
        # One at a time: two readers of a fresh publication would else both do the work, on two processors in all.
        with self._lock:
            fingerprint = Fingerprint.of(self._path)
            if fingerprint != self._fingerprint:
                self._answers.clear()
                self._fingerprint = fingerprint
            if question not in self._answers:
                self._answers[question] = self._answered(answer)
                while len(self._answers) > _KEPT_ANSWERS:
                    self._answers.popitem(last=False)
            self._answers.move_to_end(question)
            kept: T = self._answers[question]
            return kept

    def fingerprint(self) -> Fingerprint | None:
        """Of the file as it stands now; None where nothing has been published."""
        try:
            return Fingerprint.of(self._path)
        except PublicationMissing:
            return None

    def _answered(self, answer: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        with reading(self._path) as connection:
            if Fingerprint.of(self._path) != self._fingerprint:
                # Replaced between the two looks: the answers to come are of the new file.
                self._answers.clear()
                self._fingerprint = Fingerprint.of(self._path)
                return self._answered(answer)
            return answer(connection)


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to one published file, from which no other file and no network can be reached.

    The file is attached to a database in memory: DuckDB would answer a second opening of one path within a process from
    the file that it has open already, which may be the publication before.

    Raises:
        PublicationBroken: it cannot be opened, or a question to it fails.
    """
    # Two that spill into one folder would write over each other's files (include/warehouse/engine.py).
    spill = TemporaryDirectory(prefix="pantau-pages-", ignore_cleanup_errors=True)
    connection = duckdb.connect(config={**_LIMITS, "temp_directory": spill.name})
    try:
        quoted = str(path).replace("'", "''")
        connection.execute(f"attach '{quoted}' as publication (read_only)")
        connection.execute("use publication")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection
    except duckdb.Error as error:
        raise PublicationBroken(f"{type(error).__name__}: {without_values(str(error))}") from error
    finally:
        connection.close()
        spill.cleanup()


def heading(connection: duckdb.DuckDBPyConnection) -> Heading:
    """The current publication's own row.

    Raises:
        PublicationBroken: the file holds none.
    """
    found = rows(connection, Path(__file__).with_name("heading.sql"))
    if len(found) != 1:
        raise PublicationBroken("no publication row")
    [row] = found
    return Heading(**{**row, "published_at": row["published_at"].replace(tzinfo=UTC)})
