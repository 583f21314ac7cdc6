"""The model at its limits: registries that share everybody, nobody, or only a village and its few names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

import duckdb
import pytest

from include.targeting.model import LEAST_PAIRS, Scored, score
from include.targeting.pairing import Pair, Thresholds, settle

NAMES = (
    "arsyad baco fatimah nurhayati sulaiman rahmah yusuf aminah ibrahim salmah hamzah mariam usman ilyas anwar"
).split()
COLUMNS = (
    "unique_id varchar, nik_key varchar, kk_key varchar, name_compared varchar, name_sound varchar, name_words varchar[], "
    "birth_date date, gender varchar, village_code varchar, district_code varchar, nik_digits varchar, is_nik_shortened boolean"
)
Entry = tuple[Any, ...]


def villager(number: int, draw: Random, with_nik: bool = True) -> Entry:
    """Somebody of one village with one of its few names; two numbers are two persons."""
    name = draw.choice(NAMES)
    birth = date(draw.randint(1955, 1995), draw.randint(1, 12), draw.randint(1, 28))
    nik = f"{5205990000000000 + number * 1037}" if with_nik else None
    gender = "female" if name in ("fatimah", "nurhayati", "rahmah", "aminah", "salmah", "mariam") else "male"
    return (
        f"k{number}", nik and f"n{number}", f"kk{number}", name, name, [name], birth, gender, "v1", "d1", nik, False,
    )  # fmt: skip


def scored(left: Sequence[Entry], right: Sequence[Entry]) -> Scored:
    with duckdb.connect() as connection:
        for side, entries in (("left", left), ("right", right)):
            connection.execute(f"create table {side}_entries ({COLUMNS})")
            connection.executemany(
                f"insert into {side}_entries values ({', '.join('?' * 12)})", list(entries)
            )
        connection.execute(
            "create table equal as select l.unique_id as left_key, r.unique_id as right_key "
            "from left_entries as l inner join right_entries as r on l.nik_key = r.nik_key"
        )
        return score(connection, 0.5)


def accepted(found: Scored) -> list[Pair]:
    pairs = settle(found.candidates, {}, frozenset(), Thresholds(accept=0.99, review=0.5))
    return [pair for pair in pairs if pair.decision == "accepted"]


def test_registries_that_share_everybody_find_the_last_one() -> None:
    draw = Random(1)
    both = [villager(number, draw) for number in range(LEAST_PAIRS + 20)]
    last = villager(9000, draw)
    without_nik = (last[0], None, *last[2:10], None, False)
    [pair] = accepted(scored([*both, last], [*both, without_nik]))
    assert (pair.left, pair.right) == ("k9000", "k9000")


def test_what_was_learnt_is_published_unmasked() -> None:
    """Whoever publishes masks what looks like somebody's number, and sixteen digits of a probability do."""
    draw = Random(3)
    both = [villager(number, draw) for number in range(LEAST_PAIRS + 20)]
    found = scored([*both, *(villager(9000 + n, draw) for n in range(5))], [*both, villager(9500, draw)])
    assert "m_probability" in found.settings
    assert re.search(r"\d{12}", found.settings) is None


def test_a_registry_without_family_cards_finds_nobody_and_does_not_fail() -> None:
    draw = Random(2)
    both = [villager(number, draw) for number in range(LEAST_PAIRS + 20)]
    strangers = [villager(1000 + number, draw) for number in range(15)]
    others = [villager(2000 + number, draw) for number in range(15)]
    cardless = [(*entry[:2], None, *entry[3:]) for entry in (*both, *others)]
    assert accepted(scored([*both, *strangers], cardless)) == []


@pytest.mark.parametrize("seed", range(4))
def test_strangers_of_one_village_and_few_names_are_not_taken_for_one_another(seed: int) -> None:
    """Too few equal NIKs to learn from, nobody on the right has a NIK, and nobody stands in both."""
    draw = Random(seed)
    both = [villager(number, draw) for number in range(60)]
    left = [villager(1000 + number, draw) for number in range(30)]
    right = [villager(2000 + number, draw, with_nik=False) for number in range(30)]
    assert accepted(scored([*both, *left], [*both, *right])) == []
