"""A warehouse with hand-made audit tables of the contract's columns, for one rule at a time."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from include.settings import Settings
from include.workspace import Workspace
from tests.warehouse import home_with

AUDIT_TABLES = """
create schema audit;
create table audit.delivery_accuracy (
    entitlement_id varchar, program_code varchar, period varchar, opd_code varchar, beneficiary_key varchar,
    nik_masked varchar, village_code varchar, district_code varchar, entitled_amount double,
    delivered_amount double, unit varchar, due_date date, completed_on date, amount_status varchar,
    timing_status varchar, timing_evidence varchar, days_late integer, working_days_late integer,
    completing_delivery_id varchar, completing_submission_id varchar, completing_received_on date,
    blocked_by varchar, blocked_since date, blocked_until date, blocked_reported_on date
);
create schema intermediate;
create table intermediate.int_deliveries_current (
    delivery_id varchar, row_key bigint, submission_id varchar, opd_code varchar, program_code varchar, period varchar,
    period_count bigint, entitlement_id varchar, beneficiary_key varchar, entitled_village_code varchar, village_code varchar, amount double,
    unit varchar, delivered_on date, received_on date, is_current boolean, is_counted boolean
);
create schema staging;
create table staging.stg_distribution__typed (
    row_key bigint, amount_sent varchar, suspected_unit varchar, warning_codes varchar[], is_reported_dead boolean
);
create table staging.stg_recipients__rows (
    replaces_nik_key varchar, is_reason_death boolean, is_accepted boolean, valid_from date, received_on date
);
create table audit.unexpected_deliveries (
    delivery_id varchar, submission_id varchar, program_code varchar, period varchar, village_code varchar,
    district_code varchar, unit varchar, kind varchar, is_village_eligible boolean
);
create table audit.susenas_readiness (
    entitlement_id varchar, susenas_year integer, cutoff date, susenas_status varchar
);
create table audit.village_readiness (
    susenas_year integer, program_code varchar, village_code varchar, projected_completion_date date
);
create table audit.reporting_completeness (
    opd_code varchar, program_code varchar, period varchar, village_code varchar, log_due_on date,
    first_log_received_at timestamp, log_status varchar, blocked_by varchar, blocked_since date,
    blocked_reported_on date
);
create table audit.village_gates (
    program_code varchar, budget_year integer, village_code varchar, position integer, milestone_name varchar,
    is_reported boolean, reported_on date, taken_on date
);
create table audit.submissions (
    submission_id varchar, feed varchar, opd_code varchar, program_code varchar, file_name varchar,
    rows_read bigint, rows_accepted bigint, rows_rejected bigint, rows_skipped bigint, status varchar,
    warnings varchar
);
create table audit.combination_conflicts (
    verdict varchar, family_key varchar, program_code varchar, opd_code varchar, village_code varchar,
    other_program_code varchar, other_opd_code varchar, other_village_code varchar
);
create table audit.targeting_summary (village_code varchar, is_total boolean, families_in_conflict_public bigint);
insert into audit.targeting_summary
    values ('52.05.01.2001', false, 6), ('52.05.01.2002', false, null), ('52.05.01.2003', false, 8), (null, true, 24);
insert into reference.targeting by name select 4 as poor_deciles, 2 as poorest_deciles, 60 as elderly_age, 5 as small_cell;
insert into reference.parameters
    values (date '2024-02-12', 'run-1', '52.05', 'Dompu', 'NTB', 'Asia/Makassar', 11941, 1, null);
insert into reference.programs (program_code, name, unit, opd_code, max_periods_per_payment)
    values ('beras', 'Bantuan Beras', 'kg', 'dkp', 3), ('blt_dd', 'BLT Dana Desa', 'IDR', 'dpmpd', 3);
