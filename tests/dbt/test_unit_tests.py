"""dbt's own unit tests of the branching models, run on the tables of an empty warehouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from include.transform import _invoke
from tests.dbt.conftest import Warehouse

EXPECTED = {
    "timing_at_its_boundaries",
    "a_later_log_corrects_voids_and_dates",
    "totals_run_by_day_and_undated_come_last",
    "pauses_stop_the_count_of_days",
    "a_snooze_is_in_force_up_to_its_last_day",
}


def test_every_unit_test_passes(new_warehouse: Callable[[], Warehouse]) -> None:
    house = new_warehouse()
    house.configure("2024-03-31")
    house.build()
    outcome = _invoke(["test", "--select", "test_type:unit"], house.file, house.home / "dbt")
    results = cast(Any, outcome.result).results
    assert {result.node.name: (str(result.status), result.message) for result in results} == dict.fromkeys(
        EXPECTED, ("pass", None)
    )
