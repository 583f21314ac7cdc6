"""The reminder (`reminder_days` of alerts.yml), before anything is wrong.

Before a due date it goes to the OPDs whose families still wait; after it, before the time for reporting ends, to those whose logs
have not come.
"""

from __future__ import annotations

from datetime import date
from itertools import groupby

from include.alerts import outbox
from include.alerts.occasion import Occasion, Row
from include.alerts.outbox import Draft
from include.alerts.situation import Frame, write_letter
from include.alerts.wording import wording
from include.language import indonesian

KIND = "reminder"


def due(occasion: Occasion) -> list[Draft]:
    """One mail an OPD and matter, with every programme and period that has come near its day; none on a quiet day."""
    steps = list(occasion.ws.configuration.alerts.reminder_days)
    if not steps or (occasion.quiet and occasion.mode != "dry_run"):
        return []
    rows = occasion.rows("reminder_due", {"as_of": occasion.as_of, "steps": steps})
    drafts = []
    for (opd, matter), found in groupby(rows, lambda row: (row["opd_code"], row["matter"])):
        draft = _draft(occasion, opd, matter, list(found))
        if not outbox.known(occasion.connection, draft.alert_id):
            drafts.append(occasion.drafted(draft))
    return drafts


def _draft(occasion: Occasion, opd_code: str, matter: str, rows: list[Row]) -> Draft:
    configuration = occasion.ws.configuration
    opd = configuration.opd(opd_code)
    steps = [row["step"] for row in rows]
    alert = outbox.alert_id(
        KIND, configuration.region.regency_code, opd.code, opd.email, *opd.cc, *occasion.manner, *steps
    )
    subjects = [f"{row['program_code']}|{row['period']}" for row in rows]
    occasion.rows("letter_flags_of_reminder", {"matter": matter, "opd_code": opd.code, "subjects": subjects})
    programs = occasion.programs_of_letter()
    words = wording().reminder[matter]
    nearest: date = rows[0]["deadline"]
    left = indonesian.days_left(rows[0]["days_left"], words.deadline)
    frame = Frame(
        addressee=opd.head_title,
        severity="warning" if any(row["is_last"] for row in rows) else "info",
        topic=words.topic,
        opening=words.opening,
        changes=words.changes,
        enclosures=occasion.enclosures(opd.email, *opd.cc),
        badge=f"{indonesian.capitalised(left)} ({indonesian.weekday(nearest)})",
        tail=left,
        deadline=nearest,
        ends_at_cutoff=words.ends_at_cutoff,
    )
    return Draft(
        kind=KIND,
        recipient_role="opd_head",
        opd_code=opd.code,
        letter=write_letter(occasion, opd, frame),
        envelope=occasion.envelope(
            alert, to=opd.email, cc=tuple(opd.cc), thread=occasion.thread(opd.code, programs)
        ),
        state_hash=outbox.alert_id(*steps),
        state={"mode": occasion.mode, "steps": steps, "programs": programs},
    )
