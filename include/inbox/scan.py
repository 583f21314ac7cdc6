"""Looks at the inbox: which files lie there, in which feed's folder, and which of them are complete.

A file is complete when two looks half a second apart find the same inode, size and modification time, and its name
is not a temporary one. Nothing here changes anything, so triggers may call it as often as they like.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.inbox")

TEMPORARY = (".*", "~$*", "*.part", "*.tmp", "*.filepart", "*.crdownload")
DEEPEST = 12
"""Folders below a feed's folder that are still walked; a deeper tree is no report."""


@dataclass(frozen=True)
class Seen:
    """A file as one look found it.

    Attributes:
        path: Where it lies.
        name: Its path below the feed's folder (below the inbox, where it is in no feed's folder), printable.
        feed: The feed whose folder holds it.
    """

    path: Path
    name: str
    feed: str | None
    inode: int
    size: int
    mtime_ns: int

    @property
    def temporary(self) -> bool:
        """Whether its name says that somebody is still writing it."""
        return any(fnmatch(self.path.name.lower(), pattern) for pattern in TEMPORARY)

    def same(self, other: Seen | None) -> bool:
        """Whether another look found the very same file."""
        return other is not None and (self.inode, self.size, self.mtime_ns) == (
            other.inode,
            other.size,
            other.mtime_ns,
        )


@dataclass
class Scan:
    """What two looks agree on, in order of feed and name."""

    complete: list[Seen] = field(default_factory=list)
    waiting: list[Seen] = field(default_factory=list)

    @property
    def in_feeds(self) -> list[Seen]:
        """Complete files that can be claimed."""
        return [seen for seen in self.complete if seen.feed is not None]

    @property
    def elsewhere(self) -> list[Seen]:
        """Complete files that lie in no feed's folder."""
        return [seen for seen in self.complete if seen.feed is None]


def look(inbox: Path, feeds: Iterable[str]) -> dict[Path, Seen]:
    """One look at every regular file below the inbox. Symbolic links and special files are never followed."""
    ordered = sorted(feeds, key=lambda feed: -feed.count("/"))
    return {seen.path: seen for seen in _walk(inbox, inbox, ordered, DEEPEST + 8)}


def compare(first: dict[Path, Seen], second: dict[Path, Seen]) -> Scan:
    """Sorts the files of the second look into complete ones and those that somebody may still be writing."""
    scan = Scan()
    for path, seen in second.items():
        ready = not seen.temporary and seen.same(first.get(path))
        (scan.complete if ready else scan.waiting).append(seen)
    for group in (scan.complete, scan.waiting):
        group.sort(key=lambda seen: (seen.feed or "", seen.name))
    return scan


def scan_inbox(ws: Workspace, look_again_after: float = 0.5) -> Scan:
    """Two looks; the second only if the first found anything that might be complete."""
    feeds = [feed.path for feed in ws.configuration.feeds]
    first = look(ws.settings.inbox, feeds)
    if all(seen.temporary for seen in first.values()):
        return compare({}, first)
    time.sleep(look_again_after)
    return compare(first, look(ws.settings.inbox, feeds))


def printable(name: str) -> str:
    """A file name fit for tables, mails and JSON: characters that break or reverse a line are replaced."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if _unprintable(character) else character for character in text
    )


def _unprintable(character: str) -> bool:
    return (
        ord(character) < 32
        or 127 <= ord(character) < 160
        or character in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def _walk(folder: Path, inbox: Path, feeds: list[str], depth: int) -> Iterable[Seen]:
    if depth <= 0:
        log.warning("folders nested too deeply are not looked into")
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:  # gone meanwhile, or not ours to read
        log.warning("a folder below the inbox cannot be read (%s)", type(error).__name__)
        return
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue  # moved away between the listing and now
        if stat.S_ISDIR(status.st_mode) and not entry.name.startswith("."):
            yield from _walk(Path(entry.path), inbox, feeds, depth - 1)
        elif stat.S_ISREG(status.st_mode):
            yield _seen(Path(entry.path), status, inbox, feeds)


def _seen(path: Path, status: os.stat_result, inbox: Path, feeds: list[str]) -> Seen:
    relative = path.relative_to(inbox).as_posix()
    feed = next((feed for feed in feeds if relative.startswith(feed + "/")), None)
    name = relative[len(feed) + 1 :] if feed else relative
    return Seen(path, printable(name), feed, status.st_ino, status.st_size, status.st_mtime_ns)
