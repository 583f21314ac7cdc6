"""Which candidates are one person: one to one, what is sure without asking, what an operator is asked, and what he has said.

Everything here is a function of its arguments; the order of the candidates does not matter.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from include.targeting.model import Candidate

CLEAR_LEAD = 5.0
"""By how much (binary logarithm of the odds) a pair must lead the next best of either entry to be accepted unasked."""

# Names that may be one name written by two clerks.
_ALIKE = ("same", "sounds_same", "near")

# What two strangers of one name and village hardly share: a village has several of each common name, some born in one year.
_PROOF = {"birth_date": ("same",), "kk": ("same",), "nik": ("same", "shortened", "one_digit")}


@dataclass(frozen=True)
class Thresholds:
    """From which probability a pair is accepted, and from which it is put before an operator."""

    accept: float
    review: float


@dataclass(frozen=True)
class Reviewed:
    """What an operator has said of a pair; `same` is None for "not known yet"."""

    same: bool | None
    submission_id: str


@dataclass(frozen=True)
class Pair:
    """A pair as it is entered into ledger.registry_matches."""

    left: str
    right: str
    probability: float
    matched_by: str
    decision: str
    agreement: str
    reviewed_by: str | None = None


def settle(
    candidates: Iterable[Candidate],
    reviewed: Mapping[tuple[str, str], Reviewed],
    twins: Set[str],
    thresholds: Thresholds,
) -> list[Pair]:
    """Decides on all candidates.

    Args:
        candidates: Scored pairs, and those whose NIK is equal but everything else contradicts (agreement `nik`: `same`).
        reviewed: What operators have said, by pair of keys.
        twins: Entries that share family and birth date with another one of their registry.
        thresholds: The configured limits.

    Returns:
        Accepted, open and refused pairs; of the accepted each entry stands in one pair only.
    """
    taken: dict[str, set[str]] = {"left": set(), "right": set()}
    pairs: list[Pair] = []
    ranked = sorted(candidates, key=lambda one: (-one.weight, one.left, one.right))
    for one in ranked:
        said = reviewed.get((one.left, one.right))
        if said is not None and said.same:
            pairs.append(_entered(one, "review", "accepted", said))
            _take(taken, one)
    refused = [one for one in ranked if (said := reviewed.get((one.left, one.right))) and said.same is False]
    pairs += [_entered(one, "review", "rejected", reviewed[one.left, one.right]) for one in refused]
    gone = {(one.left, one.right) for one in refused}
    free = [one for one in ranked if (one.left, one.right) not in gone and not _is_taken(taken, one)]
    rivals = _rivals(free)
    asked: list[tuple[Candidate, Reviewed | None]] = []
    for one in free:
        if _is_taken(taken, one):
            continue
        said = reviewed.get((one.left, one.right))
        if said is None and _is_sure(one, twins, thresholds) and _leads(one, rivals, taken):
            pairs.append(_entered(one, _how(one), "accepted", None))
            _take(taken, one)
        elif one.probability >= thresholds.review and _may_be_one(one, twins):
            asked.append((one, said))
    pairs += [_entered(one, _how(one), "review", said) for one, said in asked if not _is_taken(taken, one)]
    return sorted(pairs, key=lambda pair: (pair.left, pair.right))


def _is_sure(one: Candidate, twins: Set[str], thresholds: Thresholds) -> bool:
    """Never on numbers alone, never on name and place alone, and never between twins unless the names are the same."""
    name = one.agreement.get("name")
    if (
        one.probability < thresholds.accept
        or name not in _ALIKE
        or not any(one.agreement.get(comparison) in levels for comparison, levels in _PROOF.items())
        or one.agreement.get("gender") == "different"
    ):
        return False
    born_together = one.left in twins or one.right in twins
    return not (born_together and name == "near" and one.agreement.get("birth_date") == "same")


def _may_be_one(one: Candidate, twins: Set[str]) -> bool:
    """Whether an operator could see anything in the pair: two names of one family and one birth date are two persons."""
    if one.agreement.get("name") != "different" or one.agreement.get("nik") == "same":
        return True
    return one.left not in twins and one.right not in twins and one.agreement.get("gender") != "different"


def _rivals(free: Sequence[Candidate]) -> dict[str, list[Candidate]]:
    found: dict[str, list[Candidate]] = defaultdict(list)
    for one in free:
        found[f"left:{one.left}"].append(one)
        found[f"right:{one.right}"].append(one)
    return found


def _leads(one: Candidate, rivals: Mapping[str, Sequence[Candidate]], taken: Mapping[str, set[str]]) -> bool:
    """Whether no other free pair of either entry comes near."""
    return all(
        other is one or _is_taken(taken, other) or one.weight - other.weight >= CLEAR_LEAD
        for other in (*rivals[f"left:{one.left}"], *rivals[f"right:{one.right}"])
    )


def _how(one: Candidate) -> str:
    return "nik" if one.agreement.get("nik") == "same" else "probability"


def _take(taken: Mapping[str, set[str]], one: Candidate) -> None:
    taken["left"].add(one.left)
    taken["right"].add(one.right)


def _is_taken(taken: Mapping[str, set[str]], one: Candidate) -> bool:
    return one.left in taken["left"] or one.right in taken["right"]


def _entered(one: Candidate, matched_by: str, decision: str, said: Reviewed | None) -> Pair:
    return Pair(
        one.left, one.right, one.probability, matched_by, decision, json.dumps(one.agreement, sort_keys=True),
        said.submission_id if said else None,
    )  # fmt: skip
