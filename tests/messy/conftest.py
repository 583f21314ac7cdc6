"""One home with the files of every collected case, taken in and judged by one run."""

from __future__ import annotations

import os

import pytest

from include import pipeline
from include.config import load_configuration
from include.settings import REPOSITORY, Settings
from include.workspace import Workspace
from tests.messy.kit import CASES, NOW, Drop, Messy


@pytest.fixture(scope="session")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Messy:
    """What the run made of the files of all cases that are registered."""
    configuration = load_configuration(REPOSITORY / "include" / "config" / "dompu")
    settings = Settings(
        home=tmp_path_factory.mktemp("messy") / "home", given_secret="a secret of the tests only"
    )
    settings.make_folders(feed.path for feed in configuration.feeds)
    ws = Workspace(settings, configuration)
    # Each case has a village of its own, the kelurahan come last.
    villages = sorted(configuration.villages, key=lambda one: (one.kind != "desa", one.village_code))
    drops = {number: Drop(settings.inbox, number, villages[number - 1]) for number in sorted(CASES)}
    for number, drop in drops.items():
        for case in CASES[number]:
            case(drop)
    before = os.environ.get("PANTAU_NOW")
    os.environ["PANTAU_NOW"] = NOW
    try:
        pipeline.run(ws)
    finally:
        os.environ.pop("PANTAU_NOW") if before is None else os.environ.update(PANTAU_NOW=before)
    return Messy(ws, drops)
