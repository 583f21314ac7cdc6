"""One clock, and a way to pretend another time, for everybody."""

from datetime import UTC, date, datetime, timedelta

import pytest

from include import clock
from include.config import ConfigurationError


def test_without_a_pretended_time_it_is_now(monkeypatch):
    monkeypatch.delenv("PANTAU_NOW", raising=False)
    assert not clock.pretended()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now().utcoffset() == timedelta(0)


def test_an_empty_variable_is_no_pretence(monkeypatch):
    monkeypatch.setenv("PANTAU_NOW", " ")
    assert not clock.pretended()
    assert clock.now().year > 2024


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-02-12T07:00:00+08:00", "2024-02-11T23:00:00"),
        ("2024-02-12T07:00:00Z", "2024-02-12T07:00:00"),
        ("2024-02-12T07:00", "2024-02-11T23:00:00"),  # Dompu's own time, WITA
        ("2024-02-12", "2024-02-11T16:00:00"),
        (" 2024-02-12 07:00:00 ", "2024-02-11T23:00:00"),
    ],
)
def test_a_pretended_time_stands_still(monkeypatch, text, utc):
    monkeypatch.setenv("PANTAU_NOW", text)
    monkeypatch.delenv("PANTAU_CONFIG", raising=False)
    assert clock.pretended()
    assert clock.now() == clock.now() == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
def test_a_pretended_day_is_that_day_in_the_regency(monkeypatch, tmp_path, zone):
    (tmp_path / "region.yml").write_text(f"timezone: {zone}\n")
    monkeypatch.setenv("PANTAU_CONFIG", str(tmp_path))
    monkeypatch.setenv("PANTAU_NOW", "2024-02-12")
    assert clock.today(zone) == date(2024, 2, 12)


def test_today_depends_on_the_time_zone(monkeypatch):
    monkeypatch.setenv("PANTAU_NOW", "2024-02-18T16:30:00Z")
    assert clock.today("Asia/Makassar") == date(2024, 2, 19)
    assert clock.today("UTC") == date(2024, 2, 18)


@pytest.mark.parametrize(
    "junk",
    ["yesterday", "12/02/2024", "2024-02-30", "2024-02-12T25:00", "1707700000", "0001-01-01T00:00+08:00"],
)
def test_junk_is_told_with_an_example(monkeypatch, junk):
    monkeypatch.setenv("PANTAU_NOW", junk)
    with pytest.raises(ConfigurationError, match="2024-02-12T07:00:00"):
        clock.now()
