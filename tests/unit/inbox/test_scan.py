"""Which files are complete: two looks that agree, no temporary name, no link."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from include.inbox.scan import compare, look, printable, scan_inbox
from include.workspace import Workspace

from .conftest import CONFIGURATION, LOG, drop

FEEDS = [feed.path for feed in CONFIGURATION.feeds]


def test_a_file_at_rest_is_complete_and_belongs_to_the_feed_of_its_folder(ws: Workspace) -> None:
    drop(ws, "Woja/Januari 2024.csv")
    scan = scan_inbox(ws, 0.0)
    assert [(seen.feed, seen.name) for seen in scan.in_feeds] == [(LOG, "Woja/Januari 2024.csv")]
    assert not scan.elsewhere
    assert not scan.waiting


def test_a_file_that_grows_between_the_looks_waits(ws: Workspace) -> None:
    path = drop(ws, "grows.csv")
    stop = threading.Event()

    def write() -> None:
        with path.open("ab") as file:
            while not stop.is_set():
                file.write(b"x" * 10)
                file.flush()
                time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        scan = scan_inbox(ws, 0.1)
    finally:
        stop.set()
        writer.join()
    assert [seen.name for seen in scan.waiting] == ["grows.csv"]
    assert not scan.complete
    assert [seen.name for seen in scan_inbox(ws, 0.05).complete] == ["grows.csv"]


def test_same_size_but_touched_or_replaced_waits(ws: Workspace) -> None:
    touched, replaced = drop(ws, "touched.csv"), drop(ws, "replaced.csv")
    first = look(ws.settings.inbox, FEEDS)
    status = replaced.stat()
    os.utime(touched, ns=(1, 1))
    other = replaced.with_name("other")
    other.write_bytes(replaced.read_bytes())
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(replaced)
    scan = compare(first, look(ws.settings.inbox, FEEDS))
    assert {seen.name for seen in scan.waiting} == {"touched.csv", "replaced.csv"}


@pytest.mark.parametrize(
    "name", [".laporan.csv", "~$laporan.xlsx", "laporan.csv.part", "laporan.TMP", "laporan.xlsx.filepart"]
)
def test_a_temporary_name_waits(ws: Workspace, name: str) -> None:
    drop(ws, name)
    scan = scan_inbox(ws, 0.0)
    assert [seen.name for seen in scan.waiting] == [name]
    assert not scan.complete


def test_links_and_special_files_are_never_followed(ws: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere"
    secret.mkdir()
    (secret / "list.csv").write_text("NIK\n")
    (ws.settings.inbox / LOG / "link.csv").symlink_to(secret / "list.csv")
    (ws.settings.inbox / LOG / "folder").symlink_to(secret)
    os.mkfifo(ws.settings.inbox / LOG / "pipe.csv")
    scan = scan_inbox(ws, 0.0)
    assert not scan.complete
    assert not scan.waiting


def test_a_file_in_no_feeds_folder_is_told_apart(ws: Workspace) -> None:
    drop(ws, "lost.csv", feed="dkp")
    drop(ws, "near.csv", feed="dkp/beras/penyaluran2")
    assert [seen.name for seen in scan_inbox(ws, 0.0).elsewhere] == [
        "dkp/beras/penyaluran2/near.csv",
        "dkp/lost.csv",
    ]


def test_names_are_made_printable() -> None:
    assert printable("data final (2) 'rev'.csv") == "data final (2) 'rev'.csv"
    assert printable("laporan 🌾.csv") == "laporan 🌾.csv"
    for evil in ("a\nBcc: x.csv", "a\u202efdp.csv", "\udcff.csv", "a\x85b"):
        shown = printable(evil)
        assert "\N{REPLACEMENT CHARACTER}" in shown
        assert "\n" not in shown
        shown.encode()


def test_an_empty_inbox_is_not_looked_at_twice(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("it waits for a second look"))
    assert not scan_inbox(ws, 5.0).complete
