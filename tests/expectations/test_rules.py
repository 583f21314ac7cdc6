"""Each rule on rows that must pass, must fail, and stand at its boundary, through Great Expectations."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from typing import Any

import pytest

import expectations.rules
from expectations.registry import RULES, SUITES
from expectations.rules.base import SUBJECT_COLUMNS, FlagRule
from expectations.rules.recipients import ExpectNoDeceasedRecipient
from expectations.suites import deliveries, reporting, targeting
from include.quality.validate import validate
from include.warehouse.connection import reader, writer
from include.workspace import Workspace

AS_OF = date(2024, 2, 12)
ACCURACY, UNEXPECTED, LOGS, FILES, PAYMENTS, SUSENAS = (
    "delivery_accuracy",
    "unexpected_deliveries",
    "reporting_completeness",
    "submissions",
    "intermediate.int_deliveries_current",
    "susenas_readiness",
)
SENT = "staging.stg_distribution__typed"
COMBINATIONS = "combination_conflicts"
LISTS, GATES = "staging.stg_recipients__rows", "village_gates"

# What must be registered, with its severity: taken from the contract, not from the code.
EXPECTED = {
    "delivery_missing": "critical",
    "delivery_late": "warning",
    "delivery_incomplete": "warning",
    "amount_under": "warning",
    "amount_over": "warning",
    "delivery_duplicate": "warning",
    "recipient_not_listed": "warning",
    "log_missing": "critical",
    "log_late": "warning",
    "reject_rate_high": "warning",
    "total_mismatch": "warning",
    "backdating_suspected": "warning",
    "susenas_at_risk": "warning",
    "unit_suspected": "warning",
    "period_cap_exceeded": "warning",
    "paid_before_period": "info",
    "paid_before_gate": "warning",
    "recipient_marked_deceased": "warning",
    "program_not_running": "warning",
    "village_not_eligible": "warning",
    "combination_not_allowed": "warning",
    "combination_to_ask": "info",
}


def _months(count: int, first: int = 1, **values: Any) -> list[dict[str, Any]]:
    """A payment's deliveries, one a month."""
    return [
        {"delivery_id": f"{values['beneficiary_key']}-{month}", "period": f"2024-{month:02}", **values}
        for month in range(first, first + count)
    ]


