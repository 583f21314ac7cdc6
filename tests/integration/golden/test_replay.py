"""Submissions read anew on somebody's word: the same under today's code, otherwise told apart, and never half."""

from __future__ import annotations

from datetime import date

import pytest

from include import rebuild as rebuilding
from include.decisions import decide
from include.inbox.claim import Claim
from include.ingest.manifest import Manifest, write_manifest
from include.ingest.originals import archived
from include.ingest.submission import read_again
from include.replay import Choice, ReplayError, replay
from include.warehouse.connection import reader, writer
from include.workspace import Workspace

from .conftest import Home
from .test_rebuild import ledger_rows, rows_to_publish, unjudged

__all__ = ["unjudged"]

WHY = "Kolom jumlah terbaca keliru"
BLT = "select submission_id, receipt_number, sha256 from ledger.submissions where file_name = 'blt jan.csv'"


def ask(ws: Workspace, sql: str) -> list[tuple]:
    with reader(ws) as connection:
        return connection.execute(sql).fetchall()


def spoil(ws: Workspace) -> None:
    """Rows as a worse parser had left them: of the file that is replayed, and of one that is not."""
    with writer(ws) as connection:
        connection.execute("update raw.distribution set amount = '1'")


def test_a_replayed_file_is_judged_and_published_anew_and_everything_stays_intact(golden_copy: Home) -> None:
    ws = Workspace.open()
    before = rows_to_publish(ws)
    [(submission_id, receipt_number, _)] = ask(ws, BLT)
    with writer(ws) as connection:
        connection.execute(
            "update raw.distribution set amount = '1' where submission_id = ?", [submission_id]
        )
    golden_copy.pantau("rebuild", "--submission", receipt_number, "--reason", WHY)
    assert rows_to_publish(ws) == before
    golden_copy.run()
    assert "Intact." in golden_copy.pantau("verify")
    published = "select submission_id, reason, status_before, status_after, rows_before, rows_after from audit.replays"
    assert golden_copy.audit(published) == [(submission_id, WHY, "landed", "landed", 2, 2)]


def test_only_what_was_chosen_is_read_anew(golden_copy: Home, unjudged: None) -> None:
    ws = Workspace.open()
    known = ledger_rows(ws)
    spoil(ws)
    [(submission_id, *_)] = ask(ws, BLT)
    report = replay(ws, Choice((submission_id,)), WHY, "tester")
    assert (report.reread, report.from_warehouse, report.changed) == (1, 4, [])
    spoilt = f"select submission_id = '{submission_id}', count_if(amount = '1') from raw.distribution group by 1 order by 1"
    assert ask(ws, spoilt) == [(False, 10), (True, 0)]
    assert ledger_rows(ws) == known
    assert ask(ws, "select submission_id, replayed_by, reason from ledger.replays") == [
        (submission_id, "tester", WHY)
    ]


def test_a_list_that_was_set_aside_stays_so_and_reads_no_otherwise_when_read_again(
    golden_copy: Home, unjudged: None
) -> None:
    ws = Workspace.open()
    [(submission_id,)] = ask(
        ws, "select submission_id from ledger.submissions where file_name = 'kpm_blt.csv'"
    )
    decide(ws, submission_id, "set_aside", "tester", WHY)
    assert replay(ws, Choice((submission_id,)), WHY, "tester").changed == []
    status = f"select reading_status, reason from ledger.submissions where submission_id = '{submission_id}'"
    assert ask(ws, status) == [("rejected", "set_aside")]


def test_a_day_of_receipt_is_the_regencys(golden_copy: Home, unjudged: None) -> None:
    """Both lists came on 5 January in WITA; by UTC their hour is still that of 00:00."""
    ws = Workspace.open()
    replay(ws, Choice(day=date(2024, 1, 5)), WHY, "tester")
    names = "select file_name from ledger.replays join ledger.submissions using (submission_id) order by 1"
    assert ask(ws, names) == [("Daftar KPM 2024.xlsx",), ("kpm_blt.csv",)]


def test_everything_is_read_anew_on_somebodys_word(golden_copy: Home, unjudged: None) -> None:
    ws = Workspace.open()
    spoil(ws)
    assert replay(ws, Choice(), WHY, "tester").reread == 5
    assert ask(ws, "select count(*) from raw.distribution where amount = '1'") == [(0,)]
    assert ask(ws, "select count(*), count(distinct replay_id) from ledger.replays") == [(5, 1)]


def test_what_reads_otherwise_is_owed_a_receipt_that_says_so(
    golden_copy: Home, unjudged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = Workspace.open()
    [(submission_id, receipt_number, _)] = ask(ws, BLT)
    papers = ask(ws, "select count(*) from ledger.papers where path like 'returned/%'")

    def refusing(shadow: Workspace, claim: Claim, *rest) -> Manifest:
        manifest = read_again(shadow, claim, *rest)
        assert manifest is not None
        manifest.reject("header_not_found")
        write_manifest(shadow.settings.landing, manifest)
        return manifest

    monkeypatch.setattr(rebuilding, "read_again", refusing)
    assert replay(ws, Choice((submission_id,)), WHY, "tester").changed == ["blt jan.csv"]
    owed = "select receipt_number from ledger.submissions where receipt_written_at is null"
    assert ask(ws, owed) == [(receipt_number,)]
    assert ask(ws, "select count(*) from ledger.papers where path like 'returned/%'") == [(papers[0][0] - 1,)]
    assert ask(ws, "select status_after, rows_after from ledger.replays") == [("rejected", 0)]


def test_what_cannot_be_replayed_is_said_and_nothing_changes(golden_copy: Home, unjudged: None) -> None:
    ws = Workspace.open()
    [(submission_id, _, sha256)] = ask(ws, BLT)
    before = ws.settings.warehouse_file.read_bytes()
    for choice, reason, told in (
        (Choice((submission_id,)), "krg", "10 characters"),
        (Choice((submission_id, "s-nobody")), WHY, "no such submission: s-nobody"),
        (
            Choice(day=date(2024, 1, 6)),
            WHY,
            "nothing was received on 2024-01-06; the nearest days are 2024-01-05",
        ),
    ):
        with pytest.raises(ReplayError, match=told):
            replay(ws, choice, reason, "tester")
    archived(ws.settings.archive, sha256).unlink()
    with pytest.raises(ReplayError, match="has no original in archive/ any more: it is missing"):
        replay(ws, Choice((submission_id,)), WHY, "tester")
    assert ws.settings.warehouse_file.read_bytes() == before
    with writer(ws) as connection:
        connection.execute(
            "insert into ledger.removals values (?, ?, 'masa simpan habis', '2024-02-10', null)",
            [f"archive/{sha256[:2]}/{sha256}", sha256],
        )
    with pytest.raises(ReplayError, match="it was removed \\(masa simpan habis, 2024-02-10\\)"):
        replay(ws, Choice((submission_id,)), WHY, "tester")
    # A day takes along what is left of it.
    with pytest.raises(ReplayError, match="nothing of it can be read once more"):
        replay(ws, Choice(day=date(2024, 2, 1)), WHY, "tester")


def test_the_command_asks_for_a_reason_and_for_one_choice(golden_copy: Home) -> None:
    golden_copy.pantau("rebuild", "--day", "2024-01-05", expect=2)
    golden_copy.pantau("rebuild", "--day", "2024-01-05", "--submission", "s", "--reason", WHY, expect=2)
    golden_copy.pantau("rebuild", "--submission", "s-nobody", "--reason", WHY, expect=2)
