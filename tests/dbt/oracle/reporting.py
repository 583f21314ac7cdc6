"""Which log came for which village and month, and when."""

from __future__ import annotations

from datetime import date

from tests.dbt.oracle.judgement import Judgement, Key
from tests.dbt.oracle.payments import Delivery, Payments
from tests.dbt.oracle.world import Program

Awaited = tuple[str, str, str]
"""A programme, a period and a village from which a log is awaited."""


def log_statuses(payments: Payments, found: dict[Key, Judgement], as_of: date) -> dict[Awaited, str]:
    families = payments.world.families
    awaited = {
        (families[index].program.code, period, families[index].village): families[index].program
        for index, period in found
    }
    logs = _logs(payments)
    return {
        place: _status(program, place[1], as_of, logs.get(place), _nil(payments, place))
        for place, program in awaited.items()
    }


def _status(program: Program, period: str, as_of: date, log: date | None, nil: date | None) -> str:
    deadline = program.log_due(period)
    if log and log <= deadline:
        return "received"
    if nil and nil <= deadline:
        return "nil"
    if log or nil:
        return "late"
    return "missing" if as_of > deadline else "pending"


def _logs(payments: Payments) -> dict[Awaited, date]:
    """The day of the first log that speaks of a village and month, whatever it says."""
    first: dict[Awaited, date] = {}
    for one in (one for group in payments.groups.values() for one in group):
        village = one.village or _listed_village(payments, one)
        if village:
            place = (one.row.program.code, one.period, village)
            first[place] = min(one.row.received_on, first.get(place, date.max))
    return first


def _listed_village(payments: Payments, one: Delivery) -> str | None:
    """Where the list has somebody who is owed nothing, and the row names no village."""
    return next((family.village for family in payments.named.listed(one.row, one.row.payee)), None)


def _nil(payments: Payments, place: Awaited) -> date | None:
    """The day of the first empty form for a village and month, or for all villages."""
    program, period, village = place
    days = [
        form.received_on
        for form in payments.world.nil_forms
        if form.program.code == program and period in form.periods and form.village in (None, village)
    ]
    return min(days, default=None)
