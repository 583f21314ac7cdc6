"""The published file as pages read it: always the current one, never another file, and asked once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from include.report.pages.publication import (
    Heading,
    PublicationBroken,
    PublicationMissing,
    PublishedDatabase,
    heading,
    reading,
)


def publish(path: Path, number: int) -> None:
    """As the publisher does: a finished file is renamed over the old one."""
    fresh = path.with_name("fresh.duckdb")
    with duckdb.connect(str(fresh)) as connection:
        connection.execute("create schema audit")
        connection.execute(f"create table audit.numbers as select {number} as number")
    fresh.replace(path)


def number_of(connection: duckdb.DuckDBPyConnection) -> int:
    [(number,)] = connection.execute("select number from audit.numbers").fetchall()
    return number


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "pantau.duckdb"
    publish(path, 1)
    return path


def test_an_answer_is_kept_until_another_file_is_published(published: Path):
    database = PublishedDatabase(published)
    asked = []

    def answer(connection: duckdb.DuckDBPyConnection) -> int:
        asked.append(1)
        return number_of(connection)

    assert [database.ask("number", answer) for _ in range(3)] == [1, 1, 1]
    assert len(asked) == 1
    publish(published, 2)
    assert [database.ask("number", answer) for _ in range(3)] == [2, 2, 2]
    assert len(asked) == 2


def test_a_file_replaced_while_the_old_one_is_open_is_read_anew(published: Path):
    """DuckDB itself would answer from the file that the process has open under that path."""
    with reading(published) as old:
        publish(published, 2)
        with reading(published) as new:
            assert (number_of(old), number_of(new)) == (1, 2)


def test_a_file_replaced_between_looking_and_opening_is_never_taken_for_the_old_one(
    published: Path, monkeypatch: pytest.MonkeyPatch
):
    database = PublishedDatabase(published)
    opened = []

    def late(path: Path):
        if not opened:
            publish(path, 2)
        opened.append(path)
        return reading(path)

    monkeypatch.setattr("include.report.pages.publication.reading", late)
    assert database.ask("number", number_of) == 2
    publish(published, 3)
    assert database.ask("number", number_of) == 3


def test_it_can_neither_write_nor_reach_another_file(published: Path, tmp_path: Path):
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    for question in (
        f"select * from read_csv('{other}')",
        f"attach '{tmp_path / 'another.duckdb'}'",
        "create table audit.mine as select 1",
        "set enable_external_access = true",
    ):
        with pytest.raises(PublicationBroken), reading(published) as connection:
            connection.execute(question)


def test_no_two_readers_spill_into_one_folder(published: Path):
    """DuckDB would give their files the same names, and answer with each other's rows."""
    with reading(published) as one, reading(published) as other:
        [[first], [second]] = (
            reader.execute("select current_setting('temp_directory')").fetchone() for reader in (one, other)
        )
        assert first != second
    assert not Path(first).exists()
    assert not Path(second).exists()


def test_what_is_missing_or_broken_is_told_apart(tmp_path: Path):
    path = tmp_path / "pantau.duckdb"
    database = PublishedDatabase(path)
    with pytest.raises(PublicationMissing):
        database.ask("number", number_of)
    path.write_bytes(b"not a database")
    with pytest.raises(PublicationBroken):
        database.ask("number", number_of)
    publish(path, 1)
    assert database.ask("number", number_of) == 1
    with pytest.raises(PublicationBroken):  # of a version that has no such table
        database.ask("heading", heading)


def test_a_broken_file_is_told_without_its_values(published: Path):
    with pytest.raises(PublicationBroken) as told, reading(published) as connection:
        connection.execute("select cast('5205059901900001' as date)")
    assert "5205059901900001" not in str(told.value)


@pytest.mark.parametrize(("hours", "old"), [(23, False), (24, False), (25, True), (24 * 40, True)])
def test_a_publication_older_than_a_day_is_old(hours: int, old: bool):
    made = datetime(2024, 2, 12, 1, tzinfo=UTC)
    about = Heading(1, made, made.date(), 1, "", "", "", "Asia/Makassar")
    assert (about.age(made + timedelta(hours=hours)) is not None) == old
