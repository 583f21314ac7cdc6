"""dbt's own unit tests of the branching models, run on the tables of an empty warehouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from include.transform import _invoke
from include.warehouse.connection import file_in
from tests.dbt.conftest import Warehouse

EXPECTED = {
    "timing_at_its_boundaries",
    "a_later_log_corrects_voids_and_dates",
    "totals_run_by_day_and_undated_come_last",
    "pauses_stop_the_count_of_days",
    "what_stands_counts_until_the_day_of_judgement",
    "when_the_order_of_deliveries_matters",
    "windows_move_overlap_close_and_say_so",
    "the_last_day_of_a_window_is_still_open",
    "when_all_windows_have_closed_the_last_one_stands",
    "service_is_counted_over_twelve_months_and_before_the_cutoff",
    "the_first_step_not_taken_blocks",
    "rates_need_a_denominator",
    "bunching_is_judged_by_what_an_even_pace_would_give",
    "a_snooze_is_in_force_up_to_its_last_day",
    "a_recipient_is_recognised_by_his_name_and_one_fact_more",
    "a_household_is_told_by_card_or_family_id",
    "dtsen_without_villages_ends_dtks_only_if_it_is_large",
    "dtsen_ends_dtks_village_by_village",
    "a_registry_file_is_held_against_the_one_before",
    "households_of_one_head_are_one_family",
    "a_member_without_a_household_is_no_family",
    "unknown_is_never_no",
    "entitled_is_the_last_month_that_has_begun_in_a_running_programme",
    "months_that_overlap_in_a_pair_are_counted",
    "a_hidden_count_is_not_given_away_by_the_total",
    "a_share_is_told_where_a_hundredth_of_it_gives_nobody_away",
    "what_a_registry_says_is_counted_with_what_it_leaves_open",
    "combinations_that_share_a_programme_are_hidden_together",
    "combinations_do_not_tell_of_few_families_that_are_not_poor",
    "those_in_no_programme_are_hidden_with_the_gap",
    "a_pocket_is_named_or_computed_of_enough_families",
    "a_group_is_held_against_the_rest_and_the_unknown_against_neither",
    "the_next_musdes_hears_of_the_poorest_first",
    "a_recipient_is_outside_the_version_of_the_day_of_payment",
    "notions_of_poverty_are_held_against_their_own_targets",
}


def test_every_unit_test_passes(new_warehouse: Callable[[], Warehouse]) -> None:
    house = new_warehouse()
    house.configure("2024-03-31")
    house.build()
    outcome = _invoke(["test", "--select", "test_type:unit"], file_in(house.home), house.home / "dbt")
    results = cast(Any, outcome.result).results
    assert {result.node.name: (str(result.status), result.message) for result in results} == dict.fromkeys(
        EXPECTED, ("pass", None)
    )
