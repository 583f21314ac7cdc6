"""Formal Indonesian for numbers, days, times and lists: the one place, for e-mails, receipts and pages.

Babel knows the locale's separators and month names; what it does not know is what officials write: `Rp300.000`
without a space (EYD), `pukul 09.00 WITA` with a dot, periods as month names, lists that end in "dan".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

LOCALE = "id"
_ZONE_LABELS = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}


def number(value: float | Decimal, decimals: int = 2) -> str:
    """12345.5 -> `12.345,5`: at most `decimals` places, none that are zero; a half is rounded up, as people do."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text: str = format_decimal(rounded, format="#,##0." + "#" * decimals, locale=LOCALE)
    return text


def rupiah(value: float) -> str:
    """300000 -> `Rp300.000`; a negative sum carries its sign in front."""
    return f"{'-' if value < 0 else ''}Rp{number(abs(value))}"


def quantity(value: float, unit: str | None) -> str:
    """An amount in a programme's unit: `Rp300.000` or `10 kg`."""
    if unit == "IDR":
        return rupiah(value)
    return f"{number(value)} {unit}" if unit else number(value)


def rate(per_cent: float) -> str:
    """12.4 -> `12,40%`: an official figure, always with the two decimals in which it is published."""
    rounded = Decimal(str(per_cent)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{format_decimal(rounded, format='#,##0.00', locale=LOCALE)}%"


def village(name: str, kind: str | None) -> str:
    """A kelurahan is named as such, wherever it stands; a desa by its name alone."""
    return f"Kel. {name}" if kind == "kelurahan" else name


def percent(share: float, decimals: int = 2) -> str:
    """0.1262 -> `12,62%`, as in tables."""
    # As decimals: the float 0.8965 times 100 is a little less than 89.65.
    return f"{number(Decimal(str(share)) * 100, decimals)}%"


def day(value: date) -> str:
    """2024-02-05 -> `5 Februari 2024`."""
    return str(format_date(value, "d MMMM y", locale=LOCALE))


def day_range(first: date, last: date) -> str:
    """`8–14 Februari 2024`; across months `30 Januari s.d. 2 Februari 2024`, with both years where they differ."""
    if first == last:
        return day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    beginning = day(first) if first.year != last.year else f"{first.day} {_month(first.month)}"
    return f"{beginning} s.d. {day(last)}"


def weekday(value: date) -> str:
    """2024-02-05 -> `Senin, 5 Februari 2024`."""
    return str(format_date(value, "EEEE, d MMMM y", locale=LOCALE))


def short_day(value: date) -> str:
    """2024-02-05 -> `05-02-2024`, for tables: always day first."""
    return f"{value:%d-%m-%Y}"


def zone_label(timezone: str) -> str:
    """The zone's Indonesian abbreviation; elsewhere its own name, rather than a wrong label."""
    return _ZONE_LABELS.get(timezone, timezone)


def clock_time(moment: datetime, timezone: str) -> str:
    """An aware moment as `pukul 09.00 WITA`."""
    return f"pukul {moment.astimezone(ZoneInfo(timezone)):%H.%M} {zone_label(timezone)}"


def moment(value: datetime, timezone: str) -> str:
    """An aware moment as `Senin, 5 Februari 2024 pukul 09.00 WITA`."""
    return f"{weekday(value.astimezone(ZoneInfo(timezone)).date())} {clock_time(value, timezone)}"


def period(value: str) -> str:
    """`2024-02` -> `Februari 2024`."""
    return str(format_date(_first_day(value), "MMMM y", locale=LOCALE))


def periods(values: Iterable[str]) -> str:
    """Months as people say them: `Januari-Maret 2024`, `Januari dan Maret 2024`, `Desember 2023 dan Januari 2024`."""
    years = []
    for year, months in groupby(sorted(set(values)), key=lambda text: text[:4]):
        runs = _consecutive([int(month[5:]) for month in months])
        years.append(f"{listing([part for run in runs for part in _parts(run)])} {year}")
    return listing(years)


def listing(items: Sequence[str]) -> str:
    """`A`, `A dan B`, `A, B, dan C`."""
    if len(items) < 3:
        return " dan ".join(items)
    return f"{', '.join(items[:-1])}, dan {items[-1]}"


def counted(count: int, noun: str) -> str:
    """`14 desa`; Indonesian nouns have no plural."""
    return f"{number(count)} {noun}"


def days_left(days: int, what: str) -> str:
    """`9 hari menuju batas SUSENAS`, and what one says on the day itself."""
    return f"hari ini {what}" if days == 0 else f"{number(days)} hari menuju {what}"


def capitalised(sentence: str) -> str:
    """The sentence with a capital first letter, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


def _first_day(value: str) -> date:
    year, month = value.split("-")
    return date(int(year), int(month), 1)


def _month(number_of_month: int) -> str:
    return str(format_date(date(2000, number_of_month, 1), "MMMM", locale=LOCALE))


def _consecutive(months: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for month in months:
        if runs and month == runs[-1][-1] + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _parts(run: list[int]) -> list[str]:
    if len(run) < 3:
        return [_month(month) for month in run]
    return [f"{_month(run[0])}-{_month(run[-1])}"]
