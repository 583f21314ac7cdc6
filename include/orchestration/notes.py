"""The notes that runs carry in Airflow: what one did in counts, or what failed and which file.

A task cannot write the note of its run: the Task SDK has no call for it, and the public API wants a person's token. So the
last task of a run leaves the text as an XCom, and the scheduler, which closes the run, takes it over (`note_listener.py`).

Airflow shows a note as Markdown: counts and files are links to our pages, and what others have written is kept from being any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from include.language.inert import file_name, inert
from include.privacy import without_identity_numbers
from include.report.run_counts import RunCounts

if TYPE_CHECKING:
    from include.targeting.match import MatchReport

NOTE = "note"
"""The key under which the last task of a run leaves the note."""

PREFIX = "Pantau: "
"""Tells our notes from what a person has written; a person's note is left alone."""

LONGEST = 1000
"""Characters of a note in Airflow's database."""

_FILES_NAMED = 5
_LONGEST_NAME = 80
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~])")

Address = Callable[[str], str]
"""Makes the address of one of our pages (`links.address`)."""


def of_ingest(
    read: Iterable[Mapping[str, Any]],
    claimed: Iterable[Mapping[str, str]],
    failed: list[str],
    address: Address,
) -> str:
    """What came in and how it could be read.

    Args:
        read: What `ingest` told of each file.
        claimed: What `claim` dealt out.
        failed: The steps for which the run fails.
        address: Where our pages are.
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
        f"unreadable: {_listed([_refused(one, address) for one in refused])}" if refused else "",
    ]
    return _note(parts)


def of_monitor(
    told: Mapping[str, Mapping[str, Any]], counts: RunCounts | None, failed: list[str], files: str
) -> str:
    """What was judged, published and told.

    Args:
        told: What the steps told, by step.
        counts: As published by this run; None where it did not get that far.
        failed: What the run fails for.
        files: The address of the page that shows the files which it loaded.
    """
    load, validate, emails = told["load"], told["validate"], told["alert"].get("emails", {})
    unchecked = validate.get("not_evaluated", [])
    parts = [
        _failed(failed),
        f"as of {load['as_of']}" if load.get("as_of") else "",
        _published(counts, files) if counts else "nothing published, the last audit database stands",
        f"rules not evaluated: {', '.join(unchecked)}" if unchecked else "",
        _emails(emails) if emails else "e-mails left to the run that follows",
    ]
    return _note(parts)


def of_replay(read: int, changed: list[str], reason: str) -> str:
    """What was read anew and why; what reads otherwise is judged by the run that follows."""
    otherwise = f"read otherwise now: {_files(changed)}" if changed else "read as before"
    why = f"reason: {_plain(without_identity_numbers(reason))}"
    return _note([f"{_count(read, 'submission')} read anew", otherwise, why])


def of_failed_replay(why: str) -> str:
    """Why nothing was replayed."""
    return _note([_failed([_plain(why)]), "nothing has changed"])


def of_questions(lists: list[str]) -> str:
    """Which lists somebody is asked about."""
    return _note([f"{_count(len(lists), 'list')} asked about: {_files(lists)}"])


def of_matching(report: MatchReport) -> str:
    """Whom the registries have in common."""
    return _note(
        [
            f"{_count(report.left, 'person')} in P3KE, {report.right} in DTKS or DTSEN",
            f"{report.pairs} in both",
            f"{report.to_review} left to an operator",
        ]
    )


def of_rollup(counted: Mapping[str, Any], emails: Mapping[str, int], refused: str = "") -> str:
    """How many regencies were counted, which are amiss, what became of the letter; `refused`: why it was not taken."""
    amiss = counted["amiss"]
    parts = [
        _failed([_plain(refused)]) if refused else "",
        f"{counted['counted']} of {_regencies(counted['listed'])} counted",
        f"amiss: {_listed(list(amiss))}" if amiss else "",
        _emails(emails),
    ]
    return _note(parts)


def _regencies(number: int) -> str:
    return f"{number} {'regency' if number == 1 else 'regencies'}"


def _emails(emails: Mapping[str, int]) -> str:
    return f"e-mails {', '.join(f'{number} {how}' for how, number in emails.items() if number) or 'none due'}"


def _published(counts: RunCounts, files: str) -> str:
    refused = f" ({counts.refused} refused, {counts.partly_refused} in part)"
    loaded = _count(counts.submissions, "submission")
    linked = f"[{loaded}]({files})" if counts.submissions else loaded
    return (
        f"{linked}{refused if counts.refused + counts.partly_refused else ''}, "
        f"rows {counts.rows_accepted} accepted, {counts.rows_rejected} rejected; "
        f"flags {counts.flags_new} new, {counts.flags_open} open"
    )


def _failed(failed: list[str]) -> str:
    return f"FAILED: {', '.join(failed)}" if failed else ""


def _refused(one: Mapping[str, Any], address: Address) -> str:
    page = address(f"berkas/{one['submission_id']}")
    return f"[{_named(one['file'])}]({page}) ({one['reason']})"


def _files(names: Iterable[str]) -> str:
    return _listed([_named(name) for name in names])


def _listed(found: list[str]) -> str:
    more = len(found) - _FILES_NAMED
    return f"{', '.join(found[:_FILES_NAMED])}{f' and {more} more' if more > 0 else ''}"


def _named(name: str) -> str:
    return _plain(inert(file_name(name), _LONGEST_NAME))


def _plain(text: str) -> str:
    """What somebody wrote, as Markdown that shows it as it stands."""
    return _MARKUP.sub(r"\\\1", text)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _note(parts: Iterable[str]) -> str:
    text = PREFIX + "; ".join(part for part in parts if part)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
