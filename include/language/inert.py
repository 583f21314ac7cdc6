"""Makes text that came from outside inert: file names, villages and server replies must not act where they are shown."""

from __future__ import annotations

import unicodedata

from include.privacy import without_identity_numbers

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def inert(text: str, limit: int = 160) -> str:
    """One line without control, direction or invisible characters, no longer than `limit`."""
    shown = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else sign for sign in text
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def file_name(name: str) -> str:
    """A file's name as a mail may show it: inert, and without a NIK or KK that somebody put into it."""
    return without_identity_numbers(inert(name))


def cell(text: str) -> str:
    """Text for a spreadsheet: never a formula, not even after somebody saves the sheet as CSV."""
    shown = inert(text, 32_000)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) else shown
