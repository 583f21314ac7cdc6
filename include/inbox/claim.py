"""Takes complete files out of the inbox, each exactly once, whoever asks and whenever a process dies.

A claim is a folder `claims/<submission_id>/`. Its `claim.json` is written before the file is moved in by rename, so
that at every moment either the inbox or the claim holds the file and we know which. Everything that decides an id
happens under one lock.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import itertools
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include import clock
from include.inbox.scan import NO_ACCESS, Seen, printable, scan_inbox
from include.ingest.manifest import Manifest, manifest_path, read_manifest, write_json, write_manifest
from include.ingest.originals import (
    ARCHIVES,
    READABLE,
    Unpackable,
    file_hash,
    is_workbook_inside,
    keep_original,
    unpack,
)

if TYPE_CHECKING:
    from include.config import Configuration
    from include.workspace import Workspace

log = logging.getLogger("pantau.inbox")

CLAIM_FILE = "claim.json"
LAST_ARRIVAL = ".last_arrival"
_EXPANDED = ".expanded"
_LEAVING = ".leaving-"
LONGEST_NAME = 255
"""Bytes of one name on every usual file system."""
_MAY_NOT = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True)
class Claim:
    """A file taken in and not yet landed.

    Attributes:
        file_name: As the sender named it, below the feed's folder; `outer.zip/member` for a ZIP's member.
        received_source: clock | replay.
        ordinal: How many arrivals of the same bytes in the same feed came before; above 0 it is a duplicate.
        container: The arrival of the ZIP that it was a member of.
        problem: A code of reasons.yml that claiming already found, and its detail.
        source: Where in the inbox it lay, with what a look at it said.
    """

    submission_id: str
    feed: str
    file_name: str
    received_at: datetime
    received_source: str
    sha256: str
    size_bytes: int
    ordinal: int
    suffix: str
    container: str | None = None
    problem: str | None = None
    problem_detail: str | None = None
    source: dict[str, Any] = field(default_factory=dict)


@dataclass
class ClaimReport:
    """What one claiming did: claims made; files in no feed's folder, still being written, or not to be taken at all."""

    claims: list[Claim] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)


def submission_id(feed: str, sha256: str, ordinal: int) -> str:
    """A submission's id: the same arrival has the same id in every replay.

    The letter in front keeps it, and the receipt number made of it, apart from numbers that may be somebody's.
    """
    return f"s{hashlib.sha256(f'{feed}|{sha256}|{ordinal}'.encode()).hexdigest()[:15]}"


def claim_complete_files(
    ws: Workspace, feeds: list[str] | None = None, look_again_after: float = 0.5
) -> ClaimReport:
    """Claims every complete file of the feeds (default: all); members of a ZIP become claims of their own."""
    scan = scan_inbox(ws, look_again_after)
    report = ClaimReport(waiting=[_shown(seen) for seen in scan.waiting])
    now = clock.now()
    with _lock(ws):
        _recover(ws)
        mine = [seen for seen in scan.in_feeds if feeds is None or seen.feed in feeds]
        for seen in sorted(mine, key=lambda seen: (_received(seen, now)[0], seen.feed or "", seen.name)):
            report.claims += _claim(ws, seen, now, report)
        if feeds is None:
            for seen in scan.elsewhere:
                _note_unknown(ws, seen, now, report)
            for seen in scan.blocked:
                _note_blocked(ws, seen, now, report, seen.obstacle or "")
        if report.claims:
            _touch_last_arrival(ws)
    if report.claims or report.unknown or report.blocked:
        log.info(
            "claimed %d files; %d lie in no feed's folder, %d still wait, %d cannot be taken",
            len(report.claims), len(report.unknown), len(report.waiting), len(report.blocked),
        )  # fmt: skip
    return report


def pending_claims(ws: Workspace) -> list[Claim]:
    """Claims that are not landed yet, in order of arrival; among them those that a killed run left."""
    with _lock(ws):
        _recover(ws)
        claims = [claim for folder in _claim_folders(ws) if (claim := read_claim(ws, folder.name))]
    return sorted(claims, key=lambda claim: (claim.received_at, claim.feed, claim.file_name, claim.ordinal))


