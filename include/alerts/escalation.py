"""Escalation: what an OPD leaves overdue climbs the ladder of alerts.yml, to the coordinator and then to the chair.

The SQL decides which step is due (climbing_flags.sql, escalation_due.sql): the highest one reached that nobody was told of.
Whoever stands on the steps below it gets a copy, so does the OPD, and all those steps count as told: a run that was missed
leaves no step out and repeats none.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from include.alerts import indonesian, outbox
from include.alerts.occasion import Occasion, Row
from include.alerts.outbox import Draft
from include.alerts.situation import Frame, write_letter
from include.alerts.wording import wording

if TYPE_CHECKING:
    from include.config import EscalationStep
    from include.config.models import Official

KIND = "escalation"


def due(occasion: Occasion) -> list[Draft]:
    """One mail an OPD and recipient, with every programme and period that has climbed to that recipient.

    Args:
        occasion: The run; alert_flags must be there.
    """
    _register_ladder(occasion)
    occasion.rows("climbing_flags", {"as_of": occasion.as_of})
    rows = sorted(occasion.rows("escalation_due"), key=_reader)
    letters = [(recipient, opd, list(found)) for (opd, recipient), found in groupby(rows, key=_reader)]
    drafts = [_draft(occasion, opd, recipient, found) for recipient, opd, found in letters]
    return [draft for draft in drafts if not outbox.known(occasion.connection, draft.alert_id)]


def _reader(row: Row) -> tuple[str, str]:
    return row["opd_code"], row["recipient"]


def _register_ladder(occasion: Occasion) -> None:
    """The configured steps as the temporary table `alert_ladder`, for the deciding SQL."""
    occasion.connection.execute(
        "create or replace temp table alert_ladder "
        "(position integer, recipient varchar, days_overdue integer, days_to_cutoff integer, step varchar)"
    )
    for position, step in enumerate(occasion.ws.configuration.alerts.escalation):
        occasion.connection.execute(
            "insert into alert_ladder values (?, ?, ?, ?, ?)",
            [position, step.to, step.days_overdue, step.days_to_cutoff, _name(step)],
        )


def _name(step: EscalationStep) -> str:
    """A step's name for ever: a ladder that is changed has other steps."""
    return f"{step.to}:{_or_none(step.days_overdue)}:{_or_none(step.days_to_cutoff)}"


def _or_none(days: int | None) -> str:
    return "" if days is None else str(days)


def _draft(occasion: Occasion, opd_code: str, recipient: str, rows: list[Row]) -> Draft:
    configuration = occasion.ws.configuration
    opd = configuration.opd(opd_code)
    officials = {"coordinator": configuration.coordinator, "chair": configuration.chair}
    to: Official = officials[recipient]
    steps = [step for row in rows for step in row["steps"]]
    below = [role for role in officials if any(role in row["recipients"] for row in rows)]
    alert = outbox.alert_id(
        KIND, configuration.region.regency_code, opd.code, to.email, opd.email, *occasion.manner, *steps
    )
    subjects = [f"{row['program_code']}|{row['period']}" for row in rows]
    occasion.rows("letter_flags_of_steps", {"opd_code": opd.code, "subjects": subjects})
    programs = occasion.programs_of_letter()
    flags = occasion.connection.execute("select count(*) from letter_flags").fetchone()
    frame = Frame(
        addressee=to.title,
        severity="critical",
        topic="Eskalasi penyaluran",
        opening=f"Dengan hormat, bersama ini disampaikan penyaluran yang menjadi tanggung jawab {opd.name}.",
        changes=_why(rows),
        actions=tuple(ask.format(head=opd.head_title) for ask in wording().escalation[recipient]),
    )
    return Draft(
        kind=KIND,
        recipient_role=recipient,
        opd_code=opd.code,
        letter=write_letter(occasion, opd, frame),
        envelope=occasion.envelope(
            alert,
            to=to.email,
            cc=(*(officials[role].email for role in below), opd.email),
            urgent=True,
            thread=occasion.thread(opd.code, programs),
        ),
        state_hash=outbox.alert_id(*steps),
        state={"mode": occasion.mode, "steps": steps, "programs": programs},
        flags_open=flags[0] if flags else 0,
    )


def _why(rows: list[Row]) -> str:
    """Which step of the ladder was reached, and by what."""
    reasons = []
    late = [row for row in rows if row["by_overdue"]]
    near = [row for row in rows if row["by_cutoff"]]
    if late:
        worst = max(late, key=lambda row: int(row["days_late"]))
        days = indonesian.counted(worst["days_late"], "hari")
        limit = indonesian.counted(worst["step_days_overdue"], "hari")
        reasons.append(f"keterlambatan telah mencapai {days} (batas eskalasi {limit})")
    if near:
        left = min(row["days_to_cutoff"] for row in near)
        limit = indonesian.counted(near[0]["step_days_to_cutoff"], "hari")
        reasons.append(f"batas SUSENAS tinggal {indonesian.counted(left, 'hari')} (batas eskalasi {limit})")
    return f"Dieskalasi karena {indonesian.listing(reasons)}."
