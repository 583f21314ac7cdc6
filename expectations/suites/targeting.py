"""Suites on who is aided by which programmes together."""

from __future__ import annotations

from expectations.rules import combinations

COMBINATIONS = "combination_conflicts__verdicts"

RULES = {
    COMBINATIONS: (combinations.ExpectNoForbiddenCombination, combinations.ExpectAgreedCombination),
}