def read_claim(ws: Workspace, submission: str) -> Claim | None:
    """The claim with this id, None where there is none (any more)."""
    try:
        content = json.loads((ws.settings.claims / submission / CLAIM_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Claim(**{**content, "received_at": datetime.fromisoformat(content["received_at"])})


def claimed_file(ws: Workspace, claim: Claim) -> Path:
    """The file of a claim."""
    return ws.settings.claims / claim.submission_id / f"content{claim.suffix}"


def drop_claim(ws: Workspace, submission: str) -> None:
    """Ends a claim whose manifest is committed. The rename makes it vanish at once, however long deleting takes."""
    folder = ws.settings.claims / submission
    leaving = folder.with_name(f"{_LEAVING}{submission}-{os.urandom(4).hex()}")
    try:
        folder.rename(leaving)
    except FileNotFoundError:
        return
    shutil.rmtree(leaving, ignore_errors=True)


def give_back(ws: Workspace, claim: Claim) -> None:
    """Puts a file back into the inbox whose sender was still writing it; beside a newer one of that name, if need be."""
    if not claim.source:
        return
    place = ws.settings.inbox / claim.source["path"]
    with _lock(ws):
        place.parent.mkdir(parents=True, exist_ok=True)
        _move(
            claimed_file(ws, claim), next(path for path in _names_beside(place) if not os.path.lexists(path))
        )
        drop_claim(ws, claim.submission_id)


def _names_beside(place: Path) -> Iterator[Path]:
    """The name itself, then "name (2)", shortened where it would be too long for a file system."""
    yield place
    for number in itertools.count(2):
        tail = os.fsencode(f" ({number}){place.suffix}")
        stem = os.fsencode(place.stem)[: LONGEST_NAME - len(tail)]
        yield place.with_name(os.fsdecode(stem + tail))


def base_manifest(configuration: Configuration, claim: Claim) -> Manifest:
    """What a claim already says about the submission to be.

    A feed may leave the configuration between the claiming and the reading of a file: the file is kept, and refused.
    """
    feed = next((feed for feed in configuration.feeds if feed.path == claim.feed), None)
    manifest = Manifest(
        submission_id=claim.submission_id,
        feed=claim.feed,
        opd_code=feed.opd if feed else None,
        program_code=feed.program if feed else None,
        kind=feed.kind if feed else None,
        registry=feed.registry if feed else None,
        file_name=claim.file_name,
        sha256=claim.sha256,
        size_bytes=claim.size_bytes,
        received_at=claim.received_at.isoformat(),
        received_source=claim.received_source,
        ordinal=claim.ordinal,
        receipt_number=receipt_number(claim.submission_id, claim.received_at),
        container=claim.container,
    )
    if feed is None:
        manifest.reject("feed_unknown", claim.feed)
    return manifest


def receipt_number(submission: str, received_at: datetime) -> str:
    """The number that a sender quotes when asking about a submission ("TT" is *tanda terima*)."""
    return f"TT-{received_at:%Y%m%d}-{submission[:8].upper()}"


# --- claiming one file


def _claim(ws: Workspace, seen: Seen, now: datetime, report: ClaimReport) -> list[Claim]:
    """Claims one file; one that vanished or changed since the scan is left for the next time."""
    claim = None
    try:
        sha256 = file_hash(seen.path)
        if not _unchanged(seen.path, seen):
            report.waiting.append(_shown(seen))
            return []
        claim = _new_claim(ws, seen, sha256, now)
        _write_claim(ws, claim)
        _move(seen.path, claimed_file(ws, claim))
    except OSError as error:
        if claim is not None:
            drop_claim(ws, claim.submission_id)
        log.warning("a file of feed %s cannot be claimed yet (%s)", seen.feed, type(error).__name__)
        if error.errno in _MAY_NOT:
            _note_blocked(ws, seen, now, report, NO_ACCESS)
        else:
            report.waiting.append(_shown(seen))
        return []
    return _expand(ws, claim) if _is_container(claim) else [claim]


def _move(source: Path, target: Path) -> None:
    """Moves a file; to another file system as a copy that is whole before the original goes."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        unfinished = target.with_name(f".moving.{os.urandom(4).hex()}.part")
        shutil.copy2(source, unfinished, follow_symlinks=False)
        unfinished.replace(target)
        source.unlink()


def _new_claim(ws: Workspace, seen: Seen, sha256: str, now: datetime) -> Claim:
    feed = seen.feed or ""
    received_at, source = _received(seen, now)
    ordinal = _next_ordinal(ws, feed, sha256)
    relative = seen.path.relative_to(ws.settings.inbox).as_posix()
    return Claim(
        submission_id=submission_id(feed, sha256, ordinal),
        feed=feed,
        file_name=seen.name,
        received_at=received_at,
        received_source=source,
        sha256=sha256,
        size_bytes=seen.size,
        ordinal=ordinal,
        suffix=".xlsx"
        if _suffix(seen.path.name) in ARCHIVES and is_workbook_inside(seen.path)
        else _suffix(seen.path.name),
        source={"path": relative, "inode": seen.inode, "size": seen.size, "mtime_ns": seen.mtime_ns},
    )


def _next_ordinal(ws: Workspace, feed: str, sha256: str) -> int:
    ordinal = 0
    while _arrived(ws, feed, submission_id(feed, sha256, ordinal)):
        ordinal += 1
    return ordinal


def _arrived(ws: Workspace, feed: str, submission: str) -> bool:
    return (
        (ws.settings.claims / submission).exists()
        or manifest_path(ws.settings.landing, feed, submission).exists()
        or (ws.settings.landing / _EXPANDED / submission).exists()
    )


def _write_claim(ws: Workspace, claim: Claim) -> None:
    folder = ws.settings.claims / claim.submission_id
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json(folder / CLAIM_FILE, {**asdict(claim), "received_at": claim.received_at.isoformat()})


def _received(seen: Seen, now: datetime) -> tuple[datetime, str]:
    """Time of receipt: the scan's, or under a pretended time the file's own, never later than now."""
    if not clock.pretended():
        return now, "clock"
    return min(datetime.fromtimestamp(seen.mtime_ns // 1000 / 1e6, UTC), now), "replay"


def _unchanged(path: Path, seen: Seen) -> bool:
    status = path.stat(follow_symlinks=False)
    return (status.st_ino, status.st_size, status.st_mtime_ns) == (seen.inode, seen.size, seen.mtime_ns)


def _suffix(name: str) -> str:
    """The suffix if it is one of ours: nothing else of a sender's name becomes part of a path."""
    suffix = Path(name).suffix.lower()
    return suffix if suffix in (*READABLE, *ARCHIVES) else ".bin"


def _shown(seen: Seen) -> str:
    return f"{seen.feed}/{seen.name}" if seen.feed else seen.name


# --- ZIP files


def _is_container(claim: Claim) -> bool:
    return claim.suffix in ARCHIVES and claim.problem is None


def _expand(ws: Workspace, claim: Claim) -> list[Claim]:
    """Turns the claim of a ZIP into claims of its members; killed in between it does the rest the next time.

    A ZIP that cannot be read stays a claim of its own and becomes a rejected submission.
    """
    limits = ws.configuration.limits
    content = claimed_file(ws, claim)
    folder = content.parent / "members"
    try:
        if claim.size_bytes > limits.file_bytes:
            raise Unpackable("file_too_large", f"{claim.size_bytes} bita, batasnya {limits.file_bytes}")
        members = unpack(
            content, folder, limits.archive_members, limits.unpacked_bytes, limits.compression_ratio
        )
    except Unpackable as error:
        shutil.rmtree(folder, ignore_errors=True)
        refused = Claim(**{**vars(claim), "problem": error.code, "problem_detail": error.detail})
        _write_claim(ws, refused)
        return [refused]
    keep_original(ws.settings.archive, content, claim.sha256)
    claims = [
        _claim_member(ws, claim, index, member.name, member.sha256, member.size, member.path)
        for index, member in enumerate(members)
    ]
    marker = ws.settings.landing / _EXPANDED / claim.submission_id
    marker.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    marker.touch()
    drop_claim(ws, claim.submission_id)
    return [member for member in claims if member is not None]


def _claim_member(
    ws: Workspace, outer: Claim, index: int, name: str, sha256: str, size: int, path: Path
) -> Claim | None:
    """Claims a member, unless an earlier, killed expansion already did."""
    place = f"{outer.submission_id}#{index}"
    ordinal = 0
    while _arrived(ws, outer.feed, submission := submission_id(outer.feed, sha256, ordinal)):
        if _container_of(ws, outer.feed, submission) == place:
            return None
        ordinal += 1
    claim = Claim(
        submission_id=submission,
        feed=outer.feed,
        file_name=f"{outer.file_name}/{printable(name)}",
        received_at=outer.received_at,
        received_source=outer.received_source,
        sha256=sha256,
        size_bytes=size,
        ordinal=ordinal,
        suffix=_suffix(name) if _suffix(name) not in ARCHIVES else ".bin",
        container=place,
    )
    # The content comes first here: a claim folder without claim.json is swept away and made again.
    (ws.settings.claims / submission).mkdir(mode=0o700)
    path.rename(claimed_file(ws, claim))
    _write_claim(ws, claim)
    return claim


def _container_of(ws: Workspace, feed: str, submission: str) -> str | None:
    if claim := read_claim(ws, submission):
        return claim.container
    manifest = read_manifest(manifest_path(ws.settings.landing, feed, submission))
    return manifest.container if manifest else None


# --- files that stay where they are


def _note_unknown(ws: Workspace, seen: Seen, now: datetime, report: ClaimReport) -> None:
    """Lists a file that lies in no feed's folder and makes it a rejected submission, once per place and content."""
    try:
        sha256 = file_hash(seen.path)
    except OSError as error:
        if error.errno in _MAY_NOT:
            _note_blocked(ws, seen, now, report, NO_ACCESS)
        else:
            report.waiting.append(_shown(seen))
        return
    report.unknown.append(seen.name)
    identifier = submission_id(f"_unknown/{seen.name}", sha256, 0)
    _note_left(ws, seen, now, identifier, sha256, ("feed_unknown", seen.name))


def _note_blocked(ws: Workspace, seen: Seen, now: datetime, report: ClaimReport, obstacle: str) -> None:
    """Lists what can never be taken in as it is, once per place and state; its bytes, and so their hash, stay unknown.

    It belongs to no feed yet: whoever keeps the server can mend it, the sender cannot.
    """
    report.blocked.append(_shown(seen))
    state = f"{seen.inode}|{seen.size}|{seen.mtime_ns}|{obstacle}"
    identifier = submission_id(f"_blocked/{_shown(seen)}", state, 0)
    _note_left(ws, seen, now, identifier, "", ("file_not_taken", obstacle))


def _note_left(
    ws: Workspace, seen: Seen, now: datetime, identifier: str, sha256: str, reason: tuple[str, str]
) -> None:
    if manifest_path(ws.settings.landing, None, identifier).exists():
        return
    received_at, source = _received(seen, now)
    manifest = Manifest(
        submission_id=identifier, feed=None, opd_code=None, program_code=None, kind=None, registry=None,
        file_name=_shown(seen), sha256=sha256, size_bytes=seen.size, received_at=received_at.isoformat(),
        received_source=source, ordinal=0, receipt_number=receipt_number(identifier, received_at),
    )  # fmt: skip
    manifest.reject(*reason)
    write_manifest(ws.settings.landing, manifest)


# --- keeping order


def _recover(ws: Workspace) -> None:
    """Mends what a killed process left: half-made claims, half-moved files, half-unpacked ZIPs, half-dropped claims."""
    ws.settings.claims.mkdir(parents=True, exist_ok=True, mode=0o700)
    for leaving in ws.settings.claims.glob(f"{_LEAVING}*"):
        shutil.rmtree(leaving, ignore_errors=True)
    for folder in _claim_folders(ws):
        claim = read_claim(ws, folder.name)
        if claim is None:
            shutil.rmtree(
                folder, ignore_errors=True
            )  # never complete: the file is still in the inbox, or in its ZIP
        elif claimed_file(ws, claim).exists():
            _finish_copy(ws, claim)
        elif not _finish_move(ws, claim):
            drop_claim(ws, claim.submission_id)
    for folder in _claim_folders(ws):
        claim = read_claim(ws, folder.name)
        if claim is not None and _is_container(claim):
            _expand(ws, claim)


def _finish_move(ws: Workspace, claim: Claim) -> bool:
    """Moves the file of a claim that was written but not filled, if it still is the file that was hashed."""
    try:
        if path := _still_in_inbox(ws, claim):
            _move(path, claimed_file(ws, claim))
    except OSError:
        return False
    return path is not None


def _finish_copy(ws: Workspace, claim: Claim) -> None:
    """Takes the original away that a killed move to another file system left behind its copy."""
    with suppress(OSError):
        if path := _still_in_inbox(ws, claim):
            path.unlink()


def _still_in_inbox(ws: Workspace, claim: Claim) -> Path | None:
    """The very file that was hashed, if it still lies where it lay."""
    if not claim.source:
        return None
    path = ws.settings.inbox / claim.source["path"]
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return None
    found = (status.st_ino, status.st_size, status.st_mtime_ns)
    return path if found == tuple(claim.source[key] for key in ("inode", "size", "mtime_ns")) else None


def _claim_folders(ws: Workspace) -> list[Path]:
    try:
        return sorted(
            path for path in ws.settings.claims.iterdir() if path.is_dir() and not path.name.startswith(".")
        )
    except FileNotFoundError:
        return []


def _touch_last_arrival(ws: Workspace) -> None:
    ws.settings.landing.mkdir(parents=True, exist_ok=True, mode=0o700)
    (ws.settings.landing / LAST_ARRIVAL).touch()


@contextmanager
def _lock(ws: Workspace) -> Iterator[None]:
    """One process or thread at a time decides on ids and moves files."""
    path = ws.settings.home / ".inbox.lock"
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
