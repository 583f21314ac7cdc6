"""The life of a flag: when it was first seen, whether it is still so, when it was mended.

A flag is a rule and its subject: the entitlement, delivery or submission that it concerns, else the OPD,
programme, period and village. A flag seen again after it was resolved is the same flag, open again (`reopened_on`). A
past fact stays open until an e-mail has told it, and then is history: it is resolved although it is still true.

A flag got worse (`worsened_on`) when, against the last day on which it was seen, its severity rose, its shortfall (or
excess) grew, or its delay reached a further step of WORSE_AFTER_DAYS. On the day on which it was first seen, and for a past
fact, nothing gets worse.

Days may be judged in any order. The state (`severity`, `days_late`, `shortfall`, …) is that of the day judged last; the life
is a matter of days, not of the order of runs: an earlier day moves first_seen_on back, opens nothing that was resolved
after it, resolves nothing that was seen after it, and makes nothing worse.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from expectations.rules.base import FlagRule

# A delay is worse when it reaches a week, a fortnight, a month: the ladder on which an OPD, the coordinator and the chair look
# at it (a proposal, like the steps of alerts.yml). Each day more would call every open flag worse every morning.
WORSE_AFTER_DAYS = (7, 14, 30)

# What a rule's SQL leaves out is null; the subject decides the identity, figures and words do not.
_SEEN = """
    create or replace temp table seen (
        flag_id varchar, rule varchar, severity varchar, opd_code varchar, program_code varchar, period varchar,
        village_code varchar, district_code varchar, entitlement_id varchar, delivery_id varchar,
        submission_id varchar, days_late integer, shortfall double, unit varchar, detail varchar,
        blocked_by varchar, past_fact boolean
    )
"""

_IDENTIFY = """
    update seen set flag_id = left(md5(concat_ws(
        '|', rule,
        case
            when coalesce(entitlement_id, delivery_id) is not null
                then coalesce('e:' || entitlement_id, 'd:' || delivery_id)
            when submission_id is not null then 's:' || submission_id
            else concat_ws(
                '|', coalesce(opd_code, ''), coalesce(program_code, ''), coalesce(period, ''),
                coalesce(village_code, '')
            )
        end
    )), 16)
"""

# A flag leads an auditor to its row: one that leads nowhere is a fault of ours, and nothing is published with it.
_SUBJECTS = {
    "entitlement_id": "audit.delivery_accuracy",
    "delivery_id": "intermediate.int_deliveries_current",
    "submission_id": "audit.submissions",
}
_LEADING_NOWHERE = """
    select rule, count(*) from seen
    where {key} is not null
        and {key} not in (select {key} from {table} where {key} in (select {key} from seen))
    group by rule order by rule
"""

# A digest that was sent, or written where no mail server is set, has told the flags that its state lists.
_TOLD = """
    create or replace temp table told as
    select distinct unnest(json_extract_string(cast(state as json), '$.told.*[*]')) as flag_id
    from ledger.outbox
    where kind = 'digest' and json_valid(state)
        and (status = 'sent' or (status = 'written' and (state ->> 'mode') = 'file'))
"""

_RANK = "list_position(['info', 'warning', 'critical'], {severity})"
_STEP = "len(list_filter($worse_after_days, step -> coalesce({days}, 0) >= step))"

_UPDATE_SEEN = f"""
    update ledger.flags as flag set
        severity = seen.severity, opd_code = seen.opd_code, program_code = seen.program_code,
        period = seen.period, village_code = seen.village_code, district_code = seen.district_code,
        entitlement_id = seen.entitlement_id, delivery_id = seen.delivery_id,
        submission_id = seen.submission_id, days_late = seen.days_late, shortfall = seen.shortfall,
        unit = seen.unit, detail = seen.detail, blocked_by = seen.blocked_by,
        first_seen_on = least(flag.first_seen_on, $as_of), last_seen_on = greatest(flag.last_seen_on, $as_of),
        first_severity = if($as_of < flag.first_seen_on, seen.severity, flag.first_severity),
        first_days_late = if($as_of < flag.first_seen_on, seen.days_late, flag.first_days_late),
        first_shortfall = if($as_of < flag.first_seen_on, seen.shortfall, flag.first_shortfall),
        last_severity = if($as_of >= flag.last_seen_on, seen.severity, flag.last_severity),
        last_days_late = if($as_of >= flag.last_seen_on, seen.days_late, flag.last_days_late),
        last_shortfall = if($as_of >= flag.last_seen_on, seen.shortfall, flag.last_shortfall),
        worsened_on = case
            when not seen.past_fact
                and flag.resolved_on is null
                and $as_of > flag.first_seen_on
                and $as_of >= flag.last_seen_on
                and (
                    {_RANK.format(severity="seen.severity")} > {_RANK.format(severity="flag.last_severity")}
                    or abs(coalesce(seen.shortfall, 0)) > abs(coalesce(flag.last_shortfall, 0)) + 0.01
                    or {_STEP.format(days="seen.days_late")} > {_STEP.format(days="flag.last_days_late")}
                )
                then $as_of
            else flag.worsened_on
        end,
        reopened_on = case
            when not seen.past_fact and $as_of > flag.resolved_on then $as_of else flag.reopened_on
        end,
        resolved_on = case
            when seen.past_fact and exists (select 1 from told where told.flag_id = seen.flag_id)
                then coalesce(flag.resolved_on, $as_of)
            when $as_of < flag.resolved_on then flag.resolved_on
        end
    from seen
    where flag.flag_id = seen.flag_id
