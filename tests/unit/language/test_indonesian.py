"""Numbers, days and lists as officials write them (EYD)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from include.language import indonesian


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (27739, "27.739"),
        (10.5, "10,5"),
        (1234567.891, "1.234.567,89"),
        (-3.5, "-3,5"),
        (2.999, "3"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert indonesian.number(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (300000, "IDR", "Rp300.000"), (-300000, "IDR", "-Rp300.000"), (10, "kg", "10 kg"),
        (1610.5, "kg", "1.610,5 kg"), (3, None, "3"),
    ],
)  # fmt: skip
def test_quantities(value: float, unit: str | None, text: str) -> None:
    assert indonesian.quantity(value, unit) == text


def test_percentages() -> None:
    assert indonesian.percent(0.1262) == "12,62%"
    assert indonesian.percent(0.68666, 1) == "68,7%"
    assert (
        indonesian.percent(1793 / 2000, 1) == "89,7%"
    )  # a half goes up, also where the float is a little less


def test_day_ranges() -> None:
    assert indonesian.day_range(date(2024, 2, 8), date(2024, 2, 14)) == "8–14 Februari 2024"
    assert indonesian.day_range(date(2024, 2, 8), date(2024, 2, 8)) == "8 Februari 2024"
    assert indonesian.day_range(date(2024, 1, 30), date(2024, 2, 2)) == "30 Januari s.d. 2 Februari 2024"
    assert (
        indonesian.day_range(date(2023, 12, 30), date(2024, 1, 2)) == "30 Desember 2023 s.d. 2 Januari 2024"
    )


def test_days_and_times() -> None:
    assert indonesian.day(date(2024, 2, 5)) == "5 Februari 2024"
    assert indonesian.weekday(date(2024, 2, 5)) == "Senin, 5 Februari 2024"
    assert indonesian.short_day(date(2024, 2, 5)) == "05-02-2024"
    # 18.30 UTC is the next day in Dompu.
    late = datetime(2024, 2, 5, 18, 30, tzinfo=UTC)
    assert indonesian.moment(late, "Asia/Makassar") == "Selasa, 6 Februari 2024 pukul 02.30 WITA"
    assert indonesian.clock_time(late, "Asia/Jakarta") == "pukul 01.30 WIB"
    assert indonesian.zone_label("Europe/Paris") == "Europe/Paris"


@pytest.mark.parametrize(
    ("months", "text"),
    [
        (["2024-02"], "Februari 2024"),
        (["2024-01", "2024-02"], "Januari dan Februari 2024"),
        (["2024-03", "2024-01", "2024-02"], "Januari-Maret 2024"),
        (["2024-01", "2024-02", "2024-05"], "Januari, Februari, dan Mei 2024"),
        (["2023-12", "2024-01", "2024-01"], "Desember 2023 dan Januari 2024"),
        ([], ""),
    ],
)
def test_periods(months: list[str], text: str) -> None:
    assert indonesian.periods(months) == text


def test_lists_and_countdowns() -> None:
    assert indonesian.listing(["A"]) == "A"
    assert indonesian.listing(["A", "B"]) == "A dan B"
    assert indonesian.listing(["A", "B", "C"]) == "A, B, dan C"
    assert indonesian.days_left(9, "batas SUSENAS") == "9 hari menuju batas SUSENAS"
    assert indonesian.days_left(0, "batas SUSENAS") == "hari ini batas SUSENAS"
    assert indonesian.capitalised("hari ini batas SUSENAS") == "Hari ini batas SUSENAS"


@pytest.mark.parametrize(
    ("value", "told"), [(12.4, "12,40%"), (7.5, "7,50%"), (0, "0,00%"), (11.59, "11,59%"), (2.675, "2,68%")]
)
def test_an_official_rate_keeps_its_two_decimals(value: float, told: str) -> None:
    assert indonesian.rate(value) == told


def test_a_kelurahan_is_named_as_such_and_a_desa_by_its_name() -> None:
    names = [indonesian.village("Bali", kind) for kind in ("kelurahan", "desa", None)]
    assert names == ["Kel. Bali", "Bali", "Bali"]
