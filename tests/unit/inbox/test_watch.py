"""When the pipeline is woken, and when e-mails may go."""

import os
import shutil
import time
from pathlib import Path

import pytest

from include.inbox.watch import STILL, SUPERSEDED, InboxWatch, stillness
from include.settings import Settings

REPOSITORY = Path(__file__).parents[3]
FEED = "dkp/beras/penyaluran"


@pytest.fixture
def home(tmp_path, monkeypatch):
    configuration = tmp_path / "configuration"
    shutil.copytree(REPOSITORY / "include" / "config" / "dompu", configuration)
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_CONFIG", str(configuration))
    monkeypatch.delenv("PANTAU_SMTP_URL", raising=False)
    (tmp_path / "home" / "inbox" / FEED).mkdir(parents=True)
    return tmp_path / "home"


def drop(home, name, content="a", folder=FEED):
    path = home / "inbox" / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def told(watch):
    """Two looks, as a file is complete only at the second."""
    return [news for news in (watch.news(), watch.news()) if news]


def test_a_file_is_told_at_its_second_look_and_once(home):
    watch = InboxWatch(tell_again_seconds=60)
    drop(home, "Januari.csv")
    assert watch.news() is None
    assert watch.news()["files"] == [f"{FEED}/Januari.csv"]
    assert told(watch) == []


def test_an_event_names_no_number_that_is_somebodys(home):
    """The triggerer logs its events, and Airflow keeps them."""
    watch = InboxWatch(tell_again_seconds=60)
    drop(home, "Januari 5205011999019931.csv")
    assert [news["files"] for news in told(watch)] == [[f"{FEED}/Januari ….csv"]]


def test_a_burst_is_one_event(home):
    watch = InboxWatch(60)
    for number in range(50):
        drop(home, f"{number}.csv")
    assert [news["file_count"] for news in told(watch)] == [50]


def test_a_file_that_grows_waits(home):
    watch = InboxWatch(60)
    path = drop(home, "Januari.csv")
    watch.news()
    path.write_text("longer")
    assert watch.news() is None
    assert watch.news()["file_count"] == 1


@pytest.mark.parametrize(
    "name", [".Januari.csv", "~$Januari.xlsx", "Januari.csv.part", "x.tmp", "x.filepart"]
)
def test_temporary_names_wait(home, name):
    watch = InboxWatch(60)
    drop(home, name)
    assert told(watch) == []


def test_a_file_that_stays_is_told_again(home):
    """The DAG was paused, or its run was killed: the event is gone, the file is not."""
    watch = InboxWatch(tell_again_seconds=0.05)
    drop(home, "Januari.csv")
    assert len(told(watch)) == 1
    time.sleep(0.06)
    assert watch.news()["file_count"] == 1


def test_a_file_in_no_feeds_folder_is_told_once_though_it_stays(home):
    watch = InboxWatch(tell_again_seconds=0.0)
    drop(home, "stray.csv", folder="elsewhere")
    assert [news["files"] for news in told(watch)] == [["?/elsewhere/stray.csv"]]
    assert told(watch) == []


def test_after_a_restart_what_lies_there_is_told_anew(home):
    drop(home, "Januari.csv")
    assert len(told(InboxWatch(60))) == 1
    assert len(told(InboxWatch(60))) == 1


def test_a_claim_that_nobody_reads_is_told(home):
    """A task was killed between claiming and landing."""
    claim = home / "claims" / "0123456789abcdef"
    claim.mkdir(parents=True)
    watch = InboxWatch(60)
    assert told(watch) == []
    os.utime(claim, (time.time() - 61, time.time() - 61))
    assert [news["claims"] for news in told(watch)] == [["0123456789abcdef"]]


def test_half_deleted_claims_are_not_told(home):
    leaving = home / "claims" / ".leaving-0123456789abcdef-00"
    leaving.mkdir(parents=True)
    os.utime(leaving, (0, 0))
    assert told(InboxWatch(60)) == []


def test_a_broken_configuration_still_wakes_and_a_mended_one_finds_its_feeds(home):
    region = home.parent / "configuration" / "region.yml"
    sound = region.read_text()
    region.write_text("timezone: Nowhere\n")
    watch = InboxWatch(tell_again_seconds=0.0)
    drop(home, "Januari.csv")
    assert [news["file_count"] for news in told(watch)] == [1]
    region.write_text(sound)
    os.utime(region, (time.time() + 5, time.time() + 5))
    assert next(news["files"] for news in told(watch)) == [f"{FEED}/Januari.csv"]


# --- stillness


def arrived(home, seconds_ago):
    landing = home / "landing"
    landing.mkdir(parents=True, exist_ok=True)
    (landing / ".last_arrival").touch()
    moment = time.time() - seconds_ago
    os.utime(landing / ".last_arrival", (moment, moment))


def test_an_inbox_is_still_after_a_while(home):
    arrived(home, seconds_ago=11)
    assert stillness(Settings(), loaded_at=time.time() - 5, settle_seconds=10) == STILL
    assert stillness(Settings(), loaded_at=time.time() - 5, settle_seconds=20) is None


def test_an_inbox_where_nothing_ever_came_is_still(home):
    assert stillness(Settings(), loaded_at=time.time(), settle_seconds=600) == STILL


def test_a_later_claim_supersedes_at_once(home):
    arrived(home, seconds_ago=1)
    assert stillness(Settings(), loaded_at=time.time() - 5, settle_seconds=600) == SUPERSEDED


def test_a_landing_after_the_loading_supersedes_though_it_was_claimed_before(home):
    arrived(home, seconds_ago=30)
    (home / "landing" / FEED).mkdir(parents=True)
    assert stillness(Settings(), loaded_at=time.time() - 5, settle_seconds=1) == SUPERSEDED


def test_a_claim_that_is_being_read_holds_e_mails_back_and_a_stuck_one_does_not(home):
    arrived(home, seconds_ago=3000)
    claim = home / "claims" / "0123456789abcdef"
    claim.mkdir(parents=True)
    assert stillness(Settings(), loaded_at=time.time(), settle_seconds=1) is None
    os.utime(claim, (time.time() - 1000, time.time() - 1000))
    assert stillness(Settings(), loaded_at=time.time(), settle_seconds=1) == STILL
