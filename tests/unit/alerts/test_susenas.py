"""The countdown: before the cutoff, on it, while enumerators are out, after the window, with no window ahead."""

from __future__ import annotations

from datetime import date
from typing import Any

from include.alerts.susenas import worded

W2024: dict[str, Any] = {
    "susenas_year": 2024, "starts_on": date(2024, 2, 19), "ends_on": date(2024, 3, 9), "cutoff": date(2024, 2, 18),
    "visible_days": 30, "status": "official",
}  # fmt: skip
W2025: dict[str, Any] = {
    "susenas_year": 2025, "starts_on": date(2025, 2, 8), "ends_on": date(2025, 2, 27), "cutoff": date(2025, 2, 7),
    "visible_days": 30, "status": "estimated",
}  # fmt: skip


def test_days_before_the_cutoff() -> None:
    words = worded(W2024, None, date(2024, 2, 9))
    assert words.short == "9 hari menuju batas SUSENAS"
    assert words.badge == "9 hari menuju batas SUSENAS (18 Februari 2024)"
    assert (words.cutoff, words.is_ahead) == (date(2024, 2, 18), True)
    # What came earlier is complete before the cutoff, yet eaten up before anybody asks.
    assert words.notes == (
        "Bantuan yang lengkap diterima KPM mulai 20 Januari 2024 sampai dengan Minggu, 18 Februari 2024 tampak dalam "
        "SUSENAS 2024 (pendataan 19 Februari s.d. 9 Maret 2024).",
    )


def test_the_cutoff_day_itself() -> None:
    assert worded(W2024, None, date(2024, 2, 18)).short == "hari ini batas SUSENAS"


def test_while_enumerators_are_out_the_cutoff_is_past() -> None:
    words = worded(W2025, W2024, date(2024, 2, 19))
    assert words.short == "batas SUSENAS telah lewat"
    assert "19 Februari s.d. 9 Maret 2024" in words.notes[0]
    assert "SUSENAS 2025, batas 7 Februari 2025, perkiraan" in words.notes[1]
    assert not words.is_ahead
    # What is asked for must come before the next cutoff all the same.
    assert words.cutoff == date(2025, 2, 7)
    assert worded(None, W2024, date(2024, 2, 19)).cutoff is None


def test_a_cutoff_within_another_window_is_counted_down_to_while_that_is_under_way() -> None:
    overlapping = W2025 | {
        "starts_on": date(2024, 3, 1),
        "ends_on": date(2024, 3, 20),
        "cutoff": date(2024, 2, 29),
    }
    words = worded(overlapping, W2024, date(2024, 2, 26))
    assert words.short == "3 hari menuju batas SUSENAS"
    assert (words.cutoff, words.is_ahead) == (date(2024, 2, 29), True)
    assert words.notes[0].startswith(
        "Batas SUSENAS 2024 telah lewat pada 18 Februari 2024; pendataan berlangsung"
    )


def test_after_the_window_it_says_so_and_turns_to_the_next() -> None:
    words = worded(W2025, W2024, date(2024, 5, 6))
    assert words.short == "277 hari menuju batas SUSENAS 2025"
    assert "SUSENAS 2024 telah ditutup pada 9 Maret 2024" in words.notes[0]
    assert words.cutoff == date(2025, 2, 7)


def test_no_window_ahead() -> None:
    words = worded(None, W2024, date(2024, 5, 6))
    assert words.short == "jendela SUSENAS 2024 telah ditutup"
    assert worded(None, None, date(2024, 5, 6)).short is None
