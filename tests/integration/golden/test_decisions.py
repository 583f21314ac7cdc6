"""A list that drops most families: it counts until somebody sets it aside, and then the list before counts again."""

from __future__ import annotations

import pytest

from include import decisions
from include.decisions import DecisionError, ask, decide, doubts
from include.workspace import Workspace

from .conftest import Home, nik

ENTITLED = "select count(*) from audit.delivery_accuracy where program_code = 'beras'"
WHY = "Berkas hanya memuat satu dari empat keluarga"


@pytest.fixture
def dropped(golden_copy: Home) -> Home:
    """By mistake the list of a village comes back with one family of four."""
    golden_copy.csv(
        "dkp/beras/penerima", "Nowa revisi.csv", "2024-02-15T08:00:00+08:00",
        [["NIK", "Nama", "Desa", "Kecamatan"], [nik(1), "Arsan", "Nowa", "Woja"]],
    )  # fmt: skip
    golden_copy.run()
    return golden_copy


def test_a_doubtful_list_counts_until_it_is_set_aside(dropped: Home) -> None:
    ws = Workspace.open()
    [doubt] = doubts(ws)
    assert (doubt.file_name, doubt.families_dropped, doubt.families_listed, doubt.villages) == (
        "Nowa revisi.csv", 3, 1, 1,
    )  # fmt: skip
    [(before,)] = dropped.audit(ENTITLED)
    # It is asked about once; by the run that asks, as often as that is tried.
    assert ask(ws, "run-1") == [doubt]
    assert ask(ws, "run-2") == []
    assert ask(ws, "run-1") == [doubt]

    dropped.pantau("decide", doubt.receipt_number, "set-aside", "--reason", WHY)
    assert decide(ws, doubt.submission_id, "set_aside", "again", WHY) is False
    dropped.run()
    assert doubts(ws) == []
    assert ask(ws, "run-3") == []
    assert dropped.audit("select count(*) from audit.recipients_dropped") == [(0,)]
    [(after,)] = dropped.audit(ENTITLED)
    assert after > before
    assert dropped.audit("select status, reason from audit.submissions where file_name = 'Nowa revisi.csv'") == [
        ("rejected", "set_aside")
    ]  # fmt: skip
    assert dropped.audit("select decision_number, submission_id, decision, reason from audit.decisions") == [
        (1, doubt.submission_id, "set_aside", WHY)
    ]
    # Its sender is told, and gets a receipt that says so.
    assert dropped.audit(
        "select count(*) from audit.alerts where kind = 'submission_notice' and subject like '%tidak dapat diterima%'"
    ) == [(2,)]
    assert "Intact." in dropped.pantau("verify")


def test_what_cannot_be_decided_is_said(golden_copy: Home) -> None:
    ws = Workspace.open()
    assert doubts(ws) == []
    for name, reason, told in (
        ("s-nobody", WHY, "no such submission: s-nobody"),
        ("TT-20240203-SD01225B", WHY, "no list of recipients"),
        ("TT-20240203-SD01225B", "krg", "10 characters"),
    ):
        with pytest.raises(DecisionError, match=told):
            decide(ws, name, "set_aside", "tester", reason)
    golden_copy.pantau("decide", "s-nobody", "set-aside", "--reason", WHY, expect=2)
    golden_copy.pantau("decide", "s-nobody", "perhaps", "--reason", WHY, expect=2)


def test_a_decision_that_stands_changes_nothing_and_can_be_taken_back(
    golden_copy: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = Workspace.open()
    monkeypatch.setattr("include.rebuild._judge", lambda shadow: None)
    [(submission_id,)] = golden_copy.audit(
        "select submission_id from audit.submissions where file_name = 'kpm_blt.csv'"
    )
    rows = "select count(*) from raw.recipients where submission_id = ?"

    def landed() -> int:
        with decisions.writer(ws) as connection:
            return int(connection.execute(rows, [submission_id]).fetchall()[0][0])

    assert (
        decide(ws, submission_id, "keep", decisions.NOBODY, "Tidak ada yang memutuskan dalam 7 hari") is False
    )
    assert landed() == 2
    assert decide(ws, submission_id, "set_aside", "tester", WHY) is True
    assert landed() == 0
    assert not list(ws.settings.landing.rglob(f"{submission_id}.parquet"))
    assert decide(ws, submission_id, "keep", "tester", "Ternyata daftarnya benar") is True
    assert landed() == 2


def test_nothing_published_raises_no_doubt(golden_copy: Home) -> None:
    (golden_copy.folder / "audit" / "pantau.duckdb").unlink()
    assert doubts(Workspace.open()) == []
