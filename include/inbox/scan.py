"""Looks at the inbox: which files lie there, in which feed's folder, and which of them are complete.

A file is complete when two looks half a second apart find the same inode, size and modification time, and its name
is not a temporary one. Whatever can never be taken in (a link, a pipe, a folder that cannot be read) is named, not passed
over. Nothing here changes anything, so triggers may call it as often as they like.
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
DEEPEST = 20
"""Folders below the inbox that are still walked; a deeper tree is no report."""

LINK, SPECIAL, NO_ACCESS, TOO_DEEP = "tautan", "bukan berkas biasa", "hak akses", "folder terlalu dalam"
"""Why something in the inbox cannot be taken in; the data engineer reads it."""


@dataclass(frozen=True)
class Seen:
    """A file as one look found it.

    Attributes:
        path: Where it lies.
        name: Its path below the feed's folder (below the inbox, where it is in no feed's folder), printable.
        feed: The feed whose folder holds it.
        obstacle: Why it cannot be taken in, however long it lies there.
    """

    path: Path
    name: str
    feed: str | None
    inode: int
    size: int
    mtime_ns: int
    obstacle: str | None = None

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
    blocked: list[Seen] = field(default_factory=list)

    @property
    def in_feeds(self) -> list[Seen]:
        """Complete files that can be claimed."""
        return [seen for seen in self.complete if seen.feed is not None]

    @property
    def elsewhere(self) -> list[Seen]:
        """Complete files that lie in no feed's folder."""
        return [seen for seen in self.complete if seen.feed is None]


def look(inbox: Path, feeds: Iterable[str]) -> dict[Path, Seen]:
    """One look at everything below the inbox. Symbolic links and special files are never followed."""
    ordered = sorted(feeds, key=lambda feed: -feed.count("/"))
    return {seen.path: seen for seen in _walk(inbox, inbox, ordered, DEEPEST)}


def compare(first: dict[Path, Seen], second: dict[Path, Seen]) -> Scan:
    """Sorts the files of the second look into complete ones and those that somebody may still be writing."""
    scan = Scan()
    for path, seen in second.items():
        ready = not seen.temporary and seen.same(first.get(path))
        if seen.obstacle:
            scan.blocked += [seen] * ready
        else:
            (scan.complete if ready else scan.waiting).append(seen)
    for group in (scan.complete, scan.waiting, scan.blocked):
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
    try:
        if depth < 0:
            yield _seen(folder, folder.stat(follow_symlinks=False), inbox, feeds, TOO_DEEP)
            return
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):  # gone meanwhile
        return
    except OSError:
        yield from _barred(folder, inbox, feeds)
        return
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # moved away between the listing and now
        except OSError:
            yield from _barred(folder, inbox, feeds)
            return
        if not stat.S_ISDIR(status.st_mode):
            yield _seen(Path(entry.path), status, inbox, feeds, _obstacle(status.st_mode))
        elif not entry.name.startswith("."):
            yield from _walk(Path(entry.path), inbox, feeds, depth - 1)


def _barred(folder: Path, inbox: Path, feeds: list[str]) -> Iterable[Seen]:
    """A folder that we may not look into."""
    try:
        yield _seen(folder, folder.stat(follow_symlinks=False), inbox, feeds, NO_ACCESS)
    except OSError:
        log.warning("a folder below the inbox cannot be looked at")


def _obstacle(mode: int) -> str | None:
    if stat.S_ISREG(mode):
        return None
    return LINK if stat.S_ISLNK(mode) else SPECIAL


def _seen(path: Path, status: os.stat_result, inbox: Path, feeds: list[str], obstacle: str | None) -> Seen:
    relative = path.relative_to(inbox).as_posix()
    feed = next((feed for feed in feeds if relative.startswith(feed + "/")), None)
    name = relative[len(feed) + 1 :] if feed else relative
    return Seen(path, printable(name), feed, status.st_ino, status.st_size, status.st_mtime_ns, obstacle)
