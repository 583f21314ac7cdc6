"""`make run ARGS=--no-sample` on a real home: it serves until it is interrupted, and leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

REPOSITORY = Path(__file__).parents[2]
STARTING_SECONDS, STOPPING_SECONDS = 120, 60


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    log = tmp_path / "screen.log"
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("PANTAU_", "AIRFLOW"))
    }
    with log.open("wb") as screen:
        process = subprocess.Popen(
            [sys.executable, "-m", "include.demonstration", "--no-sample"],
            cwd=REPOSITORY,
            env=variables | {"PANTAU_HOME": str(tmp_path / "home")},
            stdout=screen,
            stderr=subprocess.STDOUT,
            # As a shell starts a job in the background: deaf to Ctrl-C unless the program listens by itself.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            start_new_session=True,
        )
        try:
            yield process, log
        finally:
            for one in [*_family(process.pid), process]:
                one.kill()


def _family(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True) if psutil.pid_exists(pid) else []


def _wait_for(condition, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return bool(met)


def test_ctrl_c_ends_all_of_it_and_is_a_normal_end(serving: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, log = serving
    assert _wait_for(lambda: b"Ctrl-C stops Airflow" in log.read_bytes(), STARTING_SECONDS), log.read_text()
    assert "/plugin/ringkasan" in log.read_text()
    family = _family(process.pid)
    assert len(family) >= 4
    process.send_signal(signal.SIGINT)
    assert process.wait(STOPPING_SECONDS) == 0, log.read_text()
    assert _wait_for(lambda: not any(one.is_running() for one in family), 5), family
