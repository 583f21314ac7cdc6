"""Reads plain amounts, only to tell which programme a table's amounts fit. What counts as a delivery is judged in dbt."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_WORDS = re.compile(r"(?i)^(?:rp|idr)\.?|(?:kg|kilo(?:gram)?|rupiah)\.?$|(?<=\d)[.,]?-$")
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*")


def read_amount(text: str) -> Decimal | None:
    """An amount as Indonesians write it; None where it is none. A separator before exactly three digits groups thousands."""
    bare = _WORDS.sub("", re.sub(r"\s", "", text))
    if not bare:
        return None
    try:
        value = Decimal(_without_grouping(bare))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 18 else None


def _without_grouping(text: str) -> str:
    """Grouping marks out, the decimal mark as a point."""
    if _GROUPED.fullmatch(text):
        return re.sub(r"[.,]", "", text)
    last = max(text.rfind(","), text.rfind("."))
    if last < 0:
        return text
    whole, mark, fraction = text[:last], text[last], text[last + 1 :]
    other = "." if mark == "," else ","
    if mark in whole or (other in whole and not _GROUPED.fullmatch(whole)):
        return "?"  # neither grouping nor a decimal: not an amount
    return f"{whole.replace(other, '')}.{fraction}"
