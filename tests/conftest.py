"""Deals the tests out to the cores of the machine (`make test` starts a worker for each): what shares a costly fixture stays together."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# One home judged by one run serves all messy cases, one web server all browsers, one PostgreSQL all of the lake; two Airflows at
# once would look for the same ports.
TOGETHER = {
    "tests/messy/": "messy",
    "tests/browser/": "browser",
    "tests/lake/": "lake",
    "tests/integration/test_airflow_running.py": "airflow",
    "tests/integration/test_serving.py": "airflow",
}

# The longest of all that cannot be divided, and mostly waiting: it begins as soon as the quick tests (what stands before these
# folders in pyproject.toml) have passed, beside everything else that is slow, so that all workers end at about the same time.
LONGEST, AFTER_QUICK = "airflow", ("tests/dags/", "tests/browser/", "tests/integration/", "tests/lake/")


def group_of(nodeid: str) -> str:
    """What a test must share a worker with: the group of its file, else the file itself."""
    file = nodeid.partition("::")[0]
    return next((group for start, group in TOGETHER.items() if file.startswith(start)), file)


def _turn(item: pytest.Item) -> int:
    return 0 if not item.nodeid.startswith(AFTER_QUICK) else 1 if group_of(item.nodeid) == LONGEST else 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has the longest begin early; everything else stays in the order in which it stands."""
    items.sort(key=_turn)


class ByFile(LoadScopeScheduling):
    """A file's tests go to one worker, with those of the files that it belongs together with.

    Not xdist's own groups: pytest 9.2 no longer looks at the name under which xdist 3.8 notes them.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_sessionstart(session: Any) -> None:
    """Has dbt read its project once, before several workers would each do so at their first home."""
    if getattr(session.config.option, "numprocesses", None) and not hasattr(session.config, "workerinput"):
        from include.demonstration.__main__ import prepare_dbt

        prepare_dbt()


def pytest_xdist_make_scheduler(config: Any, log: Any) -> ByFile:
    """Asked by xdist where several workers run."""
    return ByFile(config, log)
