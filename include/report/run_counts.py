"""What one run did, in counts: for its note in Airflow. No row, no person, no amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from include.report.pages.publication import reading
from include.report.queries import rows
from include.workspace import Workspace


@dataclass(frozen=True)
class RunCounts:
    """Submissions that the run loaded, their rows, and the flags as published at its end (new: by the day judged)."""

    submissions: int
    refused: int
    partly_refused: int
    rows_accepted: int
    rows_rejected: int
    flags_new: int
    flags_open: int


def run_counts(ws: Workspace, run_id: str, places: tuple[int, int] | None, as_of: date) -> RunCounts | None:
    """Counts from the published database; None where the run has published nothing.

    Args:
        ws: The regency's home.
        run_id: The run; another run's publication tells nothing of it.
        places: The first and last place in the ledger of what it loaded, None for nothing.
        as_of: The day that it judged by.
    """
    published = ws.settings.audit_db
    if not published.exists():
        return None
    first, last = places or (0, 0)
    asked = {"run_id": run_id, "first": first, "last": last, "as_of": as_of}
    with reading(published) as connection:
        found = rows(connection, Path(__file__).with_suffix(".sql"), asked)
    return RunCounts(**found[0]) if found else None
