"""Runs the parts that are named (default: all but the national year), keeps the figures and shows them."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import RESULTS, keep, machine

PARTS = ("parse", "poll", "idle", "runs", "lake")
TAKES_HOURS = "national"
LIMITS = {TAKES_HOURS: "minutes", "runs": "workers"}
"""The option beside the counts by which a part can be cut short."""
screen = Console(highlight=False)


def main() -> None:
    """Measures in a folder of its own, which is removed afterwards; what was measured before of other parts is kept."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument(
        "parts", nargs="*", metavar="PART", help=f"some of {', '.join((*PARTS, TAKES_HOURS))}"
    )
    reader.add_argument("--counts", nargs="+", type=int, help="how many regencies")
    reader.add_argument("--minutes", type=float, help="begin no regency of the national year later than that")
    reader.add_argument(
        "--workers", nargs="+", type=int, help="with how many workers at once whole runs are made"
    )
    options = reader.parse_args()
    if strange := set(options.parts) - {*PARTS, TAKES_HOURS}:
        reader.error(f"no such part: {', '.join(sorted(strange))}")
    scratch = Path(tempfile.mkdtemp(prefix="pantau-scale-"))
    kept = RESULTS / "scale.json"
    result: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    try:
        for part in options.parts or PARTS:
            module = import_module(f"benchmarks.scale.{part}")
            limits = {LIMITS[part]: getattr(options, LIMITS[part])} if part in LIMITS else {}
            for count in options.counts or module.COUNTS:
                on = machine()
                rows = module.measure(scratch, [count], **limits)
                anew = {_order(row) for row in rows}
                others = [row for row in result.get(part, {}).get("rows", []) if _order(row) not in anew]
                result[part] = {"machine": on, "rows": sorted([*others, *rows], key=_order)}
                keep("scale", result)
            _show(part, result[part]["rows"])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _order(row: dict[str, Any]) -> tuple[int, int]:
    return row["regencies"], row.get("workers", 0)


def _show(part: str, rows: list[dict[str, Any]]) -> None:
    table = Table(*rows[0], title=part)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    screen.print(table)


if __name__ == "__main__":
    main()
