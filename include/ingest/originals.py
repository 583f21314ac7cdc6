"""Keeps every original byte for byte under its SHA-256, and unpacks ZIP files within bounds."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

CHUNK = 1 << 20
READABLE = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")
ARCHIVES = (".zip",)
_DEBRIS = ("__macosx", "thumbs.db", "desktop.ini")
_MANY_TIMES = 10 * CHUNK
"""Below this size a high compression ratio is ordinary: a table of repeated words shrinks well."""
_PIECE = 1 << 16
_LOCAL_LENGTHS = 26
"""Where a member's own header tells how long the name and the extra field are that its bytes follow."""
_ENTRY = b"PK\x01\x02"
_MOST_ENTRIES = 100_000
"""Entries of a directory, those of workbooks stored inside counted with them; each costs half a kilobyte of memory."""
_THEIR_FAULT = (None, errno.EINVAL, errno.EOVERFLOW)
"""What a wrong offset in a ZIP leads to: a place that no file has."""
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip


class ChangedMeanwhile(RuntimeError):
    """A claimed file holds other bytes than when it was claimed: somebody still had it open."""


class Unpackable(RuntimeError):
    """A ZIP that cannot or must not be unpacked; `code` is one of reasons.yml."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Member:
    """A file taken out of a ZIP."""

    name: str
    path: Path
    sha256: str
    size: int


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def archived(archive: Path, sha256: str) -> Path:
    """Where the original with this hash is kept."""
    return archive / sha256[:2] / sha256


def keep_original(archive: Path, path: Path, sha256: str) -> Path:
    """Copies a file into the archive; a copy, because whoever still holds the file open could write into a link.

    Raises:
        ChangedMeanwhile: its bytes are not those that were hashed.
    """
    kept = archived(archive, sha256)
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = kept.with_name(f".{sha256[:16]}.{os.getpid()}.{os.urandom(4).hex()}.unfinished")
    digest = hashlib.sha256()
    with path.open("rb") as source, unfinished.open("wb") as target:
        for chunk in _chunks(source):
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != sha256:
        unfinished.unlink()
        raise ChangedMeanwhile("the file changed after it was claimed")
    unfinished.chmod(0o400)
    unfinished.replace(kept)
    return kept


def is_workbook_inside(path: Path) -> bool:
    """Whether a ZIP is in truth a workbook or a document (XLSX, ODS, DOCX), which is not unpacked."""
    try:
        with open_container(path) as container:
            return bool({"[Content_Types].xml", "mimetype"} & set(container.namelist()))
    except Unpackable:
        return False


def member_hashes(path: Path) -> set[str]:
    """The SHA-256 of each file in a ZIP; empty for what is none or cannot be opened."""
    found = set()
    try:
        with open_container(path) as container:
            for info in container.infolist():
                digest = hashlib.sha256()
                with container.open(info) as source:
                    for chunk in _chunks(source):
                        digest.update(chunk)
                found.add(digest.hexdigest())
    except Unpackable:
        return set()
    return found


@contextmanager
def open_container(path: Path) -> Iterator[zipfile.ZipFile]:
    """A ZIP whose directory was found small enough to be held in memory; what goes wrong inside is told by code.

    Raises:
        Unpackable: damaged, encrypted, with a directory beyond reason, or packed in a way that cannot be bounded.
    """
    try:
        _check_directory(path)
        with zipfile.ZipFile(path) as container:
            yield container
    except _DAMAGED as error:
        if isinstance(error, Unpackable):
            raise
        if isinstance(error, OSError) and error.errno not in _THEIR_FAULT:  # our disk, not their file
            raise
        code = "file_encrypted" if "encrypted" in str(error) or "password" in str(error) else "file_corrupt"
        raise Unpackable(code, "ZIP") from None


def _check_directory(path: Path) -> None:
    """Counts the entries before Python's reader makes an object of each; what a ZIP says of their number may be a lie."""
    found, tail = 0, b""
    with path.open("rb") as file:
        for chunk in _chunks(file):
            found += (tail + chunk).count(_ENTRY)
            tail = chunk[-(len(_ENTRY) - 1) :]
    if found > _MOST_ENTRIES:
        raise Unpackable("archive_too_many_members", f"lebih dari {_MOST_ENTRIES} berkas")


