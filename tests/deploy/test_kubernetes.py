"""docs/kubernetes.md: its values held against the compose file, the image and the lock, and what it names against what it makes."""

import re
import subprocess
from pathlib import Path

import yaml

from include.config.regencies import VARIABLE

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "kubernetes.md").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["scheduler"]["environment"]
VOLUMES, VALUES = (
    list(yaml.safe_load_all(block))
    for block in re.findall(r"^```yaml\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE)
)
(VALUES,) = VALUES
SETTINGS = {one["name"]: one["value"] for one in VALUES["env"]}
SECRETS = set(re.findall(r"--from-literal=(\w+)=", PAGE))

# What the chart itself sets, from the names of secrets, its own addresses and its own folder of logs.
OF_THE_CHART = {
    "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET",
    "AIRFLOW__CELERY__BROKER_URL",
    "AIRFLOW__CELERY__RESULT_BACKEND",
    "AIRFLOW__CORE__EXECUTOR",
    "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER",
    "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG",
    "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY",
}
# The image's own; several regencies have no such thing; a default that fits a store with TLS; only compose's health check; optional.
LEFT_OUT = {
    "PANTAU_HOME",
    "PANTAU_CONFIG",
    "PANTAU_SECRET",
    "DUCKDB_S3_USE_SSL",
    "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK",
    "OPENLINEAGE_URL",
}


def test_every_setting_of_the_compose_file_is_there_too():
    assert set(COMPOSE) - set(SETTINGS) - SECRETS == OF_THE_CHART | LEFT_OUT
    same = {name for name in set(SETTINGS) & set(COMPOSE) if "$" not in str(COMPOSE[name])}
    assert {name for name in same if SETTINGS[name] != COMPOSE[name]} == {
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL"
    }
    assert {
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY",
        "GX_ANALYTICS_ENABLED",
        "DO_NOT_TRACK",
        "SCARF_ANALYTICS",
    } <= same
    assert all(isinstance(value, str) for value in SETTINGS.values())


def test_what_the_values_name_is_made_on_the_page():
    made = {volume["metadata"]["name"] for volume in VOLUMES}
    claimed = [one["persistentVolumeClaim"] for one in VALUES["volumes"] if "persistentVolumeClaim" in one]
    assert {one["name"] for one in VALUES["volumes"]} == {one["name"] for one in VALUES["volumeMounts"]}
    assert {
        *(claim["claimName"] for claim in claimed),
        VALUES["logs"]["persistence"]["existingClaim"],
    } == made
    assert all(volume["spec"]["accessModes"] == ["ReadWriteMany"] for volume in VOLUMES)
    secrets = {VALUES["data"]["metadataSecretName"], VALUES["data"]["brokerUrlSecretName"]}
    secrets |= {VALUES[key] for key in ("fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName")}
    (own,) = yaml.safe_load(VALUES["extraEnvFrom"])
    assert secrets | {own["secretRef"]["name"]} == set(re.findall(r"create secret generic ([\w-]+)", PAGE))
    image = f"{VALUES['defaultAirflowRepository']}:{VALUES['defaultAirflowTag']}"
    assert f"docker push {image}\n" in PAGE
    (release,) = re.findall(r"helm upgrade --install (\w+)", PAGE)
    assert (
        SETTINGS["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == f"http://{release}-api-server:8080/execution/"
    )
    assert f"exec deploy/{release}-scheduler " in PAGE


def test_the_configuration_folders_reach_the_pods():
    (copied,) = re.findall(
        r"^FROM pantau-salur:[\d.]+\nCOPY --chown=pantau:pantau \. (\S+)$", PAGE, re.MULTILINE
    )
    assert f"{copied}regencies.yml" == SETTINGS[VARIABLE]


def test_the_first_account_is_set_where_the_server_is_prepared():
    (command,) = re.findall(r"kubectl [^`]+?init\.sh", PAGE)
    wanted = set(re.findall(r"AIRFLOW_ADMIN_\w+", (ROOT / "deploy" / "accounts.py").read_text()))
    assert wanted == set(re.findall(r"(AIRFLOW_ADMIN_\w+)=", command))
    assert VALUES["createUserJob"]["defaultUser"]["enabled"] is False


def test_the_values_fit_the_image():
    locked = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert VALUES["airflowVersion"] == locked[1]
    assert f"AIRFLOW_HOME={VALUES['airflowHome']} " in DOCKERFILE
    assert f"useradd --uid {VALUES['uid']} " in DOCKERFILE
    (folder,) = re.findall(r"^COPY deploy/airflow_local_settings\.py (\S+)$", DOCKERFILE, re.MULTILINE)
    assert folder == f"{VALUES['airflowHome']}/config/"
    # Else the chart's own would be mounted over it.
    assert VALUES["airflowLocalSettings"] is None


def test_the_image_has_the_entrypoint_that_the_charts_probes_go_through(tmp_path):
    (made,) = re.findall(
        r"^RUN (printf .+ /entrypoint)$", DOCKERFILE.replace(">/entrypoint", "> /entrypoint"), re.MULTILINE
    )
    entrypoint = tmp_path / "entrypoint"
    subprocess.run(["sh", "-c", made.replace("/entrypoint", str(entrypoint))], check=True)
    done = subprocess.run([entrypoint, "echo", "two  blanks"], capture_output=True, text=True, check=True)
    assert done.stdout == "two  blanks\n"


def test_the_queue_of_the_workers_is_one_that_the_other_page_shows():
    (workers,) = VALUES["workers"]["celery"]["sets"]
    shown = re.findall(r"queue: (\w+)}", (ROOT / "docs" / "regencies.md").read_text())
    assert shown == [workers["queue"]]
