"""One Airflow home for all tests here, in processes of its own: what pytest has imported before cannot disturb it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
LISTED = """
regencies:
  - {code: "52.05", configuration: "52.05", home: homes/52.05, queue: timur}
  - {code: "52.06", configuration: "52.06", home: homes/52.06}
  - {code: "53.01", configuration: "53.01", home: homes/52.05}
  - {code: "91.71", configuration: "91.71", home: homes/91.71}
"""
"""Four regencies: the second's configuration is broken, the third claims the first one's home."""


def airflow_environment(folder: Path, **more: str) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PANTAU"))
    }
    return {
        **inherited,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        # As on every Airflow of ours (include/demonstration/airflow_home.py): it would cost two thirds of a run here.
        "AIRFLOW__COSMOS__ENABLE_WATCHER_RELIABLE_RETRY": "False",
        "AIRFLOW__COSMOS__CACHE_DIR": str(folder / "cosmos"),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "pantau-salur",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "GX_ANALYTICS_ENABLED": "false",
        "PANTAU_HOME": str(folder / "home"),
        **more,
    }


def run_python(arguments: list[str], environment: dict[str, str]) -> str:
    """Runs one of the scripts beside this file; returns the last line that it printed."""
    return run_and_listen(arguments, environment).stdout.strip().splitlines()[-1]


def run_and_listen(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=800
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done


@pytest.fixture(scope="session")
def manifest() -> Path:
    """The DAG takes dbt's models from the manifest, which `make run` and the image make."""
    from include.demonstration.__main__ import prepare_dbt
    from include.transform import MANIFEST

    prepare_dbt()
    return MANIFEST


@pytest.fixture(scope="session")
def parsed(manifest, tmp_path_factory) -> dict:
    """What Airflow finds in `dags/`."""
    environment = airflow_environment(tmp_path_factory.mktemp("parsed"))
    return json.loads(run_python([str(HERE / "describe_dags.py")], environment))


@pytest.fixture(scope="session")
def broken_configuration(manifest, tmp_path_factory) -> dict:
    """The same, with settings and a configuration that cannot be used."""
    folder = tmp_path_factory.mktemp("broken")
    configuration = folder / "configuration"
    configuration.mkdir()
    (configuration / "region.yml").write_text("timezone: [no, zone\n")
    environment = airflow_environment(folder, PANTAU_CONFIG=str(configuration), PANTAU_SMTP_URL="not a url")
    return json.loads(run_python([str(HERE / "describe_dags.py")], environment))


@pytest.fixture(scope="session")
def regencies(tmp_path_factory) -> Path:
    """The file that lists several regencies."""
    folder = tmp_path_factory.mktemp("regencies")
    for code, timezone in (
        ("52.05", "Asia/Makassar"),
        ("53.01", "Asia/Makassar"),
        ("91.71", "Asia/Jayapura"),
    ):
        (folder / code).mkdir()
        (folder / code / "region.yml").write_text(f"regency_name: Wilayah {code}\ntimezone: {timezone}\n")
    (folder / "52.06").mkdir()
    (folder / "52.06" / "region.yml").write_text("timezone: [no, zone\n")
    (folder / "regencies.yml").write_text(LISTED)
    return folder / "regencies.yml"


@pytest.fixture(scope="session")
def several(regencies, tmp_path_factory) -> dict:
    """What Airflow finds where there are several regencies."""
    environment = airflow_environment(tmp_path_factory.mktemp("several"), PANTAU_REGENCIES=str(regencies))
    return json.loads(run_python([str(HERE / "describe_dags.py")], environment))


@pytest.fixture(scope="session")
def executing(regencies, tmp_path_factory) -> dict:
    """What a worker finds that executes a task of one regency's DAG."""
    environment = airflow_environment(
        tmp_path_factory.mktemp("executing"),
        PANTAU_REGENCIES=str(regencies),
        _AIRFLOW_PARSING_CONTEXT_DAG_ID="monitor_disbursement__91_71",
        _AIRFLOW_PARSING_CONTEXT_TASK_ID="load",
    )
    return json.loads(run_python([str(HERE / "describe_dags.py")], environment))
