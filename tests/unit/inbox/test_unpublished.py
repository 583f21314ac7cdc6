"""What a dead run leaves unpublished is taken up without a person, and not for ever anew."""

from __future__ import annotations

import asyncio
import os

import pytest

from include import pipeline
from include.inbox import trigger, unpublished
from include.inbox.unpublished import begin_attempt, is_due, note_published

MINUTE = 60.0
DAY = 24 * 60 * MINUTE


@pytest.fixture
def clock(monkeypatch):
    """A real clock that tests move."""

    class Clock:
        now = 1_700_000_000.0

    monkeypatch.setattr(unpublished.time, "time", lambda: Clock.now)
    return Clock


def land(ws, clock, feed="dkp/beras/penyaluran"):
    folder = ws.settings.landing / feed
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, *folder.parents):
        if path != ws.settings.landing and path.is_relative_to(ws.settings.landing):
            os.utime(path, (clock.now, clock.now))


def asked(ws, clock, seconds):
    """The minutes, from now on, at which a run is asked for."""
    started, found = clock.now, []
    while clock.now < started + seconds:
        if is_due(ws.settings):
            found.append(round((clock.now - started) / MINUTE))
        clock.now += 10
    return found


def test_nothing_is_asked_for_where_nothing_ever_landed(ws, clock):
    assert asked(ws, clock, 60 * MINUTE) == []


def test_what_landed_and_woke_nobody_is_taken_up_in_minutes(ws, clock):
    """Killed between the landing and its announcement."""
    land(ws, clock)
    assert asked(ws, clock, 6 * MINUTE) == [5]


def test_a_run_that_dies_after_loading_is_followed_by_another(ws, clock):
    land(ws, clock)
    clock.now += 30
    begin_attempt(ws.settings)
    assert asked(ws, clock, 6 * MINUTE) == [5]


def test_what_fails_for_a_permanent_reason_is_tried_ever_more_rarely(ws, clock):
    land(ws, clock)
    assert asked(ws, clock, DAY) == [5, 10, 20, 40, 80, 160, 320, 640, 1280]


def test_a_run_that_fails_at_every_attempt_counts_like_one_that_was_asked_for(ws, clock):
    land(ws, clock)
    clock.now += 60 * MINUTE
    begin_attempt(ws.settings)
    assert asked(ws, clock, 100 * MINUTE) == [60]


def test_a_success_ends_the_asking_and_a_later_landing_begins_it_anew(ws, clock):
    land(ws, clock)
    clock.now += 30
    loaded_at = begin_attempt(ws.settings)
    note_published(ws.settings, loaded_at)
    assert asked(ws, clock, DAY) == []
    land(ws, clock, "dkp/beras/penerima")
    assert asked(ws, clock, 6 * MINUTE) == [5]


def test_what_landed_while_a_run_was_loading_stays_unpublished(ws, clock):
    loaded_at = begin_attempt(ws.settings)
    clock.now += 1
    land(ws, clock)
    note_published(ws.settings, loaded_at)
    assert asked(ws, clock, 6 * MINUTE) == [5]


def test_an_older_run_that_ends_late_takes_nothing_back(ws, clock):
    older = begin_attempt(ws.settings)
    clock.now += 10
    land(ws, clock)
    clock.now += 10
    note_published(ws.settings, begin_attempt(ws.settings))
    note_published(ws.settings, older)
    assert asked(ws, clock, DAY) == []


def test_the_command_publishes_as_well_and_its_failure_does_not(ws, clock, monkeypatch):
    report = pipeline.RunReport(run_id="run", as_of=None)
    land(ws, clock)
    clock.now += 1
    report.loaded_at = begin_attempt(ws.settings)
    pipeline._close(ws, report, outcome="failed")
    assert asked(ws, clock, 6 * MINUTE) == [5]
    pipeline._close(ws, report, outcome="succeeded")
    assert asked(ws, clock, DAY) == []


def test_the_trigger_asks_once_and_goes_on_looking(ws, clock, monkeypatch):
    looks = iter([False, True, OSError("the disk is away"), False, True])

    def look(settings):
        found = next(looks)
        if isinstance(found, OSError):
            raise found
        return found

    monkeypatch.setattr(unpublished, "is_due", look)
    monkeypatch.setattr(trigger, "LOOK_FOR_UNPUBLISHED_EVERY_SECONDS", 0.0)

    async def two_events():
        events = trigger.UnpublishedTrigger().run()
        return [(await anext(events)).payload, (await anext(events)).payload]

    assert asyncio.run(two_events()) == [{"reason": "unpublished"}] * 2
