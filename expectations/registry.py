"""The rules that run, suite by suite. What is not listed here does not run, and the tests say so.

Importing this module imports Great Expectations, which takes seconds: only `include.quality.validate` does.
"""

from __future__ import annotations

from expectations.rules.base import FlagRule
from expectations.suites import deliveries, reporting, targeting

SUITES: dict[str, tuple[type[FlagRule], ...]] = {**deliveries.RULES, **reporting.RULES, **targeting.RULES}

RULES: tuple[type[FlagRule], ...] = tuple(rule for rules in SUITES.values() for rule in rules)
