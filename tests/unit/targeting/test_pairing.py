"""Which candidates become pairs: one to one, sure or asked, twins apart, an operator's word before any figure."""

from __future__ import annotations

from include.targeting.model import Candidate
from include.targeting.pairing import CLEAR_LEAD, Pair, Reviewed, Thresholds, settle

LIMITS = Thresholds(accept=0.99, review=0.5)


def one(
    left: str, right: str, probability: float = 0.999, weight: float = 10.0, **agreement: str
) -> Candidate:
    return Candidate(left, right, probability, weight, {"name": "same", "birth_date": "same"} | agreement)


def settled(
    *candidates: Candidate,
    said: dict[tuple[str, str], bool | None] | None = None,
    twins: set[str] | None = None,
) -> list[tuple[str, str, str, str]]:
    reviewed = {key: Reviewed(same, "s9") for key, same in (said or {}).items()}
    pairs: list[Pair] = settle(candidates, reviewed, twins or set(), LIMITS)
    assert pairs == settle(reversed(candidates), reviewed, twins or set(), LIMITS), (
        "the order decides nothing"
    )
    return [(pair.left, pair.right, pair.decision, pair.matched_by) for pair in pairs]


def test_sure_pairs_are_accepted_and_likely_ones_asked() -> None:
    assert settled(one("a", "x"), one("b", "y", 0.7, 1.2), one("c", "z", 0.4, -0.6)) == [
        ("a", "x", "accepted", "probability"),
        ("b", "y", "review", "probability"),
    ]


def test_each_entry_is_one_person_once() -> None:
    assert settled(one("a", "x", weight=20), one("a", "y", weight=12), one("b", "x", weight=11)) == [
        ("a", "x", "accepted", "probability")
    ]


def test_a_narrow_lead_is_asked() -> None:
    assert settled(one("a", "x", weight=20), one("a", "y", weight=20 - CLEAR_LEAD / 2)) == [
        ("a", "x", "review", "probability"),
        ("a", "y", "review", "probability"),
    ]


def test_a_rival_that_is_somebody_else_is_no_rival() -> None:
    found = settled(one("b", "y", weight=30), one("a", "y", weight=19), one("a", "x", weight=18))
    assert [pair[:3] for pair in found] == [("a", "x", "accepted"), ("b", "y", "accepted")]


def test_numbers_without_a_name_are_never_sure() -> None:
    assert settled(one("a", "x", name="different")) == [("a", "x", "review", "probability")]
    assert settled(one("a", "x", gender="different")) == [("a", "x", "review", "probability")]


def test_twins_stay_apart() -> None:
    other_name, near, same = (one("a", "x", name=name) for name in ("different", "near", "sounds_same"))
    assert settled(other_name, twins={"a"}) == [], (
        "two names of one family and one birth date are two persons"
    )
    assert settled(near, twins={"x"}) == [("a", "x", "review", "probability")]
    assert settled(same, twins={"a", "x"}) == [("a", "x", "accepted", "probability")]


def test_an_operators_word_stands_before_any_figure() -> None:
    candidates = (one("a", "x", weight=20), one("a", "y", 0.6, 0.7))
    assert settled(*candidates, said={("a", "y"): True}) == [("a", "y", "accepted", "review")]
    assert settled(*candidates, said={("a", "x"): False}) == [
        ("a", "x", "rejected", "review"),
        ("a", "y", "review", "probability"),
    ]
    assert settled(one("a", "x"), said={("a", "x"): None}) == [("a", "x", "review", "probability")]
