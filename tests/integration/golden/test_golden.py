"""The whole job on the golden scenario: files in, and every figure in the audit database as worked out by hand."""

from __future__ import annotations

import hashlib
import re
import shutil
from email import message_from_string, policy
from pathlib import Path

import pytest

from .conftest import Home, drop_scenario, nik


@pytest.fixture(scope="module")
def told(pristine, tmp_path_factory):
    """The pristine home, copied: some of these tests run it again."""
    first, result = pristine
    home = Home(tmp_path_factory.mktemp("told") / "home")
    shutil.copytree(first.folder, home.folder)
    return home, result


def test_counts_of_the_run_add_up(told):
    _, result = told
    assert result["as_of"] == "2024-02-16"
    assert result["submissions"] == {"accepted": 3, "partial": 1, "rejected": 1, "duplicate": 0}
    rows = result["rows"]
    assert rows["read"] == rows["accepted"] + rows["rejected"] + rows["skipped"]
    assert (rows["accepted"], rows["rejected"]) == (6 + 2 + 5 + 2, 1)


def test_timing_as_worked_out_by_hand(told):
    home, result = told
    assert home.audit(
        "select program_code, period, timing_status, count(*) from audit.delivery_accuracy group by all order by all"
    ) == [
        ("beras", "2024-01", "incomplete", 1),
        ("beras", "2024-01", "late", 1),
        ("beras", "2024-01", "missing", 3),
        ("beras", "2024-01", "on_time", 1),
        ("beras", "2024-02", "pending", 6),
        ("blt_dd", "2024-01", "on_time", 2),
    ]
    assert result["timing"] == {
        "incomplete": 1,
        "late": 1,
        "missing": 3,
        "on_time": 3,
        "pending": 6,
        "undated": 0,
    }


def test_amounts_as_worked_out_by_hand(told):
    home, _ = told
    assert home.audit(
        "select program_code, amount_status, count(*), sum(delivered_amount) from audit.delivery_accuracy"
        " where period = '2024-01' group by all order by all"
    ) == [
        ("beras", "exact", 2, 20),
        ("beras", "none", 3, 0),
        ("beras", "under", 1, 5),
        ("blt_dd", "exact", 1, 300000),
        ("blt_dd", "over", 1, 350000),
    ]


def test_days_late_are_calendar_and_working_days(told):
    home, _ = told
    # Wednesday 31 January to Friday 2 February 2024; to Friday 16 February with Isra Mikraj (8), cuti bersama (9) and
    # election day (14) off: 1, 2, 5, 6, 7, 12, 13, 15, 16 February are worked.
    assert home.audit(
        "select distinct timing_status, days_late, working_days_late from audit.delivery_accuracy"
        " where timing_status in ('late', 'missing') order by all"
    ) == [("late", 2, 2), ("missing", 16, 9)]


def test_susenas_status(told):
    home, _ = told
    ready = home.audit(
        "select a.program_code, count(*) filter (where r.susenas_status = 'ready'), count(*) from audit.susenas_readiness r"
        " join audit.delivery_accuracy a using (entitlement_id) group by all order by all"
    )
    assert ready == [
        ("beras", 2, 6),
        ("blt_dd", 2, 2),
    ]  # February's rice is due after the cutoff: out of scope


def test_flags(told):
    _, result = told
    flags = result["flags"]
    expected = {
        "delivery_missing": 3,
        "delivery_late": 1,
        "delivery_incomplete": 1,
        "amount_over": 1,
        "recipient_not_listed": 1,
        "log_missing": 1,
    }
    assert {rule: flags.get(rule) for rule in expected} == expected


def test_the_refused_row_says_where_and_why(told):
    home, _ = told
    [(file, sheet, row, codes, reason)] = home.audit(
        "select file_name, sheet, row_number, reason_codes, reason from audit.rejected_rows"
    )
    assert (file, sheet, row) == ("Nowa Januari (final).xlsx", "Sheet1", 12)
    assert "amount_invalid" in str(codes)
    assert reason