"""

_INSERT_NEW = """
    insert into ledger.flags by name
    select
        seen.* exclude (past_fact), $as_of as first_seen_on, $as_of as last_seen_on, null as resolved_on,
        severity as first_severity, days_late as first_days_late, shortfall as first_shortfall,
        severity as last_severity, days_late as last_days_late, shortfall as last_shortfall
    from seen
    anti join ledger.flags as flag on seen.flag_id = flag.flag_id
"""

# What was seen on a later day is not resolved by judging an earlier one; what a later day found resolved may have been so before.
_RESOLVE = """
    update ledger.flags as flag set resolved_on = $as_of
    where coalesce(flag.resolved_on > $as_of, true)
        and flag.last_seen_on <= $as_of
        and flag.rule in (select unnest($rules))
        and not exists (select 1 from seen where seen.flag_id = flag.flag_id)
"""

# A flag that came and went within one day, told to nobody, is a matter of how files were batched, not of the deliveries.
_FORGET_THE_PASSING = """
    delete from ledger.flags
    where first_seen_on = $as_of
        and resolved_on = $as_of
        and flag_id not in (
            select unnest(json_extract_string(cast(state as json), '$.told.*[*]'))
            from ledger.outbox
            where kind = 'digest' and json_valid(state)
        )
"""


class FlagsLeadNowhere(RuntimeError):
    """A rule raised flags whose entitlement, delivery or submission does not exist."""

    def __init__(self, table: str, found: list[tuple[str, int]]) -> None:
        super().__init__(
            f"flags without their row in {table}, which is a fault of the rule or of the table: "
            + ", ".join(f"{rule} ({flags})" for rule, flags in found)
        )


def keep_flags(
    connection: duckdb.DuckDBPyConnection, evaluated: Iterable[type[FlagRule]], as_of: date
) -> dict[str, int]:
    """Brings ledger.flags to this day for the evaluated rules; flags of other rules stay as they are.

    Returns:
        The number of flags that each evaluated rule raises now.

    Raises:
        FlagsLeadNowhere: A flag's subject does not exist; nothing is to be published then.
    """
    rules = list(evaluated)
    connection.execute(_SEEN)
    for rule in rules:
        connection.execute(
            f"insert into seen by name select ? as rule, ? as severity, ? as past_fact, failing.* "
            f"from ({rule.flag_sql()}) as failing",
            [rule.rule, rule.level, rule.past_fact],
        )
    connection.execute(_IDENTIFY)
    connection.execute(
        "create or replace temp table seen as "
        "from seen qualify row_number() over (partition by flag_id order by days_late desc nulls last) = 1"
    )
    _require_subjects(connection)
    connection.execute(_TOLD)
    connection.execute(_UPDATE_SEEN, {"as_of": as_of, "worse_after_days": list(WORSE_AFTER_DAYS)})
    connection.execute(_INSERT_NEW, {"as_of": as_of})
    connection.execute(_RESOLVE, {"as_of": as_of, "rules": [rule.rule for rule in rules]})
    connection.execute(_FORGET_THE_PASSING, {"as_of": as_of})
    counted = dict(connection.execute("select rule, count(*) from seen group by rule").fetchall())
    connection.execute("drop table seen")
    connection.execute("drop table told")
    return {rule.rule: int(counted.get(rule.rule, 0)) for rule in rules}


def _require_subjects(connection: duckdb.DuckDBPyConnection) -> None:
    for key, table in _SUBJECTS.items():
        # Only where a flag has such a subject: a table that could not be built has no flags, and its rules were not evaluated.
        if connection.execute(f"select 1 from seen where {key} is not null limit 1").fetchone():
            lost = connection.execute(_LEADING_NOWHERE.format(key=key, table=table)).fetchall()
            if lost:
                raise FlagsLeadNowhere(table, lost)
