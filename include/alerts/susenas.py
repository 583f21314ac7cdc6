"""How many days are left to the SUSENAS cutoff, or that the window has closed and which is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from include.alerts.occasion import Occasion, Row
from include.language import indonesian


@dataclass(frozen=True)
class Countdown:
    """`short` goes into the subject, `badge` under the verdict, `notes` into the text.

    `cutoff` is the next one, by which aid still counts; `is_ahead` says whether short and badge count the days to it.
    """

    short: str | None
    badge: str | None
    notes: tuple[str, ...]
    cutoff: date | None
    is_ahead: bool = False


def countdown(occasion: Occasion) -> Countdown:
    """Reads the windows from the warehouse and words them for the occasion's day."""
    windows = {row["position"]: row for row in occasion.rows("susenas", {"as_of": occasion.as_of})}
    return worded(windows.get("ahead"), windows.get("past"), occasion.as_of)


def worded(ahead: Row | None, past: Row | None, as_of: date) -> Countdown:
    """The words for the window ahead and the last one whose cutoff is past; either may be lacking."""
    if past and as_of <= past["ends_on"] and not (ahead and ahead["cutoff"] <= past["ends_on"]):
        return _under_way(ahead, past)
    if ahead is None:
        if past is None:
            return Countdown(None, None, (), None)
        return Countdown(
            f"jendela SUSENAS {past['susenas_year']} telah ditutup",
            f"Jendela SUSENAS {past['susenas_year']} telah ditutup",
            (_closed(past), "Jadwal SUSENAS berikutnya belum tercatat dalam sistem."),
            None,
        )
    days = (ahead["cutoff"] - as_of).days
    # The survey is named after its year; the year is only needed where it is not this one.
    name = "batas SUSENAS" if ahead["cutoff"].year == as_of.year else f"batas SUSENAS {ahead['susenas_year']}"
    left = indonesian.days_left(days, name)
    notes = (_closed(past) if past["ends_on"] < as_of else _passed(past),) if past else ()
    visible_from = ahead["starts_on"] - timedelta(days=ahead["visible_days"])
    visible = (
        f"Bantuan yang lengkap diterima KPM mulai {indonesian.day(visible_from)} sampai dengan "
        f"{indonesian.weekday(ahead['cutoff'])} tampak dalam SUSENAS {ahead['susenas_year']} "
        f"(pendataan {_span(ahead)}{_estimated(ahead)})."
    )
    badge = f"{indonesian.capitalised(left)} ({indonesian.day(ahead['cutoff'])}{_estimated(ahead)})"
    return Countdown(left, badge, (*notes, visible), ahead["cutoff"], is_ahead=True)


def _under_way(ahead: Row | None, past: Row) -> Countdown:
    year = past["susenas_year"]
    notes = [_passed(past)]
    if ahead:
        notes.append(
            f"Jendela berikutnya: SUSENAS {ahead['susenas_year']}, batas {indonesian.day(ahead['cutoff'])}{_estimated(ahead)}."
        )
    badge = f"Batas SUSENAS {year} telah lewat ({indonesian.day(past['cutoff'])})"
    return Countdown("batas SUSENAS telah lewat", badge, tuple(notes), ahead["cutoff"] if ahead else None)


def _passed(past: Row) -> str:
    return (
        f"Batas SUSENAS {past['susenas_year']} telah lewat pada {indonesian.day(past['cutoff'])}; pendataan berlangsung "
        f"{_span(past)}. Bantuan yang terlambat tetap wajib disalurkan."
    )


def _closed(past: Row) -> str:
    return (
        f"Jendela SUSENAS {past['susenas_year']} telah ditutup pada {indonesian.day(past['ends_on'])}; "
        "penyaluran setelah itu tidak lagi tercermin di dalamnya."
    )


def _span(window: Row) -> str:
    start, end = indonesian.day(window["starts_on"]), indonesian.day(window["ends_on"])
    return f"{start.removesuffix(end[-5:])} s.d. {end}"  # the year once, where it is the same


def _estimated(window: Row) -> str:
    return "" if window["status"] == "official" else ", perkiraan"
