"""Every file is taken in exactly once, whoever asks, in whatever order processes die."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.inbox import claim as claiming
from include.inbox.claim import ClaimReport, claim_complete_files, claimed_file, pending_claims, submission_id
from include.ingest import submission as ingesting
from include.ingest.manifest import Manifest
from include.ingest.submission import NoSuchClaim, ingest_claim
from include.workspace import Workspace

from .conftest import CASH, LOG, drop, table


class Killed(BaseException):
    """What a test throws where a process would die; nothing in the code catches it."""


def kill(*_: object, **__: object) -> None:
    raise Killed


def claim(ws: Workspace) -> ClaimReport:
    return claim_complete_files(ws, look_again_after=0.0)


def ingest_all(ws: Workspace) -> list[Manifest]:
    return [ingest_claim(ws, waiting.submission_id) for waiting in pending_claims(ws)]


def take_in(ws: Workspace) -> None:
    claim(ws)
    ingest_all(ws)


def manifests(ws: Workspace) -> dict[str, dict[str, object]]:
    return {path.stem: json.loads(path.read_text()) for path in ws.settings.landing.rglob("*.json")}


def everything(ws: Workspace) -> dict[str, tuple[object, ...]]:
    """What an outsider can see of the outcome, times aside."""
    return {
        name: (content["file_name"], content["reading_status"], content["rows_read"], content["ordinal"])
        for name, content in manifests(ws).items()
    }


def test_a_claim_holds_the_file_and_says_what_it_is(ws: Workspace) -> None:
    path = drop(ws, "a.csv")
    (made,) = claim(ws).claims
    sha256 = hashlib.sha256(table()).hexdigest()
    assert made.submission_id == "s" + hashlib.sha256(f"{LOG}|{sha256}|0".encode()).hexdigest()[:15]
    assert (made.feed, made.file_name, made.ordinal, made.received_source) == (LOG, "a.csv", 0, "clock")
    assert not path.exists()
    assert claimed_file(ws, made).read_bytes() == table()
    assert pending_claims(ws) == [made]
    assert (ws.settings.landing / ".last_arrival").exists()


def test_the_same_bytes_twice_at_once_are_one_report_and_one_duplicate(ws: Workspace) -> None:
    drop(ws, "a.csv")
    drop(ws, "a (1).csv")
    assert [(made.file_name, made.ordinal) for made in claim(ws).claims] == [("a (1).csv", 0), ("a.csv", 1)]
    assert sorted(found.reading_status for found in ingest_all(ws)) == ["duplicate", "landed"]


def test_the_same_bytes_later_are_a_duplicate_and_in_another_feed_a_report(ws: Workspace) -> None:
    drop(ws, "a.csv")
    claim(ws)
    ingest_all(ws)
    drop(ws, "again.csv")
    drop(ws, "a.csv", feed=CASH)
    claim(ws)
    found = {(manifest.feed, manifest.reading_status, manifest.ordinal) for manifest in ingest_all(ws)}
    assert found == {(LOG, "duplicate", 1), (CASH, "landed", 0)}
    (duplicate,) = [content for content in manifests(ws).values() if content["reading_status"] == "duplicate"]
    assert duplicate["rows_read"] == 0
    assert duplicate["reason"] == "received_before"


def test_fifty_files_at_once_and_two_processes_claiming(ws: Workspace) -> None:
    for number in range(50):
        drop(ws, f"{number}.csv", table(number))
    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(lambda _: claim(ws), range(4)))
    made = [one.submission_id for report in reports for one in report.claims]
    assert len(made) == len(set(made)) == 50
    with ThreadPoolExecutor(4) as threads:
        twice = list(threads.map(lambda one: ingest_claim(ws, one), [*made, *made]))
    assert all(manifest.reading_status == "landed" for manifest in twice)
    assert len(manifests(ws)) == 50
    assert not list(ws.settings.claims.iterdir())


def test_a_file_changed_after_the_scan_waits(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(ws, "a.csv")
    real = claiming.file_hash

    def hash_then_write(file: Path) -> str:
        digest = real(file)
        with path.open("ab") as more:
            more.write(b"more")
        return digest

    monkeypatch.setattr(claiming, "file_hash", hash_then_write)
    report = claim(ws)
    assert not report.claims
    assert report.waiting == [f"{LOG}/a.csv"]
    assert path.exists()


def test_a_writer_that_still_had_the_file_open_gets_it_back(ws: Workspace) -> None:
    path = drop(ws, "a.csv")
    with path.open("ab") as writer:
        (made,) = claim(ws).claims
        writer.write(table(2))
    drop(ws, "a.csv", table(9))
    assert ingest_claim(ws, made.submission_id).reading_status == "waiting"
    assert path.read_bytes() == table(9)
    assert path.with_name("a (2).csv").read_bytes() == table() + table(2)
    assert not manifests(ws)
    claim(ws)
    assert sorted(found.rows_data for found in ingest_all(ws)) == [1, 2]


# --- killed in between


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (claiming, "claimed_file"),  # claim.json is written, the file not moved
        (ingesting, "keep_original"),  # claimed, not archived
        (ingesting, "_read"),  # archived, not read
        (ingesting, "write_manifest"),  # landed, not committed
        (ingesting, "drop_claim"),  # committed, claim still there
    ],
)  # fmt: skip
def test_killed_anywhere_and_run_again_gives_the_same(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: object, what: str
) -> None:
    drop(ws, "a.csv")
    with monkeypatch.context() as broken:
        broken.setattr(where, what, kill)
        with pytest.raises(Killed):
            take_in(ws)
    drop(ws, "b.csv", table(2))
    claim(ws)
    ingest_all(ws)
    sha = [hashlib.sha256(table(number)).hexdigest() for number in (1, 2)]
    assert everything(ws) == {
        submission_id(LOG, sha[0], 0): ("a.csv", "landed", 1, 0),
        submission_id(LOG, sha[1], 0): ("b.csv", "landed", 1, 0),
    }
    assert not list(ws.settings.claims.iterdir())
    assert not list((ws.settings.inbox / LOG).iterdir())
    assert {path.name for path in ws.settings.archive.rglob("*") if path.is_file()} == set(sha)


def test_a_process_killed_for_real_between_landing_and_manifest(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(ws, "a.csv")
    (made,) = claim(ws).claims
    monkeypatch.setattr(ingesting, "write_manifest", lambda *_: os.kill(os.getpid(), 9))
    child = multiprocessing.get_context("fork").Process(target=ingest_claim, args=(ws, made.submission_id))
    child.start()
    child.join(30)
    assert child.exitcode == -9
    assert not manifests(ws)
    monkeypatch.undo()
    assert [found.rows_data for found in ingest_all(ws)] == [1]


def test_a_claim_without_its_file_goes_when_the_file_changed(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(ws, "a.csv")
    with monkeypatch.context() as broken:
        broken.setattr(claiming, "claimed_file", kill)
        with pytest.raises(Killed):
            claim(ws)
    path.write_bytes(table(2))
    assert pending_claims(ws) == []
    assert path.exists()
    assert [made.sha256 for made in claim(ws).claims] == [hashlib.sha256(table(2)).hexdigest()]


def test_an_id_that_nobody_claimed_is_an_error(ws: Workspace) -> None:
    with pytest.raises(NoSuchClaim):
        ingest_claim(ws, "0123456789abcdef")


# --- order and time


def test_under_a_pretended_time_the_file_says_when_it_came(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2024, 2, 12, 7, tzinfo=UTC)
    monkeypatch.setenv("PANTAU_NOW", now.isoformat())
    old, late = drop(ws, "old.csv"), drop(ws, "late.csv", table(2))
    os.utime(old, (0, datetime(2024, 1, 20, 3, tzinfo=UTC).timestamp()))
    os.utime(late, (0, (now + timedelta(days=400)).timestamp()))
    found = {made.file_name: made for made in claim(ws).claims}
    assert found["old.csv"].received_at == datetime(2024, 1, 20, 3, tzinfo=UTC)
    assert found["late.csv"].received_at == now
    assert {made.received_source for made in found.values()} == {"replay"}
    assert [made.file_name for made in pending_claims(ws)] == ["old.csv", "late.csv"]


def test_only_some_feeds(ws: Workspace) -> None:
    drop(ws, "a.csv")
    drop(ws, "b.csv", table(2), feed=CASH)
    assert [made.feed for made in claim_complete_files(ws, feeds=[CASH], look_again_after=0.0).claims] == [
        CASH
    ]
    assert (ws.settings.inbox / LOG / "a.csv").exists()


# --- what is no table


def test_a_picture_in_a_feeds_folder_is_a_rejected_submission(ws: Workspace) -> None:
    drop(ws, "daftar tanda terima.jpg", b"\xff\xd8\xff\xe0 a photo")
    claim(ws)
    (manifest,) = ingest_all(ws)
    assert (manifest.reading_status, manifest.reason, manifest.rows_read) == (
        "rejected",
        "format_unsupported",
        0,
    )
    assert (
        ws.settings.archive / manifest.sha256[:2] / manifest.sha256
    ).read_bytes() == b"\xff\xd8\xff\xe0 a photo"


def test_a_file_in_no_feeds_folder_stays_and_is_told_once(ws: Workspace) -> None:
    path = drop(ws, "lost.csv", feed="dkp")
    assert claim(ws).unknown == ["dkp/lost.csv"]
    assert claim(ws).unknown == ["dkp/lost.csv"]
    assert path.exists()
    (content,) = manifests(ws).values()
    assert (content["feed"], content["reading_status"], content["reason"]) == (
        None,
        "rejected",
        "feed_unknown",
    )
    path.write_bytes(table(3))
    claim(ws)
    assert len(manifests(ws)) == 2


# --- ZIP


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as container:
        for name, content in members.items():
            container.writestr(name, content)
    return buffer.getvalue()


def test_members_of_a_zip_are_submissions_of_their_own(ws: Workspace) -> None:
    drop(
        ws,
        "jan.zip",
        zipped(
            {"a.csv": table(1), "desa/b.csv": table(2), "__MACOSX/._a.csv": b"x", "foto.jpg": b"\xff\xd8\xff"}
        ),
    )
    assert [made.file_name for made in claim(ws).claims] == [
        "jan.zip/a.csv",
        "jan.zip/desa/b.csv",
        "jan.zip/foto.jpg",
    ]
    assert sorted((found.file_name, found.reading_status) for found in ingest_all(ws)) == [
        ("jan.zip/a.csv", "landed"), ("jan.zip/desa/b.csv", "landed"), ("jan.zip/foto.jpg", "rejected"),
    ]  # fmt: skip
    assert len([path for path in ws.settings.archive.rglob("*") if path.is_file()]) == 4


def test_the_same_zip_again_is_as_many_duplicates(ws: Workspace) -> None:
    content = zipped({"a.csv": table(1), "twice.csv": table(1)})
    for name in ("jan.zip", "jan (2).zip"):
        drop(ws, name, content)
        claim(ws)
        ingest_all(ws)
    assert sorted((str(found["file_name"]), found["ordinal"]) for found in manifests(ws).values()) == [
        ("jan (2).zip/a.csv", 2), ("jan (2).zip/twice.csv", 3), ("jan.zip/a.csv", 0), ("jan.zip/twice.csv", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("survivors", [0, 1, 2])
def test_killed_while_unpacking(ws: Workspace, monkeypatch: pytest.MonkeyPatch, survivors: int) -> None:
    drop(ws, "jan.zip", zipped({"a.csv": table(1), "b.csv": table(2), "c.csv": table(1)}))
    real, calls = claiming._claim_member, iter(range(10))
    with monkeypatch.context() as broken:
        broken.setattr(
            claiming, "_claim_member", lambda *given: real(*given) if next(calls) < survivors else kill()
        )
        with pytest.raises(Killed):
            claim(ws)
    # What survived may be ingested before anybody unpacks the rest.
    for folder in ws.settings.claims.iterdir():
        if not list(folder.glob("*.zip")):
            ingest_claim(ws, folder.name)
    ingest_all(ws)
    assert sorted((str(found["file_name"]), found["ordinal"]) for found in manifests(ws).values()) == [
        ("jan.zip/a.csv", 0), ("jan.zip/b.csv", 0), ("jan.zip/c.csv", 1),
    ]  # fmt: skip
    assert not list(ws.settings.claims.iterdir())


def test_a_zip_that_cannot_be_read_is_one_rejected_submission(ws: Workspace) -> None:
    broken = bytearray(zipped({"a.csv": table(1) * 50}, zipfile.ZIP_STORED))
    broken[200] ^= 0xFF
    encrypted = bytearray(zipped({"a.csv": table()}, zipfile.ZIP_STORED))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(signature) + at] |= 1
    drop(ws, "broken.zip", bytes(broken))
    drop(ws, "encrypted.zip", bytes(encrypted))
    drop(ws, "text.zip", b"not a zip at all")
    drop(ws, "empty.zip", zipped({}))
    claim(ws)
    found = {manifest.file_name: manifest.reason for manifest in ingest_all(ws)}
    assert found == {
        "broken.zip": "file_corrupt", "encrypted.zip": "file_encrypted", "text.zip": "file_corrupt", "empty.zip": "file_empty",
    }  # fmt: skip


def test_limits_of_a_zip(ws: Workspace) -> None:
    limits = ws.configuration.limits.model_copy(
        update={"archive_members": 3, "unpacked_bytes": 20_000_000, "compression_ratio": 50.0}
    )
    bounded = Workspace(ws.settings, ws.configuration.model_copy(update={"limits": limits}))
    drop(ws, "many.zip", zipped({f"{number}.csv": table(number) for number in range(4)}))
    drop(ws, "bomb.zip", zipped({"a.csv": b"0" * 15_000_000}))
    drop(ws, "large.zip", zipped({"a.csv": b"0" * 15_000_000, "b.csv": b"1" * 15_000_000}))
    claim(bounded)
    found = {manifest.file_name: manifest.reason for manifest in ingest_all(bounded)}
    assert found == {
        "many.zip": "archive_too_many_members", "bomb.zip": "archive_ratio_too_high", "large.zip": "archive_too_large",
    }  # fmt: skip
    assert not list(ws.settings.claims.iterdir())


def test_a_zip_that_lies_about_its_sizes_is_stopped_while_it_flows(ws: Workspace) -> None:
    content = bytearray(zipped({"a.csv": b"0" * 5_000_000}))
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (100).to_bytes(4, "little")
    limits = ws.configuration.limits.model_copy(update={"unpacked_bytes": 1_000_000})
    bounded = Workspace(ws.settings, ws.configuration.model_copy(update={"limits": limits}))
    drop(ws, "liar.zip", bytes(content))
    claim(bounded)
    (manifest,) = ingest_all(bounded)
    assert manifest.reason in ("archive_too_large", "file_corrupt")
