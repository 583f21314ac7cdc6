"""Service over twelve months in one line of a letter, beside what it says of the survey's window."""

from __future__ import annotations

from include.alerts.occasion import Occasion
from include.language import indonesian
from include.report.service import YEAR_LABEL, share_of


def service_facts(occasion: Occasion, opd_code: str | None) -> list[tuple[str, str]]:
    """What it is and how it stands, of one OPD, or of all: the rate, and what was bunched before the last cutoff.

    Nothing where nothing fell due in the twelve months, and nothing of programmes that were not bunched.
    """
    [found] = occasion.rows("service", {"opd_code": opd_code})
    year = share_of(found["year_on_time"], found["year_due"])
    facts = [(YEAR_LABEL, f"{year['share']} ({year['part']} dari {year['whole']} hak)")] if year else []
    if found["programs_bunched"]:
        bunched = indonesian.listing(found["programs_bunched"])
        facts.append((f"Menumpuk menjelang batas SUSENAS {found['susenas_year']}", bunched))
    return facts


def service_line(occasion: Occasion, opd_code: str) -> str | None:
    """The same as one line; None where there is nothing to say."""
    facts = [f"{label}: {told}" for label, told in service_facts(occasion, opd_code)]
    return f"{'. '.join(facts)}." if facts else None
