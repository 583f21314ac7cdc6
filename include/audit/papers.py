"""What people hold of a run beside the database: receipts, the brief, LAPORAN.md. The ledger keeps the SHA-256 of each.

A receipt is written once and never again, so its hash is noted once; brief and LAPORAN.md are made anew with each publication.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from include import clock
from include.audit.export import REPORT
from include.ingest.originals import file_hash
from include.warehouse.connection import put, transaction, writer
from include.warehouse.ledger import naive_utc

if TYPE_CHECKING:
    from include.workspace import Workspace

_RECEIPTS = "TANDA-TERIMA_*.xlsx"


def note_papers(ws: Workspace) -> None:
    """Notes the receipts that are new and the papers that were made anew; called when a run ends."""
    home, now = ws.settings.home, naive_utc(clock.now())
    with writer(ws, "papers") as connection:
        known = {path for (path,) in connection.execute("select path from ledger.papers").fetchall()}
        receipts = [
            path
            for path in ws.settings.returned.rglob(_RECEIPTS)
            if path.relative_to(home).as_posix() not in known
        ]
        rows = [
            {"path": path.relative_to(home).as_posix(), "sha256": file_hash(path), "noted_at": now}
            for path in [*receipts, *_made_anew(ws)]
        ]
        if rows:
            with transaction(connection):
                for row in rows:
                    put(connection, "ledger.papers", ("path",), row)


def _made_anew(ws: Workspace) -> Iterator[Path]:
    yield from sorted(ws.settings.report.glob("*.pdf"))
    if (path := ws.settings.audit_dir / REPORT).exists():
        yield path
