"""Makes the Airflow home of one regency: its keys, its login, the settings of every process.

Everything is pinned per home. Airflow would generate a key for each process that finds none, and processes
with different keys cannot read each other's triggers or tokens.
"""

from __future__ import annotations

import json
import os
import secrets
import string
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from include.config.regencies import registry, scoped

REPOSITORY = Path(__file__).resolve().parents[2]
LOGIN = "admin"
_SIMPLE_LOGIN = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
# Forked tasks inherit what the scheduler has imported: dbt and Great Expectations cost seconds in every task
# otherwise.
_LOCAL_SETTINGS = """\
import sys

if "scheduler" in sys.argv:
    import include.orchestration.preload
"""


def pools() -> dict[str, dict[str, object]]:
    """What `airflow pools import` reads: the one place of each regency's one writer, above all.

    Raises:
        ConfigurationError: the file that lists the regencies cannot be read.
    """
    writer = {
        "slots": 1,
        "description": "DuckDB has one writer: every task that writes the warehouse waits here",
    }
    watching = {
        "slots": 1,
        "description": "Tasks that watch dbt's models: one at a time, so that they leave the processors to dbt",
    }
    listed = registry()
    if listed is None:
        return {"warehouse": writer, "dbt_models": watching}
    return {scoped("warehouse", code): writer for code in listed.regencies}


@dataclass(frozen=True)
class AirflowHome:
    """`<PANTAU_HOME>/airflow`: metadata database, keys, password; and `<PANTAU_HOME>/logs`."""

    pantau_home: Path

    @property
    def folder(self) -> Path:
        """AIRFLOW_HOME."""
        return self.pantau_home / "airflow"

    @property
    def logs(self) -> Path:
        """One file a service, and the logs of all tasks below `tasks/`."""
        return self.pantau_home / "logs"

    @property
    def password(self) -> str:
        """The password of the one local login, generated once."""
        return str(json.loads(self._passwords.read_text())[LOGIN])

    @property
    def pools_file(self) -> Path:
        """What `airflow pools import` reads."""
        return self.folder / "pools.json"

    @property
    def _passwords(self) -> Path:
        return self.folder / "passwords.json"

    def prepare(self) -> None:
        """Makes what is missing; what is there (keys, password, database) stays."""
        for folder in (self.folder, self.folder / "config", self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._keys_file.exists():
            _write_private(self._keys_file, json.dumps(_keys()))
        if not self._passwords.exists():
            alphabet = string.ascii_letters + string.digits
            _write_private(
                self._passwords, json.dumps({LOGIN: "".join(secrets.choice(alphabet) for _ in range(16))})
            )
        (self.folder / "config" / "airflow_local_settings.py").write_text(_LOCAL_SETTINGS)
        self.pools_file.write_text(json.dumps(pools(), indent=1))

    def environment(self, port: int) -> dict[str, str]:
        """The whole environment of every process; what the caller's says of Airflow is left out."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))
        }
        # Left uncompiled, imports take two to three times as long in every process.
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)
        settings = {f"AIRFLOW__{name}": value for name, value in self._settings(port).items()}
        return {
            **inherited,
            **settings,
            "AIRFLOW_HOME": str(self.folder),
            "PANTAU_HOME": str(self.pantau_home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "DO_NOT_TRACK": "1",
            "SCARF_ANALYTICS": "false",
            "GX_ANALYTICS_ENABLED": "false",
        }

    def _settings(self, port: int) -> dict[str, str]:
        keys = json.loads(self._keys_file.read_text())
        url = f"http://127.0.0.1:{port}"
        return {
            "CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
            "CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": "8",
            "CORE__FERNET_KEY": keys["fernet_key"],
            "CORE__AUTH_MANAGER": _SIMPLE_LOGIN,
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{LOGIN}:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._passwords),
            "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.folder / 'airflow.db'}",
            "API__HOST": "127.0.0.1",
            "API__PORT": str(port),
            "API__BASE_URL": url,
            "API__SECRET_KEY": keys["api_secret"],
            "API_AUTH__JWT_SECRET": keys["jwt_secret"],
            # A second of idle sleep, the default, is a second for every task on the way from file to e-mail.
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.25",
            "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            "SCHEDULER__JOB_HEARTBEAT_SEC": "1",
            "TRIGGERER__JOB_HEARTBEAT_SEC": "1",
            # Also how late the end of a task's process may be noticed: a skipped or failed task ends only then.
            "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
            "DAG_PROCESSOR__PARSING_PROCESSES": "1",
            # A second a regency: with very many the DAG processor would else do nothing but read them.
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": str(max(60, _regencies())),
            # On a busy machine reading 514 regencies takes more than Airflow's 30 seconds, and then none would have DAGs.
            "CORE__DAGBAG_IMPORT_TIMEOUT": str(max(30, _regencies())),
            # Two triggers a regency, and one for each run that waits.
            "TRIGGERER__CAPACITY": str(max(1000, 4 * _regencies())),
            "LOGGING__BASE_LOG_FOLDER": str(self.logs / "tasks"),
            "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(self.logs / "dag_processor"),
            "LOGGING__COLORED_CONSOLE_LOG": "False",
            "USAGE_DATA_COLLECTION__ENABLED": "False",
            # Asked for by Cosmos also where no lineage is emitted (it is, where OPENLINEAGE_URL or OPENLINEAGE_CONFIG is set).
            "OPENLINEAGE__NAMESPACE": "pantau-salur",
            "COSMOS__ENABLE_TELEMETRY": "False",
            # Would write everything told so far once more at each event, for a retry that we do not allow.
            "COSMOS__ENABLE_WATCHER_RELIABLE_RETRY": "False",
            # What dbt has parsed is kept per home: each run of it writes the file.
            "COSMOS__CACHE_DIR": str(self.folder / "cosmos"),
        }

    @property
    def _keys_file(self) -> Path:
        return self.folder / "keys.json"


def _regencies() -> int:
    listed = registry()
    return len(listed.regencies) if listed else 1


def _keys() -> dict[str, str]:
    """Fernet wants 32 bytes in base64; what signs tokens with SHA-512 wants 64 characters at least (RFC 7518, 3.2)."""
    fernet = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {"fernet_key": fernet, "api_secret": secrets.token_hex(32), "jwt_secret": secrets.token_hex(32)}


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
