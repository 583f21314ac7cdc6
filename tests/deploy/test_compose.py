"""The server's compose file, checked without an engine: its form, its variables, and that what it starts exists."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import boto3
import pytest
import yaml

from include.config import load_configuration
from include.config.regencies import engineer_role, reader_role
from include.settings import Settings
from tests.lake.servers import s3

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
SEVERAL = ROOT / "deploy" / "several-regencies.yml"
DEFAULT_QUEUE = "default"  # Airflow's, checked below
LASTING = {name: service for name, service in SERVICES.items() if name != "init"}
AIRFLOW = {
    name: service
    for name, service in SERVICES.items()
    if service.get("image", "").startswith("pantau-salur:")
}


def airflow_environment(home: Path) -> dict[str, str]:
    """The compose file's own settings, with the addresses of other containers replaced by this machine's."""
    settings = {
        name: str(value) for name, value in SERVICES["init"]["environment"].items() if "$" not in str(value)
    }
    elsewhere = ("PANTAU_CONFIG", "AIRFLOW__CORE__EXECUTOR", "AIRFLOW__CORE__EXECUTION_API_SERVER_URL")
    settings = {name: value for name, value in settings.items() if name not in elsewhere}
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PANTAU"))},
        **settings,
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API__SECRET_KEY": "s" * 32,
        "AIRFLOW__API_AUTH__JWT_SECRET": "j" * 32,
        "PANTAU_HOME": str(home / "pantau"),
        "AIRFLOW_ADMIN_USER": "capo",
        "AIRFLOW_ADMIN_PASSWORD": "only-for-this-test",
        "AIRFLOW_ADMIN_EMAIL": "capo@example.org",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }


def test_the_compose_file_is_valid():
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "docker-compose.yml", SEVERAL],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_every_variable_is_explained_in_the_example_and_no_other():
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE_TEXT))
    lines = (ROOT / ".env.example").read_text().splitlines()
    offered = [line.split("=")[0] for line in lines if re.match(r"[A-Z_]+=", line)]
    assert sorted(offered) == sorted(used)
    for number, line in enumerate(lines):
        if re.match(r"[A-Z_]+=", line):
            assert lines[number - 1].startswith(("#", "AIRFLOW_ADMIN", "DROPZONE_PASSWORD", "POSTGRES")), (
                f"{line} is not explained"
            )


def test_no_secret_has_a_value_in_the_example():
    for line in (ROOT / ".env.example").read_text().splitlines():
        if re.match(r"[A-Z_]*(PASSWORD|SECRET|KEY)(_[A-Z]+)?=", line):
            assert line.endswith("="), line


def test_what_a_regency_has_of_its_own_reaches_every_process():
    """Keys by regency cannot stand in the file's own list, which wins over it: none of them is there."""
    for service in AIRFLOW.values():
        assert service["env_file"] == [{"path": "regencies.env", "required": False}]
        assert not [name for name in service["environment"] if re.search(r"_\d\d_\d\d$", name)]
    assert "regencies.env" in (ROOT / ".env.example").read_text()
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {".env", "regencies.env", "docker-compose.override.yml"} <= set(ignored)


