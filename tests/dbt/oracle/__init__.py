"""The judgement of contract sections 4 and 5 once more, in plain Python: small, slow, obviously right, from the words of the page.

It shares nothing with the SQL but the question. `tests/dbt/test_oracle.py` holds both against each other.
"""

from tests.dbt.oracle.flags import flags
from tests.dbt.oracle.judgement import judge_all, unexpected
from tests.dbt.oracle.payments import Payments
from tests.dbt.oracle.reporting import log_statuses
from tests.dbt.oracle.survey import Readiness, Service, readiness, served, villages_ready
from tests.dbt.oracle.world import LEAST, Family, Listing, NilForm, Program, Row, Window, World

__all__ = [
    "LEAST", "Family", "Listing", "NilForm", "Payments", "Program", "Readiness", "Row", "Service", "Window", "World",
    "flags", "judge_all", "log_statuses", "readiness", "served", "unexpected", "villages_ready",
]  # fmt: skip
