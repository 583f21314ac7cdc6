"""Deals the tests out to the cores of the machine (`make test` starts a worker for each): what shares a costly fixture stays together."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent

# One home judged by one run serves all messy cases; two Airflows at once would look for the same ports.
TOGETHER = {
    "messy": "messy",
    "integration/test_airflow_running.py": "airflow",
    "integration/test_serving.py": "airflow",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives every test its group: the one of its folder or file, else its file."""
    for item in items:
        file = item.path.relative_to(TESTS).as_posix()
        group = TOGETHER.get(file) or TOGETHER.get(file.partition("/")[0]) or file
        item.add_marker(pytest.mark.xdist_group(group))