def test_emails_name_village_and_countdown_but_no_person(told):
    home, _result = told
    mails = [path.read_text() for path in (home.folder / "outbox").glob("*.eml")]
    assert mails
    digests = [message_from_string(m, policy=policy.default) for m in mails]
    to_dkp = [m for m in digests if m["To"] == "dkp@pemda.example" or "<dkp@pemda.example>" in str(m["To"])]
    assert len(to_dkp) == 1
    text = to_dkp[0].get_body(("plain",)).get_content()
    assert "Riwo" in text
    assert "SUSENAS" in text.upper()
    for name in ("Arsan", "Bacolo", "Camila", "Dahliana", "Ewiyah", "Faruq", "Xaveria"):
        assert name not in text


def test_no_person_leaves_the_private_folders(told):
    home, _ = told
    private = {"inbox", "archive", "landing", "claims", "returned", "warehouse.duckdb", "secret"}
    for path in home.folder.rglob("*"):
        if path.is_file() and path.relative_to(home.folder).parts[0] not in private:
            content = path.read_bytes()
            assert not any(personal in content for personal in (nik(1).encode(), b"Dahliana")), path


def test_originals_are_kept_byte_for_byte(told):
    home, _ = told
    for (sha256,) in home.audit("select sha256 from audit.submissions"):
        kept = home.folder / "archive" / sha256[:2] / sha256
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == sha256


def contents(home: Home, table: str) -> list[tuple]:
    """A table's rows without what the contract (section 8) lets differ between two runs."""
    life = " exclude (first_seen_on, last_seen_on, resolved_on)" if table == "flags" else ""
    return home.audit(f"select *{life} from audit.{table} order by all")


def test_a_second_run_changes_nothing_and_sends_nothing(told):
    home, _first = told
    tables = [
        name
        for (name,) in home.audit(
            "select table_name from information_schema.tables where table_schema = 'audit'"
        )
        # They tell of runs, e-mails and publications: one more of each, or the seal over them.
        if name not in ("runs", "alerts", "publications", "fingerprints")
    ]
    before = {name: contents(home, name) for name in tables}
    mails = len(list((home.folder / "outbox").glob("*.eml")))
    second = home.run()
    assert second["emails"]["sent"] == 0
    assert len(list((home.folder / "outbox").glob("*.eml"))) == mails
    assert {name: contents(home, name) for name in tables} == before


def test_one_file_at_a_time_gives_the_same_rows(told, make_home):
    """The same files, one run a file: what is published must not depend on how submissions were batched."""
    home, _ = told
    other = make_home()
    drop_scenario(other)
    waiting = other.folder / "waiting"
    (other.folder / "inbox").rename(waiting)
    files = sorted((p for p in waiting.rglob("*") if p.is_file()), key=lambda p: p.stat().st_mtime)
    other.run_after_each([(file, other.folder / "inbox" / file.relative_to(waiting)) for file in files])
    for table in ("submissions", "rejected_rows", "deliveries", "delivery_accuracy", "susenas_readiness"):
        assert contents(other, table) == contents(home, table), table
    # Past facts close when they have been told, and who was told when depends on the runs.
    still_open = """
        select flag_id from audit.flags join audit.rules using (rule)
        where resolved_on is null and not past_fact order by all
    """
    assert other.audit(still_open) == home.audit(still_open)


def test_a_file_in_no_feeds_folder_stays_and_is_listed(make_home):
    home = make_home()
    stray = home.csv("dkp/lain", "catatan.csv", "2024-02-10T10:00:00+08:00", [["a", "b"], ["1", "2"]])
    home.run()
    assert stray.exists()
    assert home.audit("select status, reason from audit.submissions") == [("rejected", "feed_unknown")]
    assert any("data@pemda.example" in path.read_text() for path in (home.folder / "outbox").glob("*.eml"))


def test_a_configuration_error_touches_nothing(make_home, tmp_path: Path):
    home = make_home()
    drop_scenario(home)
    broken = tmp_path / "config"
    broken.mkdir()
    for file in (Path(__file__).parent / "config").iterdir():
        broken.joinpath(file.name).write_text(re.sub("unit: kg", "unit: ton", file.read_text()))
    home.environment["PANTAU_CONFIG"] = str(broken)
    before = sorted(p for p in home.folder.rglob("*"))
    home.pantau("run", expect=2)
    assert sorted(p for p in home.folder.rglob("*")) == before
