"""The digest: one mail to the head of an OPD with everything that is new, worse, open or mended since the last one.

SQL decides whether it is due (compared_flags.sql, alert_flags.sql, digest_due.sql); situation.py puts it into words.
"""

from __future__ import annotations

from dataclasses import dataclass

from include.alerts import outbox
from include.alerts.occasion import Occasion, Row
from include.alerts.outbox import Draft
from include.alerts.situation import Frame, write_letter
from include.alerts.wording import SEVERITIES
from include.language import indonesian

KIND = "digest"


@dataclass(frozen=True)
class Decided:
    """The digests that are due, how many were held back or had nothing new, and which OPDs have nothing to hear."""

    drafts: list[Draft]
    held: int
    unchanged: int
    quiet_opds: frozenset[str]


def due(occasion: Occasion) -> Decided:
    """Decides for every OPD, and renders what is due."""
    rows = occasion.rows(
        "digest_due",
        {
            "as_of": occasion.as_of,
            "day_start": occasion.day_start,
            "quiet": occasion.quiet,
            "dry_run": occasion.mode == "dry_run",
        },
    )
    drafts, unchanged = [], sum(row["decision"] == "unchanged" for row in rows)
    for row in rows:
        if row["decision"] != "due":
            continue
        alert = _alert_id(occasion, row)
        if outbox.known(occasion.connection, alert):
            unchanged += 1
        else:
            drafts.append(occasion.drafted(_draft(occasion, row, alert)))
    return Decided(
        drafts,
        held=sum(row["decision"] == "held" for row in rows),
        unchanged=unchanged,
        quiet_opds=frozenset(row["opd_code"] for row in rows if row["decision"] in ("unchanged", "silent")),
    )


def _alert_id(occasion: Occasion, row: Row) -> str:
    opd = occasion.ws.configuration.opd(row["opd_code"])
    # The predecessor is part of the name, for a state may come back.
    return outbox.alert_id(
        KIND, occasion.ws.configuration.region.regency_code, opd.code, opd.email, *opd.cc, *occasion.manner,
        row["last_alert_id"], row["state_hash"],
    )  # fmt: skip


def _draft(occasion: Occasion, row: Row, alert: str) -> Draft:
    opd = occasion.ws.configuration.opd(row["opd_code"])
    occasion.rows("letter_flags_of_opd", {"opd_code": opd.code})
    programs = occasion.programs_of_letter()
    frame = Frame(
        addressee=opd.head_title,
        severity=SEVERITIES[row["severity_rank"] - 1] if row["severity_rank"] else None,
        topic="Penyaluran",
        changes=_changes(row),
        enclosures=occasion.enclosures(opd.email, *opd.cc),
        with_undated=True,
    )
    return Draft(
        kind=KIND,
        recipient_role="opd_head",
        opd_code=opd.code,
        letter=write_letter(occasion, opd, frame),
        envelope=occasion.envelope(
            alert,
            to=opd.email,
            cc=tuple(opd.cc),
            urgent=row["severity_rank"] == len(SEVERITIES),
            thread=occasion.thread(opd.code, programs),
        ),
        state_hash=row["state_hash"],
        state=_state(occasion, row) | {"programs": programs},
        flags_new=row["flags_new"],
        flags_open=row["flags_new"] + row["flags_worse"] + row["flags_still_open"],
        flags_resolved=row["flags_resolved"],
    )


def _state(occasion: Occasion, row: Row) -> dict[str, object]:
    told: dict[str, list[str]] = {}
    resolved: list[str] = []
    for part in occasion.rows("digest_state"):
        if part["part"] == "told":
            told[part["severity"]] = part["flag_ids"]
        else:
            resolved += part["flag_ids"]
    return {"mode": occasion.mode, "number": row["last_number"] + 1, "told": told, "resolved": resolved}


def _changes(row: Row) -> str:
    parts = [
        indonesian.counted(row["flags_new"], "temuan baru"),
        indonesian.counted(row["flags_worse"], "memburuk") if row["flags_worse"] else "",
        indonesian.counted(row["flags_still_open"], "masih terbuka"),
        indonesian.counted(row["flags_resolved"], "selesai"),
    ]
    if not row["last_number"]:
        return f"Surel pertama: {parts[0]}."
    return f"Sejak surel terakhir: {indonesian.listing([part for part in parts if part])}."
