"""Deals the tests out to the cores of the machine (`make test` starts a worker for each): what shares a costly fixture stays together."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

# One home judged by one run serves all messy cases, another all that start from the golden scenario; two Airflows at once would look for the same ports.
TOGETHER = {
    "tests/messy/": "messy",
    "tests/integration/golden/": "golden",
    "tests/browser/": "golden",
    "tests/lake/": "golden",
    "tests/integration/test_airflow_running.py": "airflow",
    "tests/integration/test_serving.py": "airflow",
}


class ByFile(LoadScopeScheduling):
    """A file's tests go to one worker, with those of the files that it belongs together with.

    Not xdist's own groups: pytest 9.2 no longer looks at the name under which xdist 3.8 notes them.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((group for start, group in TOGETHER.items() if file.startswith(start)), file)


def pytest_sessionstart(session: Any) -> None:
    """Has dbt read its project once, before several workers would each do so at their first home."""
    if getattr(session.config.option, "numprocesses", None) and not hasattr(session.config, "workerinput"):
        from include.demonstration.__main__ import prepare_dbt

        prepare_dbt()


def pytest_xdist_make_scheduler(config: Any, log: Any) -> ByFile:
    """Asked by xdist where several workers run."""
    return ByFile(config, log)
