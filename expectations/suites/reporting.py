"""Suites on what OPDs sent."""

from __future__ import annotations

from expectations.rules import reporting

COMPLETENESS = "reporting_completeness__logs"
SUBMISSIONS = "submissions__soundness"

RULES = {
    COMPLETENESS: (reporting.ExpectNoMissingLog, reporting.ExpectNoLateLog),
    SUBMISSIONS: (reporting.ExpectFewRejectedRows, reporting.ExpectStatedTotalsToAgree),
}
