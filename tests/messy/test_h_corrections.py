"""H. Two senders of one delivery, and a file that resolves an alert: cases 74 and 75.

They need a second folder of the same programme, and two runs, so they have a home of their own.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from include import pipeline
from include.config import load_configuration
from include.privacy import nik_key
from include.settings import REPOSITORY, Settings
from include.workspace import Workspace
from tests.messy.kit import LOG, Drop, Person

DESA_LOG = "woja/beras/penyaluran"
FIRST_RUN, SECOND_RUN = "2024-02-12T09:00:00+08:00", "2024-02-20T09:00:00+08:00"


@dataclass
class Story:
    """A home with its files of both cases, and what was published after each run."""

    ws: Workspace
    drops: dict[int, Drop]
    published: list[Path]

    def audit(self, sql: str, *values: Any, after: int = 2) -> list[dict[str, Any]]:
        """A query on what was published by the first or the second run."""
        with duckdb.connect(str(self.published[after - 1]), read_only=True) as connection:
            found = connection.execute(sql, list(values))
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def key(self, person: Person) -> str:
        """The person's key in the audit database."""
        return str(nik_key(self.ws.settings.secret(), person.nik))

    def deliveries(self, person: Person) -> list[dict[str, Any]]:
        """What was reported of a person, with file and folder, in the order of arrival."""
        return self.audit(
            "select d.*, s.feed, s.receipt_number, s.warning_details from audit.deliveries d join audit.submissions s using (submission_id) "
            "where d.beneficiary_key = ? order by s.sequence",
            self.key(person),
        )


