"""Chance that repeats itself: each part of the story draws from its own seeded generator.

So a file's content depends on the seed and on what the file tells, never on how many other files were
written: the sample of a later day is the sample of an earlier day plus what came since.
"""

from __future__ import annotations

import random


def generator(seed: int, *topic: object) -> random.Random:
    """A generator for one topic (a programme, a period, a district, …)."""
    return random.Random("|".join(str(part) for part in (seed, *topic)))  # noqa: S311 - a story, no secret