# rule: (table, sound rows, failing rows, rows at the boundary that must pass)
CASES: dict[str, tuple[str, list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]] = {
    "delivery_missing": (
        ACCURACY,
        [{"timing_status": "on_time"}],
        [{"timing_status": "missing", "amount_status": "none", "delivered_amount": 0, "days_late": 12}],
        # Overdue by days of a pause only: handing out is forbidden.
        [{"timing_status": "pending", "amount_status": "none", "delivered_amount": 0}, {"timing_status": "undated"},
         {"timing_status": "missing", "amount_status": "none", "delivered_amount": 0, "days_late": 0}],
    ),
    "delivery_late": (
        ACCURACY,
        [{"timing_status": "on_time"}],
        [{"timing_status": "late", "days_late": 1}],
        [{"timing_status": "on_time", "completed_on": "2024-01-31"}, {"timing_status": "missing"}],
    ),
    "delivery_incomplete": (
        ACCURACY,
        [{"timing_status": "on_time"}],
        [{"timing_status": "incomplete", "amount_status": "under", "delivered_amount": 4.0, "days_late": 1}],
        [{"timing_status": "pending", "amount_status": "under", "delivered_amount": 4.0},
         {"timing_status": "incomplete", "amount_status": "under", "delivered_amount": 4.0, "days_late": 0}],
    ),
    "amount_under": (
        ACCURACY,
        [{"amount_status": "exact"}],
        [{"amount_status": "under", "timing_status": "pending", "delivered_amount": 4.6}],
        [{"amount_status": "exact", "delivered_amount": 9.9}, {"amount_status": "none", "delivered_amount": 0}],
    ),
    "amount_over": (
        ACCURACY,
        [{"amount_status": "exact"}],
        [{"amount_status": "over", "delivered_amount": 20.0}],
        [{"amount_status": "exact", "delivered_amount": 10.1}],
    ),
    "recipient_not_listed": (
        UNEXPECTED, [], [{"kind": "not_listed"}], [{"kind": "duplicate"}, {"kind": "not_running"}, {"is_village_eligible": False}],
    ),
    "program_not_running": (
        UNEXPECTED, [], [{"kind": "not_running"}], [{"kind": "not_listed"}, {"kind": "duplicate"}],
    ),
    "delivery_duplicate": (
        UNEXPECTED, [], [{"kind": "duplicate"}], [{"kind": "not_listed"}],
    ),
    "log_missing": (
        LOGS,
        [{"log_status": "received"}],
        [{"log_status": "missing"}],
        [{"log_status": "pending"}, {"log_status": "nil", "period": "2024-02"}],
    ),
    "log_late": (
        LOGS,
        [{"log_status": "received"}],
        [{"log_status": "late", "first_log_received_at": "2024-02-08 02:00:00"}],
        [{"log_status": "received", "first_log_received_at": "2024-02-07 15:59:59"}],
    ),
    "reject_rate_high": (
        FILES,
        [{"rows_rejected": 0}],
        [{"rows_accepted": 89, "rows_rejected": 11}],
        [{"rows_accepted": 90, "rows_rejected": 10}, {"rows_accepted": 0, "rows_rejected": 0}],
    ),
    "total_mismatch": (
        FILES,
        [{"warnings": "[]"}],
        [{"warnings": '[{"code": "total_mismatch", "detail": "270 / 280"}]'}],
        [{"warnings": '[{"code": "hidden_rows", "detail": "2"}]'}],
    ),
    "backdating_suspected": (
        ACCURACY,
        [{"timing_evidence": "verified"}],
        # In a known village, and of a family of an unknown one, whose log was due three days later.
        [{"timing_evidence": "claimed", "completing_received_on": "2024-02-08"},
         {"timing_evidence": "claimed", "completing_received_on": "2024-02-11", "village_code": None,
          "completing_delivery_id": "s1:1:7"}],
        # A late one admits its lateness; a claim that came by the log's deadline, 7 February, is no more than a claim.
        [{"timing_evidence": "claimed", "timing_status": "late", "completing_received_on": "2024-02-08"},
         {"timing_evidence": "claimed", "completing_received_on": "2024-02-07"},
         {"timing_evidence": "claimed", "completing_received_on": "2024-02-09", "village_code": None}],
    ),
    "susenas_at_risk": (
        SUSENAS,
        [{"susenas_status": "ready"}],
        # Overdue; overdue in a pause, but too slow as well.
        [{"susenas_status": "at_risk", "entitlement_id": "E5"},
         {"susenas_status": "at_risk", "susenas_year": 2025, "cutoff": "2025-02-07"}],
        [{"susenas_status": "on_track"}, {"susenas_status": "missed"}, {"susenas_status": "at_risk"}],
    ),
    "unit_suspected": (
        PAYMENTS,
        [{}],
        # Three months in one row are one payment, and one flag.
        [{"delivery_id": "u1", "row_key": 7, "period_count": 2}],
        [{"row_key": 7, "is_counted": False}, {"row_key": 8}],
    ),
    "period_cap_exceeded": (
        PAYMENTS,
        [{}],
        # Four months in one row; in a row each; in two files; in one row of which the list knows its family in one month only;
        # in one row without a date.
        [*_months(4, row_key=20, beneficiary_key="one row"),
         *({**month, "row_key": 21 + number} for number, month in enumerate(_months(4, beneficiary_key="a row each"))),
         *_months(2, row_key=30, beneficiary_key="two files"),
         *_months(2, first=3, row_key=40, submission_id="s2", beneficiary_key="two files"),
         *_months(3, row_key=50, beneficiary_key="by card"),
         *_months(1, first=4, row_key=50, beneficiary_key="by number", entitlement_id="E9"),
         *_months(4, row_key=60, beneficiary_key="undated", delivered_on=None)],
        # Three months; three months twice; four, of which one was corrected; on two days; of two families; of two programmes;
        # undated in a row each; of a programme without a cap.
        [*_months(3, row_key=70, beneficiary_key="three"),
         *_months(3, row_key=71, beneficiary_key="twice"), *_months(3, row_key=72, beneficiary_key="twice"),
         *_months(3, row_key=73, beneficiary_key="corrected"),
         *_months(1, first=4, row_key=73, beneficiary_key="corrected", is_counted=False),
         *_months(3, row_key=74, beneficiary_key="two days"),
         *_months(1, first=4, row_key=75, beneficiary_key="two days", delivered_on="2024-01-31"),
         *_months(3, row_key=76, beneficiary_key="three of one family"),
         *_months(1, first=4, row_key=77, beneficiary_key="one of another"),
         *_months(3, row_key=78, beneficiary_key="two programmes"),
         *_months(1, first=4, row_key=79, beneficiary_key="two programmes", program_code="blt_dd", opd_code="dpmpd"),
         *({**month, "row_key": 80 + number}
           for number, month in enumerate(_months(4, beneficiary_key="undated rows", delivered_on=None))),
         *_months(4, row_key=90, beneficiary_key="no cap", program_code="uncapped")],
    ),
    "paid_before_period": (
        PAYMENTS,
        [{}],
        [{"delivery_id": "p1", "delivered_on": "2023-12-31"}],
        [{"delivered_on": "2024-01-01"}, {"delivered_on": None},
         {"delivered_on": "2023-12-31", "is_counted": False}],
    ),
    "paid_before_gate": (
        PAYMENTS,
        [{"delivered_on": "2024-01-30"}],
        # Two steps were still to be taken: one flag. An undated payment was made before a step that is not taken yet.
        [{"delivery_id": "g1", "row_key": 7, "delivered_on": "2024-01-29", "village_code": "52.05.01.2002"},
         {"delivery_id": "g2", "row_key": 8, "delivered_on": None, "village_code": "52.05.01.2002",
          "entitled_village_code": "52.05.01.2003"}],
        # On the very day; of another budget year or village; where nobody reported the step; what does not count.
        [{"row_key": 9, "delivered_on": "2024-01-30", "village_code": "52.05.01.2002"},
         {"row_key": 10, "delivered_on": "2024-01-29", "period": "2023-12", "village_code": "52.05.01.2002"},
         {"row_key": 11, "delivered_on": "2024-01-29", "village_code": "52.05.01.2004"},
         {"row_key": 12, "delivered_on": "2024-01-29", "village_code": "52.05.01.2002", "is_counted": False},
         {"row_key": 13, "delivered_on": None, "village_code": "52.05.01.2002"}],
    ),
    "recipient_marked_deceased": (
        PAYMENTS,
        [{}],
        # The name says it; a log said it the day before; a list replaced the person for that reason.
        [{"delivery_id": "d1", "row_key": 20, "beneficiary_key": "k2"},
         {"delivery_id": "d2", "row_key": 31, "beneficiary_key": "k3", "delivered_on": "2024-02-06"},
         {"delivery_id": "d3", "row_key": 32, "beneficiary_key": "k5", "delivered_on": None, "received_on": "2024-02-06"}],
        # On the very day; a report of death that was corrected; a replacement that was refused, or had another reason.
        [{"row_key": 21, "beneficiary_key": "k3", "delivered_on": None, "received_on": "2024-02-05", "is_counted": False},
         {"row_key": 33, "beneficiary_key": "k3", "delivered_on": "2024-02-05"},
         {"row_key": 22, "beneficiary_key": "k4", "delivered_on": "2024-01-05", "is_current": False, "is_counted": False},
         {"row_key": 34, "beneficiary_key": "k4", "delivered_on": "2024-02-06"},
         {"row_key": 35, "beneficiary_key": "k5", "delivered_on": "2024-02-05"},
         {"row_key": 36, "beneficiary_key": "k6", "delivered_on": "2024-02-06"},
         {"row_key": 37, "beneficiary_key": "k7", "delivered_on": "2024-02-06"},
         {"row_key": 20, "beneficiary_key": "k8", "is_counted": False}],
    ),
    "village_not_eligible": (
        UNEXPECTED,
        [],
        [{"is_village_eligible": False}],
        [{"is_village_eligible": True}, {"kind": "duplicate", "is_village_eligible": False}],
    ),
    # A pair is flagged from both its sides, once a village: further families of the village are no further flags.
    "combination_not_allowed": (
        COMBINATIONS,
        [{"verdict": "ask"}],
        [{"verdict": "not_allowed"}, {"verdict": "not_allowed", "family_key": "f2"}],
        [{"verdict": "ask", "family_key": "f3"}],
    ),
    "combination_to_ask": (
        COMBINATIONS,
        [{"verdict": "not_allowed"}],
        [{"verdict": "ask"}, {"verdict": "ask", "family_key": "f2"}],
        [{"verdict": "not_allowed", "family_key": "f3"}],
    ),
}  # fmt: skip
# Whose flags the failing rows raise, where it is not one of dkp's for rice each.
BOTH_SIDES = [("dkp", "beras"), ("dpmpd", "blt_dd")]
RAISED = {
    "combination_not_allowed": BOTH_SIDES, "combination_to_ask": BOTH_SIDES, "period_cap_exceeded": [("dkp", "beras")] * 5,
}  # fmt: skip

