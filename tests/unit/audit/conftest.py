"""A warehouse with hand-made audit tables, and dbt's manifest as far as the publisher reads it."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from include.config.models import Retention
from include.settings import Settings
from include.workspace import Workspace
from tests.warehouse import home_with

AS_OF = date(2024, 2, 12)

TABLES = """
create schema audit;
create table audit.delivery_accuracy as select
    'E1' as entitlement_id, 'beras' as program_code, '2024-01' as period, 'dkp' as opd_code, 'k1' as beneficiary_key,
    '520501******9001' as nik_masked, '52.05.01.2001' as village_code, '52.05.01' as district_code,
    10.0::double as entitled_amount, 10.0::double as delivered_amount, 'kg' as unit, date '2024-01-31' as due_date,
    date '2024-02-05' as completed_on, 'exact' as amount_status, 'late' as timing_status,
    'verified' as timing_evidence, 5 as days_late, 3 as working_days_late, 's1' as recipient_submission_id,
    'Dompu' as recipient_sheet, 7 as recipient_row_number, 'Nowa' as village_name, 's2:1:6' as completing_delivery_id,
    'Woja' as district_name, null::date as dropped_on, date '2024-02-12' as as_of;
insert into audit.delivery_accuracy by name select * replace (
    'E2' as entitlement_id, 'missing' as timing_status, 'none' as amount_status, 0.0 as delivered_amount,
    null as completed_on, null as timing_evidence, 12 as days_late
) from audit.delivery_accuracy;
create table audit.deliveries as select
    's2:1:6' as delivery_id, 's2' as submission_id, 'Sheet1' as sheet, 1 as sheet_number, 6 as row_number,
    'E1' as entitlement_id, 'k1' as beneficiary_key, 10.0::double as amount, 'kg' as unit, '10 kg' as amount_sent,
    date '2024-02-05' as delivered_on, 'delivered' as delivery_status, 'BAST/1' as bast_number, 'nik' as matched_by,
    true as is_current, 1 as period_count, ['nik_invalid'] as warnings, true as is_counted,
    null::varchar as superseded_how, null::varchar as superseded_by, '5/2/24' as delivered_on_sent, 'sudah' as status_sent,
    null::varchar as period_sent, 'Nowa' as village_name;
create table audit.rejected_rows as select
    's2' as submission_id, 'Sheet1' as sheet, 1 as sheet_number, 9 as row_number, ['amount_invalid'] as reason_codes,
    'Jumlah tidak terbaca.' as reason, '{}' as raw_masked, 'k1' as beneficiary_key, ['2024-01'] as periods, 'beras' as program_code;
create table audit.recipients_dropped as select
    'E9' as entitlement_id, date '2024-02-01' as dropped_on, 's2' as dropped_by_submission_id, 'dropped' as dropped_how,
    10.0::double as listed_amount, 'kg' as unit, 'beras' as program_code, '2024-01' as period, 'k9' as beneficiary_key,
    's1' as recipient_submission_id, 'Dompu' as recipient_sheet, 7 as recipient_row_number;
create table audit.recipients_listed as select
    's1' as submission_id, 'Dompu' as sheet, 1 as sheet_number, 7 as row_number, '10 kg' as entitled_amount_sent,
    'Jan-24' as period_sent, 'Ds. Nowa' as village_sent, null::varchar as district_sent, null::varchar as valid_from_sent,
    null::varchar as valid_to_sent;
create table audit.village_summary as select '52.05.01.2001' as village_code, 'Nowa' as village_name;
create table audit.submissions as select
    's1' as submission_id, 'dkp/beras/penerima' as feed, 'penerima.xlsx' as file_name,
    repeat('1234567890123456', 4) as sha256, timestamp '2024-01-02 01:00:00' as received_at, 1 as sequence,
    'TT-1' as receipt_number, 'accepted' as status, 2 as rows_read, 2 as rows_accepted, 0 as rows_rejected,
    0 as rows_skipped;
insert into audit.submissions
    select * replace ('s2' as submission_id, 'log.xlsx' as file_name, 2 as sequence, 'TT-2' as receipt_number)
    from audit.submissions;