def _second_sender(folder: Path) -> Path:
    """The configuration of Dompu with a folder into which the desa report rice themselves."""
    shutil.copytree(REPOSITORY / "include" / "config" / "dompu", folder)
    feeds = (folder / "feeds.yml").read_text(encoding="utf-8")
    more = f"  - {{path: {DESA_LOG}, opd: dkp, kind: distribution, program: beras}}\n"
    (folder / "feeds.yml").write_text(feeds + more, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Both cases, taken in and judged by two runs eight days apart."""
    folder = tmp_path_factory.mktemp("two senders")
    configuration = load_configuration(_second_sender(folder / "config"))
    settings = Settings(home=folder / "home", given_secret="a secret of the tests only")
    settings.make_folders(feed.path for feed in configuration.feeds)
    ws = Workspace(settings, configuration)
    drops = {number: Drop(settings.inbox, number, configuration.villages[number - 70]) for number in (74, 75)}
    _two_senders(drops[74])
    waiting, given = drops[75].people(2)
    drops[75].recipients([waiting, given])
    drops[75].log("januari.csv", [drops[75].row(given, day="24/01/2024")])
    published = [_run(ws, FIRST_RUN, folder / "first.duckdb")]
    drops[75].log("susulan.csv", [drops[75].row(waiting, day="24/01/2024")], at="2024-02-19T08:00")
    published.append(_run(ws, SECOND_RUN, folder / "second.duckdb"))
    return Story(ws, drops, published)


def _two_senders(drop: Drop) -> None:
    same, less, otherwise = drop.people(3)
    drop.recipients([same, less, otherwise])
    by_the_desa = [drop.row(same), drop.row(less, amount="8 kg"), drop.row(otherwise, day="03/02/2024")]
    by_the_office = [drop.row(same), drop.row(less, amount="10 kg"), drop.row(otherwise, day="05/02/2024")]
    drop.log("laporan desa.csv", by_the_desa, DESA_LOG, at="2024-02-06T08:00")
    drop.log("laporan dinas.csv", by_the_office, LOG, at="2024-02-07T08:00")


def _run(ws: Workspace, now: str, keep: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_NOW", now)
        pipeline.run(ws)
    return Path(shutil.copy(ws.settings.audit_db, keep))


def test_case_74_two_senders_of_one_delivery_are_both_shown_and_never_added(story: Story) -> None:
    """The agreed source is the one that came last: a later file corrects an earlier one, whoever sent it."""
    same, less, _ = story.drops[74].people(3)
    for person, amounts in ((same, [10, 10]), (less, [8, 10])):
        desa, dinas = story.deliveries(person)
        assert (desa["feed"], dinas["feed"]) == (DESA_LOG, LOG)
        assert [desa["amount"], dinas["amount"]] == amounts
        assert (desa["is_current"], desa["superseded_how"]) == (False, "corrected")
        assert desa["superseded_by"] == dinas["delivery_id"]
        assert (dinas["is_current"], dinas["is_counted"]) == (True, True)
        (judged,) = story.audit(
            "select delivered_amount from audit.delivery_accuracy where beneficiary_key = ? and period = '2024-01'",
            story.key(person),
        )
        assert judged == {"delivered_amount": 10}


def test_case_74_the_later_sender_is_told_what_the_other_one_said(story: Story) -> None:
    _, less, _ = story.drops[74].people(3)
    desa, dinas = story.deliveries(less)
    told = f"2 baris dari map {DESA_LOG} ({desa['receipt_number']}), 1 di antaranya berbeda"
    assert told in dinas["warning_details"]
    [path] = story.ws.settings.returned.rglob(f"*{dinas['receipt_number']}*.xlsx")
    lines = list(openpyxl.load_workbook(path)["Perubahan"].iter_rows(values_only=True))
    assert lines[-1][:2] == ("BERBEDA DARI MAP LAIN", "3")
    assert lines[-1][3:5] == ("8 kg, 05-02-2024, sudah salur", "10 kg, 05-02-2024, sudah salur")


def test_case_74_with_other_dates_they_are_two_deliveries_and_that_is_flagged(story: Story) -> None:
    """Without a BAST number nothing says that the two are one; counted twice they are an excess that somebody must explain."""
    otherwise = story.drops[74].person(3)
    assert [row["is_counted"] for row in story.deliveries(otherwise)] == [True, True]
    (judged,) = story.audit(
        "select entitlement_id, amount_status from audit.delivery_accuracy where beneficiary_key = ? and period = '2024-01'",
        story.key(otherwise),
    )
    assert judged["amount_status"] == "over"
    second = story.deliveries(otherwise)[1]
    flags = story.audit("select rule from audit.flags where delivery_id = ?", second["delivery_id"])
    assert {"rule": "delivery_duplicate"} in flags


def test_case_75_paid_after_all_the_alert_is_closed_and_leads_to_the_evidence(story: Story) -> None:
    waiting = story.drops[75].person(1)
    (before,) = story.audit(
        "select entitlement_id, timing_status from audit.delivery_accuracy where beneficiary_key = ? and period = '2024-01'",
        story.key(waiting),
        after=1,
    )
    assert before["timing_status"] == "missing"
    flagged = "select flag_id, first_seen_on, resolved_on from audit.flags where rule = 'delivery_missing' and entitlement_id = ?"
    (opened,) = story.audit(flagged, before["entitlement_id"], after=1)
    assert (str(opened["first_seen_on"]), opened["resolved_on"]) == ("2024-02-12", None)
    (closed,) = story.audit(flagged, before["entitlement_id"])
    assert (closed["flag_id"], str(closed["first_seen_on"]), str(closed["resolved_on"])) == (
        opened["flag_id"],
        "2024-02-12",
        "2024-02-20",
    )
    evidence = story.audit(
        "select s.file_name, d.sheet, d.row_number from audit.deliveries d join audit.submissions s using (submission_id) "
        "where d.entitlement_id = ?",
        before["entitlement_id"],
    )
    assert evidence == [{"file_name": "kasus 75/susulan.csv", "sheet": "", "row_number": 2}]


def test_case_75_the_office_is_told_that_it_is_resolved(story: Story) -> None:
    first, last = story.audit(
        "select flags_new, flags_resolved from audit.alerts where opd_code = 'dkp' and kind = 'digest' order by created_at"
    )
    assert first["flags_resolved"] == 0
    assert last["flags_resolved"] >= 1
