"""Who is reached and who is not: registries held against lists and deliveries, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from include.report.targeting.text import targeting_text
from tests.dbt.conftest import Warehouse, received

RICE, RICE_LOG, CASH, CASH_LOG = (
    "dkp/beras/penerima", "dkp/beras/penyaluran", "dpmpd/blt-dd/penerima", "dpmpd/blt-dd/penyaluran",
)  # fmt: skip
FEEDS = [
    (RICE, "dkp", "recipients", "beras", None, 7),
    (RICE_LOG, "dkp", "distribution", "beras", None, 7),
    (CASH, "dpmpd", "recipients", "blt_dd", None, 7),
    (CASH_LOG, "dpmpd", "distribution", "blt_dd", None, 7),
    ("dinsos/p3ke", "dinsos", "registry", None, "p3ke", 7),
    ("dinsos/dtks", "dinsos", "registry", None, "dtks", 7),
]
NOWA, SORO, HUU = ("Nowa", "Woja"), ("Soro", "Kempo"), ("Hu'u", "Hu'u")
CODES = {"Nowa": "52.05.05.2001", "Soro": "52.05.02.2001", "Hu'u": "52.05.03.2001"}
POVERTY: dict[str, list[tuple[Any, ...]]] = {
    "poverty_targets": [(2024, 7.5, 0.0, "Rapat"), (2025, 7.0, 0.0, None)],
    "official_poverty": [(2023, 12.62, 34380, "BPS", None), (2024, 11.59, 32080, "BPS", date(2025, 2, 15))],
    "official_extreme_poverty": [(2021, 2.97, 7842, "US$1,9", "Bappeda", None)],
}


def person(number: int, place: tuple[str, str], card: int | None = None, **more: Any) -> dict[str, Any]:
    """Somebody of a family card: their own, unless another's number is given."""
    return {
        "nik": f"520599150785{number:04}",
        "kk": f"520599010110{number if card is None else card:04}",
        "name": f"warga {number}",
        "village": place[0],
        "district": place[1],
        **more,
    }


