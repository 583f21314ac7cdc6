"""Watching the inboxes of several regencies: each for itself, and all together at a bounded cost."""

from __future__ import annotations

import asyncio
import shutil
from importlib import import_module

import pytest

from include.inbox import trigger
from include.settings import REPOSITORY

DOMPU = REPOSITORY / "include" / "config" / "dompu"
FEED = "dkp/beras/penyaluran"


@pytest.fixture
def province(tmp_path, monkeypatch):
    """52.05 is sound, 52.06 has a broken configuration."""
    shutil.copytree(DOMPU, tmp_path / "broken")
    (tmp_path / "broken" / "feeds.yml").write_text("feeds: [")
    (tmp_path / "regencies.yml").write_text(
        'regencies: [{code: "52.06", configuration: broken, home: homes/52.06},'
        f' {{code: "52.05", configuration: {DOMPU}, home: homes/52.05}}]'
    )
    monkeypatch.setenv("PANTAU_REGENCIES", str(tmp_path / "regencies.yml"))
    for code in ("52.05", "52.06"):
        (tmp_path / "homes" / code / "inbox" / FEED).mkdir(parents=True)
    return tmp_path


def drop(province, code):
    (province / "homes" / code / "inbox" / FEED / f"{code}.csv").write_text("a")


@pytest.mark.parametrize(
    "made", [trigger.InboxTrigger(regency="52.05"), trigger.UnpublishedTrigger("52.05"), trigger.InboxStillTrigger(1.0, 2.0, "52.05")]
)  # fmt: skip
def test_a_trigger_made_anew_from_airflows_database_is_the_same_regencys(made):
    path, arguments = made.serialize()
    module, name = path.rsplit(".", 1)
    again = getattr(import_module(module), name)(**arguments)
    assert again.regency == "52.05"
    assert again.serialize() == made.serialize()


def test_a_file_wakes_its_own_regency_and_no_other(province):
    drop(province, "52.05")

    async def told(code):
        async for event in trigger.InboxTrigger(0.01, regency=code).run():
            return event.payload["files"]

    async def both():
        ours = await asyncio.wait_for(told("52.05"), 30)
        theirs = asyncio.ensure_future(told("52.06"))
        done, _ = await asyncio.wait([theirs], timeout=0.2)
        theirs.cancel()
        return ours, done

    assert asyncio.run(both()) == ([f"{FEED}/52.05.csv"], set())


def test_a_file_of_a_regency_with_a_broken_configuration_is_noticed_so_that_its_task_says_what_to_mend(
    province,
):
    drop(province, "52.06")

    async def told():
        async for event in trigger.InboxTrigger(0.01, regency="52.06").run():
            return event.payload["files"]

    assert asyncio.run(asyncio.wait_for(told(), 30)) == [f"?/{FEED}/52.06.csv"]


def test_many_regencies_are_looked_at_more_rarely_so_that_the_load_stays_the_same(province, monkeypatch):
    assert trigger.pause(0.5) == 0.5
    monkeypatch.setattr(trigger, "LOOKS_A_SECOND_AT_MOST", 1)
    assert trigger.pause(0.5) == 2.0
    (province / "regencies.yml").write_text("regencies: [")
    assert trigger.pause(0.5) == 0.5
    monkeypatch.delenv("PANTAU_REGENCIES")
    assert trigger.pause(0.5) == 0.5
