"""dbt's own unit tests, run on the tables of an empty warehouse; and that each model which branches has one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest

from include.transform import _invoke
from include.warehouse.connection import file_in
from tests.dbt.conftest import Warehouse

WITHOUT_ONE: dict[str, str] = {}
"""Branching models without a unit test of their own, and what shows their branches instead."""


@dataclass(frozen=True)
class Outcome:
    """What became of each unit test, and dbt's own account of the project."""

    messages: dict[str, tuple[str, str | None]]
    manifest: dict[str, Any]


@pytest.fixture(scope="module")
def outcome(new_warehouse: Callable[[], Warehouse]) -> Outcome:
    house = new_warehouse()
    house.configure("2024-03-31")
    house.build()
    target = house.home / "dbt"
    run = _invoke(["test", "--select", "test_type:unit"], file_in(house.home), target)
    results = cast(Any, run.result).results
    return Outcome(
        {result.node.name: (str(result.status), result.message) for result in results},
        json.loads((target / "manifest.json").read_text()),
    )


def test_every_unit_test_passes(outcome: Outcome) -> None:
    written = [test["name"] for test in outcome.manifest["unit_tests"].values()]
    assert outcome.messages == dict.fromkeys(written, ("pass", None))


def test_every_model_that_branches_has_a_unit_test(outcome: Outcome) -> None:
    tested = {test["model"] for test in outcome.manifest["unit_tests"].values()}
    models = [node for node in outcome.manifest["nodes"].values() if node["resource_type"] == "model"]
    branching = {model["name"] for model in models if _branches(model["raw_code"])}
    assert sorted(branching - tested) == sorted(WITHOUT_ONE)


@pytest.mark.parametrize(
    ("sql", "branches"),
    [
        ("select case when a then b end as c", True),
        ("select\n    a  -- a case in point\nfrom b", False),
        ("select lower_case, cased from b", False),
    ],
)
def test_what_branches(sql: str, branches: bool) -> None:
    assert _branches(sql) == branches


def _branches(sql: str) -> bool:
    return re.search(r"\bcase\b", re.sub(r"--.*", "", sql)) is not None
