"""The coordinator's words on targeting: the figures as they may be shown, small counts hidden, no person."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from include.report.targeting.text import targeting_text

TABLES = """
    create schema audit;
    create table audit.targeting_parameters as select 4 as poor_deciles;
    create table audit.targeting_summary (
        village_code varchar, village_name varchar, district_name varchar, is_total boolean, families_registered bigint,
        families_decile_unknown_public bigint,
        poor_families_public bigint, gap_families_public bigint, gap_decile_1_public bigint, gap_vulnerable_public bigint,
        recipients_outside_public bigint, families_in_conflict_public bigint
    );
    create table audit.register_counts (
        registry varchar, welfare_decile integer, entries_without_family bigint, has_doubtful_file boolean
    );
    create table audit.vulnerable_coverage (
        group_code varchar, program_code varchar, program_name varchar, on_time_rate_public double, gap_points_public double
    );
    create table audit.pocket_coverage (
        village_code varchar, village_name varchar, district_name varchar, remaining_public bigint
    );
    create table audit.complementarity (
        combination varchar, combination_name varchar, is_value_public boolean,
        value_idr_per_person_per_day double, line_share double, line_idr_per_day double
    );
    create table audit.poverty_targets (
        year integer, target_rate double, compared_year integer, compared_rate double, gap_points double, gap_people bigint,
        extreme_target_rate double, extreme_compared_year integer, extreme_compared_rate double, extreme_compared_line varchar
    );
