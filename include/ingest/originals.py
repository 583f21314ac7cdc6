"""Keeps every original byte for byte under its SHA-256, and unpacks ZIP files within bounds."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

CHUNK = 1 << 20
READABLE = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")
ARCHIVES = (".zip",)
_DEBRIS = ("__macosx", "thumbs.db", "desktop.ini")
_MANY_TIMES = 10 * CHUNK
"""Below this size a high compression ratio is ordinary: a table of repeated words shrinks well."""


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
        with zipfile.ZipFile(path) as container:
            return bool({"[Content_Types].xml", "mimetype"} & set(container.namelist()))
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def unpack(path: Path, into: Path, max_members: int, max_bytes: int, max_ratio: float) -> list[Member]:
    """Takes the members out of a ZIP, under numbers for names, counting every byte while it flows.

    Raises:
        Unpackable: damaged, encrypted or beyond a limit; nothing is left behind that counts.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(mode=0o700)
    try:
        with zipfile.ZipFile(path) as container:
            infos = [
                info for info in container.infolist() if not info.is_dir() and not _is_debris(info.filename)
            ]
            _check(infos, path.stat().st_size, max_members, max_bytes, max_ratio)
            return _extract_all(container, infos, into, max_bytes)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        if isinstance(error, Unpackable):
            raise
        if isinstance(error, OSError) and error.errno:  # our disk, not their file
            raise
        code = "file_encrypted" if "encrypted" in str(error) or "password" in str(error) else "file_corrupt"
        raise Unpackable(code, "ZIP") from None


def _check(
    infos: list[zipfile.ZipInfo], size: int, max_members: int, max_bytes: int, max_ratio: float
) -> None:
    if not infos:
        raise Unpackable("file_empty", "ZIP tidak berisi berkas")
    if any(info.flag_bits & 0x1 for info in infos):
        raise Unpackable("file_encrypted", "ZIP")
    if len(infos) > max_members:
        raise Unpackable("archive_too_many_members", f"{len(infos)} berkas, batasnya {max_members}")
    total = sum(info.file_size for info in infos)
    if total > max_bytes:
        raise Unpackable("archive_too_large", f"{total} bita, batasnya {max_bytes}")
    if total > _MANY_TIMES and total > max_ratio * max(size, 1):
        raise Unpackable(
            "archive_ratio_too_high", f"{total // max(size, 1)} kali, batasnya {max_ratio:g} kali"
        )


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
