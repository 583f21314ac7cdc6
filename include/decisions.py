"""What a person decides about a list that the pipeline doubts: let it stand, or set it aside.

By the contract the latest list counts, also one that by mistake holds three families instead of three hundred: everybody else
loses his claim, and with it every warning that nothing has come. Only a person can tell a mistake from a revision, so he is
asked. Until he answers, and where he does not, the list counts as received. Who decided, when and why stands in
`ledger.decisions`, published as `audit.decisions`.

A list that is set aside is read anew (`include/replay.py`) as refused whole: its original, its place in the ledger and the chain
stay, its sender gets another receipt, and the list before it counts again. The decision can be taken back in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import duckdb

from include import clock
from include.audit.stated_reason import stated
from include.rebuild import SET_ASIDE
from include.replay import Choice, replay
from include.report.pages.publication import reading
from include.report.queries import rows
from include.warehouse.connection import put, reader, transaction, writer, writing_lock
from include.warehouse.ledger import naive_utc
from include.workspace import Workspace

Decision = Literal["keep", "set_aside"]

DROPS_MOST = "list_drops_most"
"""The one question: a list of recipients drops most of the families that it lists or drops."""

NOBODY = "-"
"""Who decided where nobody did in time."""


class DecisionError(RuntimeError):
    """Nothing was decided; the message says why."""


@dataclass(frozen=True)
class Doubt:
    """A published list that somebody should look at, in counts."""

    submission_id: str
    receipt_number: str
    feed: str
    file_name: str
    families_dropped: int
    families_listed: int
    villages: int


def doubts(ws: Workspace) -> list[Doubt]:
    """The published lists that drop most families and that nobody has decided about, in the order of receipt."""
    alerts = ws.configuration.alerts
    if not ws.settings.audit_db.exists():
        return []
    limits = {"least": alerts.dropped_families, "share": alerts.dropped_share}
    with reading(ws.settings.audit_db) as connection:
        return [
            Doubt(**row) for row in rows(connection, Path(__file__).with_name("doubtful_lists.sql"), limits)
        ]


def to_ask(ws: Workspace, run_id: str | None = None) -> list[Doubt]:
    """The doubts that nobody is being asked about: never, or so long ago that the question has ended without an answer.

    Args:
        ws: The regency's home and configuration.
        run_id: A run that asks; what it has asked before counts as not asked, so that it may be tried anew.
    """
    found = doubts(ws)
    if not found:
        return []
    long_ago = naive_utc(clock.now()) - timedelta(days=ws.configuration.alerts.decision_days + 1)
    with reader(ws) as connection:
        answered = {
            row[0] for row in connection.execute("select submission_id from ledger.decisions").fetchall()
        }
        asked = {
            submission_id
            for submission_id, asked_at, asked_by in connection.execute(
                "from ledger.decisions_asked"
            ).fetchall()
            if asked_by != run_id and asked_at >= long_ago
        }
    return [one for one in found if one.submission_id not in answered | asked]


def ask(ws: Workspace, run_id: str) -> list[Doubt]:
    """What is to be asked, from now on noted as asked by this run."""
    with writing_lock(ws, "ask"):
        new = to_ask(ws, run_id)
        if new:
            asked = {"asked_at": naive_utc(clock.now()), "run_id": run_id}
            with writer(ws, "ask") as connection, transaction(connection):
                for one in new:
                    row = {"submission_id": one.submission_id, **asked}
                    put(connection, "ledger.decisions_asked", ("submission_id",), row)
    return new


def decide(ws: Workspace, name: str, decision: Decision, decided_by: str, reason: str) -> bool:
    """Notes a decision and carries it out; the next run judges and publishes.

    Args:
        ws: The regency's home and configuration.
        name: The submission's id or receipt number.
        decision: `keep` or `set_aside`; deciding otherwise later takes it back.
        decided_by: The account that decided; `NOBODY` where none did in time.
        reason: Why, in 10 characters or more: auditors will read it.

    Returns:
        Whether the submission was read anew.

    Raises:
        DecisionError: no reason worth the name, no such submission, or it is no list of recipients.
        ReplayError: the original is gone, so that the decision could not be taken back. Nothing was decided.
        RebuildError, TransformError: noted, but the warehouse could not be built; deciding the same again finishes it.
    """
    reason = stated(reason, DecisionError)
    with writing_lock(ws, "decide"):
        with writer(ws, "decide") as connection:
            submission_id, is_aside = _list_called(connection, name)
            if decision != "keep" or is_aside:
                # Looked at before anything is noted.
                Choice((submission_id,)).require(ws)
            if _last(connection, submission_id) != decision:
                with transaction(connection):
                    connection.execute(
                        "insert into ledger.decisions "
                        "select coalesce(max(decision_number), 0) + 1, ?, ?, ?, ?, ?, ? from ledger.decisions",
                        [
                            submission_id,
                            DROPS_MOST,
                            decision,
                            naive_utc(clock.now()),
                            decided_by,
                            reason,
                        ],
                    )
        if (decision == "set_aside") == is_aside:
            return False
        replay(ws, Choice((submission_id,)), reason, decided_by)
        return True


def _last(connection: duckdb.DuckDBPyConnection, submission_id: str) -> str | None:
    found = connection.execute(
        "select decision from ledger.decisions where submission_id = ? order by decision_number desc limit 1",
        [submission_id],
    ).fetchone()
    return found[0] if found else None


def _list_called(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[str, bool]:
    found = connection.execute(
        "select submission_id, kind, reason from ledger.submissions where ? in (submission_id, receipt_number)",
        [name],
    ).fetchone()
    if found is None:
        raise DecisionError(
            f"no such submission: {name}. Give an id or a receipt number as audit.submissions (and Berkas) show them"
        )
    submission_id, kind, reason = found
    if kind != "recipients":
        raise DecisionError(f"{name} is no list of recipients: only a list can be set aside")
    return submission_id, reason == SET_ASIDE
