"""Recognises village and district names in titles and sheet names. It never decides for a row: dbt does."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.config import Configuration

_PREFIX = re.compile(r"^(?:(?:desa|ds|kelurahan|kel|kecamatan|kec|kabupaten|kab)\b\s*[./:]?\s*)+")
_ROMAN = {
    numeral: str(number)
    for number, numeral in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"), start=1)
}


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A place name for comparing, as macro `place_key`: no case, apostrophes, prefix or spaces; Roman numerals as Arabic ones."""
    # Apostrophes first: NFKD would make a space and an accent of ´.
    text = unicodedata.normalize("NFKD", re.sub(r"[`'‘’ʼ´′]", "", name)).lower()
    text = _PREFIX.sub("", text.strip(" .:_-"))
    return "".join(_ROMAN.get(word, word) for word in re.findall(r"[a-z0-9]+", text))


class Places:
    """The regency's villages and districts as a set of spellings."""

    def __init__(self, configuration: Configuration) -> None:
        self.villages = {plain(village.village_name) for village in configuration.villages}
        self.villages |= {plain(alias.alias) for alias in configuration.village_aliases if alias.village_code}
        self.codes = {village.village_code.replace(".", "") for village in configuration.villages}
        self.districts = {plain(village.district_name) for village in configuration.villages}
        self.districts |= {
            plain(alias.alias) for alias in configuration.village_aliases if not alias.village_code
        }

    def is_village(self, name: str) -> bool:
        """Whether a text is a village's name, settled spelling or code."""
        return plain(name) in self.villages or re.sub(r"\D", "", name) in self.codes

    def is_district(self, name: str) -> bool:
        """Whether a text is a district's name."""
        return plain(name) in self.districts
