"""The hand-made tables of these tests have only columns that dbt's audit models promise: else they would prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from include.warehouse.connection import reader
from include.workspace import Workspace

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "audit"
TABLES = (
    "delivery_accuracy",
    "unexpected_deliveries",
    "reporting_completeness",
    "submissions",
    "susenas_readiness",
    "combination_conflicts",
    "targeting_summary",
    "village_gates",
    "village_readiness",
)


@pytest.mark.parametrize("table", TABLES)
def test_the_rules_are_tested_on_the_columns_that_dbt_builds(ws: Workspace, table: str) -> None:
    promised = {
        model["name"]: {column["name"] for column in model["columns"]}
        for path in MODELS.rglob("_*__models.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    }
    with reader(ws) as connection:
        made = {name for name, *_ in connection.execute(f"describe audit.{table}").fetchall()}
    assert made <= promised[table]
