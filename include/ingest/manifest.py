"""The manifest of a submission: what reading it found. Written last and by rename, it is the commit of an ingest."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

UNKNOWN_FOLDER = "_unknown"


@dataclass
class Manifest:
    """What the ledger will say about a submission, as far as it is known at reading.

    Attributes:
        reading_status: landed | nil | rejected | duplicate.
        reason: A code of reasons.yml where the file was refused, with what exactly in `reason_detail`.
        warnings: Remarks on the file, each `{code, detail}`.
        sheets: Per sheet: header, columns, title, stated totals.
        container: Id of the arrival of the ZIP that the file was a member of.
        landing_file: Name of the Parquet file beside the manifest, where rows were landed, with its SHA-256.
    """

    submission_id: str
    feed: str | None
    opd_code: str | None
    program_code: str | None
    kind: str | None
    registry: str | None
    file_name: str
    sha256: str
    size_bytes: int
    received_at: str
    received_source: str
    ordinal: int
    receipt_number: str
    reading_status: str = "landed"
    reason: str | None = None
    reason_detail: str | None = None
    warnings: list[dict[str, str]] = field(default_factory=list)
    sheets: list[dict[str, Any]] = field(default_factory=list)
    rows_read: int = 0
    rows_data: int = 0
    rows_skipped: int = 0
    landing_file: str | None = None
    landing_sha256: str | None = None
    container: str | None = None

    def reject(self, reason: str, detail: str | None = None) -> None:
        """Refuses the file whole: nothing of it is landed."""
        self.reading_status, self.reason, self.reason_detail = "rejected", reason, detail
        self.rows_read = self.rows_data = self.rows_skipped = 0
        self.landing_file = self.landing_sha256 = None

    def warn(self, code: str, detail: str) -> None:
        """Adds a remark on the file, once."""
        remark = {"code": code, "detail": detail}
        if remark not in self.warnings:
            self.warnings.append(remark)


def landing_folder(landing: Path, feed: str | None) -> Path:
    """Where a feed's rows and manifests lie."""
    return landing / (feed or UNKNOWN_FOLDER)


def manifest_path(landing: Path, feed: str | None, submission_id: str) -> Path:
    """Where a submission's manifest lies, once it is ingested."""
    return landing_folder(landing, feed) / f"{submission_id}.json"


def write_manifest(landing: Path, manifest: Manifest) -> Path:
    """Commits a submission."""
    path = manifest_path(landing, manifest.feed, manifest.submission_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json(path, asdict(manifest))
    return path


def read_manifest(path: Path) -> Manifest | None:
    """The manifest at a path, None where none has been committed."""
    try:
        return Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Writes a small file whole or not at all. A name that is not UTF-8 comes back as it was, as an escape of JSON."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
    unfinished.write_bytes(text.encode("utf-8", "backslashreplace"))
    unfinished.replace(path)
