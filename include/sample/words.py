"""How offices write months, dates, money and places: the spellings that the sample's files use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

MONTHS = tuple(
    "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()
)
SHORT = tuple("Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des".split())
WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

_ROMAN_TO_ARABIC = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5"}
_APOSTROPHES = re.compile("['’`‘]")


def first_day(period: str) -> date:
    """The first day of a period `YYYY-MM`."""
    return date(int(period[:4]), int(period[5:7]), 1)


@lru_cache(maxsize=4096)
def period_text(periods: tuple[str, ...], style: str) -> str:
    """One period, or a span ("Jan-Mar 2024"), as an office writes it."""
    start, end = first_day(periods[0]), first_day(periods[-1])
    if len(periods) > 1:
        return f"{SHORT[start.month - 1]}-{SHORT[end.month - 1]} {end.year}"
    match style:
        case "iso":
            return periods[0]
        case "numeric":
            return f"{start:%m/%Y}"
        case "short":
            return f"{SHORT[start.month - 1]}-{start:%y}"
        case "upper":
            return f"{MONTHS[start.month - 1].upper()} {start.year}"
        case _:
            return f"{MONTHS[start.month - 1]} {start.year}"


@lru_cache(maxsize=4096)
def day_text(day: date, style: str) -> str:
    """A date as an office writes it, day first but for ISO."""
    match style:
        case "iso":
            return day.isoformat()
        case "dash":
            return f"{day:%d-%m-%Y}"
        case "dots":
            return f"{day:%d.%m.%Y}"
        case "brief":
            return f"{day.day}-{day.month}-{day:%y}"
        case "long":
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        case "weekday":
            return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"
        case _:
            return f"{day:%d/%m/%Y}"


@lru_cache(maxsize=4096)
def amount_text(amount: float, unit: str, style: str) -> str:
    """Money or weight as an office types it."""
    if unit != "IDR":
        number = f"{amount:.3f}".rstrip("0").rstrip(".").replace(".", ",")
        return f"{number} kg" if style in ("rp", "rp_dash") else number
    thousands = f"{round(amount):,}"
    dotted = thousands.replace(",", ".")
    match style:
        case "rp":
            return f"Rp {dotted},00"
        case "rp_dash":
            return f"Rp. {dotted},-"
        case "commas":
            return thousands
        case "plain":
            return str(round(amount))
        case _:
            return dotted


@lru_cache(maxsize=8192)
def village_text(name: str, kind: str, style: str) -> str:
    """A village's name in one of the spellings that the contract asks to understand."""
    match style:
        case "upper":
            return name.upper()
        case "prefixed":
            return f"{'Kel.' if kind == 'kelurahan' else 'Ds.'} {name}"
        case "bare":
            return _APOSTROPHES.sub("", name)
        case "curly":
            return _APOSTROPHES.sub("’", name)
        case "arabic":
            head, _, tail = name.rpartition(" ")
            return f"{head} {_ROMAN_TO_ARABIC[tail]}" if head and tail in _ROMAN_TO_ARABIC else name
        case _:
            return name


def span_upper(periods: Sequence[str]) -> str:
    """A title's period: `JANUARI 2024`, `JANUARI S/D MARET 2024`."""
    start, end = first_day(periods[0]), first_day(periods[-1])
    if len(periods) == 1:
        return f"{MONTHS[start.month - 1].upper()} {start.year}"
    return f"{MONTHS[start.month - 1].upper()} S/D {MONTHS[end.month - 1].upper()} {end.year}"
