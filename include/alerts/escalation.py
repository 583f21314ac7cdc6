"""Escalation: what an OPD leaves overdue climbs the ladder of alerts.yml, to the coordinator and then to the chair.

The SQL decides which step is due (climbing_flags.sql, escalation_due.sql): the highest one reached that nobody was told of,
once the OPD's head has had the time that his own mail gave him, or at once where that cannot be waited for. Whoever stands on
the steps below it gets a copy, so does the OPD, and all those steps count as told: a run that was missed leaves no step out
and repeats none.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from include.alerts import outbox
from include.alerts.occasion import Occasion, Row
from include.alerts.outbox import Draft
from include.alerts.situation import Climbed, Frame, write_letter
from include.alerts.wording import wording
from include.language import indonesian

if TYPE_CHECKING:
    from include.config import Opd
    from include.config.models import Official

KIND = "escalation"
HURRY = 3
"""Fewer working days than these to the SUSENAS cutoff are too few for one reader after the other: a day for the OPD's head,
one for whom it climbs to, one to hand out."""


def due(occasion: Occasion) -> list[Draft]:
    """One mail an OPD and recipient, with every programme and period that has climbed to that recipient.

    Args:
        occasion: The run; alert_flags must be there.
    """
    _register_ladder(occasion)
    occasion.rows("climbing_flags", {"as_of": occasion.as_of})
    limits = {"patience": wording().working_days_to_act["critical"], "hurry": HURRY}
    rows = sorted(occasion.rows("escalation_due", {"as_of": occasion.as_of} | limits), key=_reader)
    drafts = []
    for (opd, recipient), found in groupby(rows, key=_reader):
        draft = _draft(occasion, opd, recipient, list(found))
        if not outbox.known(occasion.connection, draft.alert_id):
            drafts.append(occasion.drafted(draft))
    return drafts


def _reader(row: Row) -> tuple[str, str]:
    return row["opd_code"], row["recipient"]


def _register_ladder(occasion: Occasion) -> None:
    """The configured steps as the temporary table `alert_ladder`, for the deciding SQL."""
    occasion.connection.execute(
        "create or replace temp table alert_ladder "
        "(position integer, recipient varchar, days_overdue integer, days_to_cutoff integer, step varchar)"
    )
    steps_to: Counter[str] = Counter()
    for position, step in enumerate(occasion.ws.configuration.alerts.escalation):
        steps_to[step.to] += 1
        # Its name for ever: the first, second … time that somebody is written to. Not its limits, for whoever was told
        # of something need not be told again because a limit was edited.
        name = f"{step.to}:{steps_to[step.to]}"
        occasion.connection.execute(
            "insert into alert_ladder values (?, ?, ?, ?, ?)",
            [position, step.to, step.days_overdue, step.days_to_cutoff, name],
        )


def _draft(occasion: Occasion, opd_code: str, recipient: str, rows: list[Row]) -> Draft:
    configuration = occasion.ws.configuration
    opd = configuration.opd(opd_code)
    officials = {"coordinator": configuration.coordinator, "chair": configuration.chair}
    to: Official = officials[recipient]
    steps = [step for row in rows for step in row["steps"]]
    below = [official for role, official in officials.items() if role in _below(rows, recipient)]
    alert = outbox.alert_id(
        KIND, configuration.region.regency_code, opd.code, to.email, opd.email, *occasion.manner, *steps
    )
    subjects = [f"{row['program_code']}|{row['period']}" for row in rows]
    occasion.rows("letter_flags_of_steps", {"opd_code": opd.code, "subjects": subjects})
    programs = occasion.programs_of_letter()
    counted = [
        flag_id
        for (flag_id,) in occasion.connection.execute(
            "select flag_id from letter_flags order by 1"
        ).fetchall()
    ]
    copies = (*(official.email for official in below), opd.email)
    words = wording().escalation[recipient]
    frame = Frame(
        addressee=to.title,
        severity="critical",
        topic=words.topic,
        opening=words.opening.format(opd=opd.name),
        changes=_why(rows, opd),
        climbed=_climbed(opd, recipient, rows),
        copies=(*(official.title for official in below), opd.head_title),
        enclosures=occasion.enclosures(to.email, *copies),
    )
    return Draft(
        kind=KIND,
        recipient_role=recipient,
        opd_code=opd.code,
        letter=write_letter(occasion, opd, frame),
        envelope=occasion.envelope(
            alert, to=to.email, cc=copies, urgent=True, thread=occasion.thread(opd.code, programs)
        ),
        state_hash=outbox.alert_id(*steps),
        # What an auditor traces its figures to (audit.alert_flags); it tells the OPD's head nothing.
        state={"mode": occasion.mode, "steps": steps, "programs": programs, "counted": counted},
        flags_open=len(counted),
    )


def _below(rows: list[Row], recipient: str) -> set[str]:
    return {role for row in rows for role in row["recipients"]} - {recipient}


def _climbed(opd: Opd, recipient: str, rows: list[Row]) -> Climbed:
    told = [row["told_on"] for row in rows]
    asked = [row["asked_until"] for row in rows]
    # Where one of several subjects was never told to the head, the letter does not claim that he had time for all.
    known = None not in told and None not in asked
    return Climbed(
        words=wording().escalation[recipient],
        head=opd.head_title,
        told_on=max(told) if known else None,
        asked_until=max(asked) if known else None,
    )


def _why(rows: list[Row], opd: Opd) -> str:
    """Which step of the ladder was reached and by what, and why nobody waited where nobody did."""
    reasons = []
    late = [row for row in rows if row["by_overdue"]]
    near = [row for row in rows if row["by_cutoff"]]
    if late:
        worst = max(late, key=lambda row: int(row["days_late"]))
        days = indonesian.counted(worst["days_late"], "hari")
        limit = indonesian.counted(worst["step_days_overdue"], "hari")
        reasons.append(f"keterlambatan telah mencapai {days} (batas yang ditetapkan {limit})")
    if near:
        left = min(row["days_to_cutoff"] for row in near)
        limit = indonesian.counted(near[0]["step_days_to_cutoff"], "hari")
        reasons.append(
            f"batas SUSENAS tinggal {indonesian.counted(left, 'hari')} (batas yang ditetapkan {limit})"
        )
    told = f"Disampaikan kepada Bapak/Ibu karena {indonesian.listing(reasons)}."
    return " ".join([told, *_why_now(rows, opd)])


def _why_now(rows: list[Row], opd: Opd) -> list[str]:
    said = []
    hurried = [row["days_to_cutoff"] for row in rows if row["hurried"]]
    if hurried:
        left = indonesian.counted(min(hurried), "hari")
        said.append(f"Tidak menunggu tindak lanjut {opd.head_title}: batas SUSENAS tinggal {left}.")
    if any(row["unreached"] for row in rows):
        said.append(f"Surel kepada {opd.head_title} ditolak server penerima.")
    return said
