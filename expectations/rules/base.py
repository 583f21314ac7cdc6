"""What every rule has in common: a code, a policy sentence, its source, and SQL that selects failing rows."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import great_expectations.expectations as gxe
from babel.dates import get_month_names

Severity = Literal["critical", "warning", "info"]

# The columns of ledger.flags that a rule's SQL may select; what it leaves out is null.
SUBJECT_COLUMNS = (
    "opd_code", "program_code", "period", "village_code", "district_code", "entitlement_id", "delivery_id",
    "submission_id", "days_late", "shortfall", "unit", "detail", "blocked_by",
)  # fmt: skip

_MONTHS = " ".join(name for _, name in sorted(get_month_names("wide", locale="id").items()))


def written_day(column: str) -> str:
    """SQL for a day in the words of a flag's detail: `5 Februari 2024`; null where there is none."""
    return f"day({column}) || ' ' || split_part('{_MONTHS}', ' ', month({column})) || ' ' || year({column})"


class FlagRule(gxe.UnexpectedRowsExpectation):
    """A rule of section 5 of the contract; each row that its SQL selects becomes one flag.

    The SQL reads `{batch}` (all rows of `table`) and selects columns of SUBJECT_COLUMNS: keys, places and
    figures, never a name or a number of a person, masked or not. It casts with `cast()`: SQLAlchemy takes a
    colon for a parameter.
    """

    rule: ClassVar[str]
    table: ClassVar[str]
    # Where auditors find the same rows, if the rule reads what the published table is made of.
    published_as: ClassVar[str | None] = None
    level: ClassVar[Severity]
    # A past fact cannot be mended any more: it is told once and then is history.
    past_fact: ClassVar[bool] = False
    policy: ClassVar[str]
    source: ClassVar[str]
    sql: ClassVar[str]

    @classmethod
    def expectation(cls) -> FlagRule:
        """The rule as an expectation of a suite."""
        meta: dict[str, Any] = {"rule": cls.rule, "source": cls.source, "past_fact": cls.past_fact}
        return cls(
            unexpected_rows_query=cls.sql,
            severity=cls.level,
            description=cls.policy,
            meta=meta,
            notes=cls.source,
        )

    @classmethod
    def flag_sql(cls) -> str:
        """The same SQL outside Great Expectations: whose rows fill the flags."""
        return cls.sql.format(batch=f"(select * from {cls.table})")
