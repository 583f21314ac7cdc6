"""Several people and processes at one inbox, odd names, and what cannot be taken: each has one defined outcome."""

from __future__ import annotations

import errno
import hashlib
import json
import multiprocessing
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from include.inbox import claim as claiming
from include.inbox.claim import ClaimReport, claim_complete_files, claimed_file, give_back, pending_claims
from include.inbox.scan import DEEPEST, compare, look, scan_inbox
from include.ingest.manifest import Manifest
from include.ingest.submission import ingest_claim
from include.settings import Settings
from include.workspace import Workspace

from .conftest import CONFIGURATION, LOG, drop, table

FORK = multiprocessing.get_context("fork")
NOBODY = 65534


def claim(ws: Workspace) -> ClaimReport:
    return claim_complete_files(ws, look_again_after=0.0)


def ingest_all(ws: Workspace) -> list[Manifest]:
    return [ingest_claim(ws, waiting.submission_id) for waiting in pending_claims(ws)]


def manifests(ws: Workspace) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in ws.settings.landing.rglob("*.json")]


# --- at once


def _write_slowly(folder: Path, numbers: range) -> None:
    """Files as they come: written in place bit by bit, or under a temporary name and renamed."""
    for number in numbers:
        content = table(number)
        place = folder / f"{number}.csv"
        if number % 2:
            place = place.with_suffix(".csv.part")
        with place.open("wb") as file:
            for start in range(0, len(content), 20):
                file.write(content[start : start + 20])
                file.flush()
                time.sleep(0.001)
        if number % 2:
            place.rename(folder / f"{number}.csv")


def _claim_and_ingest(ws: Workspace, stop: Any) -> None:
    while True:
        last = stop.is_set()
        for made in claim_complete_files(ws, look_again_after=0.3).claims:
            ingest_claim(ws, made.submission_id)
        if last:
            return


def test_several_writers_and_several_claiming_processes(ws: Workspace) -> None:
    folder, stop = ws.settings.inbox / LOG, FORK.Event()
    writers = [FORK.Process(target=_write_slowly, args=(folder, range(start, 45, 3))) for start in range(3)]
    claimers = [FORK.Process(target=_claim_and_ingest, args=(ws, stop)) for _ in range(3)]
    for process in (*writers, *claimers):
        process.start()
    for process in writers:
        process.join(60)
    stop.set()
    for process in claimers:
        process.join(60)
    assert {process.exitcode for process in (*writers, *claimers)} == {0}
    claim(ws)
    ingest_all(ws)
    # A file that was taken half-written would be a submission too many, or one with other bytes.
    assert sorted(found["sha256"] for found in manifests(ws)) == sorted(
        hashlib.sha256(table(number)).hexdigest() for number in range(45)
    )
    assert {(found["reading_status"], found["ordinal"]) for found in manifests(ws)} == {("landed", 0)}
    assert not list(ws.settings.claims.iterdir())
    assert not list(folder.iterdir())


def test_a_file_whose_time_moves_while_its_size_stands_waits(ws: Workspace) -> None:
    path = drop(ws, "a.csv")
    feeds = [feed.path for feed in CONFIGURATION.feeds]
    first = look(ws.settings.inbox, feeds)
    with path.open("r+b") as writer:
        writer.write(table(9))
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    second = look(ws.settings.inbox, feeds)
    assert [seen.name for seen in compare(first, second).waiting] == ["a.csv"]
    assert [seen.name for seen in compare(second, look(ws.settings.inbox, feeds)).complete] == ["a.csv"]


def _between_scan_and_claim(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Any]) -> None:
    real = scan_inbox

    def scan(ws: Workspace, look_again_after: float) -> Any:
        found = real(ws, look_again_after)
        happens()
        return found

    monkeypatch.setattr(claiming, "scan_inbox", scan)


