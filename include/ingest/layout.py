"""How the workbooks that we hand out look: one font that is everywhere, and rows as high as their text.

Spreadsheet programs differ in whether they make a wrapped row high enough when they open it; phones often do not.
"""

from __future__ import annotations

import textwrap
from functools import lru_cache

FONT = {"font_name": "Arial", "font_size": 10}
"""For `default_format_properties`: every office program has this font or one of the same widths."""

_LINE = 12.75
_HIGHEST = 400.0
# A column's width counts the widest digits; of running text somewhat more goes into a line.
_LETTERS_PER_DIGIT = 1.1


def row_height(*cells: tuple[str, float]) -> float:
    """The height in points of a row whose cells hold these texts in columns of these widths (in characters)."""
    lines = max(_lines(text, int(width * _LETTERS_PER_DIGIT)) for text, width in cells)
    return min(_HIGHEST, lines * _LINE + 3)


@lru_cache(maxsize=4096)
def _lines(text: str, width: int) -> int:
    return sum(max(1, len(textwrap.wrap(line, width))) for line in text.split("\n"))
