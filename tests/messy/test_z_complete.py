"""No case of the catalogue is without files or without a test that names it."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from tests.messy.kit import CASES

HERE = Path(__file__).parent
EVERY = set(range(1, 77))
# What corrects or revises what came before needs a home of its own, and several runs.
IN_A_HOME_OF_THEIR_OWN = {74, 75}


def test_every_case_has_files_and_a_test_of_its_number() -> None:
    tested = set()
    for module in sorted(HERE.glob("test_[a-h]_*.py")):
        import_module(f"tests.messy.{module.stem}")
        tested |= {
            int(number) for number in re.findall(r"^def test_case_(\d\d)_", module.read_text(), re.MULTILINE)
        }
    assert EVERY - tested == set()
    assert EVERY - CASES.keys() == IN_A_HOME_OF_THEIR_OWN
