"""Keys of persons for whole columns: the same as privacy.key gives, worked out once a distinct value.

A file of a million rows has some hundred thousand people; hashing is then what reading waits for. So the two
constant parts of the HMAC are prepared once and copied, and values met before are remembered (within bounds).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pyarrow as pa

from include.privacy import KEY_LENGTH, identity_digits, normal_name

IDENTITY_PATTERN = r"^[\s'`´‘’\"]*\d(?:[\s.\-]*\d){11,16}[\s'.]*$"
"""A cell that holds nothing but the digits of an identity: 12 to 17, so that an official's 18-digit number (NIP) is none."""

_REMEMBERED = 400_000
_BLOCK = 64
_NORMAL: dict[str, Callable[[str | None], str | None]] = {
    "nik": identity_digits,
    "kk": identity_digits,
    "name": normal_name,
}


class KeyMaker:
    """Makes keys with one secret."""

    def __init__(self, secret: bytes) -> None:
        block = (secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()).ljust(_BLOCK, b"\0")
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        inner = bytes(byte ^ 0x36 for byte in block)
        self._inner = {domain: hashlib.sha256(inner + f"{domain}:".encode()) for domain in _NORMAL}
        self._known: dict[str, dict[str, str | None]] = {domain: {} for domain in _NORMAL}

    def column(self, values: pa.Array, domain: str) -> pa.Array:
        """The keys of a column of nik, kk or name texts; null where a text identifies nobody."""
        encoded = values.dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        known = self._known[domain]
        if len(known) + len(texts) > _REMEMBERED:
            known.clear()
        keys = [known[text] if text in known else self._make(text, domain) for text in texts]
        return pa.array(keys, pa.string()).take(encoded.indices)

    def _make(self, text: str, domain: str) -> str | None:
        normal = _NORMAL[domain](text)
        key = None
        if normal:
            inner = self._inner[domain].copy()
            inner.update(normal.encode())
            outer = self._outer.copy()
            outer.update(inner.digest())
            key = outer.hexdigest()[:KEY_LENGTH]
        self._known[domain][text] = key
        return key
