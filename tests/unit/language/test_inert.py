"""Text from outside must not act: not as a header, not as markup, not as a formula, and no NIK in a file's name."""

from __future__ import annotations

import pytest

from include.language.inert import cell, file_name, inert


def test_control_and_direction_characters_are_gone() -> None:
    assert inert("log\r\nBcc: x@example.org\x00\u202egnp\u200b") == "log Bcc: x@example.org gnp"
    assert inert("a" * 300, 10) == "aaaaaaaaa…"


@pytest.mark.parametrize(
    "name",
    [
        "5205010199019999.xlsx",
        "data 5205 0101 9901 9999.csv",
        "520501.019901.9999 BLT.csv",
        "x5205-0101-9901-9999",
    ],
)
def test_an_identity_number_in_a_file_name_is_not_repeated(name: str) -> None:
    assert "9999" not in file_name(name)


def test_dates_and_times_in_a_file_name_stay() -> None:
    assert file_name("log_20240205_093000.csv") == "log_20240205_093000.csv"


@pytest.mark.parametrize("text", ["=1+1", "+62", "-5", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_formulas_become_text(text: str) -> None:
    assert cell(text).startswith("'")


def test_ordinary_cells_stay() -> None:
    assert cell("Hu'u") == "Hu'u"
