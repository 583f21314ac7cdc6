"""Who stands in both registries: the latest snapshots only, by key, each pair once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from include.settings import Settings
from include.targeting.match import MatchReport, match_registries, needs_matching
from include.warehouse.connection import reader, writer
from include.workspace import Workspace

Registry = Callable[..., None]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A home without a warehouse."""
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_NOW", "2024-02-12T00:00:00+00:00")
    settings = Settings()
    settings.make_folders()
    return Workspace(settings, cast("Any", None))


@pytest.fixture
def put(ws: Workspace) -> Registry:
    """`put("p3ke", "k1", "k2", village=…)` loads a registry file with these keys."""
    number = 0

    def _put(
        registry: str,
        *keys: str | None,
        village: str = "Matua",
        status: str = "landed",
        kind: str = "data",
        mends: str | None = None,
    ) -> None:
        nonlocal number
        number += 1
        with writer(ws) as connection:
            connection.execute(
                "insert into ledger.submissions by name select ? as sequence, ? as submission_id, 'registry' as kind, "
                "? as registry, 'a.xlsx' as file_name, 'x' as sha256, 1 as size_bytes, "
                "timestamp '2024-02-01' as received_at, 'clock' as received_source, ? as reading_status, "
                "'[]' as warnings, '[]' as sheets, 1 as rows_read, 1 as rows_data, 0 as rows_skipped, "
                "'' as previous_hash, '' as chain_hash, timestamp '2024-02-01' as loaded_at",
                [number, f"s{number}", registry, status],
            )
            for row, key in enumerate(keys, start=2):
                connection.execute(
                    "insert into raw.registry by name select ? as submission_id, ? as sequence, 'S' as sheet, "
                    "1 as sheet_number, ? as row_number, ? as row_kind, '' as cell_types, ? as nik_key, ? as village, "
                    "? as returned_row_id",
                    [f"s{number}", number, row, kind, key, village, mends],
                )

    return _put


def _pairs(ws: Workspace) -> list[Any]:
    with reader(ws) as connection:
        return connection.execute(
            "select left_key, right_key, left_registry, right_registry, match_probability, matched_by, "
            "left_submission_id, right_submission_id from ledger.registry_matches order by 1"
        ).fetchall()


def test_equal_keys_are_a_pair_once(ws: Workspace, put: Registry) -> None:
    put("p3ke", "k1", "k1", "k2", None)
    put("dtks", "k1", "k3", None)
    assert match_registries(ws) == MatchReport(left=2, right=2, pairs=1)
    assert _pairs(ws) == [("k1", "k1", "p3ke", "dtks", 1.0, "nik", "s1", "s2")]


def test_blank_never_matches_blank(ws: Workspace, put: Registry) -> None:
    put("p3ke", None, None)
    put("dtks", None)
    assert match_registries(ws).pairs == 0


def test_only_the_latest_snapshot_counts(ws: Workspace, put: Registry) -> None:
    put("p3ke", "k1", "k2")
    put("dtks", "k1", "k2")
    put("p3ke", "k2", village="MATUA ")
    match_registries(ws)
    assert [(pair[0], pair[6]) for pair in _pairs(ws)] == [("k2", "s3")]


def test_a_returned_workbook_mends_rows_and_takes_no_files_place(ws: Workspace, put: Registry) -> None:
    put("p3ke", "k1", "wrong", "k2")
    put("dtks", "k1", "k2", "right", "wrong")
    put("p3ke", "right", mends="s1:1:3")
    assert match_registries(ws) == MatchReport(left=3, right=4, pairs=3)
    assert [(pair[0], pair[6]) for pair in _pairs(ws)] == [("k1", "s1"), ("k2", "s1"), ("right", "s3")]
    put("p3ke", "k2")
    match_registries(ws)
    assert [pair[0] for pair in _pairs(ws)] == ["k2"], "the next file takes the place of both"


def test_a_snapshot_may_come_as_one_file_a_village(ws: Workspace, put: Registry) -> None:
    put("p3ke", "k1", village="Matua")
    put("p3ke", "k2", village="Bara")
    put("dtks", "k1", "k2")
    match_registries(ws)
    assert [pair[0] for pair in _pairs(ws)] == ["k1", "k2"]


def test_dtsen_takes_the_place_of_dtks(ws: Workspace, put: Registry) -> None:
    put("p3ke", "k1", "k2")
    put("dtks", "k1")
    put("dtsen", "k2", village="Bara")
    match_registries(ws)
    assert [(pair[0], pair[3]) for pair in _pairs(ws)] == [("k2", "dtsen")]


def test_rejected_files_and_total_rows_are_no_persons(ws: Workspace, put: Registry) -> None:
    put("p3ke", "k1")
    put("dtks", "k1", status="rejected")
    put("dtks", "k1", kind="total")
    assert match_registries(ws).pairs == 0


def test_matching_is_needed_once_for_each_new_file_also_when_nothing_matched(
    ws: Workspace, put: Registry
) -> None:
    assert needs_matching(ws) is False
    put("p3ke", "k1")
    assert needs_matching(ws) is False, "one registry alone has nothing to be matched with"
    put("dtks", "k2")
    assert needs_matching(ws) is True
    match_registries(ws)
    assert needs_matching(ws) is False
    put("dtks", "k1")
    assert needs_matching(ws) is True
    match_registries(ws)
    assert needs_matching(ws) is False
    assert len(_pairs(ws)) == 1