insert into audit.submissions (submission_id) values ('s1');
insert into reference.program_gates values ('beras', 1, 'do', 'DO Bulog terbit', ['do'], 0);
insert into reference.villages (village_code, district_code) values ('52.05.01.2001', '52.05.01');
"""

DEFAULTS: dict[str, dict[str, Any]] = {
    "delivery_accuracy": {
        "entitlement_id": "E1", "program_code": "beras", "period": "2024-01", "opd_code": "dkp",
        "beneficiary_key": "k1", "nik_masked": "520501******9001", "village_code": "52.05.01.2001",
        "district_code": "52.05.01", "entitled_amount": 10.0, "delivered_amount": 10.0, "unit": "kg",
        "due_date": "2024-01-31", "amount_status": "exact", "timing_status": "on_time", "days_late": None,
        "timing_evidence": "verified", "completed_on": "2024-01-30", "completing_delivery_id": "s1:1:6",
        "completing_submission_id": "s1", "completing_received_on": "2024-02-01",
    },
    "intermediate.int_deliveries_current": {
        "delivery_id": "s1:1:6", "row_key": 6, "submission_id": "s1", "opd_code": "dkp", "program_code": "beras",
        "period": "2024-01", "period_count": 1, "village_code": "52.05.01.2001", "amount": 10.0, "unit": "kg",
        "delivered_on": "2024-01-30", "received_on": "2024-02-01", "beneficiary_key": "k1", "is_current": True,
        "is_counted": True,
    },
    "staging.stg_distribution__typed": {
        "row_key": 7, "amount_sent": "10 kg", "suspected_unit": "ton", "warning_codes": [], "is_reported_dead": False,
    },
    "staging.stg_recipients__rows": {
        "replaces_nik_key": "k5", "is_reason_death": True, "is_accepted": True, "received_on": "2024-02-05",
    },
    "unexpected_deliveries": {
        "delivery_id": "s1:1:6", "submission_id": "s1", "program_code": "beras", "period": "2024-01",
        "village_code": "52.05.01.2001", "district_code": "52.05.01", "unit": "kg", "kind": "not_listed",
        "is_village_eligible": True,
    },
    "susenas_readiness": {
        "entitlement_id": "E1", "susenas_year": 2024, "cutoff": "2024-02-18", "susenas_status": "ready",
    },
    "village_readiness": {
        "susenas_year": 2024, "program_code": "beras", "village_code": "52.05.01.2001", "projected_completion_date": None,
    },
    "reporting_completeness": {
        "opd_code": "dkp", "program_code": "beras", "period": "2024-01", "village_code": "52.05.01.2001",
        "log_due_on": "2024-02-07", "log_status": "received",
    },
    "combination_conflicts": {
        "verdict": "not_allowed", "family_key": "f1", "program_code": "beras", "opd_code": "dkp",
        "village_code": "52.05.01.2001", "other_program_code": "blt_dd", "other_opd_code": "dpmpd",
        "other_village_code": "52.05.01.2001",
    },
    "village_gates": {
        "program_code": "beras", "budget_year": 2024, "village_code": "52.05.01.2001", "position": 1,
        "milestone_name": "DO Bulog terbit", "is_reported": True, "reported_on": "2024-02-05", "taken_on": "2024-01-30",
    },
    "submissions": {
        "submission_id": "s1", "feed": "dkp/beras/penyaluran", "opd_code": "dkp", "program_code": "beras",
        "file_name": "januari.xlsx", "rows_read": 100, "rows_accepted": 100, "rows_rejected": 0,
        "rows_skipped": 0, "status": "accepted", "warnings": "[]",
    },
}  # fmt: skip


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a warehouse of empty audit tables: made once, each test works on a copy."""
    return home_with(AUDIT_TABLES, tmp_path_factory.mktemp("empty") / "home")


@pytest.fixture
def ws(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A warehouse with empty audit tables."""
    shutil.copytree(empty, tmp_path / "home")
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_NOW", "2024-02-12T00:00:00+00:00")
    return Workspace(Settings(), cast("Any", None))  # the rules read tables, never the configuration


def put(connection: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    """One row of a table (of audit, unless its schema is named), sound but for the values given."""
    row = DEFAULTS[table] | values
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    place = table if "." in table else f"audit.{table}"
    connection.execute(f"insert into {place} ({names}) values ({marks})", list(row.values()))


@pytest.fixture(name="put")
def put_fixture() -> Any:
    """`put(connection, table, column=value, …)`."""
    return put