"""
TOTAL = {
    "is_total": True, "families_registered": 1500, "families_decile_unknown_public": 0, "poor_families_public": 1234, "gap_families_public": 56,
    "gap_decile_1_public": 20, "gap_vulnerable_public": 12, "recipients_outside_public": 0, "families_in_conflict_public": 0,
}  # fmt: skip


@pytest.fixture
def audit() -> Any:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        yield connection


def put(connection: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    marks = ", ".join(f"? as {name}" for name in values)
    connection.execute(f"insert into audit.{table} by name select {marks}", list(values.values()))


def test_who_is_not_reached_is_told_in_counts_and_villages(audit: duckdb.DuckDBPyConnection) -> None:
    put(audit, "targeting_summary", **TOTAL)
    for name, gap in (("Nowa", 9), ("Riwo", None), ("Bara", 12), ("Bali", 0)):
        place = {"village_code": name, "village_name": name, "district_name": "Woja", "is_total": False}
        put(audit, "targeting_summary", **place, gap_families_public=gap)
    assert targeting_text(audit).reach == (
        "Dari 1.234 keluarga desil 1–4 dalam data rujukan yang berlaku, 56 keluarga tidak tercantum dalam program mana pun yang "
        "berjalan; di antaranya 20 keluarga desil 1 dan 12 keluarga dari kelompok rentan.",
        "Terbanyak di Bara, Kec. Woja (12 keluarga) dan Nowa, Kec. Woja (9 keluarga), belum termasuk 1 desa/kelurahan yang "
        "hitungannya disembunyikan.",
    )


def test_a_hidden_total_is_told_without_a_figure(audit: duckdb.DuckDBPyConnection) -> None:
    hidden = dict.fromkeys(
        ("gap_families_public", "gap_decile_1_public", "gap_vulnerable_public", "recipients_outside_public",
         "families_in_conflict_public")
    )  # fmt: skip
    put(audit, "targeting_summary", **(TOTAL | hidden))
    text = targeting_text(audit)
    assert text.reach == (
        "Dari 1.234 keluarga desil 1–4 dalam data rujukan yang berlaku, sejumlah keluarga tidak tercantum dalam program mana "
        "pun yang berjalan.",
        "Sejumlah penerima berada di luar data rujukan yang berlaku pada hari pembandingannya: bahan pemeriksaan, bukan "
        "pernyataan bahwa penerimanya keliru.",
    )
    assert text.combinations == (
        "Sejumlah keluarga tercatat pada dua program yang tidak boleh digabung atau perlu disepakati untuk bulan yang sama; "
        "OPD terkait telah diberi tahu desanya.",
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"families_registered": 0},
            "Belum ada data rujukan yang berlaku, sehingga keluarga miskin yang tidak terjangkau belum dapat dihitung.",
        ),
        (
            {"poor_families_public": 0, "gap_families_public": 0},
            "Tidak ada keluarga desil 1–4 dalam data rujukan yang berlaku.",
        ),
        (
            {"gap_families_public": 0},
            "Semua 1.234 keluarga desil 1–4 dalam data rujukan yang berlaku tercantum dalam program yang berjalan.",
        ),
    ],
)
def test_no_registry_and_no_gap_are_different_things(
    audit: duckdb.DuckDBPyConnection, change: dict[str, int], sentence: str
) -> None:
    put(audit, "targeting_summary", **(TOTAL | change))
    text = targeting_text(audit)
    assert text.lines == (sentence,)


def test_what_the_registries_leave_open_is_told_beside_the_counts(audit: duckdb.DuckDBPyConnection) -> None:
    put(audit, "targeting_summary", **(TOTAL | {"families_decile_unknown_public": 120}))
    for decile, unplaced, doubtful in ((1, 20, False), (None, 13, True)):
        put(
            audit, "register_counts", registry="dtks", welfare_decile=decile, entries_without_family=unplaced, has_doubtful_file=doubtful
        )  # fmt: skip
    put(
        audit,
        "register_counts",
        registry="p3ke",
        welfare_decile=1,
        entries_without_family=0,
        has_doubtful_file=False,
    )
    assert targeting_text(audit).reach[-2:] == (
        "Belum dapat dinilai: 120 keluarga yang desilnya tidak diketahui dan 33 orang yang keluarganya tidak dapat ditentukan.",
        "Data rujukan DTKS perlu diperiksa sebelum angka ini dipakai: ada berkas yang memuat jauh lebih sedikit keluarga daripada "
        "berkas sebelumnya, atau tidak lagi memuat desil.",
    )


def test_groups_behind_the_rest_pockets_worth_and_targets(audit: duckdb.DuckDBPyConnection) -> None:
    put(audit, "targeting_summary", **TOTAL)
    for group, rate, points in (
        ("lone_elderly", 0.4718, -4.2), ("female_head", 0.9, 1.0), ("disability", None, None), ("migrant_worker", 0.8, -5.0),
    ):  # fmt: skip
        put(
            audit, "vulnerable_coverage", group_code=group, program_code="b", program_name="BLT", on_time_rate_public=rate,
            gap_points_public=points,
        )  # fmt: skip
    put(
        audit,
        "pocket_coverage",
        village_code="1",
        village_name="Nowa",
        district_name="Woja",
        remaining_public=7,
    )
    put(
        audit,
        "pocket_coverage",
        village_code="2",
        village_name="Riwo",
        district_name="Woja",
        remaining_public=None,
    )
    for combination, is_shown, value in (
        ("beras", True, 1237.6),
        ("beras + b", True, 3686.47),
        ("none", True, 0.0),
        ("b", False, 500.0),
    ):
        put(
            audit, "complementarity", combination=combination, combination_name=combination.upper(), is_value_public=is_shown,
            value_idr_per_person_per_day=value, line_share=value / 11941, line_idr_per_day=11941.0,
        )  # fmt: skip
    for year in (2024, 2025):
        put(
            audit, "poverty_targets", year=year, target_rate=7.5, compared_year=2024, compared_rate=11.59, gap_points=4.09,
            gap_people=11321, extreme_target_rate=0.0, extreme_compared_year=2021, extreme_compared_rate=2.97,
            extreme_compared_line="US$1,9 PPP",
        )  # fmt: skip
    text = targeting_text(audit)
    assert text.groups == (
        "Keluarga pekerja migran menerima BLT tepat waktu sebesar 80%, 5 poin persen di bawah penerima lainnya.",
        "Lansia tunggal menerima BLT tepat waktu sebesar 47,18%, 4,2 poin persen di bawah penerima lainnya.",
    )
    assert text.pockets == (
        "Di kantong kemiskinan dan desa terpencil, keluarga miskin yang belum terjangkau terbanyak di Nowa, Kec. Woja (7 keluarga), "
        "belum termasuk 1 desa/kelurahan yang hitungannya disembunyikan.",
    )
    assert text.combinations == (
        "Nilai bantuan per orang per hari, dan bagiannya dari garis kemiskinan ekstrem Rp11.941: BERAS + B Rp3.686 (30,9%) dan "
        "BERAS Rp1.238 (10,4%).",
    )
    assert text.targets == (
        "Tingkat kemiskinan (P0) 2024 sebesar 11,59%; sasaran 2025 7,5%, masih 4,09 poin persen atau 11.321 orang.",
        "Kemiskinan ekstrem terakhir yang diumumkan 2,97% (2021, menurut US$1,9 PPP); sasaran 2025 0%.",
    )


def test_a_target_that_is_reached_or_passed_says_so(audit: duckdb.DuckDBPyConnection) -> None:
    put(audit, "targeting_summary", **TOTAL)
    put(
        audit,
        "poverty_targets",
        year=2024,
        target_rate=12.0,
        compared_year=2024,
        compared_rate=11.59,
        gap_points=-0.41,
        gap_people=-1135,
    )
    assert targeting_text(audit).targets == (
        "Tingkat kemiskinan (P0) 2024 sebesar 11,59%; sasaran 2024 12%, terlampaui 0,41 poin persen atau 1.135 orang.",
    )