insert into ledger.submissions by name select
    sequence, submission_id, feed, file_name, sha256, 1 as size_bytes, received_at, 'clock' as received_source,
    'landed' as reading_status, '[]' as warnings, '[]' as sheets, rows_read, rows_read as rows_data, rows_skipped,
    '' as previous_hash, repeat('c', 63) || sequence as chain_hash, received_at as loaded_at
from audit.submissions;
insert into ledger.runs values ('run-1', '2024-02-12', '2024-02-12 00:00:00', null, 'running', 'command', '{}', null, null);
insert into reference.reasons values ('nik_invalid', 'warning', 'NIK tidak sah.', 'Cocokkan dengan KTP.', false);
insert into ledger.rules values
    ('delivery_late', 'warning', true, 'Tepat waktu.', 'Uji', 'suite', 'select 1'),
    ('delivery_missing', 'critical', false, 'Sudah tersalur.', 'Uji', 'suite', 'select 1');
insert into ledger.rule_outcomes values
    ('run-1', 'delivery_late', 'warning', 'failed', 1, null, '2024-02-12 00:00:00'),
    ('run-1', 'delivery_missing', 'critical', 'not_evaluated', null, 'x', '2024-02-12 00:00:00');
insert into ledger.flags by name select
    'f1' as flag_id, 'delivery_late' as rule, 'warning' as severity, 'dkp' as opd_code, 'beras' as program_code,
    'E1' as entitlement_id, date '2024-02-10' as first_seen_on, date '2024-02-12' as last_seen_on;
insert into ledger.flags by name select
    'f2' as flag_id, 'delivery_missing' as rule, 'critical' as severity, 'dkp' as opd_code, 'beras' as program_code,
    'E2' as entitlement_id, date '2024-03-01' as first_seen_on, date '2024-03-01' as last_seen_on;
insert into ledger.rules values ('delivery_duplicate', 'warning', false, 'Tidak berulang.', 'Uji', 'suite', 'select 1');
insert into ledger.flags by name select
    'f3' as flag_id, 'delivery_duplicate' as rule, 'warning' as severity, 'dkp' as opd_code, 'beras' as program_code,
    's2:1:6' as delivery_id, date '2024-03-01' as first_seen_on, date '2024-03-01' as last_seen_on;
"""

MODELS = (
    "delivery_accuracy", "deliveries", "submissions", "rejected_rows", "recipients_dropped", "recipients_listed",
    "village_summary",
)  # fmt: skip
LEDGER = ("flags", "runs", "outbox", "registry_matches", "publications")


@pytest.fixture(scope="session")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a warehouse as it stands after validation: made once, each test works on a copy."""
    return home_with(TABLES, tmp_path_factory.mktemp("validated") / "home")


@pytest.fixture
def ws(validated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A warehouse as it stands after validation."""
    shutil.copytree(validated, tmp_path / "home")
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_NOW", "2024-02-12T01:02:03+00:00")
    configuration = SimpleNamespace(
        retention=Retention(publications_kept=2), region=SimpleNamespace(timezone="Asia/Makassar")
    )
    return Workspace(Settings(), cast("Any", configuration))


@pytest.fixture(scope="session")
def described(validated: Path) -> str:
    """A manifest that describes every column of the tables above."""

    def node(name: str, schema: str) -> dict[str, Any]:
        columns = {
            column: {"name": column, "description": f"Kolom {column}."}
            for column, *_ in connection.execute(f"describe {schema}.{name}").fetchall()
        }
        return {
            "resource_type": "model", "schema": schema, "alias": name, "name": name,
            "description": f"Tabel {name},\n satu baris untuk setiap 'hal'.", "columns": columns,
        }  # fmt: skip

    with duckdb.connect(str(validated / "warehouse.duckdb"), read_only=True) as connection:
        content = {
            "nodes": {
                **{f"model.p.{name}": node(name, "audit") for name in MODELS},
                "model.p.rows_judged": {"resource_type": "model", "schema": "marts", "alias": "rows_judged"},
                "test.p.unique": {"resource_type": "test", "schema": "audit", "alias": "unique"},
            },
            "sources": {f"source.p.{name}": node(name, "ledger") for name in LEDGER},
        }
    return json.dumps(content)


@pytest.fixture
def manifest(described: str, tmp_path: Path) -> Path:
    """That manifest as a file of the test's own."""
    path = tmp_path / "manifest.json"
    path.write_text(described, encoding="utf-8")
    return path
