"""Why somebody did what auditors will ask about: a reveal, an erasure, a replay, a decision."""

from __future__ import annotations

from include.privacy import without_identity_numbers

SHORTEST = 10
"""Fewer characters are no reason."""


def stated(reason: str, refusal: type[Exception]) -> str:
    """The reason as it is published: a NIK or KK that somebody wrote into it is left out.

    Raises:
        refusal: there is no reason worth the name.
    """
    if len(reason.strip()) < SHORTEST:
        raise refusal(f"say why, in {SHORTEST} characters or more: auditors will read it")
    return without_identity_numbers(reason.strip())
