"""What a figure was measured on; without it a figure says nothing."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")
_PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "apache-airflow", "astronomer-cosmos")


def machine(packages: Sequence[str] = _PACKAGES) -> dict[str, Any]:
    """Cores, memory, system and versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "processor": _processor(),
        "system": _system(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in packages},
        "load_average_before": os.getloadavg()[0],
    }


def keep(name: str, result: dict[str, Any]) -> Path:
    """Writes a result as JSON beside the others."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _system() -> str:
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    return release.get("PRETTY_NAME", platform.platform())


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
