"""Keys of persons for whole columns: the same as privacy.key gives, worked out once a distinct value.

A file of a million rows has some hundred thousand people; hashing is then what reading waits for. So the two
constant parts of the HMAC are prepared once and copied, and texts met before are remembered (within bounds).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from include.privacy import IDENTITY_LENGTH, KEY_LENGTH, identity_digits, normal_name

IDENTITY_PATTERN = r"^[\s'`´‘’\"]*\d(?:[\s.\-]*\d){11,16}[\s'.]*$"
"""A cell that holds nothing but the digits of an identity: 12 to 17, so that an official's 18-digit number (NIP) is none."""

# Fifteen digits are all that Excel keeps of a number, and doubles are exact up to 2^53 only.
_ENDS_IN_ZERO = r"^\d{15}0(?:\.0+)?$"
_LARGEST_EXACT = str(2**53)
_NUMBER = r"[0-9](?:[ .\-]?[0-9]){15}"
_PAIR = rf"^[^0-9]{{0,20}}(?P<first>{_NUMBER})[^0-9]{{1,20}}(?P<second>{_NUMBER})[^0-9]{{0,20}}$"

_REMEMBERED = 250_000
"""Looking texts up is quick as long as they fit into the processor's cache, roughly."""
_NO_TEXTS = pa.array([], pa.string())
_BLOCK = 64
_NORMAL: dict[str, Callable[[str | None], str | None]] = {
    "nik": identity_digits,
    "kk": identity_digits,
    "name": normal_name,
}
# What normalising leaves as it is (a name but for its case): nearly all texts of nearly all files.
_DIGITS_ONLY = r"^[0-9]{16}$"
_PLAIN = {"nik": _DIGITS_ONLY, "kk": _DIGITS_ONLY, "name": r"^[A-Za-z][A-Za-z0-9]*(?: [A-Za-z0-9]+)*$"}
_ONE_DIGIT = f"^(?:{'|'.join(f'{digit}+' for digit in range(10))})$"


def trusted(texts: pa.Array, letters: pa.Array | None) -> pa.Array:
    """The texts of a NIK or KK column without the numbers that may have lost their last digit.

    Such a number is often that of somebody else, so it must lead to nobody.
    """
    if letters is None:
        return texts
    numeric = pc.equal(letters, "n")
    if not pc.any(numeric).as_py():
        return texts
    too_large = pc.and_(
        pc.greater(texts, _LARGEST_EXACT),
        pc.equal(pc.utf8_length(texts), pa.scalar(IDENTITY_LENGTH, pa.int32())),
    )
    lost = pc.and_(numeric, pc.or_(pc.match_substring_regex(texts, _ENDS_IN_ZERO), too_large))
    return pc.if_else(pc.fill_null(lost, False), pa.scalar(None, pa.string()), texts)


def pairs(texts: pa.Array) -> tuple[pa.Array, pa.Array] | None:
    """Both numbers of cells that hold two (`5205…/5205…`), null elsewhere; None where no cell does."""
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    if longest <= 2 * IDENTITY_LENGTH:
        return None
    found = pc.extract_regex(texts, _PAIR)
    if found.null_count == len(found):
        return None
    return pc.struct_field(found, "first"), pc.struct_field(found, "second")


class KeyMaker:
    """Makes keys with one secret."""

    def __init__(self, secret: bytes) -> None:
        block = (secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()).ljust(_BLOCK, b"\0")
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        inner = bytes(byte ^ 0x36 for byte in block)
        self._inner = {domain: hashlib.sha256(inner + f"{domain}:".encode()) for domain in _NORMAL}
        self._known: dict[str, tuple[pa.Array, pa.Array]] = {
            domain: (_NO_TEXTS, _NO_TEXTS) for domain in _NORMAL
        }

    def column(self, values: pa.Array, domain: str) -> pa.Array:
        """The keys of a column of nik, kk or name texts; null where a text identifies nobody."""
        known, _ = self._known[domain]
        places = pc.index_in(values, value_set=known)
        if places.null_count > values.null_count:
            self._learn(values, places, domain)
            known, _ = self._known[domain]
            places = pc.index_in(values, value_set=known)
        return self._known[domain][1].take(places)

    def _learn(self, values: pa.Array, places: pa.Array, domain: str) -> None:
        """Makes the keys of texts that were not met before; when there are too many, forgets those of other columns."""
        texts, keys = self._known[domain]
        new = values.filter(pc.is_null(places)).drop_null().unique()
        if len(texts) + len(new) > _REMEMBERED:
            texts, keys, new = _NO_TEXTS, _NO_TEXTS, values.drop_null().unique()
        plain = pc.and_not(
            pc.match_substring_regex(new, _PLAIN[domain]), pc.match_substring_regex(new, _ONE_DIGIT)
        )
        regular, odd = new.filter(plain), new.filter(pc.invert(plain))
        normal = (pc.ascii_lower(regular) if domain == "name" else regular).to_pylist()
        made: list[str | None] = [self._hash(text, domain) for text in normal]
        made += [self._make(text, domain) for text in odd.to_pylist()]
        self._known[domain] = (
            pa.concat_arrays([texts, regular, odd]),
            pa.concat_arrays([keys, pa.array(made, pa.string())]),
        )

    def _make(self, text: str, domain: str) -> str | None:
        normal = _NORMAL[domain](text)
        return self._hash(normal, domain) if normal else None

    def _hash(self, normal: str, domain: str) -> str:
        inner, outer = self._inner[domain].copy(), self._outer.copy()
        inner.update(normal.encode())
        outer.update(inner.digest())
        return outer.hexdigest()[:KEY_LENGTH]
