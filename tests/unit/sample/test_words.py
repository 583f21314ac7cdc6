from __future__ import annotations

from datetime import date

import pytest

from include.sample.words import amount_text, day_text, period_text, village_text


@pytest.mark.parametrize(
    ("amount", "unit", "style", "text"),
    [
        (300000, "IDR", "rp", "Rp 300.000,00"),
        (300000, "IDR", "rp_dash", "Rp. 300.000,-"),
        (300000, "IDR", "commas", "300,000"),
        (300000, "IDR", "dots", "300.000"),
        (10, "kg", "rp", "10 kg"),
        (9.5, "kg", "dots", "9,5"),
        (45947.25, "kg", "rp_dash", "45947,25 kg"),
    ],
)
def test_amounts(amount, unit, style, text):
    assert amount_text(amount, unit, style) == text


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("slash", "05/02/2024"),
        ("dash", "05-02-2024"),
        ("dots", "05.02.2024"),
        ("iso", "2024-02-05"),
        ("long", "5 Februari 2024"),
        ("weekday", "Senin, 5 Februari 2024"),
    ],
)
def test_days(style, text):
    assert day_text(date(2024, 2, 5), style) == text


@pytest.mark.parametrize(
    ("periods", "style", "text"),
    [
        (("2024-02",), "month_year", "Februari 2024"),
        (("2024-02",), "short", "Feb-24"),
        (("2024-02",), "iso", "2024-02"),
        (("2024-01", "2024-02", "2024-03"), "iso", "Jan-Mar 2024"),
    ],
)
def test_periods(periods, style, text):
    assert period_text(periods, style) == text


@pytest.mark.parametrize(
    ("name", "kind", "style", "text"),
    [
        ("Hu'u", "desa", "curly", "Hu’u"),
        ("Hu'u", "desa", "bare", "Huu"),
        ("Kandai II", "kelurahan", "arabic", "Kandai 2"),
        ("Kandai II", "kelurahan", "prefixed", "Kel. Kandai II"),
        ("Nowa", "desa", "upper", "NOWA"),
    ],
)
def test_villages(name, kind, style, text):
    assert village_text(name, kind, style) == text
