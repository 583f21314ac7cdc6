"""Runs Airflow's four services as processes of our own, and ends them without leaving one behind.

`airflow standalone` would do less: it forces its own settings, opens ports to the network and dies untidily.
Here each service leads its own session, so that a Ctrl-C reaches only us and we end them in order; their log
servers stay off, because the web server finds the logs on the same disk.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import IO, Self

import httpx
import psutil

from include.demonstration.airflow_home import LOGIN, AirflowHome, pools
from include.report.pages.sections import HOME

SERVICES: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
FIRST_PORT = 8080
PORTS_TO_TRY = 100
HEALTHY_WITHIN_SECONDS = 120
_HEALTH_NAMES = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}
_TERM_SECONDS = 15
_PR_SET_PDEATHSIG = 1


class ServicesError(RuntimeError):
    """Airflow could not be started, or a service ended by itself; the message says which log to read."""


class AirflowServices:
    """One Airflow on one home. Use as a context manager: leaving it ends every process."""

    first_port = FIRST_PORT

    def __init__(
        self,
        pantau_home: Path,
        environment: dict[str, str] | None = None,
        services: Collection[str] = tuple(SERVICES),
    ) -> None:
        self.home = AirflowHome(pantau_home.resolve())
        self.extra = environment or {}
        self.services = services
        self.port = 0
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started_at: dict[str, float] = {}
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the UI is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pages(self) -> str:
        """Where our pages begin, in Airflow's frame."""
        return f"{self.url}/plugin/{HOME}"

    @property
    def login(self) -> tuple[str, str]:
        """User and password."""
        return LOGIN, self.home.password

    def environment(self) -> dict[str, str]:
        """What every process is started with."""
        return {**self.home.environment(self.port), **self.extra}

    def start(self) -> None:
        """Prepares home and metadata database, starts the services and waits until they are healthy."""
        self.home.prepare()
        self._take_home()
        self._end_leftovers()
        self.port = free_port(self.first_port)
        self._bring_up_to_date()
        for service in self.services:
            self.start_service(service)
        self.wait_until_healthy()

    def start_service(self, service: str) -> None:
        """Starts one service; the tests start one again after killing it."""
        self._started_at[service] = time.time()
        log = (self.home.logs / f"{service}.log").open("ab")
        with log:
            self._processes[service] = subprocess.Popen(
                [sys.executable, "-m", "airflow", *self._arguments(service)],
                env=self.environment(),
                cwd=self.home.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._note_processes()

    def stop_service(self, service: str, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends one service and everything that it started."""
        process = self._processes.pop(service, None)
        if process is None:
            return
        family = _family(process.pid)
        with suppress(ProcessLookupError):
            process.send_signal(how)
        _wait_or_kill([process], family)

    def stop(self) -> None:
        """Ends all services at once; whoever has not ended after a while is killed with its children."""
        processes = list(self._processes.values())
        family = [member for process in processes for member in _family(process.pid)]
        for process in processes:
            with suppress(ProcessLookupError):
                process.terminate()
        _wait_or_kill(processes, family)
        self._processes.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def processes(self) -> list[psutil.Process]:
        """The leaders of the services."""
        return [psutil.Process(process.pid) for process in self._processes.values()]

    def check(self) -> None:
        """Raises when a service has ended by itself."""
        for service, process in self._processes.items():
            if process.poll() is not None:
                log = self.home.logs / f"{service}.log"
                raise ServicesError(
                    f"Airflow's {service} ended with code {process.returncode}. Its log {log} ends with:\n"
                    + "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                )

    def wait_until_healthy(self, seconds: float = HEALTHY_WITHIN_SECONDS) -> None:
        """Waits until the web server answers and each service has reported since it was started."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            if not self.unhealthy():
                return
            time.sleep(0.2)
        raise ServicesError(
            f"Airflow is not healthy after {seconds:.0f} seconds (not yet: {', '.join(self.unhealthy())})"
        )

    def unhealthy(self) -> list[str]:
        """The services that have not yet reported."""
        try:
            report = httpx.get(f"{self.url}/api/v2/monitor/health", timeout=5).json()
        except (httpx.HTTPError, ValueError):
            return list(self.services)
        return [
            service
            for service, name in _HEALTH_NAMES.items()
            if service in self.services and not self._reported(service, report[name], name)
        ]

    def _reported(self, service: str, health: dict[str, str | None], name: str) -> bool:
        # A home that was served a moment ago still reads healthy from the last heartbeat of the old
        # processes.
        beat = health.get(f"latest_{name}_heartbeat")
        fresh = beat is not None and datetime.fromisoformat(beat).timestamp() > self._started_at.get(
            service, 0
        )
        return fresh and health["status"] == "healthy"

    def _arguments(self, service: str) -> tuple[str, ...]:
        return SERVICES[service]

    def _take_home(self) -> None:
        self._lock = (self.home.folder / ".served").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServicesError(
                f"an Airflow already serves {self.home.pantau_home}: stop it first (Ctrl-C where it runs), "
                "or set PANTAU_HOME to another folder"
            ) from None

    def _note_processes(self) -> None:
        """Writes down whom a later start must end, should we be killed without a chance to do it."""
        self._noted.write_text(json.dumps([process.pid for process in self._processes.values()]))

    def _end_leftovers(self) -> None:
        """Ends what a killed predecessor left: a second scheduler beside ours would run everything twice."""
        if not self._noted.exists():
            return
        sessions = json.loads(self._noted.read_text())
        left = [process for pid in sessions for process in _session(pid) if _is_airflow(process)]
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=5)
        self._noted.unlink()

    @property
    def _noted(self) -> Path:
        return self.home.folder / ".processes"

    def _bring_up_to_date(self) -> None:
        """Migrates the metadata database and makes the pools, once for each Airflow version."""
        wanted = f"{metadata.version('apache-airflow')} {sha256(str(pools()).encode()).hexdigest()[:12]}"
        stamp = self.home.folder / ".prepared"
        if stamp.exists() and stamp.read_text() == wanted and (self.home.folder / "airflow.db").exists():
            return
        with (self.home.logs / "prepare.log").open("wb") as log:
            for arguments in (("db", "migrate"), ("pools", "import", str(self.home.pools_file))):
                done = subprocess.run(
                    [sys.executable, "-m", "airflow", *arguments],
                    env=self.environment(),
                    cwd=self.home.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
                if done.returncode:
                    raise ServicesError(f"`airflow {' '.join(arguments[:2])}` failed; its log is {log.name}")
        stamp.write_text(wanted)


def free_port(first: int) -> int:
    """The first port from `first` on that nobody listens on."""
    for port in range(first, first + PORTS_TO_TRY):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServicesError(f"no free port between {first} and {first + PORTS_TO_TRY - 1}")


def _die_with_parent() -> None:
    """Asks Linux to end the service when we are killed without a chance to do it."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _family(leader: int) -> list[psutil.Process]:
    """The leader's descendants and whoever else is in its session: forked tasks lead groups of their own."""
    members = {process.pid: process for process in _session(leader)}
    with suppress(psutil.NoSuchProcess):
        members |= {child.pid: child for child in psutil.Process(leader).children(recursive=True)}
    members.pop(leader, None)
    return list(members.values())


def _session(leader: int) -> list[psutil.Process]:
    """Who is in a session; it outlives its leader."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getsid(process.pid) == leader:
                found.append(process)
    return found


def _is_airflow(process: psutil.Process) -> bool:
    """Process numbers are used again: nobody else's process may be taken for a service of ours."""
    try:
        return any("airflow" in part for part in process.cmdline())
    except psutil.Error:
        return False


def _wait_or_kill(leaders: list[subprocess.Popen[bytes]], family: list[psutil.Process]) -> None:
    deadline = time.monotonic() + _TERM_SECONDS
    for leader in leaders:
        with suppress(subprocess.TimeoutExpired):
            leader.wait(max(0.1, deadline - time.monotonic()))
    family += [member for leader in leaders for member in _family(leader.pid)]
    for leader in leaders:
        if leader.poll() is None:
            leader.kill()
            leader.wait()
    # What is left has lost its service and would only hold ports, locks and memory.
    _, left = psutil.wait_procs(family, timeout=1)
    for member in left:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(left, timeout=5)
