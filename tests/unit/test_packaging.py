"""What a newcomer relies on before any of the code runs: lock, commands, documents and CI that agree with each other."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import typer

from include.cli import app

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
REQUIRED = (ROOT / "requirements.in").read_text()
LOCK = (ROOT / "requirements.lock").read_text()
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_locked_package_carries_hashes():
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) > 200
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_holds_what_is_required_and_names_no_index():
    required = re.findall(r"^([A-Za-z0-9._-]+)", REQUIRED, flags=re.MULTILINE)
    locked = {normalised(line.split("==")[0]) for line in LOCK.splitlines() if re.match(r"\S+==", line)}
    assert {normalised(name) for name in required} - locked == set()
    assert "://" not in LOCK


def test_every_imported_package_is_required_by_name():
    """What only another package happens to bring would vanish with that package's next version."""
    distributions = metadata.packages_distributions()
    required = {normalised(name) for name in re.findall(r"^([A-Za-z0-9._-]+)", REQUIRED, flags=re.MULTILINE)}
    unnamed = {}
    for file in [*(ROOT / "include").rglob("*.py"), *(ROOT / "expectations").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += (
                [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            )
            for name in names:
                providers = {normalised(one) for one in distributions.get(name.split(".")[0], [])}
                # pydantic pins its core exactly; naming both would only let them drift.
                if providers and not providers & (required | {"pantau-salur", "pydantic-core"}):
                    unnamed[name] = file.name
    assert unnamed == {}


def test_make_test_runs_every_test_folder():
    folders = {file.relative_to(ROOT).parts[1] for file in (ROOT / "tests").rglob("test_*.py")}
    assert {f"tests/{folder}" for folder in folders} <= set(
        PROJECT["tool"]["pytest"]["ini_options"]["testpaths"]
    )


def test_ci_calls_make_test_and_nothing_else():
    commands = [
        line
        for line in (ROOT / ".ci" / "run").read_text().splitlines()
        if line and not line.startswith(("#", "cd "))
    ]
    assert commands == ["exec make test </dev/null"]


@pytest.fixture(scope="module")
def targets():
    return set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_a_document_exist(document, targets):
    text = document.read_text()
    code = "\n".join(
        re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
    )
    assert set(re.findall(r"(?:^|[^\w-])make ([a-z-]+)", code)) <= targets
    commands = set(typer.main.get_command(app).commands)
    assert set(re.findall(r"(?:^|[\s/])pantau ([a-z][a-z-]+)", code)) <= commands


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_in_a_document_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_the_set_up_brings_the_spreadsheet_program_that_tests_open_workbooks_with():
    script = (ROOT / "scripts" / "setup.sh").read_text()
    assert "command -v soffice >/dev/null || echo libreoffice-calc-nogui" in script
    assert "--no-install-recommends" in script
    assert shutil.which("soffice"), "run scripts/setup.sh as root, or install libreoffice-calc-nogui"


def test_a_python_that_is_too_old_is_refused_with_advice(tmp_path):
    """And before anything is made."""
    (tmp_path / "scripts").mkdir()
    for name in ("requirements.lock", "pyproject.toml", "scripts/setup.sh"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = subprocess.run(
        ["bash", "scripts/setup.sh"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(old)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "3.11 or newer; found: Python 3.9.2" in done.stderr
    assert "apt-get install python3" in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.long
def test_an_interrupted_set_up_is_mended_and_a_finished_one_costs_nothing(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "__init__.py").write_text("")
    for name in ("pyproject.toml", "scripts/setup.sh"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    few = ("uv", "hatchling", "editables", "packaging", "pathspec", "pluggy", "trove-classifiers")
    entries = re.split(r"\n(?=\S)", LOCK)
    (tmp_path / "requirements.lock").write_text(
        "\n".join(e for e in entries if e.split("==")[0] in few) + "\n"
    )
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".pantau-unfinished").touch()
    (tmp_path / ".venv" / "left-over").touch()

    def set_up():
        command = ["bash", "scripts/setup.sh", "--without-debian-packages"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert "making it anew" in set_up()
    assert not (tmp_path / ".venv" / "left-over").exists()
    assert list((tmp_path / ".venv").rglob("hatchling/__pycache__/*.pyc")), "bytecode was not compiled"
    assert set_up() == ""