# What the rules look up beside their own table.
BESIDE: dict[str, list[dict[str, Any]]] = {
    PAYMENTS: [{}, {"delivery_id": "s1:1:7"}],
    SENT: [
        {}, {"row_key": 8, "suspected_unit": None},
        {"row_key": 20, "suspected_unit": None, "warning_codes": ["name_marked_dead"]},
        {"row_key": 21, "suspected_unit": None, "is_reported_dead": True},
        {"row_key": 22, "suspected_unit": None, "is_reported_dead": True},
    ],
    LISTS: [{}, {"replaces_nik_key": "k6", "is_reason_death": False}, {"replaces_nik_key": "k7", "is_accepted": False}],
    ACCURACY: [{"days_late": 0}, {"entitlement_id": "E5", "days_late": 3}],
    "village_readiness": [
        {"projected_completion_date": "2024-02-18"}, {"susenas_year": 2025, "projected_completion_date": "2025-02-08"},
    ],
    LOGS: [{}, {"village_code": None, "log_due_on": "2024-02-10"}],
    GATES: [
        {}, {"village_code": "52.05.01.2002"}, {"village_code": "52.05.01.2002", "position": 2},
        {"village_code": "52.05.01.2003", "taken_on": None},
        {"village_code": "52.05.01.2004", "taken_on": None, "is_reported": False, "reported_on": None},
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_rule_passes_fails_and_knows_its_boundary(
    ws: Workspace, put: Callable[..., None], case: str
) -> None:
    table, sound, failing, boundary = CASES[case]
    suites = {case: tuple(rule for rule in RULES if rule.rule == case)}
    with writer(ws) as connection:
        for beside in BESIDE.keys() - {table}:
            for row in BESIDE[beside]:
                put(connection, beside, **row)
        for row in sound:
            put(connection, table, **row)
    assert validate(ws, AS_OF, "run-1", suites).outcomes == {case: "passed"}
    with writer(ws) as connection:
        for row in boundary:
            put(connection, table, **row)
    assert validate(ws, AS_OF, "run-1", suites).outcomes == {case: "passed"}
    with writer(ws) as connection:
        for row in failing:
            put(connection, table, **row)
    report = validate(ws, AS_OF, "run-1", suites)
    assert report.outcomes == {case: "failed"}
    raised = RAISED.get(case, [("dkp", "beras")] * len(failing))
    assert report.flags == {case: len(raised)}
    with reader(ws) as connection:
        flag = connection.execute(
            "select rule, severity, opd_code, program_code from ledger.flags order by all"
        ).fetchall()
    assert flag == [(case, EXPECTED[case], opd, program) for opd, program in raised]


def _written() -> set[type[FlagRule]]:
    return {
        member
        for module in pkgutil.iter_modules(expectations.rules.__path__, "expectations.rules.")
        for _, member in inspect.getmembers(import_module(module.name), inspect.isclass)
        if issubclass(member, FlagRule) and member is not FlagRule
    }


def _gaps(registered: Sequence[type[FlagRule]], written: set[type[FlagRule]]) -> list[str]:
    """What is lacking between the contract, the rules that are written, those that run, and their cases."""
    levels = {rule.rule: rule.level for rule in registered}
    gaps = [f"{rule}: not as the contract has it" for rule in EXPECTED if levels.get(rule) != EXPECTED[rule]]
    gaps += [f"{rule}: in no contract" for rule in levels.keys() - EXPECTED]
    gaps += [f"{rule.rule}: written, but not registered" for rule in written - set(registered)]
    gaps += [f"{rule.rule}: registered twice" for rule in set(registered) if registered.count(rule) > 1]
    gaps += [
        f"{rule.rule}: no policy" for rule in registered if not getattr(rule, "policy", "").endswith(".")
    ]
    gaps += [f"{rule.rule}: no source" for rule in registered if not getattr(rule, "source", "")]
    gaps += [
        f"{rule}: no case" for rule in levels if rule not in CASES or not CASES[rule][2] or not CASES[rule][3]
    ]
    return gaps


def test_exactly_the_contracts_rules_run_each_with_its_policy_and_cases() -> None:
    assert _gaps(RULES, _written()) == []
    assert set(CASES) == set(EXPECTED)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule)
def test_no_rule_can_be_lost_unnoticed(rule: type[FlagRule], monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule taken out of its suite, out of the code, robbed of policy, source, severity or cases."""
    others = tuple(other for other in RULES if other is not rule)
    assert _gaps(others, _written())
    assert _gaps(others, _written() - {rule})
    assert _gaps((*RULES, rule), _written())
    for attribute in ("policy", "source"):
        with monkeypatch.context() as robbed:
            robbed.delattr(rule, attribute)
            assert _gaps(RULES, _written())
    with monkeypatch.context() as eased:
        eased.setattr(rule, "level", "info" if rule.level != "info" else "warning")
        assert _gaps(RULES, _written())
    with monkeypatch.context() as untested:
        untested.delitem(CASES, rule.rule)
        assert _gaps(RULES, _written())


def test_what_runs_is_what_the_suites_hold() -> None:
    assert [rule for rules in SUITES.values() for rule in rules] == list(RULES)
    assert {**deliveries.RULES, **reporting.RULES, **targeting.RULES} == SUITES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule)
def test_every_rule_explains_itself_and_names_no_person(rule: type[FlagRule]) -> None:
    assert rule.policy.endswith(".")
    assert rule.source
    assert rule.__doc__ not in (None, FlagRule.__doc__)
    assert not {"nik_masked", "name_masked", "raw_masked", "beneficiary_key"} & set(
        rule.sql.replace(",", " ").split()
    )
    assert ":" not in rule.sql, "SQLAlchemy would take it for a parameter"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule)
def test_a_rule_selects_only_columns_of_a_flag(ws: Workspace, rule: type[FlagRule]) -> None:
    with reader(ws) as connection:
        columns = [row[0] for row in connection.execute(f"describe {rule.flag_sql()}").fetchall()]
    assert set(columns) <= set(SUBJECT_COLUMNS)
    assert {"opd_code", "program_code"} <= set(columns), "an e-mail needs to know whom it concerns"


def test_figures_of_the_flag(ws: Workspace, put: Callable[..., None]) -> None:
    with writer(ws) as connection:
        put(
            connection,
            ACCURACY,
            timing_status="incomplete",
            amount_status="under",
            delivered_amount=4.0,
            days_late=12,
        )
        put(connection, ACCURACY, entitlement_id="E2", amount_status="over", delivered_amount=12.5)
        put(connection, LOGS, log_status="missing")
        put(
            connection, LOGS, period="2024-02", log_status="late", first_log_received_at="2024-02-09 16:30:00"
        )
        put(connection, FILES, rows_accepted=1, rows_rejected=3)
    validate(ws, AS_OF, "run-1")
    with reader(ws) as connection:
        found = connection.execute(
            "select rule, days_late, shortfall, unit, district_code, detail from ledger.flags order by rule"
        ).fetchall()
    assert found == [
        ("amount_over", None, -2.5, "kg", "52.05.01", None),
        ("amount_under", 12, 6.0, "kg", "52.05.01", None),
        ("delivery_incomplete", 12, 6.0, "kg", "52.05.01", None),
        ("log_late", 3, None, None, "52.05.01", None),
        ("log_missing", 5, None, None, "52.05.01", None),
        ("reject_rate_high", None, None, None, None, "3 dari 4 baris ditolak"),
    ]


def test_a_flag_names_the_step_that_blocks(ws: Workspace, put: Callable[..., None]) -> None:
    waits = {"blocked_by": "do", "blocked_since": "2024-01-05", "blocked_reported_on": "2024-02-05"}
    with writer(ws) as connection:
        put(connection, ACCURACY, timing_status="missing", days_late=12, **waits)
        put(
            connection,
            ACCURACY,
            entitlement_id="E2",
            timing_status="incomplete",
            delivered_amount=4.0,
            days_late=12,
            **waits,
        )
        put(
            connection,
            ACCURACY,
            entitlement_id="E3",
            timing_status="late",
            days_late=1,
            blocked_until="2024-02-02",
            **waits,
        )
        put(connection, ACCURACY, entitlement_id="E4", timing_status="pending", **waits)
        put(connection, ACCURACY, entitlement_id="E5", timing_status="late", days_late=1, **waits)
        # Windows that overlap: one flag that names both, the nearest cutoff first.
        put(
            connection,
            SUSENAS,
            entitlement_id="E4",
            susenas_status="at_risk",
            susenas_year=2025,
            cutoff="2025-02-07",
        )
        put(connection, SUSENAS, entitlement_id="E4", susenas_status="at_risk")
        for year in (2024, 2025):
            put(connection, "village_readiness", susenas_year=year, projected_completion_date="2025-02-08")
        put(connection, LOGS, log_status="missing", **waits)
    validate(ws, AS_OF, "run-1")
    with reader(ws) as connection:
        found = connection.execute(
            "select rule, blocked_by, detail from ledger.flags order by rule, entitlement_id"
        ).fetchall()
    told = "menurut laporan 5 Februari 2024"
    waiting = f"menunggu DO Bulog terbit sejak 5 Januari 2024 {told}"
    assert found == [
        ("delivery_incomplete", "do", waiting),
        ("delivery_late", "do", f"tertahan DO Bulog terbit sampai 2 Februari 2024 {told}"),
        ("delivery_late", "do", f"DO Bulog terbit belum tercapai pada jatuh tempo {told}"),
        ("delivery_missing", "do", waiting),
        ("log_missing", "do", waiting),
        (
            "susenas_at_risk",
            "do",
            f"SUSENAS 2024, batas 18 Februari 2024; SUSENAS 2025, batas 7 Februari 2025; {waiting}",
        ),
    ]


def test_who_is_dead_is_told_once_a_programme(ws: Workspace, put: Callable[..., None]) -> None:
    with writer(ws) as connection:
        connection.execute(
            "insert into reference.programs (program_code, unit, opd_code) values ('blt_dd', 'IDR', 'dpmpd')"
        )
        put(connection, SENT, row_key=21, is_reported_dead=True)
        put(connection, PAYMENTS, row_key=21, delivered_on=None, received_on="2024-01-20", is_counted=False)
        for row_key, period, day in ((22, "2024-01", "2024-01-25"), (23, "2024-02", "2024-02-10")):
            put(
                connection,
                PAYMENTS,
                row_key=row_key,
                delivery_id=f"b{row_key}",
                period=period,
                delivered_on=day,
            )
        put(connection, PAYMENTS, row_key=24, delivery_id="c24", program_code="blt_dd", opd_code="dpmpd",
            delivered_on="2024-02-01")  # fmt: skip
        found = connection.execute(
            f"select program_code, period, delivery_id, detail from ({ExpectNoDeceasedRecipient.flag_sql()}) order by all"
        ).fetchall()
    assert found == [
        ("beras", "2024-01", "b22", "dilaporkan meninggal paling lambat 20 Januari 2024, 2 penyaluran"),
        ("blt_dd", "2024-01", "c24", "dilaporkan meninggal paling lambat 20 Januari 2024, 1 penyaluran"),
    ]


def test_a_combination_is_told_to_both_offices_in_counts_and_few_as_few(
    ws: Workspace, put: Callable[..., None]
) -> None:
    with writer(ws) as connection:
        for number in range(6):
            put(connection, COMBINATIONS, family_key=f"f{number}", verdict="ask")
        # Seven are no small count, but this village's is hidden; of the third village's eight, these six leave two.
        for place, families in (("52.05.01.2002", 7), ("52.05.01.2003", 6)):
            for number in range(families):
                put(
                    connection, COMBINATIONS, family_key=f"{place}-{number}", verdict="ask", village_code=place,
                    other_village_code=None,
                )  # fmt: skip
    validate(ws, AS_OF, "run-1")
    with reader(ws) as connection:
        found = connection.execute(
            "select opd_code, program_code, village_code, period, entitlement_id, detail from ledger.flags order by all"
        ).fetchall()
    assert found == [
        ("dkp", "beras", "52.05.01.2001", None, None, "6 keluarga juga tercatat pada BLT Dana Desa"),
        ("dkp", "beras", "52.05.01.2002", None, None, "sejumlah keluarga juga tercatat pada BLT Dana Desa"),
        ("dkp", "beras", "52.05.01.2003", None, None, "sejumlah keluarga juga tercatat pada BLT Dana Desa"),
        ("dpmpd", "blt_dd", "52.05.01.2001", None, None, "6 keluarga juga tercatat pada Bantuan Beras"),
        ("dpmpd", "blt_dd", None, None, None, "sejumlah keluarga juga tercatat pada Bantuan Beras"),
    ]


def test_a_suite_reads_one_table() -> None:
    for name, rules in SUITES.items():
        assert len({rule.table for rule in rules}) == 1, name