def test_a_file_renamed_between_scan_and_claim_is_taken_under_its_new_name(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(ws, "a.csv")
    with monkeypatch.context() as once:
        _between_scan_and_claim(once, lambda: path.rename(path.with_name("b.csv")))
        report = claim(ws)
        assert (report.claims, report.waiting) == ([], [f"{LOG}/a.csv"])
    assert [made.file_name for made in claim(ws).claims] == ["b.csv"]
    assert [found.rows_data for found in ingest_all(ws)] == [1]


def test_a_file_replaced_by_another_of_its_name_is_never_mixed_up(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(ws, "a.csv")

    def replace() -> None:
        other = drop(ws, ".other", table(2))
        shutil.copystat(path, other)
        other.replace(path)

    with monkeypatch.context() as once:
        _between_scan_and_claim(once, replace)
        assert not claim(ws).claims
    assert not list(ws.settings.claims.iterdir())
    (made,) = claim(ws).claims
    assert claimed_file(ws, made).read_bytes() == table(2)


def test_a_file_replaced_between_hashing_and_moving_goes_back(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last moment: it was hashed and found unchanged, then another of its name is put in its place."""
    path = drop(ws, "a.csv")
    real = claiming._write_claim

    def write_then_replace(*given: Any) -> None:
        real(*given)
        drop(ws, ".other", table(2)).replace(path)

    with monkeypatch.context() as once:
        once.setattr(claiming, "_write_claim", write_then_replace)
        claim(ws)
    assert [found.reading_status for found in ingest_all(ws)] == ["waiting"]
    assert path.read_bytes() == table(2)
    claim(ws)
    assert [found.reading_status for found in ingest_all(ws)] == ["landed"]
    assert len(manifests(ws)) == 1


def test_a_file_that_goes_away_is_nobodys_fault(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(ws, "a.csv")
    _between_scan_and_claim(monkeypatch, path.unlink)
    assert not claim(ws).claims
    assert not manifests(ws)
    assert not list(ws.settings.claims.iterdir())


# --- names

LONG = "ü" * 125 + "x.csv"
ODD_NAMES = [
    "data bulan ini.csv",
    "data 'rev' \"final\".csv",
    "baris\nbaru.csv",
    "a\u202efdp.csv",
    "laporan 🌾🇮🇩.csv",
    "=cmd|x.csv",
    "-rf.csv",
    "a\\b.csv",
    "CON.csv",
    "x.csv ",
    "JANUARI.CSV",
    LONG,
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_taken_in_and_shown_on_one_line(ws: Workspace, name: str) -> None:
    assert len(LONG.encode()) == 255
    drop(ws, name)
    claim(ws)
    (manifest,) = ingest_all(ws)
    # A trailing space makes another suffix: no file type that we know.
    assert manifest.reading_status == ("rejected" if name.endswith(" ") else "landed")
    assert manifest.file_name.isprintable() or "\N{REPLACEMENT CHARACTER}" in manifest.file_name
    assert "\n" not in manifest.file_name
    if name.isprintable():
        assert manifest.file_name == name


def test_a_name_that_is_not_utf_8_stops_nobody(ws: Workspace) -> None:
    """Windows clients of old SFTP servers send Latin-1 names; one such name once stopped the whole claiming."""
    odd = os.fsencode(ws.settings.inbox / LOG) + b"/laporan-\xe9\xff.csv"
    Path(os.fsdecode(odd)).write_bytes(table(1))
    drop(ws, "b.csv", table(2))
    assert len(claim(ws).claims) == 2
    assert [(found.file_name, found.reading_status) for found in ingest_all(ws)] == [
        ("b.csv", "landed"),
        ("laporan-\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.csv", "landed"),
    ]


def test_a_file_that_goes_back_keeps_its_odd_name(ws: Workspace) -> None:
    name = os.fsdecode(b"\xff" + b"a" * 250 + b".csv")
    path = drop(ws, name)
    (made,) = claim(ws).claims
    drop(ws, name, table(2))
    give_back(ws, made)
    beside = path.with_name(os.fsdecode(b"\xff" + b"a" * 246 + b" (2).csv"))
    assert (path.read_bytes(), beside.read_bytes()) == (table(2), table(1))


@pytest.mark.parametrize("name", [".xlsx", ".csv", "~$Januari.xlsx", "a.csv.part", "A.TMP", "a.filepart"])
def test_hidden_and_temporary_names_wait_for_ever(ws: Workspace, name: str) -> None:
    path = drop(ws, name)
    assert claim(ws).waiting == [f"{LOG}/{name}"]
    assert path.exists()


def test_a_folder_named_like_a_file_is_a_folder(ws: Workspace) -> None:
    (ws.settings.inbox / LOG / "x.xlsx").mkdir()
    drop(ws, "y.xlsx/z.csv")
    assert [made.file_name for made in claim(ws).claims] == ["y.xlsx/z.csv"]
    assert (ws.settings.inbox / LOG / "x.xlsx").is_dir()


def test_a_folder_that_a_person_hides_is_left_alone(ws: Workspace) -> None:
    drop(ws, ".Trash-1000/a.csv")
    assert claim(ws) == ClaimReport()


# --- what cannot be taken


def test_links_and_special_files_are_told_to_whoever_keeps_the_server(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, folder = tmp_path / "outside.csv", ws.settings.inbox / LOG
    outside.write_bytes(table())
    (folder / "link.csv").symlink_to(outside)
    (folder / "dangling.csv").symlink_to(tmp_path / "nothing")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "circle").symlink_to(folder)
    os.mkfifo(folder / "pipe.csv")
    monkeypatch.chdir(
        folder
    )  # a socket's address holds a hundred characters, less than some folders for tests
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.csv")
        report = claim(ws)
    assert (report.claims, report.waiting, report.unknown) == ([], [], [])
    reasons = {found["file_name"]: (found["reason"], found["reason_detail"]) for found in manifests(ws)}
    links, special = ("link.csv", "dangling.csv", "folder", "circle"), ("pipe.csv", "s.csv")
    assert reasons == {
        **{f"{LOG}/{name}": ("file_not_taken", "tautan") for name in links},
        **{f"{LOG}/{name}": ("file_not_taken", "bukan berkas biasa") for name in special},
    }
    # Of no feed: the data engineer is told, not the sender, who cannot mend it. And once.
    assert {found["feed"] for found in manifests(ws)} == {None}
    assert sorted(claim(ws).blocked) == sorted(reasons)
    assert len(manifests(ws)) == len(reasons)
    assert outside.read_bytes() == table()


def test_a_very_deep_folder_is_told_and_not_walked(ws: Workspace) -> None:
    steps = LOG.count("/") + 1
    drop(ws, "/".join("d" * (DEEPEST - steps)) + "/a.csv")
    drop(ws, "/".join("e" * 120) + "/b.csv", table(2))
    report = claim(ws)
    assert [made.file_name for made in report.claims] == ["/".join("d" * (DEEPEST - steps)) + "/a.csv"]
    assert report.blocked == [f"{LOG}/" + "/".join("e" * (DEEPEST + 1 - steps))]
    assert [found["reason_detail"] for found in manifests(ws)] == ["folder terlalu dalam"]


@pytest.fixture
def open_home() -> Iterator[Workspace]:
    """A home that another user may own: root may read everything, so the checks need somebody else."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings = Settings(home=Path(folder) / "home", given_secret="a secret of the tests only")
        settings.make_folders(feed.path for feed in CONFIGURATION.feeds)
        yield Workspace(settings, CONFIGURATION)


def as_nobody(ws: Workspace) -> dict[str, list[str]]:
    """Claims in a process without root's rights; what its report says."""
    if os.geteuid() == 0:
        for path in (ws.settings.home, *ws.settings.home.rglob("*")):
            os.lchown(path, NOBODY, NOBODY)
    answers = FORK.Queue()

    def run() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        report = claim(ws)
        answers.put(
            {
                "claimed": [made.file_name for made in report.claims],
                "blocked": report.blocked,
                "waiting": report.waiting,
            }
        )

    process = FORK.Process(target=run)
    process.start()
    found: dict[str, list[str]] = answers.get(timeout=30)
    process.join(30)
    return found


def test_what_we_may_not_read_or_move_is_told_and_taken_once_it_is_mended(open_home: Workspace) -> None:
    ws = open_home
    unreadable, kept = drop(ws, "unreadable.csv"), drop(ws, "readonly/kept.csv", table(2))
    shut = drop(ws, "shut/inside.csv", table(3))
    stray = drop(ws, "stray.csv", table(4), feed="dkp")
    drop(ws, "good.csv", table(5))
    for path, mode in ((unreadable, 0), (stray, 0), (kept.parent, 0o555), (shut.parent, 0)):
        path.chmod(mode)
    found = as_nobody(ws)
    assert found["claimed"] == ["good.csv"]
    assert found["waiting"] == []
    assert sorted(found["blocked"]) == [
        f"{LOG}/readonly/kept.csv",
        f"{LOG}/shut",
        f"{LOG}/unreadable.csv",
        "dkp/stray.csv",
    ]
    assert {(told["reason"], told["reason_detail"]) for told in manifests(ws)} == {
        ("file_not_taken", "hak akses")
    }
    assert len(list(ws.settings.claims.iterdir())) == 1
    for path in (unreadable, stray, kept.parent, shut.parent):
        path.chmod(0o755)
    assert sorted(as_nobody(ws)["claimed"]) == ["readonly/kept.csv", "shut/inside.csv", "unreadable.csv"]
    assert len(manifests(ws)) == 5  # four told, and the stray, now readable, in no feed's folder


# --- an inbox on another file system


def _other_file_system(monkeypatch: pytest.MonkeyPatch, ws: Workspace) -> None:
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.is_relative_to(ws.settings.inbox) != Path(target).is_relative_to(ws.settings.inbox):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)


def test_an_inbox_on_another_file_system(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders of an SFTP server are often a mount of their own; a rename cannot cross it."""
    path = drop(ws, "a.csv")
    _other_file_system(monkeypatch, ws)
    (made,) = claim(ws).claims
    assert not path.exists()
    give_back(ws, made)
    assert path.read_bytes() == table()
    claim(ws)
    assert [found.reading_status for found in ingest_all(ws)] == ["landed"]
    assert not list(ws.settings.claims.iterdir())


def test_killed_between_the_copy_and_the_original(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(ws, "a.csv")
    _other_file_system(monkeypatch, ws)

    class Killed(BaseException):
        pass

    def kill(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", kill)
        with pytest.raises(Killed):
            claim(ws)
    assert path.exists()
    claim(ws)
    assert [found.reading_status for found in ingest_all(ws)] == ["landed"]
    assert not path.exists()
    assert len(manifests(ws)) == 1
