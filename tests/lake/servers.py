"""Real servers for a lake and for Celery, as processes of the test's own: PostgreSQL, Redis, an S3-compatible store. Free ports, nothing left behind."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psycopg2

PASSWORD = "only-for-these-tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, ready, process: subprocess.Popen[bytes], log: Path) -> None:
    """Waits until a server answers; where it ended instead, its log tells why."""
    while process.poll() is None:
        try:
            if ready():
                return
        except (OSError, httpx.HTTPError, psycopg2.Error):
            pass
        time.sleep(0.05)
    raise AssertionError(f"{what} ended with {process.returncode}: {log.read_text()[-2000:]}")


@contextmanager
def server(what: str, command: list[str], log: Path, ready, **options) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, **options)
        try:
            until(what, ready, process, log)
            yield process
        finally:
            process.terminate()
            process.wait()


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL that listens on this machine only; its password is told by PGPASSWORD, as on a server."""

    port: int
    user: str = "pantau"

    def address(self, database: str) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"

    def make(self, database: str) -> str:
        self.execute("postgres", f"create database {database}")
        return self.address(database)

    def execute(self, database: str, sql: str) -> list[tuple]:
        connection = psycopg2.connect(self.address(database), password=PASSWORD)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


def postgres_program(name: str) -> str:
    """Debian keeps the server's programs in a folder of the version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")) or [Path(shutil.which(name) or name)]
    return str(found[-1])


@contextmanager
def postgres() -> Iterator[Postgres]:
    """In a folder of its own: pytest closes its folders anew to everybody else whenever another run of it begins."""
    account = {}
    with TemporaryDirectory(prefix="pantau-postgres-") as name:
        folder = Path(name)
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            somebody = pwd.getpwnam("nobody")
            os.chown(folder, somebody.pw_uid, somebody.pw_gid)
            account = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}
        found, data, log = Postgres(free_port()), folder / "data", folder / "server.log"
        password = folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        make = [
            postgres_program("initdb"),
            "-D",
            data,
            "-U",
            found.user,
            "-A",
            "scram-sha-256",
            "--pwfile",
            password,
        ]
        subprocess.run(
            [*make, "--no-sync", "-E", "UTF8", "--locale=C"],
            check=True,
            capture_output=True,
            cwd="/",
            **account,
        )
        settings = {
            "port": found.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "fsync": "off",
        }
        command = [postgres_program("postgres"), "-D", str(data)]
        command += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with server(
            "postgres", command, log, lambda: found.execute("postgres", "select 1"), cwd="/", **account
        ):
            yield found


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis that keeps nothing."""
    import redis as client

    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def answers() -> bool:
        try:
            return bool(client.Redis(port=port).ping())
        except client.ConnectionError:
            return False

    with server("redis", command, folder / "redis.log", answers, cwd=folder):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def s3(folder: Path, bucket: str | None = "lake") -> Iterator[dict[str, str]]:
    """An S3-compatible server with a bucket: the environment by which it is found."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with server("moto", command, folder / "s3.log", lambda: _answers(address, bucket)):
        yield {
            "AWS_ACCESS_KEY_ID": "of-the-tests",
            "AWS_SECRET_ACCESS_KEY": "of-the-tests",
            "AWS_REGION": "us-east-1",
            "DUCKDB_S3_ENDPOINT": f"127.0.0.1:{port}",
            "DUCKDB_S3_USE_SSL": "false",
        }


def _answers(address: str, bucket: str | None) -> bool:
    return (httpx.put(f"{address}/{bucket}") if bucket else httpx.get(address)).is_success
