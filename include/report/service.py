"""Service over twelve months, told beside the readiness for a window: the words that brief, pages and e-mails share.

What a window alone says can be dressed up for the survey; the twelve months and the rush before a cutoff cannot. The figures are
those of audit.opd_scorecard, audit.village_summary and audit.village_readiness.
"""

from __future__ import annotations

from typing import Any

from include.language import indonesian
from include.report.queries import Row

View = dict[str, Any]

YEAR_LABEL = "Tepat waktu 12 bulan terakhir"
_VERDICTS = {True: "Ya", False: "Tidak", None: "Belum dapat dinilai"}


def share_of(part: int | None, whole: int | None) -> View | None:
    """A share with both its numbers; None where there is nothing to divide by."""
    if part is None or not whole:
        return None
    return {
        "part": indonesian.number(part),
        "whole": indonesian.number(whole),
        "share": indonesian.percent(part / whole, 1),
    }


def verdict(is_bunched: bool | None) -> str:
    """Whether aid was bunched; None is not no, it says that this cannot be judged yet."""
    return _VERDICTS[is_bunched]


def bunching(row: Row) -> View | None:
    """How much was completed just before the cutoff, against an even pace where that can be judged.

    None where nothing was completed, or no cutoff has come near.
    """
    before = share_of(row["completed_before_cutoff"], row["bunching_completed"])
    return before and {
        "is_bunched": bool(row["is_bunched"]),
        "verdict": verdict(row["is_bunched"]),
        "before": before,
        "even": None if row["is_bunched"] is None else indonesian.percent(row["even_share"], 1),
    }


def bunching_label(susenas_year: int | None) -> str:
    """The question that `bunching` answers; the year of the window approached last, None while there is none."""
    return f"Menumpuk menjelang batas SUSENAS{f' {susenas_year}' if susenas_year else ''}?"