@pytest.fixture(scope="module")
def house(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """Seen on 20 February 2024. Everybody of the registers is named by a number; 5 is not poor, 8 and 9 are in no register."""
    house = new_warehouse()
    house.configure(
        "2024-02-20",
        feeds=FEEDS,
        targeting=[(4, 2, 0.5, 60, 2, 1, 0.35, 5, 0.5, 0.2, 3)],
        combinations=[("beras", "blt_dd", "ask", "Rapat TKPKD")],
        **POVERTY,
    )
    house.submit(
        "dinsos/p3ke",
        [
            person(1, NOWA, welfare_decile="1", household_size="4", birth_date="15/07/1985", lives_alone="Tidak", disability="Tidak",
                   migrant_worker="Tidak", female_head="Tidak"),
            person(2, NOWA, welfare_decile="2", household_size="1", birth_date="20/02/1964", disability="Tidak", female_head="Ya"),
            person(3, NOWA, welfare_decile="3", household_size="3", birth_date="21/02/1964", lives_alone="Tidak", disability="Ya"),
            person(4, NOWA, welfare_decile="1", household_size="1"),
            person(5, NOWA, welfare_decile="5", household_size="5", birth_date="15/07/1985"),
            person(6, SORO, welfare_decile="4", household_size="6", disability="Tidak"),
            person(7, SORO, welfare_decile="4", household_size="2", migrant_worker="Ya"),
        ],
        received("2023-12-15"),
    )  # fmt: skip
    # The same person as 6, on another family card: one family, and the poorer of the two deciles.
    house.submit(
        "dinsos/dtks",
        [person(6, SORO, card=66, welfare_decile="2", is_head="Kepala Keluarga", gender="P")],
        received("2023-12-20"),
    )
    january = {"period": "Januari 2024"}
    february = {"period": "Februari 2024"}
    house.submit(
        RICE,
        [person(n, place, **january) for n, place in ((1, NOWA), (2, NOWA), (7, SORO), (8, SORO), (9, HUU))],
        received("2024-01-02"),
    )
    house.submit(
        RICE,
        [person(n, place, **february) for n, place in ((1, NOWA), (2, NOWA), (8, SORO), (9, HUU))],
        received("2024-02-01"),
    )
    # The wife of 1 stands on the list for cash: her own NIK, the family's card.
    house.submit(
        CASH,
        [person(101, NOWA, card=1, **january), person(101, NOWA, card=1, **february)],
        received("2024-01-02"),
    )
    paid = {**january, "amount": "10"}
    house.submit(
        RICE_LOG,
        [
            person(1, NOWA, delivered_on="20/01/2024", **paid),
            person(2, NOWA, delivered_on="05/02/2024", **paid),
            person(3, NOWA, delivered_on="20/01/2024", **paid),
            person(7, SORO, delivered_on="20/01/2024", **paid),
            person(8, SORO, delivered_on="20/01/2024", **paid),
        ],
        received("2024-02-06"),
    )
    house.submit(
        CASH_LOG,
        [person(101, NOWA, card=1, delivered_on="15/01/2024", **january, amount="300.000")],
        received("2024-01-16"),
    )
    house.build()
    return house


def families(house: Warehouse, sql: str) -> dict[int, tuple[Any, ...]]:
    """The rows of a query by the number of the person whose key stands in its first column."""
    return {int(str(first)[-4:]): tuple(rest) for first, *rest in (row.values() for row in house.rows(sql))}


def test_who_is_poor_and_on_no_running_list_is_a_gap_with_a_place_and_the_reasons(house: Warehouse) -> None:
    found = families(
        house,
        "select beneficiary_key, village_name, registry, welfare_decile, musdes_rank, musdes_reasons, has_received, "
        "submission_id, row_number from audit.targeting_gaps",
    )
    assert found == {
        # A delivery outside the list is aid all the same, and no entitlement.
        3: ("Nowa", "p3ke", 3, 2, ["decile_3", "disability"], True, "s1", 4),
        # Lives alone, but nobody knows how old: not known to be elderly.
        4: ("Nowa", "p3ke", 1, 1, ["decile_1", "never_received"], False, "s1", 5),
        6: (
            "Soro",
            "dtks",
            2,
            1,
            ["decile_2", "female_head", "never_received", "in_several_registries"],
            False,
            "s2",
            2,
        ),
        # On January's list, not on February's.
        7: ("Soro", "p3ke", 4, 2, ["decile_4", "migrant_worker", "formerly_listed"], True, "s1", 8),
    }


def test_a_family_counts_once_whoever_of_it_stands_in_which_registry_or_list(house: Warehouse) -> None:
    assert house.rows(
        "select count(*) as families, count(*) filter (where is_registered) as registered from intermediate.int_families"
    ) == [{"families": 9, "registered": 7}]
    assert house.rows(
        "select registries, household_size from intermediate.int_families where beneficiary_key like '%0006'"
    ) == [{"registries": ["dtks", "p3ke"], "household_size": 6}]


def test_who_was_in_no_registry_is_held_against_the_version_of_the_day(house: Warehouse) -> None:
    found = families(
        house,
        "select beneficiary_key, village_name, registry_versions, periods, first_compared_on, last_compared_on, has_received, "
        "compared_by from audit.recipients_outside_registry",
    )
    # 9 is not compared: no registry was in force in that village.
    versions = house.rows("select distinct version from intermediate.int_registry_snapshots order by 1")
    assert found == {
        8: (
            "Soro",
            [row["version"] for row in versions],
            2,
            date(2024, 1, 20),
            date(2024, 2, 20),
            True,
            ["nik", "kk"],
        )
    }


def test_unknown_is_counted_apart_and_never_as_no(house: Warehouse) -> None:
    found = house.rows(
        "select group_code, families, families_rest, families_unknown, families_unknown_public from audit.vulnerable_coverage "
        "where program_code = 'beras' order by 1"
    )
    assert [tuple(row.values()) for row in found] == [
        # 6 is known of in one registry only; 4, 5 and 7 are not known of at all; 8 and 9 are in none.
        ("disability", 1, 3, 5, 4),
        ("female_head", 2, 1, 6, 8),
        # Of 60 on the day itself, and alone; of 59 a day before; 4 is of unknown age, 6 of a family of six.
        ("lone_elderly", 1, 5, 3, 4),
        ("migrant_worker", 1, 1, 7, 8),
    ]


def test_a_group_is_held_against_the_rest_with_denominators(house: Warehouse) -> None:
    (row,) = house.rows(
        "select * from audit.vulnerable_coverage where group_code = 'lone_elderly' and program_code = 'beras'"
    )
    assert {
        name: row[name]
        for name in (
            "poor_families", "poor_entitled", "reach_rate", "entitled", "complete", "on_time", "on_time_rate", "mean_days_late",
            "poor_families_rest", "poor_entitled_rest", "entitled_rest", "on_time_rest", "entitled_unknown", "on_time_unknown",
            "reach_gap_points", "complete_gap_points", "gap_points", "is_comparable", "families_public",
        )
    } == {
        "poor_families": 1, "poor_entitled": 1, "reach_rate": 1.0, "entitled": 1, "complete": 1, "on_time": 0, "on_time_rate": 0.0,
        "mean_days_late": 5.0, "poor_families_rest": 4, "poor_entitled_rest": 1, "entitled_rest": 2, "on_time_rest": 2,
        "entitled_unknown": 2, "on_time_unknown": 1, "reach_gap_points": 75.0, "complete_gap_points": 0.0, "gap_points": -100.0,
        "is_comparable": True, "families_public": None,
    }  # fmt: skip


def test_a_pocket_may_be_computed_and_those_left_are_ranked(house: Warehouse) -> None:
    found = house.rows(
        "select village_name, is_pocket, is_computed_pocket, poorest_share, poor_families, reached, received, remaining, "
        "on_time, entitled, remaining_rank from audit.pocket_coverage order by village_name"
    )
    assert [tuple(row.values()) for row in found] == [
        ("Nowa", False, True, 0.6, 4, 2, 3, 2, 2, 3, 1),
        ("Soro", False, True, 0.5, 2, 0, 1, 2, 2, 2, 1),
    ]


def test_the_worth_of_all_aid_a_person_a_day_is_held_against_the_line(house: Warehouse) -> None:
    found = {
        row["combination"]: tuple(row.values())[1:]
        for row in house.rows(
            "select combination, families, poor_families, families_unregistered, families_size_unknown, persons, days, "
            "value_idr_per_person_per_day, received_idr_per_person_per_day, line_share, families_below_line "
            "from audit.complementarity"
        )
    }
    assert found == {
        # One person, 2 x 10 kg at 15,000 over the 60 days of January and February; 10 kg came.
        "beras": (3, 1, 2, 2, 1, 60, 5000.0, 2500.0, 0.4187, 1),
        # Four persons, the same rice and 2 x 300,000, of which January's came.
        "beras + blt_dd": (1, 1, 0, 0, 4, 60, 3750.0, 1875.0, 0.314, 1),
        # 17 persons; what 7 was promised for January, and what 3 and 7 got.
        "none": (5, 4, 0, 0, 17, 60, 147.06, 294.12, 0.0123, 5),
    }


def test_a_pair_to_ask_about_names_both_sides_and_the_months(house: Warehouse) -> None:
    found = families(
        house,
        "select beneficiary_key, verdict, program_code, other_program_code, right(other_beneficiary_key, 4) as other, periods, "
        "first_period, last_period, periods_received from audit.combination_conflicts",
    )
    assert found == {1: ("ask", "beras", "blt_dd", "0101", 2, "2024-01", "2024-02", 1)}


def test_official_figures_and_targets_are_held_against_each_other_notion_by_notion(house: Warehouse) -> None:
    found = house.rows(
        "select year, official_rate, target_rate, compared_year, gap_points, gap_people, extreme_official_rate, "
        "extreme_compared_year, extreme_gap_points, extreme_gap_people from audit.poverty_targets order by year"
    )
    assert [tuple(row.values()) for row in found] == [
        (2021, None, None, None, None, None, 2.97, None, None, None),
        (2023, 12.62, None, None, None, None, None, None, None, None),
        # No figure of its own is out yet: held against the last one, 5.12 points of 34,380 people at 12.62 per cent.
        (2024, None, 7.5, 2023, 5.12, 13948, None, 2021, 2.97, 7842),
        (2025, None, 7.0, 2023, 5.62, 15310, None, 2021, 2.97, 7842),
    ]
    assert house.rows(
        "select registry, sum(families)::integer as families from audit.register_counts group by all order by 1"
    ) == [{"registry": "dtks", "families": 1}, {"registry": "p3ke", "families": 7}]


def test_the_villages_add_up_and_what_is_shown_hides_small_counts(house: Warehouse) -> None:
    figures = (
        "poor_families, gap_families, gap_decile_1, gap_vulnerable, recipients_outside, families_in_conflict"
    )
    (total,) = house.rows(f"select {figures} from audit.targeting_summary where is_total")
    assert list(total.values()) == [6, 4, 1, 3, 1, 1]
    sums = ", ".join(f"sum({figure.strip()})::bigint as {figure.strip()}" for figure in figures.split(","))
    assert house.rows(f"select {sums} from audit.targeting_summary where not is_total") == [total]
    shown = house.rows(
        "select village_name, gap_families_public, recipients_outside_public, gap_vulnerable_public "
        "from audit.targeting_summary where gap_families > 0 order by is_total, village_name"
    )
    assert [tuple(row.values()) for row in shown] == [
        ("Nowa", 2, 0, None),
        ("Soro", 2, None, None),
        (None, 4, None, None),
    ]


def test_pockets_and_villages_show_and_hide_the_same(house: Warehouse) -> None:
    assert (
        house.rows(
            "select pockets.village_name from audit.pocket_coverage as pockets inner join audit.targeting_summary as summary "
            "using (village_code) where (pockets.poor_families_public, pockets.remaining_public) "
            "is distinct from (summary.poor_families_public, summary.gap_families_public)"
        )
        == []
    )
    # Known to the nearest four (twice small_cell) only: beside exact counts an exact size would tell who is in one alone.
    assert house.rows(
        "select distinct registry, registry_families_public from audit.register_counts order by 1"
    ) == [
        {"registry": "dtks", "registry_families_public": 0},
        {"registry": "p3ke", "registry_families_public": 8},
    ]


def test_the_coordinator_s_words_are_made_of_these_tables(house: Warehouse) -> None:
    with house.open() as connection:
        text = targeting_text(connection)
    assert text.reach[0] == (
        "Dari 6 keluarga desil 1–4 dalam data rujukan yang berlaku, 4 keluarga tidak tercantum dalam program mana pun yang "
        "berjalan."
    )
    # Rates of so few are counts, and are not told.
    assert all((text.pockets, text.combinations, text.targets))
    assert not text.groups
    assert not any("warga" in line or "520599" in line for line in text.lines)


def test_without_any_registry_everything_stands_empty_but_the_targets(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    house = new_warehouse()
    house.configure("2024-02-20", **POVERTY)
    house.submit(RICE, [person(1, NOWA, period="Januari 2024")], received("2024-01-02"))
    house.build()
    for table in (
        "targeting_gaps",
        "recipients_outside_registry",
        "recipients_recognised",
        "pocket_coverage",
        "combination_conflicts",
        "register_counts",
    ):
        assert house.rows(f"select * from audit.{table}") == [], table
    assert house.rows("select count(*) as years from audit.poverty_targets") == [{"years": 4}]
    assert house.rows("select combination, families, families_size_unknown from audit.complementarity") == [
        {"combination": "beras", "families": 1, "families_size_unknown": 1}
    ]
    (reach,) = house.rows(
        "select * from audit.vulnerable_coverage where group_code = 'disability' and program_code = 'beras'"
    )
    assert (reach["families"], reach["families_unknown"], reach["entitled_unknown"], reach["gap_points"]) == (
        0,
        1,
        1,
        None,
    )
    with house.open() as connection:
        assert "Belum ada data rujukan" in targeting_text(connection).reach[0]
    (total,) = house.rows("select * from audit.targeting_summary where is_total")
    assert (total["families_registered"], total["gap_families"], total["gap_families_public"]) == (0, 0, 0)
