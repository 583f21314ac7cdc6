"""What an OPD is not written to about, in words: silence is not to be taken for all being well."""

from __future__ import annotations

from include.alerts.occasion import Occasion, Row
from include.alerts.wording import wording
from include.language import indonesian


def open_while_snoozed(occasion: Occasion, opd_code: str) -> int:
    """How many findings of an OPD are open and told to nobody for the time being; past facts are not among them."""
    [row] = occasion.rows("letter_snoozed_flags", {"opd_code": opd_code})
    return int(row["flags"])


def still_open(flags: int) -> str:
    """Says that findings remain although no mail names them."""
    return f"{indonesian.counted(flags, 'temuan')} yang pemberitahuannya ditunda masih terbuka"


def nothing_to_do(snoozed: int) -> str:
    """What stands in the place of requests where a mail has none."""
    if snoozed:
        return f"Tidak ada tindak lanjut baru; {still_open(snoozed)}."
    return "Tidak ada tindak lanjut yang diperlukan."


def snooze_words(row: Row) -> str:
    """One snooze: of what, until when, why."""
    what = wording().of(row["rule"]).label if row["rule"] else "semua temuan"
    programme = f" {row['program_name'] or row['program_code']}" if row["program_code"] else ""
    until = indonesian.day(row["snoozed_until"])
    return f"Pemberitahuan tentang {what[:1].lower()}{what[1:]}{programme} ditunda s.d. {until}: {row['reason']}."


def snooze_notes(occasion: Occasion, opd_code: str) -> list[str]:
    """Each snooze in force: of what, until when, why; and how many findings stay open meanwhile."""
    notes = [
        snooze_words(row)
        for row in occasion.rows("letter_snoozes", {"opd_code": opd_code, "as_of": occasion.as_of})
    ]
    flags = open_while_snoozed(occasion, opd_code)
    return [*notes, f"{still_open(flags)}."] if flags else notes
