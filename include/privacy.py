"""How a person is told apart without being named: keyed hashes for joining, masks for showing."""

from __future__ import annotations

import hmac
import re
import unicodedata

KEY_LENGTH = 32
IDENTITY_LENGTH = 16

# What people and spreadsheets put around and into the digits: quotes, spaces of any width, dots, dashes.
_DECORATION = re.compile("[\\s'\"`.\u00ad\u00b4\u2010-\u2015\u2018-\u201d\u200b-\u200d\u2060\ufeff-]+")
_FLOAT_TAIL = re.compile(r"^\s*(\d{16})[.,]0+\s*$")
_MASKED = re.compile(r"\d{6}\*{2,6}\d{4}")
_SHORTEST_MASKED = 12  # as dbt's mask_nik: a NIK with digits lost still shows its office where to look
_NOT_NAME = re.compile(r"[^\w]+|_+")


# Ids of submissions (`include.inbox.claim`) are told to people; they begin with a letter, so that no number looks like one.
_OWN_ID = r"(?P<own>\bs[0-9a-f]{15}\b)"
_LONG_NUMBER = rf"{_OWN_ID}|\d[\d .]{{8,}}\d"
# What databases quote in their errors: values in quotation marks, and numbers long enough to be somebody's.
_LONG_NUMBERS = re.compile(_LONG_NUMBER)
# What may be a NIK or KK however it is written: fifteen digits, for Excel loses the sixteenth, and more.
_IDENTITY_NUMBER = re.compile(r"\d(?:[ .'-]?\d){14,}")
_VALUES = re.compile(rf"'[^'\n]*'|\"[^\"\n]*\"|{_LONG_NUMBER}")


def without_long_numbers(message: str) -> str:
    """A text of ours without numbers that may be somebody's."""
    return _LONG_NUMBERS.sub(_own_id_or_dots, message)


def without_identity_numbers(text: str) -> str:
    """A text that people wrote, without what may be a NIK or KK in it; days and sums of money stay."""
    return _IDENTITY_NUMBER.sub("…", text)


def without_values(message: str) -> str:
    """An error's text without the values that it quotes, on one line: fit for logs, e-mails and the terminal."""
    return " ".join(_VALUES.sub(_own_id_or_dots, message).split())


def _own_id_or_dots(found: re.Match[str]) -> str:
    return found["own"] or "…"


def key(secret: bytes, domain: str, value: str) -> str:
    """The HMAC-SHA256 of a value, 32 hex characters; equal values of different domains get different keys."""
    return hmac.digest(secret, f"{domain}:{value}".encode(), "sha256").hex()[:KEY_LENGTH]


def nik_key(secret: bytes, text: str | None) -> str | None:
    """The key of a NIK, None where the text identifies nobody."""
    digits = identity_digits(text)
    return key(secret, "nik", digits) if digits else None


def kk_key(secret: bytes, text: str | None) -> str | None:
    """The key of a family card number, None where the text identifies no family."""
    digits = identity_digits(text)
    return key(secret, "kk", digits) if digits else None


def name_key(secret: bytes, text: str | None) -> str | None:
    """The key of a name, whatever its case, spacing and punctuation; None where there is no name.

    Titles stay: H. Arsyad and Arsyad of one village may be two men, and this key stands in for an identity.
    """
    name = normal_name(text)
    return key(secret, "name", name) if name else None


def identity_digits(text: str | None) -> str | None:
    """The digits of a NIK or KK, None where they cannot tell a person from another.

    Unusable are blanks and dashes, zeros and other runs of one digit, exponents (5,20508E+15), anything with
    letters, and more or fewer than 16 digits: what is damaged may be damaged in the same way in another family's
    row, and such values must never match each other.
    """
    if text is None:
        return None
    if not (len(text) == IDENTITY_LENGTH and text.isascii() and text.isdigit()):
        text = unicodedata.normalize("NFKC", text)
        number = _FLOAT_TAIL.match(text)
        text = number.group(1) if number else _DECORATION.sub("", text)
    if len(text) != IDENTITY_LENGTH or not (text.isascii() and text.isdigit()) or len(set(text)) == 1:
        return None
    return text


def normal_name(text: str | None) -> str | None:
    """A name for comparing: lower case, punctuation gone, single spaces; None without a letter."""
    if text is None:
        return None
    name = _NOT_NAME.sub(
        " ", unicodedata.normalize("NFKC", text).replace("'", "").replace("\u2019", "").casefold()
    ).strip()
    return name if any(character.isalpha() for character in name) else None


def mask_nik(text: str | None) -> str | None:
    """`520501******0003`: region and serial stay, the birth date goes; what is far from a NIK goes whole."""
    if text is None or not text.strip():
        return None
    if is_masked(text):
        return text.strip()
    digits = identity_digits(text) or _DECORATION.sub("", text)
    if not (digits.isascii() and digits.isdigit() and _SHORTEST_MASKED <= len(digits) <= IDENTITY_LENGTH):
        return "*" * min(len(text.strip()), IDENTITY_LENGTH)
    return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"


def is_masked(text: str | None) -> bool:
    """Whether a text is a NIK or KK that was masked before."""
    return text is not None and _MASKED.fullmatch(text.strip()) is not None


def mask_name(text: str | None) -> str | None:
    """`S*** A*****`: initials only; a word with a digit (a number typed into the name) goes whole."""
    if text is None or not text.strip():
        return None
    return " ".join(_mask_word(word) for word in text.split())


def _mask_word(word: str) -> str:
    if any(character.isdigit() for character in word) or not word[0].isalpha():
        return "*" * len(word)
    return word[0] + "*" * (len(word) - 1)
