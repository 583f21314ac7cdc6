"""How long from landed rows to judged ones, and how much does one more log cost?

Three measurements on one fresh home: load, transform and validate a whole history; the same judgement by one script
written by hand over the same landed files (benchmarks/by_hand.sql); one more log of 500 rows on top. Both judgements
are compared: a fast wrong answer does not count. Repeated for a history ten times as long, the last one tells whether
the cost of a day grows with the years.

    .venv/bin/python -m benchmarks.transform [--rows 1000000 10000000]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.landed import LIST_FEED, LOG_FEED, write_landed, write_one_more
from benchmarks.machine import keep, machine
from benchmarks.run import measured
from include.workspace import Workspace

AS_OF = date(2024, 6, 2)
MORE_ROWS = 500
ROWS_A_FAMILY = 10
screen = Console(highlight=False)


def main() -> None:
    """Measures each size in a folder of its own, keeps the figures and shows them."""
    options = _options()
    if options.step:
        print(json.dumps(_steps() if options.step == "pipeline" else _by_hand()))
        return
    result: dict[str, Any] = {"machine": machine(), "as_of": str(AS_OF), "sizes": []}
    for rows in options.rows:
        scratch = Path(tempfile.mkdtemp(prefix="pantau-benchmark-"))
        try:
            result["sizes"].append(_measure(rows, scratch))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        _show(result["sizes"][-1])
    screen.print(f"written to {keep('transform', result)}")


def _measure(rows: int, home: Path) -> dict[str, Any]:
    families = rows // ROWS_A_FAMILY
    environment = {**os.environ, "PANTAU_HOME": str(home), "PANTAU_NOW": f"{AS_OF}T08:00:00+08:00"}
    os.environ.update(environment)
    ws = Workspace.open()
    landed = write_landed(ws, families, rows)
    command = [sys.executable, "-m", "benchmarks.transform", "--step"]
    by_hand = measured([*command, "by-hand"], environment)
    whole = measured([*command, "pipeline"], environment)
    if whole["judged"] != by_hand["judged"]:
        raise SystemExit(f"the judgements differ: {whole['judged']} and {by_hand['judged']}")
    again = measured([*command, "pipeline"], environment)
    write_one_more(ws, families, MORE_ROWS)
    more = measured([*command, "pipeline"], environment)
    return {
        "rows": landed.log_rows, "families": families, "submissions": landed.submissions, "by_hand": by_hand,
        "whole": whole, "nothing_new": again, "one_more": more,
        "times_by_hand": round(whole["wall_seconds"] / by_hand["wall_seconds"], 2),
    }  # fmt: skip


def _steps() -> dict[str, Any]:
    """Load, transform and validate in this process, as a run does them."""
    import time

    from include.pipeline import new_run_id
    from include.quality.validate import validate
    from include.transform import transform
    from include.warehouse.connection import reader
    from include.warehouse.load import load_landed

    ws, run_id, seconds = Workspace.open(), new_run_id(), {}
    for name, step in (
        ("load", lambda: load_landed(ws, AS_OF, run_id, "command")),
        ("transform", lambda: transform(ws)),
        ("validate", lambda: validate(ws, AS_OF, run_id)),
    ):
        started = time.monotonic()
        step()
        seconds[name] = round(time.monotonic() - started, 2)
    with reader(ws) as connection:
        judged = connection.execute(
            "select amount_status, timing_status, count(*) from audit.delivery_accuracy "
            "where period <= '2024-05' group by all order by all"
        ).fetchall()
    return {"seconds": seconds, "judged": judged}


def _by_hand() -> dict[str, Any]:
    """The script, with the due dates of the configuration."""
    import duckdb

    ws = Workspace.open()
    with duckdb.connect(str(ws.settings.home / "by-hand.duckdb")) as connection:
        places = {"list": LIST_FEED, "log": LOG_FEED}
        script = Path(__file__).with_name("by_hand.sql").read_text(encoding="utf-8")
        for name, feed in places.items():
            script = script.replace(f"${name}", f"'{ws.settings.landing / feed}/*.parquet'")
        program = next(program for program in ws.configuration.programs if program.code == "beras")
        connection.execute("create table due (period varchar, due_date date)")
        connection.executemany(
            "insert into due values (?, ?)", [(p.period, p.due_date) for p in program.periods]
        )
        connection.execute(script.replace("$as_of", f"date '{AS_OF}'"))
        judged = connection.execute(
            "select amount_status, timing_status, count(*) from accuracy group by all order by all"
        ).fetchall()
    return {"judged": judged}


def _show(size: dict[str, Any]) -> None:
    table = Table(
        title=f"{size['rows']:,} delivery rows of {size['families']:,} families, {size['submissions']} files"
    )
    for column in ("", "seconds", "peak MiB", "by step"):
        table.add_column(column)
    for name in ("by_hand", "whole", "nothing_new", "one_more"):
        one = size[name]
        steps = ", ".join(f"{step} {spent}" for step, spent in one.get("seconds", {}).items())
        table.add_row(name, f"{one['wall_seconds']}", f"{one['peak_mib']}", steps)
    screen.print(table)
    screen.print(f"whole / by hand: {size['times_by_hand']}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--step", choices=["pipeline", "by-hand"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
