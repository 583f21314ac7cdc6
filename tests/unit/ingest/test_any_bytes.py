"""Whatever the bytes, there is an outcome, rows are conserved, and nothing raises."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.ingest.manifest import Manifest
from include.settings import Settings
from include.workspace import Workspace

from .conftest import CONFIGURATION, HEADER, LOG, Inbox, as_csv, rows_of, write_xlsx

OUTCOMES = {"landed", "nil", "rejected"}
QUICK = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "NIK",
            "Nama",
            "Jumlah",
            "JUMLAH",
            "DESA : NOWA",
            "Mengetahui",
            "###",
            "(1)",
            "2",
            "-",
            "5205019901990001",
        ]
    ),
    st.text(max_size=12),
)
TABLES = st.lists(st.lists(CELLS, max_size=8), max_size=15)


def outcome(name: str, content: bytes, feed: str) -> tuple[Manifest, list[dict[str, object]]]:
    with tempfile.TemporaryDirectory() as folder:
        home = Settings(home=Path(folder), given_secret="a secret of the tests only")
        home.make_folders(feed.path for feed in CONFIGURATION.feeds)
        inbox = Inbox(Workspace(home, CONFIGURATION))
        manifest = inbox.take(name, content, feed)
        return manifest, inbox.rows(manifest)


def check(name: str, content: bytes, feed: str = LOG) -> Manifest:
    """Takes a file in, whatever it is; the manifest, once it was found to be sound."""
    manifest, rows = outcome(name, content, feed)
    assert manifest.reading_status in OUTCOMES
    assert (manifest.reason is not None) == (manifest.reading_status == "rejected")
    # A reader that stopped on an error of its own is a fault of ours, even though the pipeline survives it.
    assert "pembaca berhenti" not in (manifest.reason_detail or "")
    assert manifest.rows_read == len(rows) == manifest.rows_data + manifest.rows_skipped
    assert sum(row["row_kind"] == "data" for row in rows) == manifest.rows_data
    return manifest


@QUICK
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.xlsx", "a.xls", "a.ods", "a.txt"]))
def test_any_bytes(content: bytes, name: str) -> None:
    check(name, content)


@QUICK
@given(TABLES)
def test_any_table_as_csv(rows: list[list[str]]) -> None:
    check("a.csv", as_csv([HEADER, *rows]).encode("utf-8", "replace"))


@QUICK
@given(TABLES)
def test_any_table_below_any_title(rows: list[list[str]]) -> None:
    check("a.csv", as_csv([*rows, HEADER, *rows_of(2), *rows]).encode("utf-8", "replace"))


@QUICK
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6))
def test_a_workbook_with_flipped_bytes(flips: list[tuple[int, int]]) -> None:
    content = bytearray(_workbook())
    for place, value in flips:
        content[place % len(content)] = value
    check("a.xlsx", bytes(content))


def _workbook() -> bytes:
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        buffer.write(write_xlsx(Path(folder) / "a.xlsx", {"S": [HEADER, *rows_of(5)]}).read_bytes())
    return buffer.getvalue()
