"""The notes that runs carry in Airflow: what one did in counts, or what failed and which file.

A task cannot write the note of its run: the Task SDK has no call for it, and the public API wants a person's token. So the
last task of a run leaves the text as an XCom, and the scheduler, which closes the run, takes it over (`note_listener.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from include.alerts.inert import file_name
from include.report.run_counts import RunCounts

NOTE = "note"
"""The key under which the last task of a run leaves the note."""

PREFIX = "Pantau: "
"""Tells our notes from what a person has written; a person's note is left alone."""

LONGEST = 1000
"""Characters of a note in Airflow's database."""

_FILES_NAMED = 5


def of_ingest(
    read: Iterable[Mapping[str, Any]], claimed: Iterable[Mapping[str, str]], failed: list[str]
) -> str:
    """What came in and how it could be read.

    Args:
        read: What `ingest` told of each file.
        claimed: What `claim` dealt out.
        failed: The steps for which the run fails.
    """
    found = list(read)
    known = {one["submission_id"] for one in found}
    missing = [one["file"] for one in claimed if one["submission_id"] not in known]
    refused = [one for one in found if one["status"] == "rejected"]
    parts = [
        _failed(failed),
        f"not ingested, kept for the next run: {_files(missing)}" if missing else "",
        f"{_count(len(found), 'file')} read, {_count(sum(one['rows_read'] for one in found), 'row')}"
        if found
        else "nothing came in",
        _files([f"{one['file']} ({one['reason']})" for one in refused], "unreadable: ") if refused else "",
    ]
    return _note(parts)


def of_monitor(told: Mapping[str, Mapping[str, Any]], counts: RunCounts | None, failed: list[str]) -> str:
    """What was judged, published and told.

    Args:
        told: What the steps told, by step.
        counts: As published by this run; None where it did not get that far.
        failed: What the run fails for.
    """
    load, validate, emails = told["load"], told["validate"], told["alert"].get("emails", {})
    unchecked = validate.get("not_evaluated", [])
    parts = [
        _failed(failed),
        f"as of {load['as_of']}" if load.get("as_of") else "",
        _published(counts) if counts else "nothing published, the last audit database stands",
        f"rules not evaluated: {', '.join(unchecked)}" if unchecked else "",
        f"e-mails {', '.join(f'{number} {how}' for how, number in emails.items() if number) or 'none due'}"
        if emails
        else "e-mails left to the run that follows",
    ]
    return _note(parts)


def of_replay(read: int, changed: list[str], reason: str) -> str:
    """What was read anew and why; what reads otherwise is judged by the run that follows."""
    otherwise = _files(changed, "read otherwise now: ") if changed else "read as before"
    return _note([f"{_count(read, 'submission')} read anew", otherwise, f"reason: {reason}"])


def _published(counts: RunCounts) -> str:
    refused = f" ({counts.refused} refused, {counts.partly_refused} in part)"
    return (
        f"{_count(counts.submissions, 'submission')}{refused if counts.refused + counts.partly_refused else ''}, "
        f"rows {counts.rows_accepted} accepted, {counts.rows_rejected} rejected; "
        f"flags {counts.flags_new} new, {counts.flags_open} open"
    )


def _failed(failed: list[str]) -> str:
    return f"FAILED: {', '.join(failed)}" if failed else ""


def _files(names: list[str], before: str = "") -> str:
    more = len(names) - _FILES_NAMED
    shown = ", ".join(file_name(name) for name in names[:_FILES_NAMED])
    return f"{before}{shown}{f' and {more} more' if more > 0 else ''}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _note(parts: Iterable[str]) -> str:
    text = PREFIX + "; ".join(part for part in parts if part)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
