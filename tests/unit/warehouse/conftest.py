"""A home of its own for each test, and landings as the reader leaves them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.inbox.claim import submission_id as submission_id_of
from include.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Dompu's real configuration over an empty home, on a fixed day."""
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_NOW", "2024-02-12T00:00:00+00:00")
    monkeypatch.delenv("PANTAU_CONFIG", raising=False)
    return Workspace.open()


Land = Callable[..., str]


@pytest.fixture
def land(ws: Workspace) -> Land:
    """Lands a submission: `land("a.csv", rows=3, received_at=...)` returns its id."""

    def _land(file_name: str, rows: int = 2, **over: Any) -> str:
        feed = over.get("feed", "dkp/beras/penyaluran")
        kind = over.get("kind", "distribution")
        sha256 = hashlib.sha256(file_name.encode()).hexdigest()
        submission_id = submission_id_of(feed, sha256, 0)
        folder = ws.settings.landing / (feed or "_unknown")
        folder.mkdir(parents=True, exist_ok=True)
        manifest = {
            "submission_id": submission_id, "feed": feed, "opd_code": "dkp", "program_code": "beras",
            "kind": kind, "registry": None, "file_name": file_name, "sha256": sha256, "size_bytes": 100, "ordinal": 0,
            "received_at": "2024-02-01T01:00:00+00:00", "received_source": "replay",
            "reading_status": "landed",
            "reason": None, "reason_detail": None, "warnings": [], "sheets": [], "rows_read": rows,
            "rows_data": rows, "rows_skipped": 0, "landing_file": f"{submission_id}.parquet",
        } | over  # fmt: skip
        if manifest["landing_file"]:
            write_rows(
                folder / f"{submission_id}.parquet", submission_id, kind, over.get("landed_rows", rows)
            )
        (folder / f"{submission_id}.json").write_text(json.dumps(manifest), encoding="utf-8")
        return submission_id

    return _land


def write_rows(path: Path, submission_id: str, kind: str, rows: int) -> None:
    """A landed Parquet file with the columns of raw.<kind>, values invented (serials 9xxx are no one's)."""
    amount = ", '10 kg' as amount" if kind == "distribution" else ""
    duckdb.sql(
        f"copy (select '{submission_id}' as submission_id, 'Sheet1' as sheet, 1 as sheet_number, "
        f"i + 5 as row_number, 'data' as row_kind, 'tttt' as cell_types, "
        f"'520501990199' || (9000 + i) as nik, 'K' || i as nik_key{amount} "
        f"from range({rows}) as r (i)) to '{path}' (format parquet)"
    )