def check_sizes(infos: Sequence[zipfile.ZipInfo], size: int, max_bytes: int, max_ratio: float) -> None:
    """Holds what a ZIP declares against the limits; whoever takes members out still counts what really comes.

    Raises:
        Unpackable: encrypted, beyond a limit, or packed by a method whose output cannot be bounded while it flows.
    """
    if any(info.flag_bits & 0x1 for info in infos):
        raise Unpackable("file_encrypted", "ZIP")
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        raise Unpackable("file_corrupt", "cara pemampatan ZIP tidak didukung")
    total = sum(info.file_size for info in infos)
    if total > max_bytes:
        raise Unpackable("archive_too_large", f"{total} bita setelah dibuka, batasnya {max_bytes}")
    if total > _MANY_TIMES and total > max_ratio * max(size, 1):
        raise Unpackable(
            "archive_ratio_too_high",
            f"{total // max(size, 1)} kali lebih besar setelah dibuka, batasnya {max_ratio:g} kali",
        )


def check_flow(path: Path, infos: Sequence[zipfile.ZipInfo]) -> None:
    """Inflates every member into nothing and counts: a reader that trusts no declared size would write more than declared.

    Raises:
        Unpackable: a member holds more than it declares, or breaks off.
    """
    with path.open("rb") as file:
        for info in infos:
            if _flows(file, info) > info.file_size:
                raise Unpackable("file_corrupt", "ZIP menyebut ukuran yang tidak benar")


def _flows(file: IO[bytes], info: zipfile.ZipInfo) -> int:
    """How many bytes a member unpacks to; no more are counted than prove that it declares too few."""
    file.seek(info.header_offset + _LOCAL_LENGTHS)
    name, extra = struct.unpack("<HH", file.read(4))
    file.seek(name + extra, os.SEEK_CUR)
    if info.compress_type == zipfile.ZIP_STORED:
        return info.compress_size
    inflate, left, found = zlib.decompressobj(-zlib.MAX_WBITS), info.compress_size, 0
    while left and not inflate.eof and found <= info.file_size:
        packed = file.read(min(left, _PIECE))
        if not packed:
            raise EOFError
        left -= len(packed)
        while packed and found <= info.file_size:
            found += len(inflate.decompress(packed, CHUNK))
            packed = inflate.unconsumed_tail
    return found


def unpack(path: Path, into: Path, max_members: int, max_bytes: int, max_ratio: float) -> list[Member]:
    """Takes the members out of a ZIP, under numbers for names, counting every byte while it flows.

    Raises:
        Unpackable: damaged, encrypted or beyond a limit; nothing is left behind that counts.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(mode=0o700)
    with open_container(path) as container:
        infos = [info for info in container.infolist() if not info.is_dir() and not _is_debris(info.filename)]
        if not infos:
            raise Unpackable("file_empty", "ZIP tidak berisi berkas")
        if len(infos) > max_members:
            raise Unpackable("archive_too_many_members", f"{len(infos)} berkas, batasnya {max_members}")
        check_sizes(infos, path.stat().st_size, max_bytes, max_ratio)
        return _extract_all(container, infos, into, max_bytes)


def _extract_all(
    container: zipfile.ZipFile, infos: list[zipfile.ZipInfo], into: Path, max_bytes: int
) -> list[Member]:
    members, left = [], max_bytes
    for index, info in enumerate(infos):
        target = into / str(index)
        digest, written = hashlib.sha256(), 0
        with container.open(info) as source, target.open("wb") as file:
            for chunk in _chunks(source):  # declared sizes may lie: count what really comes out
                written += len(chunk)
                if written > left:
                    raise Unpackable("archive_too_large", f"lebih dari {max_bytes} bita")
                digest.update(chunk)
                file.write(chunk)
        left -= written
        members.append(Member(info.filename.replace("\\", "/"), target, digest.hexdigest(), written))
    return members


def _is_debris(name: str) -> bool:
    parts = [part.lower() for part in PurePosixPath(name.replace("\\", "/")).parts]
    return not parts or parts[0] in _DEBRIS or parts[-1] in _DEBRIS or parts[-1].startswith((".", "~$"))


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk
