"""What one run did, in counts: for its note in Airflow. No row, no person, no amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from include.workspace import Workspace

_SUBMISSIONS = """
    select
        count(*), count(*) filter (where status = 'rejected'), count(*) filter (where status = 'partial'),
        coalesce(sum(rows_accepted), 0)::bigint, coalesce(sum(rows_rejected), 0)::bigint
    from audit.submissions
    where sequence between $first and $last
"""
_FLAGS = """
    select
        count(*) filter (where greatest(first_seen_on, reopened_on) = $as_of), count(*) filter (where resolved_on is null)
    from audit.flags
"""


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
    published: Path = ws.settings.audit_db
    if not published.exists():
        return None
    first, last = places or (0, 0)
    with duckdb.connect(str(published), read_only=True) as connection:
        latest = connection.execute(
            "select run_id from audit.publications order by publication_number desc limit 1"
        )
        if latest.fetchone() != (run_id,):
            return None
        files = connection.execute(_SUBMISSIONS, {"first": first, "last": last}).fetchall()[0]
        flags = connection.execute(_FLAGS, {"as_of": as_of}).fetchall()[0]
    return RunCounts(*files, *flags)