def test_workers_take_the_queue_that_tasks_go_to():
    """Without WORKER_QUEUES that of Airflow's own setting, where the tasks of a regency without a queue go."""
    option = SERVICES["worker"]["command"].index("--queues")
    assert SERVICES["worker"]["command"][option + 1] == f"${{WORKER_QUEUES:-{DEFAULT_QUEUE}}}"
    assert SERVICES["init"]["environment"]["WORKER_QUEUES"] == f"${{WORKER_QUEUES:-{DEFAULT_QUEUE}}}"
    assert f"\nWORKER_QUEUES={DEFAULT_QUEUE}\n" in (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("name", LASTING)
def test_a_service_is_watched_and_comes_back(name):
    service = LASTING[name]
    assert service["restart"] == "unless-stopped"
    check = service["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned(name):
    assert re.search(r":v?\d+\.\d+", SERVICES[name]["image"]), SERVICES[name]["image"]


def test_services_start_after_what_they_need():
    for name, service in AIRFLOW.items():
        needed = service["depends_on"]
        assert needed["postgres"]["condition"] == "service_healthy"
        if name != "init":
            assert needed["init"]["condition"] == "service_completed_successfully"


def test_only_the_drop_zone_is_reachable_from_outside():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"api-server", "dropzone", "mail-catcher"}
    for name in ("api-server", "mail-catcher"):
        assert all(
            str(port).startswith(("127.0.0.1:", "${AIRFLOW_LISTEN:-127.0.0.1:")) for port in published[name]
        )
    assert SERVICES["mail-catcher"]["profiles"] == ["trial"]


def test_only_the_profile_scale_starts_more_than_one_regency_needs():
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    scale = {"further-worker", "lake-catalog", "lake-store"}
    assert profiles == {"mail-catcher": ["trial"], **{name: ["scale"] for name in scale}}
    waited_for = SERVICES["init"]["depends_on"]
    assert {name for name, how in waited_for.items() if how.get("required") is False} == scale - {
        "further-worker"
    }
    same = {
        key: value for key, value in SERVICES["further-worker"].items() if key not in ("profiles", "deploy")
    }
    assert same == SERVICES["worker"]


def test_the_lake_of_the_example_is_one_that_the_settings_take(tmp_path):
    example = (ROOT / ".env.example").read_text()
    [catalogue] = re.findall(r"(postgresql://\S+)", example)
    settings = Settings(home=tmp_path, lake=catalogue, lake_data=re.findall(r"(s3://[^, ]+)", example)[0])
    assert settings.lake_data == "s3://lake/pantau"
    host, database = re.fullmatch(r"postgresql://pantau@([^/]+)/(\w+)", settings.lake).groups()
    assert SERVICES[host]["environment"]["POSTGRES_DB"] == database
    assert SERVICES[host]["environment"]["POSTGRES_USER"] == "pantau"
    store, port = re.search(r"LAKE_STORE_ENDPOINT=([^:]+):(\d+)", example).groups()
    assert f"-s3.port={port}" in SERVICES[store]["command"]
    accounts = COMPOSE["configs"]["lake_accounts"]["content"]
    [identity] = json.loads(re.sub(r"\$\{\w+-\}", "x", accounts))["identities"]
    assert identity["credentials"] == [{"accessKey": "x", "secretKey": "x"}]


def test_the_bucket_is_made_once(tmp_path):
    script = [sys.executable, str(ROOT / "deploy" / "lake_bucket.py")]
    with s3(tmp_path, bucket=None) as store:
        environment = {**os.environ, **store, "PANTAU_LAKE_DATA": "s3://made/pantau"}
        for _ in range(2):
            done = subprocess.run(script, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        client = boto3.client(
            "s3",
            endpoint_url=f"http://{store['DUCKDB_S3_ENDPOINT']}",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == ["made"]
        without = {**environment, "AWS_SECRET_ACCESS_KEY": ""}
        done = subprocess.run(script, env=without, capture_output=True, text=True)
    assert done.returncode == 1
    assert "AWS_SECRET_ACCESS_KEY must be set" in done.stderr


def test_volumes_are_declared_and_used():
    mounted = set()
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
            if not source.startswith(("$", ".")):
                mounted.add(source)
    assert mounted == set(COMPOSE["volumes"])


def test_each_opd_has_an_account_that_sees_its_own_folders_only():
    feeds = load_configuration(ROOT / "include" / "config" / "dompu").feeds
    expected = {feed.path.split("/")[0] for feed in feeds}
    dropzone = SERVICES["dropzone"]
    assert set(dropzone["environment"]["DROPZONE_ACCOUNTS"].split()) == expected
    assert {f"DROPZONE_PASSWORD_{name.upper()}" for name in expected} < set(dropzone["environment"])
    mounts = {m["target"]: m for m in dropzone["volumes"] if isinstance(m, dict)}
    assert set(mounts) == {f"/srv/drop/{name}/{part}" for name in expected for part in ("inbox", "returned")}
    for target, mount in mounts.items():
        _, _, _, account, part = target.split("/")
        assert mount["volume"]["subpath"] == f"{part}/{account}"
        assert mount.get("read_only", False) is (part == "returned")


def test_the_example_for_several_regencies_moves_every_account_into_a_home_of_its_own():
    """Merged as compose does it: the environment by name, mounts by target."""
    example = yaml.safe_load(SEVERAL.read_text())["services"]["dropzone"]
    assert set(example) == {"environment", "volumes"}
    environment = SERVICES["dropzone"]["environment"] | example["environment"]
    mounts = {
        mount["target"]: mount
        for mount in [*SERVICES["dropzone"]["volumes"], *example["volumes"]]
        if isinstance(mount, dict)
    }
    accounts = environment["DROPZONE_ACCOUNTS"].split()
    assert {f"DROPZONE_PASSWORD_{name.upper()}" for name in accounts} < set(environment)
    assert set(mounts) == {f"/srv/drop/{name}/{part}" for name in accounts for part in ("inbox", "returned")}
    starting = yaml.safe_load((ROOT / "include" / "config" / "starting" / "feeds.yml").read_text())
    paths = {
        "52.05": [feed.path for feed in load_configuration(ROOT / "include" / "config" / "dompu").feeds],
        "52.06": [feed["path"] for feed in starting["feeds"]],
    }
    seen = set()
    for target, mount in mounts.items():
        _, _, _, account, part = target.split("/")
        _, home, within, opd = mount["volume"]["subpath"].split("/")
        assert mount["volume"]["subpath"].startswith("homes/")
        assert account == (opd if home == "52.05" else f"{opd}_{home.replace('.', '')}")
        assert opd in {path.split("/")[0] for path in paths[home]}
        assert within == part
        assert mount.get("read_only", False) is (part == "returned")
        seen.add(home)
    assert seen == set(paths)


def test_commands_and_settings_exist_in_the_locked_airflow(tmp_path):
    """A misspelt command or an AIRFLOW__ variable that Airflow does not know would otherwise show up on the server only."""
    commands = [service["command"][1:] for service in AIRFLOW.values() if service["command"][0] == "airflow"]
    checks = [service["healthcheck"]["test"][-1].replace("$$(hostname)", "host").split()[1:]
              for service in AIRFLOW.values() if str(service["healthcheck"].get("test", "")).startswith("['CMD-SHELL', 'airflow")]  # fmt: skip
    script = (ROOT / "deploy" / "init.sh").read_text().replace("\\\n", " ")
    steps = [
        re.sub(r'"[^"]*"', "x", line).split()[1:]
        for line in script.splitlines()
        if line.startswith("airflow ")
    ]
    assert len(commands) == 6
    assert len(checks) == 2
    assert len(steps) == 2
    variables = [name for name in SERVICES["init"]["environment"] if name.startswith("AIRFLOW__")]
    probe = """
import json, sys
from airflow.cli.cli_parser import get_parser
from airflow.configuration import conf
commands, variables = json.load(sys.stdin)
for command in commands:
    get_parser().parse_args(command)
known = {f"AIRFLOW__{s.upper()}__{o.upper()}" for s, d in conf.configuration_description.items() for o in d["options"]}
print(json.dumps([sorted(set(variables) - known), conf.get("operators", "default_queue")]))
"""
    done = subprocess.run(
        [sys.executable, "-c", probe], input=json.dumps([commands + checks + steps, variables]), text=True,
        capture_output=True, env={**airflow_environment(tmp_path), "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    # Transport options are passed on to the broker's client: any name is allowed there; and cosmos reads its own section.
    unknown, queue = json.loads(done.stdout.splitlines()[-1])
    assert queue == DEFAULT_QUEUE
    assert set(unknown) <= {
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY",
        "AIRFLOW__COSMOS__ENABLE_WATCHER_RELIABLE_RETRY",
    }


def test_the_server_is_prepared_as_plain_processes(tmp_path):
    """deploy/init.sh as the container runs it, on SQLite: login with roles, pools, folders; and once more, when there are more regencies."""
    environment = airflow_environment(tmp_path)
    entries = [
        f'{{code: "{code}", configuration: {configuration}, home: "{code}"}}'
        for code, configuration in (("52.05", ROOT / "include" / "config" / "dompu"), ("52.06", "nowhere"))
    ]
    (tmp_path / "regencies.yml").write_text(f"regencies: [{', '.join(entries)}]")
    for more in ({}, {"PANTAU_REGENCIES": str(tmp_path / "regencies.yml"), "PANTAU_SECRET": ""}):
        done = subprocess.run(
            [ROOT / "deploy" / "init.sh"],
            env=environment | more,
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    with closing(sqlite3.connect(tmp_path / "airflow.db")) as database:
        accounts = database.execute(
            "select u.username, r.name from ab_user u join ab_user_role l on l.user_id = u.id join ab_role r on r.id = l.role_id"
        ).fetchall()
        readers = database.execute(
            "select r.name from ab_role r join ab_permission_view_role l on l.role_id = r.id"
            " join ab_permission_view p on p.id = l.permission_view_id join ab_permission a on a.id = p.permission_id"
            " join ab_view_menu v on v.id = p.view_menu_id where a.name = 'can_read' and v.name = 'Plugins'"
        ).fetchall()
        roles = database.execute("select name from ab_role").fetchall()
        pools = dict(database.execute("select pool, slots from slot_pool").fetchall())
    assert accounts == [("capo", "Admin")]
    # Airflow's bar, in which our pages stand, is made of the list of plugins.
    assert {name for (name,) in readers} >= {"Viewer", "User", "Op", "Admin"}
    assert {name: pools[name] for name in pools if name.startswith("warehouse")} == {
        "warehouse": 1,
        "warehouse__52_05": 1,
        "warehouse__52_06": 1,
    }
    # One with a mistake is told of, and stops no other; its roles are made, for its DAGs are there.
    assert "configuration of 52.06" in done.stderr
    assert (tmp_path / "52.05" / "secret").exists()
    assert not (tmp_path / "52.06").exists()
    assert {name for (name,) in roles} >= {
        role(code) for code in ("52.05", "52.06") for role in (engineer_role, reader_role)
    }
    home = tmp_path / "pantau"
    feeds = [feed.path for feed in load_configuration(ROOT / "include" / "config" / "dompu").feeds]
    for folder in [*(home / "inbox" / feed for feed in feeds), *(home / "returned" / feed for feed in feeds)]:
        assert folder.is_dir()
        assert folder.stat().st_mode & 0o077 == 0
    assert (home / "secret").exists()


def test_a_mistake_in_the_configuration_stops_the_preparation(tmp_path):
    environment = {**airflow_environment(tmp_path), "PANTAU_CONFIG": str(tmp_path / "nowhere")}
    done = subprocess.run([ROOT / "deploy" / "init.sh"], env=environment, text=True, capture_output=True)
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "airflow.db").exists()


def test_the_ssh_server_accepts_its_configuration(tmp_path):
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if sshd is None:
        pytest.skip("no sshd on this machine (Debian package openssh-server)")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    text = (ROOT / "deploy" / "dropzone" / "sshd_config").read_text()
    configuration = tmp_path / "sshd_config"
    configuration.write_text(text.replace("/etc/dropzone/host_keys/ssh_host_ed25519_key", str(key)))
    Path("/run/sshd").mkdir(exist_ok=True)
    done = subprocess.run([sshd, "-T", "-f", configuration], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    effective = done.stdout.lower().splitlines()
    for line in (
        "chrootdirectory /srv/drop/%u",
        "permitrootlogin no",
        "disableforwarding yes",
        "permitemptypasswords no",
    ):
        assert line in effective


def test_the_image_holds_what_it_copies():
    copied = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {source for source in sources if not source.startswith("deploy/")} | {"deploy"} == let_in
    assert all((ROOT / source).exists() for source in sources)
    assert "plugins" in sources or not (ROOT / "plugins").exists(), "the image leaves the Airflow plugins out"


def test_the_image_makes_the_manifest_that_the_dags_need():
    (command,) = re.findall(r"\.venv/bin/python (-m include\.transform)", (ROOT / "Dockerfile").read_text())
    done = subprocess.run(
        [sys.executable, *command.split()], cwd=ROOT, capture_output=True, text=True, check=True
    )
    manifest = json.loads(Path(done.stdout.splitlines()[-1]).read_text())
    assert "model.pantau_salur.delivery_accuracy" in manifest["nodes"]


@pytest.mark.parametrize(
    "script",
    ["scripts/setup.sh", "scripts/lint.sh", ".ci/run", "deploy/init.sh", "deploy/dropzone/entrypoint.sh"],
)
def test_a_script_is_sound_and_executable(script):
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / script], check=True)
